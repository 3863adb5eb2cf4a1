"""Who, when, where, the title and the code of a paper: from its record, or said to be missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.extractive.metadata import beside, missing, tell
from app.understanding.question import Attribute
from ingest.records import Paper

BARE = Paper("abs:1", "Owls fly at night.", "OwlNet", title_derived=True)
FULL = Paper(
    "doi:10.1/owl", "Owls fly at night. Data are at https://data.org/owls in full. "
    "Our code is at https://github.com/owl/net for everyone.",
    "Owls at Night", authors=("A. Owl", "B. Mouse", "C. Snow"), year=2024, venue="Night Letters",
    url="https://doi.org/10.1/owl",
)  # fmt: skip

WHO = "Written by A. Owl, B. Mouse and C. Snow."


@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        ("authors", f"{WHO} Published in 2024, in Night Letters."),
        ("year", f"Published in 2024, in Night Letters. {WHO}"),
        ("venue", f"Published in Night Letters, in 2024. {WHO}"),
        ("title", "The title is “Owls at Night”."),
    ],
)
def test_a_field_is_told_from_the_record_before_what_is_mostly_asked_beside_it(
    attribute: Attribute, text: str
) -> None:
    lines = tell(FULL, attribute)
    assert " ".join(line.words for line in lines) == text
    assert lines[0].fields[0] == attribute
    assert all(line.span is None for line in lines)


def test_only_what_the_record_has_is_told_and_many_authors_only_where_they_are_asked_for() -> None:
    many = replace(FULL, authors=tuple(f"A. Owl {n}" for n in range(40)), venue="")
    assert [line.words for line in tell(many, "year")] == ["Published in 2024."]
    assert "A. Owl 39" in tell(many, "authors")[0].words
    assert tell(many, "venue") == []


def test_beside_a_venue_that_is_missing_stands_what_the_record_has() -> None:
    homeless = replace(FULL, venue="")
    assert " ".join(line.words for line in beside(homeless, "venue")) == f"Published in 2024. {WHO}"
    assert beside(BARE, "venue") == []
    assert beside(homeless, "url") == []


def test_the_address_of_a_paper_stays_a_link_that_works() -> None:
    (line,) = tell(FULL, "url")
    assert FULL.url in line.words.split()


@pytest.mark.parametrize(
    ("attribute", "words"),
    [
        ("authors", "names no authors"),
        ("year", "gives no year"),
        ("venue", "names no venue"),
        ("title", "has no title of its own"),
        ("url", "holds no link"),
        ("code", "abstract of “OwlNet” says nothing about code"),
    ],
)
def test_what_a_record_lacks_is_never_made_up(attribute: Attribute, words: str) -> None:
    assert tell(BARE, attribute) == []
    said = missing(BARE, attribute)
    assert words in said
    assert said.endswith(".")


def test_the_code_is_the_sentence_with_its_link_verbatim() -> None:
    (line,) = tell(FULL, "code")
    assert line.words == "Our code is at https://github.com/owl/net for everyone."
    assert line.fields == ()


def test_a_promise_of_code_counts_where_there_is_no_link() -> None:
    promise = Paper("abs:2", "Owls fly. We will release our code soon. Mice hide.", "Owls")
    (line,) = tell(promise, "code")
    assert line.words == "We will release our code soon."
