"""In a real browser: a conversation with long lists comes back, and says which papers are gone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from page_samples import CORAL, ScriptedEngine, listing, served
from page_visits import IN_A_BROWSER, Visit, until, visiting

from app.answer import Answer
from app.understanding.question import Asked

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = IN_A_BROWSER
Open = Callable[..., Visit]


class Broad(ScriptedEngine):
    """Its lists have 300 papers, whose titles share nothing that could be packed."""

    def stream(
        self, question: str | Asked, history: Sequence[str | Asked] = ()
    ) -> Iterator[Answer]:
        put = question if isinstance(question, Asked) else Asked(question)
        if not put.text.startswith("broad"):
            yield from super().stream(question, history)
            return
        self.asked.append((put.text, tuple(getattr(one, "text", str(one)) for one in history)))
        rolled = random.Random(put.text)
        answer = listing(put.text, 300)
        cited = tuple(
            replace(one, paper=replace(CORAL, paper_id=f"abs:{n}", title=_digits(rolled)))
            for n, one in enumerate(answer.citations)
        )
        yield replace(answer, citations=cited)


def _digits(rolled: random.Random) -> str:
    return " ".join(str(rolled.random()) for _ in range(20))


@pytest.fixture(scope="module")
def engine() -> Broad:
    return Broad()


@pytest.fixture
def visit(browser: Browser, engine: Broad) -> Iterator[Open]:
    with served(engine) as address, visiting(browser, address) as open_page:
        yield open_page


def test_a_chat_with_long_lists_comes_back_whole_after_a_reload(visit: Open, engine: Broad) -> None:
    seen = visit()
    asked = [f"broad {n}" for n in range(6)]
    for text in asked:
        seen.ask(text)
    size = "localStorage.getItem('askpapers')?.length"
    until(seen.page, f"{size} > 250_000")
    assert seen.page.evaluate(size) < 2_500_000
    seen.page.wait_for_timeout(500)
    seen.page.reload()
    seen.page.locator("#chat .user-row").nth(5).wait_for()
    seen.ask("What is CoralNet?")
    assert engine.asked[-1] == ("What is CoralNet?", tuple(asked))
    with seen.page.expect_download() as saved:
        seen.page.get_by_role("button", name="Export chat").click()
    exported = saved.value.path().read_text(encoding="utf-8")
    assert [text for text in asked if f"## {text}\n" in exported] == asked


def test_when_papers_leave_the_library_the_chat_says_so_at_their_markers(
    visit: Open, engine: Broad
) -> None:
    seen = visit()
    seen.ask("What is CoralNet?")
    assert seen.page.locator("#chat a.cite.gone").count() == 0
    engine.gone = {CORAL.paper_id}
    try:
        seen.page.get_by_role("tab", name="Library").click()
        seen.page.locator("#files li").first.wait_for()
        seen.page.get_by_role("tab", name="Ask").click()
        marker = seen.page.locator("#chat a.cite.gone")
        marker.wait_for()
        assert "no longer in the library" in (marker.get_attribute("title") or "")
        seen.page.locator("#sources").get_by_text("no longer in the library").wait_for()
        seen.page.reload()
        seen.page.locator("#chat a.cite.gone").wait_for()
    finally:
        engine.gone = set()


def test_a_page_that_the_server_forgot_goes_on_with_its_chat(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ui.visitors.KEPT_SECONDS", 1)
    monkeypatch.setattr("app.ui.visitors._SWEPT_EVERY", 0.1)
    engine = Broad()
    with served(engine) as address, visiting(browser, address) as open_page:
        seen = open_page()
        seen.ask("What is CoralNet?")
        seen.page.wait_for_timeout(2_500)
        seen.ask("And kelp?")
        assert engine.asked[-1] == ("And kelp?", ("What is CoralNet?",))
        seen.page.wait_for_timeout(500)
        seen.page.reload()
        seen.page.locator("#chat .user-row").nth(1).wait_for()
