"""The HTML report: one file, nothing loaded, nothing in a paper read as markup."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html.parser import HTMLParser

import pytest

from app.records import Answer, Citation, Quote, Sentence
from eval.plots import bar_plot, histogram, interval_plot
from eval.records import Case, Report
from eval.running import run
from eval.webreport import web_report
from ingest.records import Paper

HOSTILE = "<script>alert(1)</script>"
MOTH = Paper("abs:moth", f"Moths see lamps. {HOSTILE} They fly.", f"Moths {HOSTILE}")
VOID = {"meta", "br", "line", "circle", "rect"}


@dataclass(frozen=True)
class Fixed:
    score: float


class Reader(HTMLParser):
    """Collects tags, checks that they nest, and keeps the text of marks."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.marked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "mark":
            self.marked.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


def report() -> Report:
    good = Answer(
        "q",
        f"Moths see lamps. [1] {HOSTILE}",
        "lookup",
        sentences=(Sentence("Moths see lamps.", (1,)),),
        citations=(Citation(1, MOTH, (Quote("Moths see lamps.", 0, 16),), ("year",)),),
    )
    cases = [
        Case("good", "What do moths see?", papers=("abs:moth",), answer="Lamps."),
        Case("bad", f"What do owls eat? {HOSTILE}", answerable=False, history=("Owls?",)),
    ]
    return run(cases, lambda *_: good, [MOTH], support=lambda *_: Fixed(0.0), threshold=0.5)


def test_the_page_nests_loads_nothing_and_runs_nothing() -> None:
    page = web_report(report(), [MOTH])
    reader = read(page)
    assert not reader.tags & {"script", "link", "img", "iframe", "object", "base"}
    assert not reader.attributes & {"src", "href", "onclick", "onload", "onerror"}
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_the_evidence_is_marked_in_its_abstract() -> None:
    assert "Moths see lamps." in read(web_report(report(), [MOTH])).marked


def test_failing_cases_come_first_and_open() -> None:
    page = web_report(report(), [MOTH])
    assert page.index('id="bad" open') < page.index('id="good"')
    assert "answered what the papers do not say" in page


def test_the_page_without_seconds_or_papers_still_stands() -> None:
    page = web_report(replace(report(), seconds={}), [])
    assert "Seconds a question" not in page
    assert "abs:moth is not here" in page
    read(page)


def test_bars_are_as_long_as_their_share() -> None:
    half, full = bar_plot([("a", 1, 2)]), bar_plot([("a", 2, 2)])
    assert 'class="bar" x="210.0" width="180.0"' in half
    assert 'class="bar" x="210.0" width="360.0"' in full
    assert "1 of 2" in half


def test_intervals_stay_on_the_scale() -> None:
    plot = interval_plot([("a & b", 0.5, -0.2, 1.3)])
    assert 'x1="210.0" x2="570.0"' in plot
    assert 'cx="390.0"' in plot
    assert "a &amp; b" in plot


@pytest.mark.parametrize(("values", "last"), [([0.0, 0.99, 1.0, 5.0], 3), ([], 0)])
def test_a_histogram_counts_every_value_once(values: list[float], last: int) -> None:
    plot = histogram(values, 1.0, "support", bins=2)
    assert f"0.5 to 1 support: {last}" in plot
    assert f"0 to 0.5 support: {len(values) - last}" in plot
