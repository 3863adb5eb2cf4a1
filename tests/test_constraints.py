"""A filter is met or not met: by years, people, venue and code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.extractive.constraints import gives_code, passes
from app.understanding.question import Filters
from ingest.records import Paper

LINK = "Owls fly. The code is at https://github.com/owl/net."
PROMISE = "Owls fly. We will release our code soon. Mice hide."
OWLS = Paper("x:1", LINK, "Owls", authors=("Ann Owl", "Bo Mouse"), year=2020)


@pytest.mark.parametrize(
    ("filters", "passed"),
    [
        (Filters(), True),
        (Filters(since=2020, until=2020), True),
        (Filters(since=2021), False),
        (Filters(until=2019), False),
        (Filters(authors=("Bo Mouse", "A. Owl")), True),
        (Filters(authors=("Bo Mouse", "Cy Snow")), False),
        (Filters(code="linked"), True),
        (Filters(code="promised"), False),
    ],
)
def test_a_paper_passes_only_where_it_meets_the_whole_filter(
    filters: Filters, passed: bool
) -> None:
    assert passes(OWLS, filters) is passed


def test_a_paper_without_a_year_fails_every_filter_on_years() -> None:
    undated = replace(OWLS, year=None)
    assert passes(undated, Filters())
    assert not passes(undated, Filters(since=1900))
    assert not passes(undated, Filters(until=2100))


def test_a_promise_is_no_link_and_a_link_is_no_promise() -> None:
    promise = replace(OWLS, abstract=PROMISE)
    assert gives_code(OWLS, "linked")
    assert not gives_code(OWLS, "promised")
    assert gives_code(promise, "promised")
    assert not gives_code(promise, "linked")


def test_a_venue_is_a_filter() -> None:
    assert not passes(OWLS, Filters(venue="ICRA"))
    assert passes(replace(OWLS, venue="2023 Conference on Robots (ICRA)"), Filters(venue="ICRA"))
