"""Draws the pictures of the page in docs/screenshots, with the sample corpus and Chromium."""

from __future__ import annotations

import queue
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from app.engine import Engine
from app.library import make_sample
from app.settings import Settings
from app.ui import server as serving

FOLDER = Path(__file__).parent / "screenshots"
LOOKUP = "How accurate are the best models on EgoBlind, and people?"
LIST = "Which papers use LLMs for recommendation?"
COMPARISON = "Compare SGIL and RecICL"
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


@contextmanager
def served(engine: Engine) -> Iterator[str]:
    """The address of the page over this engine, for the time of the block."""
    ready: queue.Queue[str] = queue.Queue()
    with serving.listen(serving.HOST, 0) as listener:
        line = f"{engine.held} papers · sample corpus"
        web = serving.application(engine, line)
        server = serving.server(web, lambda: ready.put(serving.address(listener)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield ready.get(timeout=120)
        finally:
            server.should_exit = True
            thread.join(timeout=30)


def ask(page: Page, question: str) -> None:
    """Puts a question, and waits until it is answered."""
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    page.locator(".how").last.wait_for()
    page.wait_for_timeout(1_000)


def draw(browser: Browser, address: str, name: str, question: str, **options: object) -> None:
    """One picture of the page after one question."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    page.locator("#chat .example").first.wait_for()
    page.wait_for_timeout(500)
    ask(page, question)
    page.screenshot(path=FOLDER / f"{name}.png")
    context.close()


def main() -> None:
    """Draws the four pictures."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("The pictures need Chromium: install it, then run make screenshots again.")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        index = Path(folder) / "index"
        make_sample(index, Settings())
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with served(Engine(index, Settings())) as address:
            draw(browser, address, "answer", LOOKUP, viewport=WIDE)
            draw(browser, address, "list", LIST, viewport=WIDE)
            draw(browser, address, "phone", LIST, viewport=PHONE)
            draw(
                browser,
                address,
                "dark",
                "Compare SGIL and RecICL",
                viewport=WIDE,
                color_scheme="dark",
            )
        browser.close()


if __name__ == "__main__":
    main()
