"""The page in a real browser: what a reader sees, clicks and copies, and what never loads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from page_samples import (
    CORAL,
    EXAMPLES,
    HOSTILE,
    SERVER_DOWN,
    ScriptedEngine,
    lookup,
    served,
)

from app.ui import render

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [
    pytest.mark.browser,
    # Gradio asks pandas for an option that newer versions of it want to drop.
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
]


@dataclass
class Visit:
    """An open page with what it complained of and where it reached."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def ask(self, question: str, *, wait: bool = True) -> None:
        box = self.page.locator("#question textarea")
        box.fill(question)
        box.press("Enter")
        if wait:
            shown = self.page.locator("#chat .user-row").last
            shown.get_by_text(question, exact=True).wait_for()
            self.page.locator("#question .submit-button").wait_for()

    @property
    def answer(self) -> Locator:
        return self.page.locator("#chat .bot-row").last


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture(scope="module")
def site(engine: ScriptedEngine) -> Iterator[str]:
    with served(engine) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """Opens the page; afterwards it must have complained of nothing and loaded nothing else."""
    visits = []

    def open_page(path: str = "/", **options: Any) -> Visit:
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(20_000)
        seen = Visit(page)
        visits.append(seen)
        page.on("console", lambda m: m.type == "error" and seen.complaints.append(m.text))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("request", lambda r: _note_outside(seen, site, r.url))
        page.goto(site + path)
        page.locator("#question textarea").wait_for()
        page.wait_for_function("document.querySelector('link[href=\"page.css\"]')?.sheet")
        return seen

    yield open_page
    for seen in visits:
        seen.page.context.close()
        assert seen.complaints == []
        assert seen.outside == []


def _note_outside(seen: Visit, site: str, url: str) -> None:
    if not url.startswith((site + "/", "data:", "blob:")):
        seen.outside.append(url)


def test_an_example_is_answered_by_clicking_it_or_by_the_keyboard(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.page.locator("#chat .example").first.focus()
    seen.page.keyboard.press("Enter")
    seen.answer.get_by_text("Copy with sources").wait_for()
    assert seen.page.locator("#chat .user-row").inner_text().strip() == EXAMPLES[0]
    assert seen.page.locator("#latest .card").count() == 9
    assert "9 papers match" in seen.page.locator("#latest").inner_text()


def test_a_marker_leads_to_its_card_with_the_quote_marked(visit: Callable[..., Visit]) -> None:
    seen = visit("/?from=elsewhere")
    seen.ask("What is CoralNet?")
    seen.page.locator("#chat a.cite", has_text="[1]").click()
    card = seen.page.locator(".card:target")
    card.wait_for()
    assert card.locator("mark").inner_text() == "CoralNet maps reefs from the air."
    assert CORAL.abstract in card.inner_text()
    assert seen.page.locator("#chat .user-row").count() == 1, "the page was not left"


def test_an_earlier_marker_shows_the_earlier_sources_until_the_next_question(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.ask("What is CoralNet?")
    seen.ask("Which papers?")
    assert seen.page.locator("#chat .bot-row").count() == 2
    assert seen.page.locator(".card:visible").count() == 9
    seen.page.locator("#chat a.cite").first.click()
    seen.page.locator(".card:target").wait_for()
    assert seen.page.locator(".card:visible").count() == 2
    seen.ask("Which papers now?")
    assert seen.page.locator(".card:visible").count() == 9


def test_hostile_text_runs_nothing_loads_nothing_and_is_shown_as_it_is(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.ask("hostile <img src=http://evil.invalid/q.png onerror='window.pwned=8'>")
    seen.answer.get_by_text("Copy with sources").wait_for()
    assert seen.page.evaluate("window.pwned") is None
    made = seen.page.locator("#chat .message-row, #panel .md")
    assert made.locator("img, script, style, iframe, form, input").count() == 0
    links = seen.page.locator("#chat .md a, #panel .md a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert links
    assert all(link.startswith("#a1-1") for link in links)
    assert HOSTILE.abstract in (seen.page.locator("#latest .card").text_content() or "")
    assert "(7)" in seen.answer.inner_text()
    assert seen.answer.locator(".katex").count() > 0, "math is still rendered"


def test_markup_that_slipped_through_would_still_not_run(visit: Callable[..., Visit]) -> None:
    seen = visit()
    seen.page.evaluate(
        """() => {
            const box = document.createElement("div");
            box.innerHTML = "<img src=x onerror='window.pwned=1'>";
            document.body.append(box);
            const script = document.createElement("script");
            script.textContent = "window.pwned=2";
            document.body.append(script);
            const image = new Image();
            image.src = "http://evil.invalid/x.png";
        }"""
    )
    seen.page.wait_for_timeout(300)
    assert seen.page.evaluate("window.pwned") is None
    assert any("Content Security Policy" in text for text in seen.complaints)
    seen.complaints.clear()
    seen.outside.clear()


def test_stop_ends_the_answer_keeps_its_beginning_and_what_was_typed(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    engine.go.clear()
    engine.closed.clear()
    seen = visit()
    seen.ask("wait for nine papers", wait=False)
    seen.answer.get_by_text("9 papers match").wait_for()
    seen.page.locator("#question textarea").press_sequentially("next")
    seen.page.locator("#question .stop-button").click()
    seen.answer.get_by_text("cut off").wait_for()
    seen.page.locator("#question .submit-button").wait_for()
    engine.go.set()
    assert seen.page.locator("#question textarea").input_value() == "next"
    assert seen.page.locator("#chat li").count() == 0
    seen.ask("What is CoralNet?")
    assert engine.asked[-1] == ("What is CoralNet?", ("wait for nine papers",))
    assert engine.closed.wait(timeout=20)


def test_an_error_is_a_sentence_and_the_next_question_is_answered(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.ask("broken server")
    assert SERVER_DOWN in seen.answer.inner_text()
    seen.ask("What is CoralNet?")
    assert "from the air" in seen.answer.inner_text()


def test_after_a_bug_the_box_still_works(visit: Callable[..., Visit]) -> None:
    seen = visit()
    seen.ask("bug")
    seen.answer.get_by_text("cut off").wait_for()
    seen.ask("What is CoralNet?")
    assert "from the air" in seen.answer.inner_text()


def test_a_new_chat_forgets_the_questions(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit()
    seen.ask("What is CoralNet?")
    seen.page.locator("#new-chat").click()
    seen.page.locator("#chat .example").first.wait_for()
    assert seen.page.locator(".card").count() == 0
    seen.ask("And kelp?")
    assert engine.asked[-1] == ("And kelp?", ())


def test_two_visitors_do_not_share_a_conversation(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    first, second = visit(), visit()
    first.ask("What is CoralNet?")
    second.ask("And kelp?")
    assert engine.asked[-1] == ("And kelp?", ())
    assert first.page.locator("#chat .user-row").count() == 1


def test_an_answer_is_copied_with_its_sources(visit: Callable[..., Visit]) -> None:
    seen = visit(permissions=["clipboard-read", "clipboard-write"])
    seen.ask("What is CoralNet?")
    seen.page.get_by_text("Copy with sources").click()
    seen.page.get_by_text("Copied").wait_for()
    assert seen.page.evaluate("navigator.clipboard.readText()") == render.plain(lookup())


def test_a_narrow_screen_has_the_sources_below_and_nothing_beside(
    visit: Callable[..., Visit],
) -> None:
    seen = visit(viewport={"width": 390, "height": 844})
    seen.ask("Which papers?")
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 390
    chat, panel = (seen.page.locator(part).bounding_box() for part in ("#talk", "#panel"))
    assert chat is not None
    assert panel is not None
    assert panel["y"] >= chat["y"] + chat["height"]


_CONTRASTS = """() => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = rgb => rgb.slice(0, 3).map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const rgb = numbers(getComputedStyle(node).backgroundColor);
      if (rgb.length === 3 || rgb[3] > .9) return rgb;
    }
    return [255, 255, 255];
  };
  const parts = "#about p, #about code, #chat p, #chat li, #chat a.cite, #chat .chip, "
    + "#chat .mode, #chat .copy, #panel h3, #panel p, #panel mark, #panel summary, .tag";
  return [...document.querySelectorAll(parts)].filter(node => node.offsetParent).map(node => {
    const pair = [light(numbers(getComputedStyle(node).color)), light(behind(node))];
    return [node.className || node.tagName, (Math.max(...pair) + .05) / (Math.min(...pair) + .05)];
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visit: Callable[..., Visit], scheme: str) -> None:
    seen = visit(color_scheme=scheme)
    seen.ask("What is CoralNet?")
    seen.ask("Which papers?")
    seen.page.locator("#chat a.cite").first.click()
    seen.page.locator(".card:target").wait_for()
    contrasts = seen.page.evaluate(_CONTRASTS)
    assert len(contrasts) > 20
    assert {name for name, ratio in contrasts if ratio < 4.5} == set()
