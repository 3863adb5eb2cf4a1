"""A venue is known by its name, a part of it, or its acronym; nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.understanding.venues import same_venue, venue_named

VENUES = (
    "Proceedings of the 2024 Conference on Empirical Methods in Natural Language Processing",
    "Proceedings of the 58th Annual Meeting of the Association for Computational Linguistics",
    "2023 IEEE/RSJ International Conference on Intelligent Robots and Systems (IROS)",
    "Journal of Endourology Case Reports",
    "Medicine",
)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("EMNLP", 0),
        ("Empirical Methods", 0),
        ("ACL", 1),
        ("acl", 1),
        ("IROS", 2),
        ("Journal of Endourology Case Reports", 3),
        ("Endourology Case Reports", 3),
        ("medicine", 4),
    ],
)
def test_a_venue_is_known_by_its_name_a_part_or_its_acronym(name: str, place: int) -> None:
    assert [same_venue(name, venue) for venue in VENUES] == [n == place for n in range(5)]
    assert venue_named([name], VENUES) == name


@pytest.mark.parametrize("name", ["NLP", "BERT", "ICML", "Paris", "Endo", "IR", ""])
def test_topics_and_venues_of_other_collections_are_no_venue(name: str) -> None:
    assert venue_named([name], VENUES) == ""


def test_words_for_papers_name_no_venue_though_its_volume_is_called_so() -> None:
    stored = ["Annual Meeting (Volume 1: Long Papers)"]
    assert venue_named(["Papers", "Annual Meeting"], stored) == "Annual Meeting"


@pytest.mark.parametrize("name", ["The", "And", "For the"])
def test_stop_words_name_no_venue(name: str) -> None:
    assert venue_named([name], ["Proceedings of the Society for the Sea and the Sky"]) == ""


def test_the_first_that_names_a_venue_is_chosen() -> None:
    assert venue_named(["BERT", "ACL", "IROS"], VENUES) == "ACL"


def test_no_venue_is_the_one_asked_for_where_none_is_stored() -> None:
    assert not same_venue("ACL", "")
    assert venue_named(["ACL"], ()) == ""
    assert venue_named(["ACL"], [""]) == ""


@given(st.text(max_size=20), st.text(max_size=40))
def test_any_name_may_be_asked_of_any_venue(name: str, venue: str) -> None:
    assert venue_named([name], [venue]) in ("", name)
    assert same_venue(venue, venue)
