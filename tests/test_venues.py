"""A venue is known by its name, a part of it, or its acronym; nothing else is taken for one."""

from __future__ import annotations

import pytest

from app.understanding.venues import same_venue, venue_asked

VENUES = (
    "Proceedings of the 2024 Conference on Empirical Methods in Natural Language Processing",
    "Proceedings of the 58th Annual Meeting of the Association for Computational Linguistics",
    "2023 IEEE/RSJ International Conference on Intelligent Robots and Systems (IROS)",
    "Journal of Endourology Case Reports",
    "Medicine",
)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("IROS 2023 papers", "IROS"),
        ("Which EMNLP papers are about parsing?", "EMNLP"),
        ("papers on dialogue at ACL", "ACL"),
        ("Which papers appeared in the journal Medicine?", "Medicine"),
        ("papers published in Journal of Endourology Case Reports", "Endourology Case Reports"),
    ],
)
def test_a_venue_is_found_in_the_question(question: str, asked: str) -> None:
    found = venue_asked(question, VENUES)
    assert asked in found
    assert any(same_venue(found, venue) for venue in VENUES)


@pytest.mark.parametrize(
    "question",
    [
        "Which papers are about NLP?",
        "papers on medicine for children",
        "Which papers use BERT?",
        "ICML 2023 papers",
        "Which papers were published in Paris?",
    ],
)
def test_topics_and_venues_of_other_collections_are_no_venue(question: str) -> None:
    assert venue_asked(question, VENUES) == ""


def test_no_venue_is_the_one_asked_for_where_none_is_stored() -> None:
    assert not same_venue("ACL", "")
    assert venue_asked("papers at ACL", ()) == ""
