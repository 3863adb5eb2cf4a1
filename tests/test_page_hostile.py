"""Eighty hostile texts wherever the page shows a text: it stays text, and nothing leaves."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hostile_strings import STRINGS
from page_samples import ScriptedEngine
from page_visits import IN_A_BROWSER, Visit

from app.answer import Answer, Citation, Quote, Sentence
from app.extractive.messages import WHICH
from app.suggesting.introduction import Example, Introduction
from app.ui.chat import LONGEST_QUESTION
from app.ui.markdown import escape
from app.understanding.question import Asked
from ingest.records import Paper

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = IN_A_BROWSER
PAPERS = [
    Paper(
        f"abs:{n:012}", f"{text} is said here.", text, authors=(text, "Eve"), year=2020,
        venue=text, url=text, sources=(f"/papers/{text[:60]}.txt:{n}",),
    )
    for n, text in enumerate(STRINGS, 1)
]  # fmt: skip


def _shown(question: str, papers: Sequence[Paper], kind: str) -> Answer:
    """An answer whose every field holds hostile text, in the form of a kind.

    A line of a list is one line, as the engine writes it.
    """
    quotes = [Quote(paper.abstract, 0, len(paper.abstract)) for paper in papers]
    said = [f"{_line(paper.abstract)} [{n}]" for n, paper in enumerate(papers, 1)]
    titles = [_line(paper.title) for paper in papers]
    lines = {
        "list": [f"- **{title}**: {text}" for title, text in zip(titles, said, strict=True)],
        "compare": [f"- Method: {text}" for text in said],
        "lookup": [f"{paper.abstract} [{n}]" for n, paper in enumerate(papers, 1)],
    }[kind]  # fmt: skip
    some = papers[0].title
    return Answer(
        question,
        "\n".join(["Papers match:", *lines] if kind == "list" else lines),
        kind,  # type: ignore[arg-type]
        sentences=tuple(Sentence(p.abstract, (), status="marked") for p in papers[:1]),
        citations=tuple(
            Citation(n, paper, (quote,), (paper.title,))
            for n, (paper, quote) in enumerate(zip(papers, quotes, strict=True), 1)
        ),
        filters={"authors": [some], "venue": some, some: some},
        notes=(some,),
    )


def _line(text: str) -> str:
    return " ".join(text.split())


class HostileEngine(ScriptedEngine):
    """Answers a hostile question with the paper of that text; "list" with all, "compare" with two.

    What it offers and tells of the collection is hostile too.
    """

    held = len(PAPERS)
    model = STRINGS[0]

    def papers(self) -> list[Paper]:
        return PAPERS

    def introduction(self) -> Introduction:
        examples = tuple(Example("Find", text) for text in STRINGS if len(text) < 500)
        return Introduction(len(PAPERS), topics=tuple(STRINGS[:5]), examples=examples)

    def shelf(self, _text: str, most: int, _file: str = "") -> tuple[list[Paper], int]:
        return PAPERS[:most], len(PAPERS)

    def compare(self, question: str, paper_ids: Sequence[str]) -> Answer:
        return _shown(question, [p for p in PAPERS if p.paper_id in paper_ids], "compare")

    def follow_ups(
        self, put: Asked, _history: Sequence[Asked], answer: Answer
    ) -> tuple[Asked, ...]:
        return (Asked(STRINGS[6]), Asked(put.text, about=answer.citations[0].paper.paper_id))

    def stream(
        self, question: str | Asked, history: Sequence[str | Asked] = ()
    ) -> Iterator[Answer]:
        text = question.text if isinstance(question, Asked) else question
        if text == "list":
            yield _shown(text, PAPERS, "list")
            return
        meant = [p for p in PAPERS if " ".join(p.title.split()) == " ".join(text.split())]
        answer = _shown(text, meant or PAPERS[:1], "lookup")
        yield (
            answer
            if len(history) % 2
            else replace(
                answer, strength="none", reason=WHICH, closest=(answer.citations[0].paper,)
            )
        )


@pytest.fixture(scope="module")
def engine() -> HostileEngine:
    return HostileEngine()


_MADE = """() => {
  const made = "a annotation article blockquote br button code details div h1 h2 h3 h4 header i"
    + " input li line math mfrac mi mn mo mrow mspace mstyle msup mtext ol p path pre section"
    + " semantics span strong summary svg table tbody td th thead tr ul mark em";
  const known = new Set(made.split(" "));
  const odd = [];
  const address = /^(#t\\d+(-\\d+(:[\\d,]+)?)?|http:\\/\\/evil\\.invalid\\/plain\\S*)$/;
  const buttons = ".act, .copy, .cite-one, .sort, .page, .close, #offers *";
  const loading = ["src", "srcset", "srcdoc", "action", "formaction"];
  for (const node of document.querySelectorAll(
      "#chat .message *, #chat .placeholder *, #panel .md *, #offers *, #leaf .md *, #found *")) {
    const tag = node.tagName.toLowerCase();
    const own = !node.closest(".katex");
    if (!known.has(tag) || (own && tag === "svg")) odd.push(tag);
    for (const { name, value } of node.attributes) {
      if (name.startsWith("on") || loading.includes(name)) odd.push(name);
      if (/href/.test(name) && !address.test(value)) odd.push(value);
    }
    if (tag === "input" && !node.matches(".tick")) odd.push("input");
    if (tag === "button" && !node.matches(buttons)) odd.push("button " + node.className);
  }
  if (document.querySelectorAll(".file").length > 1) odd.push("a file");
  return odd;
}"""


def _nothing_happened(page: Page) -> None:
    assert page.evaluate(_MADE) == []
    assert page.evaluate("window.pwned") is None
    assert page.locator("#masthead").is_visible()


def _as_shown(text: str) -> str:
    """What a reader sees of a text: no invisible signs that reorder it, one space for many."""
    return " ".join("".join(c for c in text if c.isspace() or escape(c)).split())


_ASKED = [text for text in STRINGS if len(text) < LONGEST_QUESTION]


@pytest.mark.parametrize("start", range(0, len(_ASKED), 10))
def test_a_hostile_question_its_answer_and_its_sources_are_text(
    visit: Callable[..., Visit], start: int
) -> None:
    texts = _ASKED[start : start + 10]
    seen = visit()
    page = seen.page
    page.locator("#chat .example").first.wait_for()
    _nothing_happened(page)
    for text in texts:
        page.locator("#question textarea").fill(text)
        page.locator("#question textarea").press("Enter")
    page.locator("#chat .user-row").nth(len(texts) - 1).wait_for(timeout=90_000)
    page.locator("#offers .suggestion").first.wait_for()
    _nothing_happened(page)
    asked = page.locator("#chat .user-row .message p:first-child").all_inner_texts()
    assert [" ".join(text.split()) for text in asked] == [_as_shown(text) for text in texts]
    for marker in page.locator("#chat a.cite").all()[:: len(texts) // 3]:
        marker.click()
        page.locator(".card.lit").wait_for()
        _nothing_happened(page)


def test_a_table_a_comparison_and_a_reload_of_hostile_papers_are_text(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    page = seen.page
    seen.ask("list")
    page.locator("table.papers.ready").wait_for()
    assert page.locator("table.papers tbody tr").count() == len(PAPERS)
    page.locator("table.papers .sort", has_text="Paper").click()
    _nothing_happened(page)
    for number in (1, 12):
        page.locator(f"tbody .tick[value='{number}']").evaluate("tick => tick.click()")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator("table.compared").wait_for()
    _nothing_happened(page)
    page.wait_for_timeout(300)
    page.reload()
    page.locator("#chat .user-row").first.wait_for()
    _nothing_happened(page)


def test_the_library_of_hostile_papers_is_text(visit: Callable[..., Visit]) -> None:
    page = visit().page
    page.get_by_role("tab", name="Library").click()
    cells = page.locator("#shelf [role=gridcell]")
    cells.first.wait_for()
    cells.nth(4).click()
    page.locator("#leaf .card").wait_for()
    _nothing_happened(page)
    assert cells.locator("script, img, iframe, object, form, style").count() == 0


def test_exports_of_hostile_papers_are_files_of_their_format(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.ask("list")
    saved: dict[str, str] = {}
    for name in ("CSV", "CSL-JSON", "RIS", "BibTeX"):
        seen.page.get_by_text("Export", exact=True).click()
        with seen.page.expect_download() as download:
            seen.page.get_by_role("button", name=name).click()
        assert download.value.suggested_filename.startswith("askpapers-list.")
        saved[name] = download.value.path().read_text("utf-8")
    rows = list(csv.reader(io.StringIO(saved["CSV"])))
    assert len(rows) == len(PAPERS) + 1
    assert not any(cell[:1] in ("=", "+", "-", "@", "\t") for row in rows for cell in row)
    assert len(json.loads(saved["CSL-JSON"])) == len(PAPERS)
    assert saved["RIS"].count("\nER  -") == len(PAPERS)
    assert saved["BibTeX"].count("\n@") + saved["BibTeX"].startswith("@") == len(PAPERS)


def test_an_enormous_question_stays_in_the_box(visit: Callable[..., Visit]) -> None:
    seen = visit()
    enormous = max(STRINGS, key=len)
    box = seen.page.locator("#question textarea")
    box.fill(enormous)
    box.press("Enter")
    seen.page.get_by_text(f"of at most {LONGEST_QUESTION:,} characters").wait_for()
    assert box.input_value() == enormous
    assert seen.page.locator("#chat .user-row").count() == 0
