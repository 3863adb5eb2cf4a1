"""The HTML report: one file, nothing loaded, nothing in a paper read as markup."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any

import pytest

from app.answer import Answer, Citation, Quote, Sentence
from app.retrieval.trace import bring_up
from eval.gate.baseline_comparison import Held
from eval.gate.gate import gate
from eval.records import Case, Report
from eval.report.html import web_report
from eval.report.plots import bar, histogram, interval, scatter_plot
from eval.running.run import run
from ingest.records import Paper

HOSTILE = "<script>alert(1)</script>"
MOTH = Paper("abs:moth", f"Moths see lamps. {HOSTILE} They fly.", f"Moths {HOSTILE}")
TIDE = Paper("abs:tide", "Tides rise twice a day.", "Tides")
VOID = {"meta", "br", "line", "circle", "rect", "input"}


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
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [str(value) for name, value in attrs if name == "href"]
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


def report(**changed: Answer) -> Report:
    good = Answer(
        "q",
        f"Moths see **lamps**. [1] {HOSTILE}",
        "lookup",
        sentences=(Sentence("Moths see **lamps**.", (1,)),),
        citations=(Citation(1, MOTH, (Quote("Moths see lamps.", 0, 16),), ("year",)),),
    )
    cases = [
        Case("good", "What do moths see?", papers=("abs:moth",), answer="Lamps."),
        Case("bad", f"What do owls eat? {HOSTILE}", answerable=False, history=("Owls?",)),
    ]
    answers = {case.question: changed.get(case.id, good) for case in cases}

    def ask(question: str, _: object) -> Answer:
        bring_up([TIDE, MOTH])
        return answers[question]

    return run(cases, ask, [MOTH, TIDE], support=lambda *_: Fixed(0.0), threshold=0.5)


def page_of(found: Report, held: Held | None = None, **more: Any) -> str:
    return web_report(found, [MOTH, TIDE], held or Held(), **more)


def test_the_page_nests_loads_nothing_and_runs_nothing() -> None:
    lost = report(good=Answer("q", "Not said.", "lookup", strength="none"))
    for page in (page_of(report()), page_of(lost, Held(gate(lost, report())))):
        reader = read(page)
        assert not reader.tags & {"script", "link", "img", "iframe", "object", "base"}
        assert not reader.attributes & {"src", "onclick", "onload", "onerror"}
        assert "url(" not in page
        assert "default-src 'none'" in page


def test_links_stay_in_the_report() -> None:
    page = page_of(report(), others={"seeds": "seeds/report.html"})
    assert set(read(page).links) == {"seeds/report.html", "#case-0-1", "#case-1-1"}
    assert 'id="case-1-1"' in page


def test_the_evidence_is_marked_in_its_abstract_and_in_the_answer() -> None:
    page = page_of(report())
    assert "Moths see lamps." in read(page).marked
    assert '<mark title="support 1.00">Moths see <b>lamps</b>.</mark>' in page


def test_failing_cases_come_first_and_open() -> None:
    page = page_of(report())
    assert page.index('id="bad" open') < page.index('id="good"')
    assert "answered what the papers do not say" in page


def test_retrieved_papers_are_ranked_and_the_cited_told_apart() -> None:
    page = page_of(report())
    good = page[page.index('id="good"') :]
    table = good[good.index('<table class="retrieved">') :]
    assert "2 papers, best first, 1 of 1 expected among them" in good
    first, second = table.split("</tr>")[:2]
    assert '<tr class="soft"><td>1</td>' in first
    assert "Tides (abs:tide)" in first
    assert "cited" not in first.replace('class="retrieved"', "")
    assert '<tr class="cited"><td>2</td>' in second
    assert "cited [1]" in second


def test_a_paper_that_was_not_retrieved_is_shown_after_the_others() -> None:
    found = report()
    rows = tuple(replace(row, retrieved=("abs:tide",)) for row in found.rows)
    page = page_of(replace(found, rows=rows))
    table = page[page.index('id="good"') :]
    assert table.index("<td>1</td>") < table.index("<td>–</td>")


def test_the_page_tells_what_the_gate_found_and_links_the_case() -> None:
    lost = report(good=Answer("q", "Not said.", "lookup", strength="none"))
    page = page_of(lost, Held(gate(lost, report())))
    assert 'class="banner bad"' in page
    assert '<a href="#good">good</a> <span class="bad">no longer passes</span>' in page
    assert "paper lost: Moths &lt;script&gt;" in page
    assert "Since the baseline: no longer passes" in page
    held = page_of(report(), Held(gate(report(), report())))
    assert 'class="banner good"' in held


def test_cases_are_chosen_without_a_script() -> None:
    page = page_of(report())
    assert 'id="show-0" checked' in page
    assert "body:has(#show-1:checked) .case:not(.fails){display:none}" in page


def test_the_page_without_seconds_or_papers_still_stands() -> None:
    page = web_report(replace(report(), seconds={}), [], Held())
    assert "Seconds a question" not in page
    assert "abs:moth is not here" in page
    read(page)


def test_bars_are_as_long_as_their_share() -> None:
    assert 'class="bar" x="0%" y="2" width="50.00%"' in bar(1, 2, "a")
    assert 'class="bar" x="0%" y="2" width="100.00%"' in bar(2, 2, "a")
    assert "a: 1 of 2" in bar(1, 2, "a")


def test_intervals_stay_on_the_scale() -> None:
    plot = interval(0.5, -0.2, 1.3, "a & b")
    assert 'x1="0.00%" x2="100.00%"' in plot
    assert 'cx="50.00%"' in plot
    assert "a &amp; b" in plot


def test_lines_stand_at_their_value() -> None:
    plot = histogram([1.0], 4.0, "s", lines={"median": 1.0})
    assert 'class="mark" x1="25.00%" x2="25.00%"' in plot


@pytest.mark.parametrize("values", [[0.0, 0.99, 1.0, 5.0], [0.2]])
def test_a_histogram_counts_every_value_once(values: list[float]) -> None:
    plot = histogram(values, 1.0, "support", bins=2)
    high = sum(value >= 0.5 for value in values)
    assert (f"0.5 to 1 support: {high}" in plot) == bool(high)
    assert f"0 to 0.5 support: {len(values) - high}" in plot


def test_a_histogram_of_nothing_has_no_bars() -> None:
    assert 'class="bar"' not in histogram([], 1.0, "support")


def test_the_numbers_of_near_dots_stand_one_above_the_other() -> None:
    plot = scatter_plot([("a", 1.0, 0.9), ("b", 1.0, 0.9), ("c", 2.0, 0.9)], "s", "passed")
    one, two, three = (float(y) for y in re.findall(r'y="([\d.]+)">[123]</text>', plot))
    assert two == one - 12
    assert three == one
