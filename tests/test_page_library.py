"""The library and the thumbs in a real browser: files put in, papers taken out, answers judged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ingest_samples import abstract, entry, title
from page_samples import CORAL, KELP, ScriptedEngine, served
from page_visits import IN_A_BROWSER, Visit, visiting

from app.engine import Engine
from app.library import choose
from app.settings import Settings
from app.ui.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload

pytestmark = IN_A_BROWSER
HOSTILE_NAME = "<img src=x onerror='window.pwned=1'>.jsonl"
Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    """Its answers are scripted, and its papers nobody may change."""
    return ScriptedEngine()


@pytest.fixture
def own(sample_index: Path, tmp_path: Path) -> Iterator[str]:
    """A page over the sample corpus, beside an index of one's own that is still empty."""
    shutil.copytree(sample_index, tmp_path / "index.sample")
    settings = Settings(_env_file=None, index=tmp_path / "index", upload_mb=1)
    library = choose(None, settings, lambda _: None)
    with (
        closing(Engine(library.folder, settings)) as engine,
        served(engine, desk=Desk(engine, library, None, settings)) as address,
    ):
        yield address


@pytest.fixture
def visit_own(browser: Browser, own: str) -> Iterator[Open]:
    with visiting(browser, own) as open_page:
        yield open_page


def _library(seen: Visit) -> None:
    seen.page.locator("body[data-finished]").wait_for(state="attached")
    seen.page.get_by_role("tab", name="Library").click()
    seen.page.locator("#files li").first.wait_for()


def _file(name: str, *entries: dict[str, object]) -> FilePayload:
    text = "".join(json.dumps(one) + "\n" for one in entries)
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def _overflows(seen: Visit) -> bool:
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    return bool(seen.page.evaluate(wide))


def test_files_are_put_in_by_the_keyboard_answer_the_next_question_and_are_taken_out_again(
    visit_own: Open,
) -> None:
    seen = visit_own()
    page = seen.page
    _library(seen)
    assert "This is the sample corpus, which gives way" in page.locator("#adding").inner_text()
    assert page.locator("button.remove").count() == 0
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add papers …").press("Enter")
    chooser.value.set_files(
        [
            _file(HOSTILE_NAME, entry(1), entry(2), entry(3), entry(4, abstract="")),
            _file("none.pdf"),
            _file("large.txt", {"abstract": "x" * (1 << 20)}),
        ]
    )
    done = page.locator("#uploads li.done")
    done.wait_for()
    assert HOSTILE_NAME in done.inner_text()
    assert "4 read, 3 added, 1 skipped" in done.inner_text()
    assert "papers of the sample corpus gave way to your own" in done.inner_text()
    page.locator("#uploads li.failed").nth(1).wait_for()
    failed = " ".join(page.locator("#uploads li.failed").all_inner_texts())
    assert "larger than the 1 MB" in failed
    assert "is empty" in failed
    page.locator("#about").get_by_text("3 papers", exact=True).wait_for()
    page.locator("#kept-out summary").click()
    assert "has no abstract" in page.locator("#kept-out").inner_text()

    page.get_by_role("tab", name="Ask").click()
    asked = f"What is {abstract(2).split('We propose ')[1].split(',')[0]}?"
    seen.ask(asked)
    assert title(2) in page.locator("#sources .card").first.inner_text()

    _library(seen)
    page.locator("#shelf").get_by_text(title(2)).last.click()
    remove = page.get_by_role("button", name="Remove this paper …")
    page.locator("#find textarea, #find input").fill(title(2))
    page.locator("#found").get_by_text("1 paper", exact=True).wait_for()
    page.locator("#shelf").get_by_text(title(2)).last.click()
    page.locator("#leaf .card").wait_for()
    assert remove.count() == 1
    page.locator("#find textarea, #find input").fill("")
    page.locator("#found").get_by_text("3 papers", exact=True).wait_for()
    page.locator("#shelf").get_by_text(title(2)).last.click()
    page.locator("#leaf .card").wait_for()
    remove.click()
    dialog = page.get_by_role("dialog", name="Remove from the library?")
    assert title(2) in dialog.inner_text()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert page.locator("#said").count() == 0
    remove.focus()
    page.keyboard.press("Enter")
    assert dialog.get_by_role("button", name="Cancel").evaluate("e => e === document.activeElement")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("1 paper was removed.").wait_for()
    page.locator("#about").get_by_text("2 papers", exact=True).wait_for()
    page.locator("#files button.browse").click()
    page.get_by_role("button", name="Remove these 2 papers …").click()
    dialog.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_text("2 papers were removed.").wait_for()
    page.locator("#about").get_by_text("sample corpus").wait_for()


def test_a_file_can_be_dropped_on_the_library(visit_own: Open) -> None:
    seen = visit_own()
    _library(seen)
    line = json.dumps(entry(1))
    seen.page.evaluate(
        """line => {
            const carried = new DataTransfer();
            carried.items.add(new File([line], "dropped.jsonl"));
            const how = { dataTransfer: carried, bubbles: true, cancelable: true };
            const event = new DragEvent("drop", how);
            document.querySelector("#shelf").dispatchEvent(event);
        }""",
        line,
    )
    seen.page.locator("#uploads li.done").get_by_text("1 read, 1 added").wait_for()
    button = seen.page.get_by_role("button", name="dropped.jsonl (uploaded)")
    button.wait_for()
    seen.page.reload()
    seen.page.locator("#about").get_by_text("1 paper", exact=True).wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_where_nobody_may_edit_papers_are_browsed_by_file_and_nothing_offers_a_change(
    visit: Open, width: int
) -> None:
    seen = visit(viewport={"width": width, "height": 844})
    page = seen.page
    _library(seen)
    assert "Papers are added on the machine" in page.locator("#adding").inner_text()
    assert page.locator("button.add, button.remove").count() == 0
    page.get_by_role("button", name="reefs.txt").click()
    page.locator("#found").get_by_text("2 papers").wait_for()
    assert page.locator("#files button.chosen").inner_text() == "reefs.txt"
    page.get_by_role("button", name="Not only from reefs.txt").click()
    page.locator("#found").get_by_text("3 papers").wait_for()
    page.locator("#merged summary").click()
    assert "the same DOI 10.1/reef" in page.locator("#merged").inner_text()
    page.locator("#kept-out summary").click()
    assert "<script>" in page.locator("#kept-out").inner_text()
    assert page.locator("#library .md :is(img, script, style, svg)").count() == 0
    assert not _overflows(seen)


def test_a_thumb_is_kept_stays_pressed_after_a_reload_and_is_nobody_elses(
    visit: Open, engine: ScriptedEngine
) -> None:
    first, second = visit(), visit()
    for seen in (first, second):
        seen.ask("What is CoralNet?")
    up = first.page.get_by_role("button", name="Helpful", exact=True)
    up.focus()
    first.page.keyboard.press("Enter")
    first.page.get_by_text("Thank you: it is kept.").wait_for()
    assert up.get_attribute("aria-pressed") == "true"
    assert (engine.kept[-1].liked, engine.kept[-1].question) == (True, "What is CoralNet?")
    first.page.wait_for_timeout(500)
    first.page.reload()
    first.page.locator("#chat button.thumb.up[aria-pressed=true]").wait_for()
    assert second.page.locator(".thumb.given").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_was_wrong_is_told_in_a_dialog_that_escape_leaves(
    visit: Open, engine: ScriptedEngine, scheme: str
) -> None:
    seen = visit(color_scheme=scheme, viewport={"width": 390, "height": 844})
    page = seen.page
    seen.ask("What is CoralNet?")
    before = len(engine.kept)
    down = page.get_by_role("button", name="Not helpful", exact=True)
    down.click()
    page.get_by_role("dialog", name="What was wrong?").wait_for()
    assert not _overflows(seen)
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    assert len(engine.kept) == before
    down.click()
    page.get_by_role("checkbox", name=f"[2] {KELP.title}").check()
    page.get_by_role("checkbox", name="Not in the abstract").check()
    page.get_by_label("Missing paper").fill("Kelp <b>Net</b>")
    page.get_by_label("Comment").fill("Not this one\n<img src=x onerror='window.pwned=1'>")
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Thank you: it is kept.").wait_for()
    given = engine.kept[-1]
    assert (given.liked, given.not_said, given.missing) == (False, True, "Kelp <b>Net</b>")
    assert (given.cited, given.wrong) == ((CORAL.paper_id, KELP.paper_id), (KELP.paper_id,))
    assert given.comment.endswith("onerror='window.pwned=1'>")


def test_while_papers_are_added_a_thumb_is_told_to_wait_and_is_not_pressed(
    visit: Open, engine: ScriptedEngine
) -> None:
    seen = visit()
    seen.ask("What is CoralNet?")
    engine.is_busy = True
    seen.page.get_by_role("button", name="Helpful", exact=True).click()
    seen.page.get_by_text("It could not be kept just now").wait_for()
    engine.is_busy = False
    assert seen.page.locator(".thumb.given").count() == 0
