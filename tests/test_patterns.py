"""Closed forms: every row of the table matches what it says, and a text is read by all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.understanding.patterns import ROWS, read_constraints
from app.understanding.rows import Row
from app.understanding.wordlists import NUMBERS, ORDINALS, any_of, number

_EXAMPLES = [(row, text) for row in ROWS for text in row.examples]
_MISSES = [(row, text) for row in ROWS for text in row.misses]


def _ids(rows: Sequence[tuple[Row, str]]) -> list[str]:
    return [f"{row.name}: {text}" for row, text in rows]


def _branches(pattern: str) -> list[str]:
    """The alternatives at the top of a pattern, outside all groups and classes."""
    found, depth, in_class = [""], 0, False
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        if part == "|" and not depth and not in_class:
            found.append("")
            continue
        in_class = part == "[" or (in_class and part != "]")
        depth += 0 if in_class else {"(": 1, ")": -1}.get(part, 0)
        found[-1] += part
    return found


@pytest.mark.parametrize(("row", "text"), _EXAMPLES, ids=_ids(_EXAMPLES))
def test_a_row_matches_its_examples(row: Row, text: str) -> None:
    assert row.pattern.search(text)


@pytest.mark.parametrize(("row", "text"), _MISSES, ids=_ids(_MISSES))
def test_a_row_matches_none_of_its_misses(row: Row, text: str) -> None:
    assert not row.pattern.search(text)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_alternative_of_a_row_is_without_an_example(row: Row) -> None:
    branches = _branches(row.pattern.pattern)
    for place in range(len(branches)):
        rest = branches[:place] + branches[place + 1 :]
        others = re.compile("|".join(rest) or "(?!)", re.IGNORECASE)
        needing = [text for text in row.examples if not others.search(text)]
        assert needing, branches[place]


def test_every_row_has_a_name_of_its_own_examples_and_misses() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert [row.name for row in ROWS if not row.examples or not row.misses] == []


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("papers since 2023", 2023, None),
        ("papers from 2023 on", 2023, None),
        ("papers after 2020", 2021, None),
        ("papers newer than 2020", 2021, None),
        ("papers before 2020", None, 2019),
        ("papers until 2020", None, 2020),
        ("papers up to 2020", None, 2020),
        ("papers in 2022", 2022, 2022),
        ("papers published during 2022", 2022, 2022),
        ("papers between 2019 and 2021", 2019, 2021),
        ("papers from 2019 to 2021", 2019, 2021),
        ("papers from 2019-2021", 2019, 2021),
        ("papers of the last two years", 2025, None),
        ("papers in the past 3 years", 2024, None),
        ("papers this year", 2026, 2026),
        ("last year's papers", 2025, 2025),
        ("papers after 2019 and before 2022", 2020, 2021),
        ("papers on owls", None, None),
        ("the 2000 images of CIFAR", None, None),
        ("GPT-2023", None, None),
        ("at 2080 Hz", None, None),
        ("12023 users", None, None),
    ],
)
def test_years_are_inclusive_bounds(text: str, since: int | None, until: int | None) -> None:
    found = read_constraints(text, 2026).settings
    assert (found.get("since"), found.get("until")) == (since, until)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Who wrote the second one?", [2]),
        ("Tell me about paper 3", [3]),
        ("What does [4] report?", [4]),
        ("And the last one?", [-1]),
        ("Compare the second one and the third one", [2, 3]),
        ("Which wheel came first?", []),
        ("GPT-3", []),
    ],
)
def test_a_place_is_that_of_a_paper_shown(text: str, places: list[int]) -> None:
    assert read_constraints(text, 2026).places == places


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("recommend 3 papers", "wanted", 3),
        ("the top ten studies", "wanted", 10),
        ("which of them use graphs", "refers", "papers"),
        ("newest first", "order", "newest"),
        ("oldest first", "order", "oldest"),
        ("as bibtex", "format", "bibtex"),
        ("for Zotero", "format", "ris"),
        ("as a spreadsheet", "format", "csv"),
        ("Which papers share their source code?", "code", "linked"),
        ("Which papers make their code publicly available?", "code", "linked"),
        ("Which papers will release code later?", "code", "promised"),
    ],
)
def test_what_a_closed_form_sets(text: str, name: str, value: object) -> None:
    assert read_constraints(text, 2026).settings[name] == value


def test_of_two_that_set_the_same_the_earlier_row_counts() -> None:
    assert read_constraints("newest first, not oldest first", 2026).settings["order"] == "newest"


def test_what_a_row_took_no_later_row_sees() -> None:
    found = read_constraints("papers from 2019 to 2021", 2026)
    assert found.spans == [(7, 24)]


def test_what_a_row_only_looks_at_stays_in_the_text() -> None:
    found = read_constraints("which of them use graphs", 2026)
    assert (found.settings, found.spans) == ({"refers": "papers"}, [])


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("papers not from 2022", [{"since": 2022, "until": 2022}]),
        ("all except those published in 2019", [{"since": 2019, "until": 2019}]),
        ("papers that don't share code", [{"code": "linked"}]),
        ("Which papers have no code?", [{"code": "linked"}]),
        ("papers without code", [{"code": "linked"}]),
        ("papers not on bees from 2022", []),
        ("not LLMs but work from 2022", []),
    ],
)
def test_what_is_named_to_be_left_out_sets_nothing(
    text: str, left_out: list[dict[str, object]]
) -> None:
    found = read_constraints(text, 2026)
    assert found.left_out == left_out
    assert bool(found.settings.keys() & {"since", "code"}) is not bool(left_out)


def test_small_numbers_may_be_words() -> None:
    assert [number("two"), number("Ten"), number("7"), number("dozen")] == [2, 10, 7, 12]


def test_a_class_of_words_matches_the_longest() -> None:
    for known in (NUMBERS, ORDINALS):
        pattern = re.compile(any_of(known))
        assert all(pattern.match(word).group() == word for word in known)  # type: ignore[union-attr]


@given(st.text(max_size=200), st.integers(1950, 2090))
def test_any_text_is_read_and_its_spans_lie_in_it_apart(text: str, year: int) -> None:
    found = read_constraints(text, year)
    taken = sorted(found.spans)
    assert all(0 <= start < end <= len(text) for start, end in taken)
    assert all(one[1] <= other[0] for one, other in pairwise(taken))


@given(st.lists(st.sampled_from(_EXAMPLES).map(lambda pair: pair[1]), min_size=1, max_size=4))
def test_examples_side_by_side_set_nothing_that_none_sets_alone(texts: list[str]) -> None:
    found = read_constraints(" , ".join(texts), 2026)
    alone = [read_constraints(text, 2026) for text in texts]
    assert set(found.settings) <= {name for one in alone for name in one.settings}
    assert not Counter(found.places) - Counter(place for one in alone for place in one.places)
