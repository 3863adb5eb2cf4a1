"""Visits to the page in a real browser: what was asked and seen, and what was complained of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

# For `pytestmark`. Gradio asks pandas for options that newer versions of it want to drop.
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
    pytest.mark.filterwarnings("ignore:The copy keyword is deprecated"),
]
_PATIENCE = 40  # seconds
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@dataclass
class Visit:
    """An open page with what it complained of, where it reached and what it asked in dialogs."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

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


@contextmanager
def visiting(browser: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """Opens the page; afterwards it must have run, complained of and loaded nothing of others."""
    visits: list[Visit] = []

    def open_page(path: str = "/", **options: Any) -> Visit:
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(1_000 * _PATIENCE)
        seen = Visit(page)
        visits.append(seen)
        page.on("console", lambda m: m.type == "error" and seen.complaints.append(m.text))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("request", lambda r: _note_outside(seen, site, r.url))
        page.on("dialog", lambda shown: (seen.dialogs.append(shown.message), shown.dismiss()))
        page.goto(site + path)
        page.locator("#question textarea").wait_for()
        until(page, "!!document.querySelector('link[href=\"page.css\"]')?.sheet")
        return seen

    yield open_page
    for seen in visits:
        assert seen.page.evaluate("window.pwned") is None
        seen.page.context.close()
        assert not seen.complaints, seen.complaints
        assert seen.outside == []
        assert seen.dialogs == []


def until(page: Page, expression: str) -> object:
    """The value of an expression in the page, once it is true.

    `wait_for_function` asks again by `eval`, which the page's security policy forbids.
    """
    value: object = page.evaluate(expression)
    for _ in range(_PATIENCE * 20):
        if value:
            return value
        page.wait_for_timeout(50)
        value = page.evaluate(expression)
    raise AssertionError(f"{expression} stays {value!r}.")


def _note_outside(seen: Visit, site: str, url: str) -> None:
    if not url.startswith((site + "/", "data:", "blob:")):
        seen.outside.append(url)
