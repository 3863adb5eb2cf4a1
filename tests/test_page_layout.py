"""How the page looks at its widths: what fits, what is cut, what scrolls, what lies over what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from page_samples import EXAMPLES, ScriptedEngine, comparison, listing, served
from page_visits import IN_A_BROWSER, PHONE, Visit, visiting

from app.answer import Answer, Citation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FloatRect, Locator

pytestmark = IN_A_BROWSER
Open = Callable[..., Visit]
LAPTOP: dict[str, Any] = {"viewport": {"width": 1366, "height": 707}}
SMALL: dict[str, Any] = {"viewport": {"width": 1024, "height": 768}}
LONG = "Baseline information for the elimination of bleaching in reefs of the northern coast"


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine()


def _box(part: Locator) -> FloatRect:
    box = part.bounding_box()
    assert box is not None
    return box


@pytest.mark.parametrize("options", [PHONE, SMALL, LAPTOP], ids=["phone", "small", "laptop"])
def test_the_head_of_the_page_names_it_in_one_line_and_tells_how_many_papers(
    visit: Open, options: dict[str, Any]
) -> None:
    seen = visit(**options)
    page = seen.page
    page.locator("#chat .example").first.wait_for()
    name, told = _box(page.locator("#about h1")), _box(page.locator("#about .corpus"))
    assert name["height"] < 32
    assert told["height"] < 32
    assert told["width"] >= 60
    assert abs(name["y"] + name["height"] / 2 - told["y"] - told["height"] / 2) < 8
    controls = [
        page.get_by_role("tab", name="Library"),
        page.get_by_role("button", name="Settings"),
        page.get_by_role("button", name="Export chat"),
        page.get_by_role("button", name="New chat"),
    ]
    boxes = [told, *map(_box, controls)]
    assert all(box["x"] + box["width"] <= options["viewport"]["width"] for box in boxes)
    over = "([x, y]) => document.elementFromPoint(x, y).closest('button')?.innerText.trim()"
    for control, box in zip(controls, boxes[1:], strict=True):
        middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        assert page.evaluate(over, middle) == control.inner_text().strip(), "nothing lies over it"


@pytest.mark.parametrize("options", [SMALL, LAPTOP], ids=["small", "laptop"])
def test_a_comparison_of_two_papers_fits_beside_its_sources(
    visit: Open, options: dict[str, Any]
) -> None:
    seen = visit(**options)
    seen.ask("compare CoralNet and kelp")
    scroller = seen.page.locator("#chat .scroller")
    assert scroller.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert _box(seen.page.locator(".compared tbody th").first)["width"] < 100
    assert scroller.get_attribute("tabindex") is None, "what does not scroll is no stop"


def test_a_comparison_that_is_wider_than_a_phone_shows_so_and_scrolls_by_the_keyboard(
    visit: Open,
) -> None:
    seen = visit(**PHONE)
    seen.ask("compare CoralNet and kelp")
    scroller = seen.page.get_by_role("region", name="Table that scrolls sideways")
    scroller.wait_for()
    assert "linear-gradient" in scroller.evaluate("box => getComputedStyle(box).backgroundImage")
    assert _box(seen.page.locator(".compared tbody th").first)["width"] < 90
    scroller.focus()
    seen.page.keyboard.press("ArrowRight")
    seen.page.wait_for_timeout(400)
    assert scroller.evaluate("box => box.scrollLeft") > 0


@pytest.mark.parametrize("options", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_the_bars_of_all_years_stand_on_one_line(visit: Open, options: dict[str, Any]) -> None:
    seen = visit(**options)
    seen.page.locator("#chat .example").first.wait_for()
    seen.page.get_by_role("tab", name="Library").click()
    seen.page.locator("#years li").last.wait_for()
    bars = map(_box, seen.page.locator("#years i").all())
    feet = {round(bar["y"] + bar["height"]) for bar in bars}
    assert len(feet) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_scroll_bars_have_the_colours_of_the_page(visit: Open, scheme: str) -> None:
    seen = visit(color_scheme=scheme)
    seen.ask("many papers")
    scheme_of = "part => getComputedStyle(part).colorScheme"
    for part in ("#chat .bubble-wrap", "#panel", "#question textarea"):
        assert seen.page.locator(part).evaluate(scheme_of) == scheme


def test_nothing_lies_over_a_long_answer_or_an_empty_chat(visit: Open) -> None:
    seen = visit(**LAPTOP)
    seen.ask("many papers")
    seen.page.locator("#chat .bubble-wrap").evaluate("box => box.scrollTo(0, 0)")
    seen.page.wait_for_timeout(300)
    down = seen.page.locator("#chat .scroll-down-button-container")
    assert not any(one.is_visible() for one in down.all())
    seen.page.locator("#new-chat").click()
    seen.page.locator("#chat .example").first.wait_for()
    assert not any(one.is_visible() for one in down.all())


def test_the_heading_of_wrong_papers_is_whole_and_stays_while_they_scroll(visit: Open) -> None:
    seen = visit(**LAPTOP)
    seen.ask("many papers")
    seen.page.get_by_role("button", name="Not helpful", exact=True).click()
    legend = seen.page.locator("dialog legend")
    top = _box(legend)["y"]
    cut = "legend => getComputedStyle(legend.parentElement).overflowY"
    assert legend.evaluate(cut) == "visible"
    seen.page.get_by_role("checkbox", name="[25]").scroll_into_view_if_needed()
    assert _box(legend)["y"] == top
    seen.page.keyboard.press("Escape")


def test_the_two_years_of_the_settings_stand_apart(visit: Open) -> None:
    seen = visit()
    seen.page.get_by_role("button", name="Settings").click()
    first = _box(seen.page.get_by_label("Papers from year"))
    second = _box(seen.page.get_by_label("to year", exact=True))
    assert second["x"] - first["x"] - first["width"] >= 8


def test_cards_of_an_empty_chat_are_of_one_height(visit: Open) -> None:
    seen = visit()
    seen.page.locator("#chat .example").first.wait_for()
    boxes = [_box(one) for one in seen.page.locator("#chat .example").all()]
    assert len({(round(box["y"]), round(box["height"])) for box in boxes}) == 1


class Undated(ScriptedEngine):
    """Its lists are of papers with long titles, without a year; its offers are long."""

    def _lines(self, answer: Answer, *, waiting: bool) -> Iterator[Answer]:
        papers = [replace(one.paper, title=f"{LONG}, part {one.number}", year=None)
                  for one in answer.citations]  # fmt: skip
        cited = tuple(
            Citation(one.number, paper, one.quotes)
            for one, paper in zip(answer.citations, papers, strict=True)
        )
        yield from super()._lines(replace(answer, citations=cited, filters={}), waiting=waiting)


@contextmanager
def _undated(browser: Browser) -> Iterator[Open]:
    with served(Undated()) as site, visiting(browser, site) as open_page:
        yield open_page


def test_a_list_without_years_gives_the_room_to_titles_and_shows_its_first_rows_at_once(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("page_samples.EXAMPLES", [f"What is known of {LONG}?"] * 3)
    with _undated(browser) as visit:
        seen = visit(**LAPTOP)
        seen.ask("many papers")
        heads = seen.page.locator("table.papers th").all_inner_texts()
        assert [head.strip(" ↕\n") for head in heads] == ["", "#", "Paper", "Evidence"]
        title = _box(seen.page.locator("td.title").first)
        assert title["width"] >= 0.4 * _box(seen.page.locator("table.papers"))["width"]
        offers = seen.page.locator("#offers .suggestion")
        offers.nth(2).wait_for()
        assert _box(seen.page.locator("#offers"))["height"] < 40
        assert offers.first.get_attribute("title") == f"What is known of {LONG}?"
        floor = _box(seen.page.locator("#offers"))["y"]
        rows = [_box(row) for row in seen.page.locator("table.papers tbody tr:visible").all()]
        assert sum(row["y"] + row["height"] <= floor for row in rows) >= 4


def test_samples_are_what_these_tests_take_them_for() -> None:
    assert len(comparison("q").citations) == 2
    assert listing("q", 25).citations[-1].number == 25
    assert len(EXAMPLES) == 2
