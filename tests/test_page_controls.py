"""Every control of the page is pressed, by its name; settings and offers do what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from page_samples import CORAL, EXAMPLES, HOSTILE, ScriptedEngine
from page_visits import IN_A_BROWSER, PHONE, Visit, until

from app.choices import Choices

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = IN_A_BROWSER
_CONTROLS = "button, a[href], input, textarea, select, summary, [role=button], [tabindex='0']"
# What a visible control is called where it is read out: as browsers work it out, in short.
_NAME = """control => (control.getAttribute("aria-label") || control.labels?.[0]?.innerText
  || control.innerText || control.title || control.placeholder || "").trim()"""

# Settings close where another control is used, and a question clears the page of the others.
_TURN = "c => c.closest('#settings') ? 0 : c.classList.contains('example') ? 2 : 1"


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine()


def _answered(seen: Visit) -> None:
    """A list, with a question behind it, so that the page shows all that it can."""
    seen.ask("many papers")
    seen.page.locator("#offers .suggestion").first.wait_for()


def _begun(seen: Visit) -> None:
    seen.page.locator("#chat .example").first.wait_for()


def _settings(seen: Visit) -> None:
    seen.page.get_by_role("button", name="Settings").click()
    seen.page.locator("#reset-settings").wait_for()
    seen.page.locator("#chat .example").first.wait_for()


def _library(seen: Visit) -> None:
    seen.page.get_by_role("tab", name="Library").click()
    seen.page.locator("#years li").last.wait_for()


@pytest.mark.parametrize("state", [_begun, _settings, _answered, _library])
def test_every_control_has_a_name_and_can_be_pressed(
    visit: Callable[..., Visit], state: Callable[[Visit], None]
) -> None:
    seen = visit(permissions=["clipboard-read", "clipboard-write"])
    state(seen)
    kinds: dict[str, tuple[int, int, str]] = {}
    for place, control in enumerate(seen.page.locator(_CONTROLS).all()):
        if not control.is_visible():
            continue
        name = control.evaluate(_NAME)
        assert name, control.evaluate("control => control.outerHTML.slice(0, 200)")
        # One of each kind is pressed: a table has the same control in each row.
        kind = control.evaluate("c => c.tagName + c.className + (c.closest('[id]')?.id ?? '')")
        turn = control.evaluate(_TURN)
        kinds.setdefault(f"{kind} {name if 'tick' not in kind else ''}", (turn, -place, name))
    # From the foot up: New chat, at the head, clears what is to be pressed.
    gone = [name for _, _, name in sorted(kinds.values()) if not _press(seen.page, name)]
    assert len(gone) <= 1, gone  # an example that was asked is offered no more
    assert seen.page.locator("#masthead").is_visible()
    until(seen.page, "!document.querySelector('#question .stop-button')")


def _press(page: Page, name: str) -> bool:
    """Whether a control of that name is still there and took Enter, as the one that is chosen."""
    for control in page.locator(_CONTROLS).element_handles():
        if control.is_visible() and control.evaluate(_NAME) == name:
            control.evaluate("control => control.focus()")
            page.keyboard.press("Enter")
            return True
    return False


def test_settings_travel_with_the_question_stay_in_the_browser_and_go_back(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen, other = visit(), visit()
    page = seen.page
    _settings(seen)
    assert page.get_by_text("Who writes the answers").count() == 0, "no model is configured"
    page.get_by_label("Strict").check()
    page.get_by_label("Papers from year").fill("2020")
    page.get_by_label("10", exact=True).check()
    page.get_by_role("button", name="Settings · 3").wait_for()
    page.keyboard.press("Escape")
    assert not page.locator("#reset-settings").is_visible()
    seen.ask("What is CoralNet?")
    chosen = Choices(strictness="strict", since=2020, most=10)
    assert engine.put[-1].choices == chosen
    assert "strict · papers since 2020 only · at most 10 listed" in seen.answer.inner_text()
    other.ask("What is CoralNet?")
    assert engine.put[-1].choices == Choices()
    page.reload()
    page.get_by_role("button", name="Settings · 3").click()
    assert page.get_by_label("Papers from year").input_value() == "2020"
    page.get_by_role("button", name="Back to the defaults").click()
    page.get_by_role("button", name="Settings", exact=True).wait_for()
    seen.ask("And kelp?")
    assert engine.put[-1].choices == Choices()


def test_settings_shown_again_are_not_kept_again(visit: Callable[..., Visit]) -> None:
    """Setting a field had kept what the others showed then, and which arrived last was chance."""
    seen = visit()
    page = seen.page
    _settings(seen)
    page.get_by_label("Strict").check()
    page.get_by_label("Papers from year").fill("2020")
    page.get_by_role("button", name="Settings · 2").wait_for()
    fields = '"data":["model","strict",2020,'
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.reload()
    page.get_by_role("button", name="Settings · 2").wait_for()
    page.wait_for_timeout(500)
    assert sent
    assert not [one for one in sent if fields in one]
    page.get_by_role("button", name="Settings · 2").click()
    page.get_by_label("25", exact=True).check()
    page.get_by_role("button", name="Settings · 3").wait_for()
    assert [one for one in sent if fields in one], "what a visitor changes is kept"


def test_what_is_offered_is_asked_by_a_click_and_by_the_keyboard(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit()
    seen.ask("And kelp?")
    offered = seen.page.locator("#offers .suggestion")
    offered.first.wait_for()
    assert offered.all_inner_texts() == EXAMPLES
    offered.nth(1).focus()
    seen.page.keyboard.press("Enter")
    seen.page.locator("#chat .user-row").nth(1).wait_for()
    seen.page.locator("#question .submit-button").wait_for()
    assert engine.asked[-1][0] == EXAMPLES[1]
    seen.page.wait_for_timeout(300)
    seen.page.reload()
    offered.first.wait_for()
    assert offered.all_inner_texts() == EXAMPLES[:1], "what was asked is not offered"


def test_a_question_that_points_at_nothing_is_asked_of_the_paper_that_is_chosen(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit()
    seen.ask("unclear what it is")
    assert "Which paper do you mean?" in seen.answer.inner_text()
    assert "Not in the abstracts" not in seen.answer.inner_text()
    seen.page.get_by_role("button", name=HOSTILE.title).wait_for()
    seen.page.get_by_role("button", name=CORAL.title).click()
    seen.page.locator("#chat .user-row").nth(1).wait_for()
    seen.page.locator("#question .submit-button").wait_for()
    assert engine.put[-1].about == CORAL.paper_id
    assert engine.put[-1].text == "unclear what it is"


def test_the_chat_stands_alone_in_the_middle_until_an_answer_brings_sources(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.page.locator("#chat .example").first.wait_for()
    shown = seen.page.locator("#chat .placeholder").inner_text()
    assert "3 papers, 2021–2024, on coral reefs" in shown
    assert not seen.page.locator("#panel").is_visible()
    seen.ask("broken server")
    assert not seen.page.locator("#panel").is_visible()
    seen.ask("What is CoralNet?")
    assert seen.page.locator("#panel").is_visible()
    seen.ask("broken server")
    assert seen.page.locator("#panel").is_visible(), "what was beside the chat stays there"


def test_on_a_phone_settings_and_offers_are_within_reach(visit: Callable[..., Visit]) -> None:
    seen = visit(**PHONE)
    _settings(seen)
    box = seen.page.locator("#reset-settings").bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    seen.page.keyboard.press("Escape")
    _answered(seen)
    size = seen.page.locator("#offers .suggestion").first.bounding_box()
    assert size is not None
    assert size["height"] >= 24
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 390


def test_what_was_copied_is_told_for_a_moment_and_read_out(visit: Callable[..., Visit]) -> None:
    seen = visit(permissions=["clipboard-read", "clipboard-write"])
    page = seen.page
    seen.ask("What is CoralNet?")
    for name in ("Copy with sources", "Cite"):
        button = page.get_by_role("button", name=name).first
        button.click()
        page.get_by_role("button", name="Copied").click()  # twice within the moment
        assert page.get_by_role("status").get_by_text("Copied").count() == 1
        page.get_by_role("button", name="Copied").wait_for(state="detached")
        button.wait_for()
        assert page.get_by_role("status").get_by_text("Copied").count() == 0


def test_too_long_a_question_cannot_be_sent_until_it_is_shorter(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    ask = seen.page.get_by_role("button", name="Ask", exact=True)
    box = seen.page.locator("#question textarea")
    box.fill("why " * 501)
    assert ask.is_disabled()
    colours = "button => getComputedStyle(button).backgroundColor"
    off = ask.evaluate(colours)
    box.fill("why " * 499)
    assert ask.is_enabled()
    assert ask.evaluate(colours) != off


def test_a_question_stopped_before_its_answer_is_offered_again_and_sources_stay(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit()
    page = seen.page
    seen.ask("What is CoralNet?")
    engine.go.clear()
    seen.ask("late kelp", wait=False)
    page.get_by_role("button", name="Stop", exact=True).wait_for()
    page.keyboard.press("Escape")
    again = seen.answer.get_by_role("button", name="Ask again")
    again.wait_for()
    assert page.get_by_text("No sources").count() == 0
    assert page.locator("#sources .card").count() == 2
    engine.go.set()
    page.locator("#question .submit-button").wait_for()
    again.click()
    seen.answer.get_by_text("from the air").first.wait_for()
    assert page.locator("#chat .user-row").count() == 2


def test_only_the_last_question_is_offered_again(visit: Callable[..., Visit]) -> None:
    seen = visit()
    again = seen.page.get_by_role("button", name="Try again")
    seen.ask("broken please")
    again.wait_for()
    seen.ask("What is CoralNet?")
    assert [one.is_visible() for one in seen.page.locator("#chat .retry").all()] == [False, True]


def test_tab_leads_from_the_question_to_the_last_answer_its_offers_and_then_its_sources(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    page = seen.page
    seen.ask("What is CoralNet?")
    _answered(seen)
    page.locator("#question textarea").focus()
    passed: list[str] = []
    place = """() => { const part = document.activeElement.closest(
        "#question, #offers, #panel, .bot-row, .user-row") ?? document.body;
        const rows = [...document.querySelectorAll("#chat .bot-row")];
        return part.id || (part === rows.at(-1) ? "last answer" : "elsewhere"); }"""
    while len(passed) < 120 and "panel" not in passed:
        passed.append(page.evaluate(place))
        page.keyboard.press("Tab")
    assert list(dict.fromkeys(passed)) == ["question", "last answer", "offers", "panel"]
    page.locator("#panel a.number").first.focus()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(place) == "question"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(place) == "offers"
    page.keyboard.press("Tab")
    assert page.evaluate(place) == "question", "whoever came backwards goes on as they came"


def test_a_head_sorts_wherever_it_is_pressed_and_the_pager_keeps_the_keyboard(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    page = seen.page
    _answered(seen)
    head = page.locator("table.papers th", has_text="Year")
    box = head.bounding_box()
    assert box is not None
    head.click(position={"x": box["width"] - 2, "y": 2})
    assert head.get_attribute("aria-sort") == "ascending"
    onward = page.get_by_role("button", name="The next page")
    assert float(onward.evaluate("b => getComputedStyle(b).fontSize.slice(0, -2)")) >= 13
    onward.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert "21–25 of 25" in page.locator(".bar").inner_text()
    assert page.get_by_role("button", name="The page before").evaluate(
        "button => button === document.activeElement"
    )


def test_beside_another_page_of_a_list_stands_its_first_paper(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    page = seen.page
    _answered(seen)
    page.get_by_role("button", name="The next page").click()
    page.locator("#t1-11").wait_for()
    assert page.locator("tr.chosen a.cite").inner_text() == "[11]"
    assert page.get_by_role("button", name="The next page").evaluate(
        "button => button === document.activeElement"
    )
    page.locator("table.papers th", has_text="Paper").click()
    page.locator("#t1-1").wait_for()


def test_ticks_say_what_they_are_for(visit: Callable[..., Visit]) -> None:
    seen = visit()
    page = seen.page
    _answered(seen)
    told = page.locator(".bar .ticked")
    assert told.inner_text() == "Tick papers: any number to export, 2 to 5 to compare."
    page.get_by_role("checkbox", name="Tick all papers").check()
    assert told.inner_text() == "25 ticked: Export takes them, Compare takes 2 to 5."
    assert page.get_by_role("button", name="Compare").is_disabled()
