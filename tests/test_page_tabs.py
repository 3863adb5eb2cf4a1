"""Tabs of the browser, its history and its storage: whose chat is shown, and what "back" does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from page_samples import EXAMPLES, ScriptedEngine
from page_visits import IN_A_BROWSER, Visit

from app.ui.page import STATIC

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = IN_A_BROWSER
Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine()


def _beside(seen: Visit) -> Visit:
    """Another tab of the same browser."""
    page = seen.page.context.new_page()
    page.set_default_timeout(40_000)
    page.goto(seen.page.url)
    page.locator("body[data-finished]").wait_for(state="attached")
    return Visit(page)


def _questions(page: Page) -> list[str]:
    return page.locator("#chat .user-row p:first-child").all_inner_texts()


def _reloaded(seen: Visit) -> list[str]:
    seen.page.wait_for_timeout(300)
    seen.page.reload()
    seen.page.locator("body[data-finished]").wait_for(state="attached")
    seen.page.wait_for_timeout(300)
    return _questions(seen.page)


def test_a_tab_keeps_its_own_chat_whatever_another_one_asks_or_begins(visit: Open) -> None:
    first = visit()
    first.ask("What is CoralNet?")
    first.page.wait_for_timeout(300)
    second = _beside(first)
    assert _questions(second.page) == ["What is CoralNet?"], "a new tab finds the newest chat"
    second.ask("And kelp?")
    assert _reloaded(first) == ["What is CoralNet?"]
    second.page.locator("#new-chat").click()
    second.page.locator("#chat .example").first.wait_for()
    assert _reloaded(first) == ["What is CoralNet?"]
    assert _reloaded(second) == []
    first.ask("And reefs?")
    first.page.wait_for_timeout(300)
    assert _questions(_beside(first).page) == ["What is CoralNet?", "And reefs?"]
    assert _reloaded(second) == []


def test_what_the_page_does_is_there_before_gradio_runs(visit: Open) -> None:
    """Else a question that is typed early is not sent, and a tab reads the chat of another."""
    seen = visit()
    served = seen.page.request.get(seen.page.url, headers={"Accept": "text/html"}).text()
    before, after = served.split("window.gradio_config", 1)
    scripts = [name for name in STATIC if name.endswith(".js")]
    assert len(scripts) == 8
    for name in scripts:
        assert before.count(f'src="{name}"') == 1
        assert name not in after


def test_a_chat_too_large_for_a_tab_of_its_own_is_still_kept_for_all(visit: Open) -> None:
    seen = visit()
    kept = seen.page.evaluate("""() => {
        localStorage.setItem("askpapers", "small");
        for (let n = 0, size = 1 << 20; size > 16; n++) {
            try { sessionStorage.setItem(`filler${n}`, "x".repeat(size)); } catch { size >>= 1; }
        }
        localStorage.setItem("askpapers", "large".repeat(1000));
        const read = localStorage.getItem("askpapers");
        sessionStorage.clear();
        localStorage.clear();
        return read;
    }""")
    assert kept == "large" * 1000


def test_a_chat_is_brought_back_after_new_chat_until_the_next_question(
    visit: Open, engine: ScriptedEngine
) -> None:
    seen = visit()
    page = seen.page
    assert page.get_by_role("button", name="Back to the chat before").count() == 0
    seen.ask("What is CoralNet?")
    for _ in range(2):  # an empty chat is none to go back to
        page.locator("#new-chat").click()
        page.locator("#chat .example").first.wait_for()
    back = page.get_by_role("button", name="Back to the chat before")
    page.wait_for_timeout(500)  # the second click draws the button anew, and its focus is lost
    back.press("Enter")
    page.locator("#chat a.cite").first.wait_for()
    assert page.locator("#sources .card").count() == 2
    page.locator("#offers").get_by_text(EXAMPLES[0]).wait_for()
    seen.ask("And kelp?")
    assert engine.asked[-1][1][-1] == "What is CoralNet?"
    assert _reloaded(seen) == ["What is CoralNet?", "And kelp?"]
    page.locator("#new-chat").click()
    back.wait_for()
    seen.ask("And reefs?")
    assert not engine.asked[-1][1]
    assert back.count() == 0


def test_a_chat_brought_back_while_it_was_answered_offers_its_question_again(
    visit: Open, engine: ScriptedEngine
) -> None:
    engine.go.clear()
    seen = visit()
    seen.ask("wait for nine papers", wait=False)
    seen.page.get_by_role("button", name="Stop", exact=True).wait_for()
    seen.page.locator("#new-chat").click()
    back = seen.page.get_by_role("button", name="Back to the chat before")
    back.wait_for()
    engine.go.set()
    back.click()
    seen.page.get_by_role("button", name="Ask again").click()
    seen.page.locator("table.papers").wait_for()
    assert _questions(seen.page) == ["wait for nine papers"]


def test_back_leads_from_the_library_to_the_questions_and_its_address_opens_it(
    visit: Open,
) -> None:
    seen = visit()
    page = seen.page
    seen.ask("What is CoralNet?")
    page.get_by_role("tab", name="Library").click()
    page.locator("#years li").last.wait_for()
    assert page.url.endswith("/#library")
    page.go_back()
    page.locator("#chat a.cite").first.wait_for()
    assert "#" not in page.url
    page.go_forward()
    page.locator("#years li").last.wait_for()
    page.reload()
    page.locator("#years li").last.wait_for()
    assert page.get_by_role("tab", name="Library").get_attribute("aria-selected") == "true"
    before = page.evaluate("history.length")
    page.get_by_role("tab", name="Ask").click()
    page.locator("#question").wait_for()
    assert "#" not in page.url
    assert page.evaluate("history.length") == before + 1


def test_a_question_in_the_address_leaves_no_entry_and_back_shows_the_whole_chat(
    visit: Open, engine: ScriptedEngine
) -> None:
    seen = visit()
    page = seen.page
    seen.ask("What is CoralNet?")
    page.wait_for_timeout(300)
    site = page.url
    before = page.evaluate("history.length")
    page.goto(f"{site}?q=And+kelp%3F")
    page.locator("#chat .user-row").nth(1).wait_for()
    page.locator("#question .submit-button").wait_for()
    page.wait_for_timeout(300)
    assert page.evaluate("history.length") == before + 1, "that of the visit itself"
    asked = len(engine.asked)
    page.go_back()
    page.locator("#chat .user-row").nth(1).wait_for()
    assert _questions(page) == ["What is CoralNet?", "And kelp?"]
    assert len(engine.asked) == asked
