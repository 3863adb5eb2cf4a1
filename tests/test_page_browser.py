"""The page in a real browser: what a reader sees, clicks and copies, and what never loads."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

import pytest
from page_samples import (
    CORAL,
    EXAMPLES,
    HOSTILE,
    SERVER_DOWN,
    ScriptedEngine,
    lookup,
)
from page_visits import IN_A_BROWSER, Visit

from app.ui import render

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine()


def test_an_example_is_answered_by_clicking_it_or_by_the_keyboard(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.page.locator("#chat .example").first.focus()
    seen.page.keyboard.press("Enter")
    seen.answer.get_by_text("Copy with sources").wait_for()
    assert EXAMPLES[0] in seen.page.locator("#chat .user-row").inner_text()
    rows = seen.page.locator("table.papers tbody tr")
    rows.nth(8).wait_for()
    assert rows.count() == 9
    assert "9 papers match" in seen.page.locator("#sources").inner_text()


def test_a_marker_leads_to_its_card_lights_its_sentence_and_leaves_no_trace_in_the_history(
    visit: Callable[..., Visit],
) -> None:
    seen = visit("/?from=elsewhere")
    seen.ask("What is CoralNet?")
    before = seen.page.evaluate("history.length")
    seen.page.locator("#chat a.cite", has_text="[1]").click()
    card = seen.page.locator(".card.lit")
    card.wait_for()
    assert card.locator("mark.lit").inner_text() == "CoralNet maps reefs from the air."
    assert CORAL.abstract in card.inner_text()
    assert seen.page.evaluate("document.activeElement.textContent") == "[1]"
    assert seen.page.evaluate("history.length") == before
    assert seen.page.url.endswith("/?from=elsewhere"), "the page was not left"


def test_an_earlier_marker_shows_the_earlier_sources_until_the_next_question(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.ask("What is CoralNet?")
    seen.ask("Which papers?")
    assert seen.page.locator(".card").count() == 1, "of a list, one card at a time"
    seen.page.locator("#chat a.cite").first.click()
    seen.page.locator("#t1-1.lit").wait_for()
    assert seen.page.locator(".card").count() == 2
    seen.ask("Which papers now?")
    assert seen.page.locator("#sources h2 + p").inner_text() == "9 papers match"


def test_hostile_text_runs_nothing_loads_nothing_and_is_shown_as_it_is(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.ask("hostile <img src=http://evil.invalid/q.png onerror='window.pwned=8'>")
    seen.answer.get_by_text("Copy with sources").wait_for()
    made = seen.page.locator("#chat .message-row, #panel .md")
    assert made.locator("img, script, style, iframe, form, input").count() == 0, "not a list"
    links = seen.page.locator("#chat .md a, #panel .md a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert links
    assert all(link.startswith("#t1") for link in links)
    assert HOSTILE.abstract in (seen.page.locator("#sources .card").text_content() or "")
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
    seen.page.get_by_role("button", name="Stop", exact=True).click()
    seen.answer.get_by_text("cut off").wait_for()
    seen.page.locator("#question .submit-button").wait_for()
    engine.go.set()
    assert seen.page.locator("#question textarea").input_value() == "next"
    assert seen.page.locator("table.papers").count() == 0
    seen.page.locator("#question textarea").fill("")
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
    seen.answer.get_by_text("Something went wrong here").wait_for()
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
    seen.page.get_by_role("button", name="Copied").wait_for()
    assert seen.page.evaluate("navigator.clipboard.readText()") == render.plain(lookup())


def test_on_a_phone_the_box_is_at_the_foot_and_a_marker_opens_the_sources_over_the_chat(
    visit: Callable[..., Visit],
) -> None:
    seen = visit(viewport={"width": 390, "height": 844}, has_touch=True)
    seen.ask("many papers")
    for side in ("Width", "Height"):
        assert seen.page.evaluate(f"document.documentElement.scroll{side}") <= 844
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 390
    box = seen.page.locator("#question").bounding_box()
    assert box is not None
    assert 760 < box["y"] + box["height"] <= 844
    assert not seen.page.locator("#panel").is_visible()
    marker = seen.page.locator("#chat a.cite").first
    size = marker.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 24
    marker.tap()
    seen.page.locator(".card.lit").wait_for()
    seen.page.get_by_role("button", name="Close").tap()
    assert not seen.page.locator("#panel").is_visible()


def test_a_list_is_paged_sorted_to_its_last_row_and_a_row_shows_its_paper(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.ask("many papers")
    rows = seen.page.locator("table.papers tbody tr:visible")
    assert rows.count() == 10
    seen.page.get_by_role("button", name="The next page").click()
    seen.page.get_by_role("button", name="The next page").click()
    assert rows.count() == 5
    assert "21–25 of 25" in seen.page.locator(".bar").inner_text()
    seen.page.get_by_role("button", name="Year").click()
    years = seen.page.locator("table.papers tbody tr td:nth-child(4)").all_inner_texts()
    assert years == sorted(years)
    assert seen.page.locator("th[aria-sort=ascending]").inner_text().startswith("Year")
    rows.nth(2).click()
    number = rows.nth(2).locator("a.cite").inner_text()
    seen.page.locator(".card.lit").wait_for()
    assert seen.page.locator(".card.lit a.number").inner_text() == number
    assert seen.page.locator("tr.chosen").count() == 1


def test_ticked_papers_are_compared_and_exported_and_stay_ticked(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit()
    seen.ask("many papers")
    compare = seen.page.get_by_role("button", name="Compare")
    assert compare.is_disabled()
    for number in (2, 5):
        seen.page.get_by_role("checkbox", name=f"Choose paper {number}", exact=True).check()
    seen.page.get_by_text("Export", exact=True).click()
    with seen.page.expect_download() as download:
        seen.page.get_by_role("button", name="BibTeX").click()
    assert download.value.suggested_filename == "askpapers-many-papers.bib"
    assert download.value.path().read_text("utf-8").count("@article") == 2
    compare.click()
    seen.page.locator("table.compared").wait_for()
    assert engine.asked[-1][1] == ("abs:1", "abs:4")
    assert seen.page.locator("tbody .tick:checked").count() == 2


def test_a_filter_is_taken_off_by_its_chip(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit()
    seen.ask("Which papers?")
    seen.page.get_by_role("button", name="Ask without “by Ada Reef”").click()
    seen.page.wait_for_timeout(500)
    seen.page.locator("#question .submit-button").wait_for()
    assert engine.without[-1] == ("Ada Reef",)
    assert seen.page.locator("#chat .user-row").count() == 1


def test_questions_typed_without_a_pause_arrive_whole(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit()
    box = seen.page.locator("#question textarea")
    asked = len(engine.asked)
    questions = [f"Question number {n} on reefs?" for n in range(10)]
    for question in questions:
        box.press_sequentially(question, delay=12)
        box.press("Enter")
    seen.page.locator("#chat .user-row").nth(9).wait_for()
    assert [question for question, _ in engine.asked[asked:]] == questions
    assert box.input_value() == ""


def test_a_question_that_is_too_long_stays_in_the_box_and_is_told_so(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    box = seen.page.locator("#question textarea")
    box.fill("why " * 2500)
    box.press("Enter")
    seen.page.get_by_text("of at most 2,000 characters").wait_for()
    assert len(box.input_value()) == 10_000
    assert seen.page.locator("#chat .user-row").count() == 0


def test_escape_stops_an_answer(visit: Callable[..., Visit], engine: ScriptedEngine) -> None:
    engine.go.clear()
    seen = visit()
    seen.ask("wait for nine papers", wait=False)
    seen.page.get_by_role("button", name="Stop", exact=True).wait_for()
    seen.page.keyboard.press("Escape")
    seen.answer.get_by_text("cut off").wait_for()
    engine.go.set()
    seen.page.get_by_role("button", name="Ask", exact=True).wait_for()


def test_a_new_chat_during_an_answer_stays_new(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit()
    for _ in range(3):
        engine.go.clear()
        seen.ask("wait for nine papers", wait=False)
        seen.page.get_by_role("button", name="Stop", exact=True).wait_for()
        seen.page.locator("#new-chat").click()
        engine.go.set()
        seen.page.locator("#chat .example").first.wait_for()
        seen.page.wait_for_timeout(400)
        assert seen.page.locator("#chat .user-row").count() == 0
    seen.ask("And kelp?")
    assert engine.asked[-1] == ("And kelp?", ())


def test_a_conversation_survives_a_reload_and_is_gone_after_a_new_chat(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit()
    seen.ask("What is CoralNet?")
    seen.page.wait_for_timeout(300)
    seen.page.reload()
    seen.page.locator("#chat a.cite").first.wait_for()
    assert seen.page.locator("#sources .card").count() == 2
    seen.ask("And kelp?")
    assert engine.asked[-1] == ("And kelp?", ("What is CoralNet?",))
    seen.page.locator("#new-chat").click()
    seen.page.locator("#chat .example").first.wait_for()
    seen.page.wait_for_timeout(300)
    seen.page.reload()
    seen.page.locator("#chat .example").first.wait_for()


def test_questions_asked_before_the_kept_chat_is_back_follow_it_in_their_order(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit()
    seen.ask("What is CoralNet?")
    seen.page.wait_for_timeout(300)
    held: list[Route] = []
    released = Event()

    def hold(route: Route) -> None:
        if released.is_set():
            route.continue_()
        else:
            held.append(route)

    seen.page.route("**/gradio_api/run/predict*", hold)
    seen.page.reload()
    first, *more = typed = ["And kelp?", "And reefs?", "And eels?"]
    seen.ask(first, wait=False)
    seen.page.wait_for_timeout(300)
    assert held, "what the browser kept is asked for as the page opens"
    released.set()
    for route in held:
        route.continue_()
    for text in more:
        seen.ask(text, wait=False)
    seen.page.locator("#chat .user-row").nth(len(typed)).wait_for()
    assert engine.asked[-1] == (typed[-1], ("What is CoralNet?", *typed[:-1]))


def test_an_address_asks_its_question_once(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit("/?q=What+is+CoralNet%3F")
    seen.answer.get_by_text("from the air").first.wait_for()
    assert engine.asked[-1][0] == "What is CoralNet?"
    assert "q=" not in seen.page.url


def test_a_question_is_changed_and_asked_again(
    visit: Callable[..., Visit], engine: ScriptedEngine
) -> None:
    seen = visit()
    seen.ask("What is CoralNet?")
    seen.page.get_by_role("button", name="Edit").click()
    box = seen.page.locator("#question textarea")
    assert box.input_value() == "What is CoralNet?"
    box.fill("And kelp?")
    box.press("Enter")
    seen.page.locator("#chat .user-row").get_by_text("And kelp?").wait_for()
    assert seen.page.locator("#chat .user-row").count() == 1
    assert engine.asked[-1] == ("And kelp?", ())


def test_the_library_is_searched_and_a_row_shows_its_abstract(
    visit: Callable[..., Visit],
) -> None:
    seen = visit()
    seen.page.get_by_role("tab", name="Library").click()
    seen.page.locator("#years li").last.wait_for()
    assert seen.page.locator("#years li").count() == 4
    seen.page.locator("#shelf").get_by_text("onclick=").last.click()
    seen.page.locator("#leaf .card").get_by_text("onerror=").wait_for()
    seen.page.get_by_label("Search titles").fill("corals")
    seen.page.locator("#found").get_by_text("1 paper", exact=True).wait_for()
    seen.page.locator("#shelf").get_by_text(CORAL.title).last.click()
    seen.page.locator("#leaf .card").wait_for()
    assert CORAL.abstract in seen.page.locator("#leaf").inner_text()
    seen.page.get_by_role("tab", name="Ask").click()
    seen.page.locator("#question textarea").wait_for()


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
  const parts = "#about p, #about code, #chat p, #chat td, #chat th, #chat a.cite, #chat .chip, "
    + "#chat .how, #chat button, #panel h3, #panel p, #panel mark, #panel summary, .tag";
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
    seen.ask("glaciers")
    seen.page.locator("#chat a.cite").first.click()
    seen.page.locator(".card.lit").wait_for()
    contrasts = seen.page.evaluate(_CONTRASTS)
    assert len(contrasts) > 20
    assert {name for name, ratio in contrasts if ratio < 4.5} == set()
