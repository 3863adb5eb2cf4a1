"""What the chat and the panel of sources show of an answer; nothing in it becomes markup."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_samples import (
    CORAL,
    HOSTILE,
    HOSTILE_TEXT,
    KELP,
    abstention,
    hostile,
    listing,
    lookup,
    quote,
)

from app.answer import Answer, Citation, Quote, Sentence
from app.extractive import messages
from app.ui import render
from app.ui import sources as cards
from app.ui.chat import Turn
from app.ui.markdown import code_line, escape, web_address
from app.ui.wishes import read_wish

ALLOWED = {
    "a", "article", "blockquote", "br", "button", "code", "details", "div", "h2", "h3", "h4",
    "header", "input", "li", "mark", "ol", "p", "pre", "section", "span", "strong", "summary",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
MARKDOWN = set("`*_[]<>#|~!$\\{}@:&\"'")


DONE = Turn("Q?", "done", held=47)


class Page(HTMLParser):
    """The tags, attributes and text of some markup."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str]:
        return [str(attrs["href"]) for tag, attrs in self.tags if tag == "a"]

    def ids(self) -> list[str]:
        return [str(attrs["id"]) for _, attrs in self.tags if "id" in attrs]


def _text(text: str, **changes: object) -> str:
    return render.answer(replace(lookup(), text=text, **changes), 1, DONE)  # type: ignore[arg-type]


@given(st.text())
def test_escaped_text_has_no_character_that_markdown_or_html_read(text: str) -> None:
    without_references = re.sub(r"&#\d+;", "", escape(text))
    assert not MARKDOWN & set(without_references)
    assert "\n" not in without_references


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_escaped_text_reads_as_it_was(text: str) -> None:
    assert html.unescape(escape(text)) == text


def test_escaping_drops_characters_that_reorder_text_and_keeps_other_scripts() -> None:
    assert escape("\u202egnp.exe\x07\x9b") == "gnp&#46;exe"
    assert escape("Ünïcode 图神经网络 −5 µm") == "Ünïcode 图神经网络 −5 µm"


def test_a_marker_links_to_its_card_and_every_link_of_an_answer_has_one() -> None:
    chat, panel = Page(render.answer(lookup(), 1)), Page(cards.panel(lookup(), "t1"))
    assert chat.links() == ["#t1-1:0", "#t1-2:0"]
    assert panel.ids() == ["t1-1", "t1-1-0", "t1-2", "t1-2-0"]
    assert set(panel.links()) == {"#t1", CORAL.url}
    assert chat.ids() == ["t1"]
    assert "from the air. [1]" in chat.text


def test_a_marker_names_its_paper_and_year() -> None:
    titles = [attrs.get("title") for tag, attrs in Page(render.answer(lookup(), 1)).tags]
    assert f"{CORAL.title} (2024)" in titles
    assert KELP.title in titles


def test_a_run_of_sentences_from_one_paper_has_one_marker_that_leads_to_all_of_them() -> None:
    first, second = "CoralNet maps reefs from the air.", "It finds 91% of bleached corals."
    text = f"{first} [1] {second} [1] We count kelp (7) in drone images. [2] {first} [1]"
    quotes = (quote(CORAL, first), quote(CORAL, second))
    cited = (Citation(1, CORAL, quotes), lookup().citations[1])
    page = Page(_text(text, citations=cited))
    start = CORAL.abstract.index(second)
    assert page.links() == [f"#t1-1:0,{start}", "#t1-2:0", "#t1-1:0"]
    assert f"{first} {second} [1] We" in page.text


@pytest.mark.parametrize("text", ["One. [7] Two. [7]", "One. [1][1]", "**One. [1]** Two. [1]"])
def test_only_runs_of_one_source_lose_a_marker(text: str) -> None:
    assert len(re.findall(r"[\[(]\d[\])]", Page(_text(text)).text.split("Quoted")[0])) == 2


@pytest.mark.parametrize(
    ("text", "shown", "links"),
    [
        ("Both do. [1, 2]", "Both do. [1][2]", 2),
        ("Both do. [1][2]", "Both do. [1][2]", 2),
        ("As in [7] and [12].", "As in (7) and (12).", 0),
        ("One of [1, 7].", "One of [1](7).", 1),
        ("[x] and [-1] and []", "[x] and [-1] and []", 0),
    ],
)
def test_only_numbers_of_citations_become_markers(text: str, shown: str, links: int) -> None:
    page = Page(_text(text))
    assert shown in page.text
    assert len(page.links()) == links


@pytest.mark.parametrize("place", [1, 2])
def test_hostile_text_stays_text_in_chat_and_panel(place: int) -> None:
    anchor = f"t{place}"
    for markup in (render.answer(hostile("q"), place, DONE), cards.panel(hostile("q"), anchor)):
        page = Page(markup)
        assert {tag for tag, _ in page.tags} <= ALLOWED
        names = {name for _, attrs in page.tags for name in attrs}
        assert names <= {"class", "id", "href", "title", "type", "open", "value"}
        assert page.open == []
        assert all(link.startswith(f"#{anchor}") for link in page.links())
        assert "evil.invalid/b.png" in page.text


def test_a_hostile_abstract_is_verbatim_in_its_card() -> None:
    assert HOSTILE.abstract in Page(cards.panel(hostile("q"), "t1")).text


@given(st.text(), st.text())
def test_no_text_of_an_answer_or_paper_makes_a_tag(text: str, more: str) -> None:
    paper = replace(KELP, abstract=text, title=more, authors=(text,), venue=more, url=text)
    answer = Answer(
        text, f"{text}\n- {more}", "lookup", citations=(Citation(1, paper),), notes=(more,)
    )
    for markup in (render.answer(answer, 1, DONE), cards.panel(answer, "t1")):
        page = Page(markup)
        assert {tag for tag, _ in page.tags} <= ALLOWED
        assert page.open == []


def test_lines_become_paragraphs_lists_and_headings() -> None:
    tags = [
        tag
        for tag, _ in Page(_text("## Two\nFirst.\n\nSecond.\n- a\n- b\n3. c\n4. d")).tags
        if tag in ("p", "h4", "ul", "ol", "li")
    ]
    assert tags == ["h4", "p", "p", "ul", "li", "li", "ol", "li", "li"]
    assert '<ol start="3">' in _text("3. c\n4. d")


def test_bold_is_kept_and_other_emphasis_is_text() -> None:
    markup = _text("**One [1]** and *two* and `three`")
    assert "<strong>One <a " in markup
    assert "*two* and `three`" in Page(markup).text


@pytest.mark.parametrize("math", ["$$E=mc^2$$", r"\(a+b\)", r"\(x_{1}\)"])
def test_math_between_its_delimiters_is_left_for_the_renderer(math: str) -> None:
    assert math in _text(f"Here {math} is.")


@pytest.mark.parametrize("text", ["$5 and $6", "a $$ b", r"\( never closed", r"\( a $$ b \) $$"])
def test_stray_math_delimiters_are_escaped(text: str) -> None:
    markup = _text(text)
    assert "$" not in markup
    assert "\\(" not in markup


def test_math_cannot_carry_markup() -> None:
    markup = _text(r"\(a<img src=x>b\)")
    assert "<img" not in markup
    assert "\\(a&#60;img" in markup


def test_an_unbacked_sentence_is_marked_and_a_backed_one_is_not() -> None:
    marked = Sentence("Nobody knows this <b>.", (), 0.1, "marked")
    markup = _text("Known. [1] Nobody knows this <b>.", sentences=(marked,))
    assert '<span class="unbacked"' in markup
    assert markup.index("Known") < markup.index("unbacked") < markup.index("Nobody")
    assert "unbacked" not in render.answer(lookup(), 1, DONE)
    assert "unbacked" not in _text("\ue000 forged \ue001")
    bold = _text("**Known. Nobody** knows", sentences=(replace(marked, text="Nobody** knows"),))
    assert Page(bold).open == []


def test_filters_are_chips_each_with_a_button_that_asks_without_it() -> None:
    filters = {"since": 2023, "until": None, "authors": ["A B", "C"], "venue": "", "code": "linked"}
    page = Page(_text("Yes. [1]", filters=filters))
    chips = [attrs for _, attrs in page.tags if attrs.get("class") == "chip"]
    wishes = [read_wish(str(a["value"])) for _, a in page.tags if a.get("class") == "act"]
    names = [wish.name for wish in wishes if wish and wish.do == "without"]
    assert len(chips) == 4
    assert names == ["years", "A B", "C", "code"]
    assert "since 2023" in page.text
    assert "by A B" in page.text


@pytest.mark.parametrize(
    ("since", "until", "shown"),
    [
        (2020, 2020, "2020Ask without “2020” ×"),
        (2020, 2022, "2020–2022Ask without"),
        (None, 2022, "up to 2022Ask without"),
    ],
)
def test_years_are_one_chip(since: int | None, until: int | None, shown: str) -> None:
    assert shown in Page(_text("Yes.", filters={"since": since, "until": until})).text


def test_an_abstention_gives_its_reason_once_and_the_closest_papers() -> None:
    given = abstention("glaciers?")
    assert Page(render.answer(given, 1, DONE)).text.count("No abstract mentions glaciers.") == 1
    said = replace(given, text=f"I cannot say. {given.reason}")
    assert Page(render.answer(said, 1, DONE)).text.count("No abstract mentions glaciers.") == 1
    panel = Page(cards.panel(given, "a"))
    assert "Closest papers" in panel.text
    assert CORAL.title in panel.text
    assert KELP.abstract in panel.text


def test_one_line_tells_how_a_finished_answer_came_about() -> None:
    given = replace(lookup(), seconds={"total": 0.31})
    assert (
        "Quoted from abstracts · 2 of 47 papers · 0.3 s" in Page(render.answer(given, 1, DONE)).text
    )
    assert "Quoted" not in Page(render.answer(given, 1)).text
    marked = (*given.sentences, Sentence("Nobody knows.", (), 0.1, "marked"))
    written = replace(given, mode="generated", sentences=marked)
    line = render.how(written, replace(DONE, model="granite"))
    assert line == "Written by granite · 3 sentences checked · 1 marked · 2 of 47 papers · 0.3 s"


def test_what_quotes_no_abstract_is_said_to_come_from_the_records() -> None:
    told = replace(lookup("Who wrote CoralNet?"), citations=(Citation(1, CORAL, (), ("authors",)),))
    assert render.how(told, DONE) == "From the records · 1 of 47 papers"


@pytest.mark.parametrize("strength", ["answered", "nearest", "none"])
def test_each_strength_has_a_look_of_its_own(strength: str) -> None:
    markup = render.answer(replace(lookup(), strength=strength), 1)  # type: ignore[arg-type]
    assert f'class="answer {strength}"' in markup
    assert ('class="verdict"' in markup) is (strength != "answered")


def test_no_visitor_reads_where_the_model_server_is() -> None:
    note = "Nothing answers at http://10.0.0.7:8000/v1. Start it. The rest is quoted."
    assert "10.0.0.7" not in Page(_text("Yes. [1]", notes=(note,))).text
    assert "Nothing answers. Start it. The rest" in Page(_text("Yes. [1]", notes=(note,))).text
    assert "10.0.0.7" not in Page(render.error(note)).text


def test_a_title_of_thousands_of_characters_is_cut_wherever_it_is_shown() -> None:
    long = replace(CORAL, title="Reef " * 1000)
    given = replace(lookup(), citations=(Citation(1, long, lookup().citations[0].quotes),))
    refused = replace(abstention("glaciers?"), closest=(long,))
    for markup in (
        render.answer(given, 1), cards.panel(refused, "t1"), render.answer(refused, 1, DONE),
        cards.panel(given, "t1").replace(cards.reference(long), ""),
    ):  # fmt: skip
        shown = Page(re.sub(r'value="[^"]*"', "", markup))
        assert shown.text.count("Reef") < 60


def test_notes_are_shown() -> None:
    assert (
        "The server failed & this came."
        in Page(_text("Yes. [1]", notes=("The server failed & this came.",))).text
    )


def test_the_copied_text_has_the_answer_and_its_sources() -> None:
    expected = (
        "CoralNet maps reefs from the air. [1]\nWe count kelp (7) in drone images. [2]\n\n"
        "[1] Ada Reef, Ben Shoal. (2024). CoralNet: Mapping Reefs from the Air. Ocean Letters. "
        "https://example.org/coralnet\n"
        "[2] We count kelp in drone images (title made from the abstract)"
    )
    assert render.plain(lookup()) == expected
    assert expected in Page(render.answer(lookup(), 1, DONE)).text


def test_a_card_shows_what_is_known_of_its_paper() -> None:
    page = Page(cards.panel(lookup(), "a"))
    assert "Ada Reef, Ben Shoal · 2024 · Ocean Letters" in page.text
    assert "Used from the record: authors" in page.text
    assert page.text.count("title made from the abstract") == 1
    assert "reefs.txt:4" in page.text
    assert "/papers/" not in page.text


def test_many_authors_are_cut_short_and_inverted_names_stay_apart() -> None:
    many = replace(CORAL, authors=tuple(f"A{n}" for n in range(9)))
    inverted = replace(CORAL, authors=("Reef, Ada", "Shoal, Ben"))
    given = replace(lookup(), citations=(Citation(1, many), Citation(2, inverted)))
    text = Page(cards.panel(given, "a")).text
    assert "A0, A1, A2, A3, A4, A5 and 3 more" in text
    assert "Reef, Ada; Shoal, Ben" in text


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a?b=c&d#e", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("https://a b.org", False),
        ("https://example.org/\n", False),
        ("http://[", False),
        ("//example.org", False),
        ("https://user:secret@example.org/", False),
        ("https://user@example.org/", False),
        ("", False),
    ],
)
def test_only_plain_web_addresses_become_links(url: str, kept: bool) -> None:
    assert web_address(url) == (url if kept else "")
    given = replace(lookup(), citations=(Citation(1, replace(CORAL, url=url)),))
    assert (url in Page(cards.panel(given, "a")).links()) is kept


def test_quotes_are_marked_by_their_offsets() -> None:
    text = "It finds 91% of bleached corals."
    page = cards.highlighted(CORAL.abstract, [quote(CORAL, text)])
    assert html.unescape(page) == CORAL.abstract.replace(text, f"<mark>{text}</mark>")


@given(st.lists(st.tuples(st.integers(-5, 100), st.integers(-5, 100)), max_size=6))
def test_any_offsets_leave_the_abstract_verbatim(spans: list[tuple[int, int]]) -> None:
    quotes = [Quote("", start, end) for start, end in spans]
    page = Page(cards.highlighted(CORAL.abstract, quotes))
    marked = page.tags
    covered = {
        place
        for start, end in spans
        for place in range(max(start, 0), min(end, len(CORAL.abstract)))
    }
    runs = sum(1 for place in covered if place - 1 not in covered)
    assert page.text == CORAL.abstract
    assert page.open == []
    assert len(marked) == runs


def test_the_panel_counts_what_matches_and_what_is_shown() -> None:
    given = listing("Which?", 9)
    assert "9 papers match" in Page(cards.panel(given, "a")).text
    more = replace(given, total_matching=1200)
    assert "1,200 papers match, 9 shown" in Page(cards.panel(more, "a")).text
    *sure, last = given.citations
    perhaps = replace(given, citations=(*sure, replace(last, sure=False)), total_matching=8)
    counted = "8 papers match, and 1 more perhaps"
    assert f"{counted}</p></header>" in html.unescape(cards.panel(perhaps, "a"))
    assert messages.lead(8, 1) == f"{counted}:"
    assert "8 of 3,000 papers, and 1 more perhaps" in render.how(perhaps, replace(DONE, held=3_000))
    assert "1,200 of 3,000 papers" in render.how(more, replace(DONE, held=3_000))
    one = listing("Which?", 1)
    assert "1 paper matches" in Page(cards.panel(one, "a")).text
    none = Answer("Which?", "None.", "list", total_matching=0)
    assert "This answer cites no paper." in Page(cards.panel(none, "a")).text


def test_of_a_long_list_the_panel_shows_one_card_the_chosen_one() -> None:
    first, chosen = Page(cards.panel(listing("Which?"), "t1")), cards.panel(listing("W?"), "t1", 7)
    assert "Reef paper 0" in first.text
    assert "Reef paper 6" not in first.text
    assert Page(chosen).ids()[0] == "t1-7"
    assert chosen.count('class="card"') == 1
    assert cards.panel(lookup(), "t1").count("<details open>") == 2


def test_questions_and_errors_are_text_too() -> None:
    tags = [tag for tag, _ in Page(render.question(f"{HOSTILE_TEXT}\nsecond", 1)).tags]
    assert tags == ["p", "br", "p", "button"]
    assert Page(render.error(HOSTILE_TEXT)).tags == [("p", {"class": "trouble"})]


def test_the_corpus_line_sets_commands_as_code() -> None:
    line = code_line("3 papers - run `askpapers ingest FOLDER` <b>")
    assert Page(line).tags == [("code", {})]
    assert Page(line).text == "3 papers - run askpapers ingest FOLDER <b>"


def test_a_card_says_what_a_reference_to_its_paper_lacks() -> None:
    whole, bare = (
        Page(cards.panel(replace(lookup(), citations=(one,)), "a")).text
        for one in lookup().citations
    )
    assert "The record has" not in whole
    assert "The record has no authors, no year and no venue." in bare


@pytest.mark.parametrize("reason", [messages.WHICH, messages.NO_LIST_YET, messages.EMPTY])
def test_what_was_no_search_of_the_abstracts_is_not_said_to_be_lacking_there(reason: str) -> None:
    refused = Answer("Export these", reason, "list", "none", reason)
    assert "Not in the abstracts" not in render.answer(refused, 1)
    assert "Not in the abstracts" in render.answer(replace(refused, reason="Nothing."), 1)
