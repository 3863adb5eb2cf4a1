"""The list of synonyms: its form, and what a look-up in it returns."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from app.retrieval.synonyms import groups, synonyms_of, written
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem, words

ROOT = Path(__file__).resolve().parent.parent
MEMBERS = [stem(member) for group in groups() for member in group]


def test_synonyms_are_symmetric() -> None:
    for member in MEMBERS:
        for other in synonyms_of(member):
            assert member in synonyms_of(other), (member, other)


def test_no_word_is_its_own_synonym() -> None:
    assert [member for member in MEMBERS if member in synonyms_of(member)] == []


def test_every_group_has_two_to_six_members() -> None:
    assert [group for group in groups() if not 2 <= len(group) <= 6] == []


def test_every_member_has_all_others_of_its_group_as_they_are_written() -> None:
    for group in groups():
        for member in group:
            others = {stem(other): other for other in group if other != member}
            assert synonyms_of(stem(member)) == set(others)
            assert {one: written(stem(member), one) for one in others} == others


def test_no_two_members_share_their_stems() -> None:
    assert [member for member, count in Counter(MEMBERS).items() if count > 1] == []


def test_members_are_single_words_that_are_no_stop_words() -> None:
    for group in groups():
        for member in group:
            assert words(member) == [member]
            assert member not in STOP_WORDS


def test_the_file_is_lower_case_tidy_and_sorted() -> None:
    text = (ROOT / "app" / "retrieval" / "synonyms.txt").read_text("utf-8")
    lines = text.splitlines()
    assert text == text.lower()
    assert lines == [", ".join(group) for group in groups()]
    assert [group[0] for group in groups()] == sorted(group[0] for group in groups())


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("pictures", "image"),
        ("planes", "aircraft"),
        ("colours", "color"),
        ("fooled", "mislead"),
        ("teenagers", "adolescent"),
        ("handwriting", "handwritten"),
    ],
)
def test_everyday_words_lead_to_the_words_of_abstracts(asked: str, other: str) -> None:
    assert stem(other) in synonyms_of(stem(asked))
    assert written(stem(asked), stem(other)) == other


@pytest.mark.parametrize("unlisted", ["", "xylophone", "heart attack"])
def test_a_word_in_no_group_has_no_synonyms(unlisted: str) -> None:
    assert synonyms_of(unlisted) == frozenset()
