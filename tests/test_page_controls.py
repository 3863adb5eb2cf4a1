"""Every control of the page is pressed, by its name; settings and offers do what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from page_samples import CORAL, EXAMPLES, HOSTILE, ScriptedEngine, served
from page_visits import PHONE, Visit, visiting

from app.choices import Choices

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
_CONTROLS = "button, a[href], input, textarea, select, summary, [role=button], [tabindex='0']"
# What a visible control is called where it is read out: as browsers work it out, in short.
_NAME = """control => (control.getAttribute("aria-label") || control.labels?.[0]?.innerText
  || control.innerText || control.title || control.placeholder || "").trim()"""


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture(scope="module")
def site(engine: ScriptedEngine) -> Iterator[str]:
    with served(engine) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    with visiting(browser, site) as open_page:
        yield open_page


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
    kinds: dict[str, tuple[str, int]] = {}
    for place, control in enumerate(seen.page.locator(_CONTROLS).all()):
        if not control.is_visible():
            continue
        name = control.evaluate(_NAME)
        assert name, control.evaluate("control => control.outerHTML.slice(0, 200)")
        # One of each kind is pressed: a table has the same control in each row.
        kind = control.evaluate("c => c.tagName + c.className + (c.closest('[id]')?.id ?? '')")
        kinds.setdefault(f"{kind} {name if 'tick' not in kind else ''}", (name, place))
    assert len(kinds) >= 6
    for name, place in list(kinds.values()):
        control = seen.page.locator(_CONTROLS).nth(place)
        if control.is_visible() and control.is_enabled() and control.evaluate(_NAME) == name:
            _press(control)
        else:
            continue
    assert seen.page.locator("#masthead").is_visible()
    seen.page.wait_for_function("!document.querySelector('#question .stop-button')")


def _press(control: Locator) -> None:
    control.scroll_into_view_if_needed()
    control.focus()
    control.press("Enter")


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
