"""The page in every state, as axe-core judges it: light, dark, on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import BROWSER_REQUIRED
from page_samples import ScriptedEngine
from page_visits import IN_A_BROWSER, PHONE, Visit

if TYPE_CHECKING:
    pass

pytestmark = IN_A_BROWSER
_RUN = """() => axe.run(document, {
  resultTypes: ["violations"],
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
})"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, which `axe-playwright-python` carries."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        reason = "axe-core is not here: install axe-playwright-python"
        pytest.fail(reason, pytrace=False) if BROWSER_REQUIRED else pytest.skip(reason)
    return Path(found.origin).with_name("axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine()


def _states(seen: Visit, engine: ScriptedEngine) -> Iterator[str]:
    """Brings the page from state to state."""
    page = seen.page
    page.locator("#chat .example").first.wait_for()
    yield "first visit"
    page.get_by_role("button", name="Settings").click()
    page.locator("#reset-settings").wait_for()
    yield "settings"
    page.keyboard.press("Escape")
    engine.go.clear()
    seen.ask("wait for nine papers", wait=False)
    seen.answer.get_by_text("9 papers match").wait_for()
    yield "streaming"
    engine.go.set()
    page.locator("table.papers.ready").wait_for()
    page.locator("#offers .suggestion").first.wait_for()
    yield "list"
    seen.ask("What is CoralNet?")
    page.locator("#chat a.cite").last.click()
    page.locator(".card.lit").wait_for()
    yield "answer"
    if page.get_by_role("button", name="Close").is_visible():
        page.get_by_role("button", name="Close").click()
    seen.ask("compare CoralNet and kelp")
    yield "comparison"
    seen.ask("glaciers")
    yield "nothing found"
    seen.ask("broken")
    yield "an error"
    page.get_by_role("tab", name="Library").click()
    page.locator("#years li").last.wait_for()
    page.locator("#shelf").get_by_text("CoralNet").last.click()
    page.locator("#leaf .card").wait_for()
    yield "library"


def _findings(seen: Visit) -> list[str]:
    found = seen.page.evaluate(_RUN)["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(
    "options", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"]
)
def test_no_state_of_the_page_has_a_serious_finding(
    visit: Callable[..., Visit], engine: ScriptedEngine, axe: str, options: dict[str, Any]
) -> None:
    seen = visit(**options)
    seen.page.evaluate(axe)
    found = {state: _findings(seen) for state in _states(seen, engine)}
    assert len(found) == 9
    assert {state: some for state, some in found.items() if some} == {}
