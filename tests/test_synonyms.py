"""The list of synonyms: its form, and what a look-up in it returns."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from app.retrieval.synonyms import groups, longest, others_in, phrases_for, synonyms_of
from ingest.text.terms import STOP_WORDS, terms, words

ROOT = Path(__file__).resolve().parent.parent
MEMBERS = [tuple(terms(member)) for group in groups() for member in group]


def _stems(text: str) -> tuple[str, ...]:
    return tuple(terms(text))


def test_synonyms_are_symmetric() -> None:
    for member in MEMBERS:
        for other in synonyms_of(member):
            assert member in synonyms_of(other), (member, other)


def test_no_phrase_is_its_own_synonym() -> None:
    assert [member for member in MEMBERS if member in synonyms_of(member)] == []


def test_every_group_has_two_to_six_members() -> None:
    assert [group for group in groups() if not 2 <= len(group) <= 6] == []


def test_every_member_has_all_others_of_its_group() -> None:
    for group in groups():
        for member in group:
            others = {_stems(other) for other in group if other != member}
            assert synonyms_of(_stems(member)) == others


def test_no_two_members_share_their_stems() -> None:
    assert [member for member, count in Counter(MEMBERS).items() if count > 1] == []


def test_members_have_one_to_four_words() -> None:
    assert [member for member in MEMBERS if not 1 <= len(member) <= 4] == []
    assert longest() == max(map(len, MEMBERS))


def test_no_member_is_made_of_stop_words_only() -> None:
    written = [member for group in groups() for member in group]
    assert [member for member in written if STOP_WORDS.issuperset(words(member))] == []


def test_the_file_is_lower_case_tidy_and_sorted() -> None:
    text = (ROOT / "app" / "retrieval" / "synonyms.txt").read_text("utf-8")
    lines = text.splitlines()
    assert text == text.lower()
    assert lines == [", ".join(group) for group in groups()]
    assert [group[0] for group in groups()] == sorted(group[0] for group in groups())


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("pictures", "image"),
        ("planes", "aircraft"),
        ("heart attacks", "myocardial infarction"),
        ("driverless cars", "autonomous vehicle"),
        ("colours", "color"),
        ("low-cost", "inexpensive"),
        ("fooled", "mislead"),
        ("rule of thumb", "heuristics"),
    ],
)
def test_everyday_words_lead_to_the_words_of_abstracts(asked: str, written: str) -> None:
    assert _stems(written) in synonyms_of(_stems(asked))


def test_a_list_of_stems_is_looked_up_like_a_tuple() -> None:
    assert synonyms_of(terms("heart attack")) == synonyms_of(_stems("heart attack")) != frozenset()


@pytest.mark.parametrize("unlisted", ["", "xylophone", "heart attack pictures"])
def test_a_phrase_in_no_group_has_no_synonyms(unlisted: str) -> None:
    assert synonyms_of(_stems(unlisted)) == frozenset()


def test_a_phrase_within_a_text_is_said_in_other_words() -> None:
    stems = terms("Who survived heart attacks at sea?")
    assert _stems("myocardial infarction") in others_in(stems)["attack"]
    assert _stems("myocardial infarction") in phrases_for(stems)
    assert _stems("hacker") not in others_in(stems)["attack"]
    assert _stems("ocean") in others_in(stems)["sea"]
    assert _stems("ocean") not in phrases_for(stems)
    assert _stems("ocean") in phrases_for(stems, {"sea"})
