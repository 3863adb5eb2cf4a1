"""What leaves the page or comes back to it: files, tables, and what the browser kept."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_samples import (
    HOSTILE,
    HOSTILE_TEXT,
    abstention,
    comparison,
    hostile,
    listing,
    lookup,
)

from app.answer import Answer, Citation
from app.ui import kept, render, view
from app.ui.chat import Turn, Turns
from app.ui.wishes import Wish, read_wish

LISTED = Turn("Which papers?", "done", listing("Which papers?"))


class Text(HTMLParser):
    """The cells of the tables in some markup, row by row."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.inputs = 0
        self._inside = False
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._inside = True
        self.inputs += tag == "input" and ("class", "tick") in attrs

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1][-1] += data


class Saved(HTMLParser):
    """The text of a file as the page's script reads it from markup."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_file_is_delivered_as_it_was_made() -> None:
    file = view.file_of([LISTED], Wish(do="export", turn=1, format="csv"))
    assert file is not None
    text = Saved(view.delivered(file, 1)).text
    assert text == file.text
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][-1] == "evidence"
    assert not any(cell != cell.strip() for row in rows for cell in row)


def table(answer: Answer) -> Text:
    return Text(render.answer(answer, 1))


# Tables


def test_a_list_is_one_table_of_all_matches_and_its_text_stands_once() -> None:
    answer = listing("Which?", 250)
    shown = table(answer)
    assert shown.rows[0] == ["", "#", "Paper", "Year", "Evidence"]
    assert shown.rows[3] == ["", "[3]", "Reef paper 2", "2022", "It finds 91% of bleached corals."]
    assert len(shown.rows) == 251
    assert shown.inputs == 250
    assert render.answer(answer, 1).count("Reef paper 7<") == 1
    assert "<ul>" not in render.answer(answer, 1)


def test_a_paper_that_perhaps_belongs_says_so() -> None:
    answer = listing("Which?", 2)
    perhaps = replace(
        answer, text=answer.text.replace("- **Reef paper 1", "- perhaps **Reef paper 1")
    )
    assert [row[2] for row in table(perhaps).rows[1:]] == ["Reef paper 0", "Reef paper 1 perhaps"]


def test_a_table_of_hostile_papers_is_text() -> None:
    answer = hostile("which")
    line = f"- **{HOSTILE.title}**: {HOSTILE_TEXT.replace('[7]', '(7)')} [1]"
    listed = replace(answer, kind="list", text=f"1 paper matches:\n{line}")
    rows = table(listed).rows
    assert rows[1][2] == HOSTILE.title
    assert "<script>window.pwned=1</script>" in rows[1][-1]
    assert "<script" not in render.answer(listed, 1)
    assert "<img" not in render.answer(listed, 1)


@pytest.mark.parametrize(
    "text",
    [
        "9 papers match, by year:\n- 2024: 9 papers. [1]",
        "No paper matches.",
        "1 match:\n- Owls. [1]",
    ],
)
def test_a_list_of_another_form_stays_text(text: str) -> None:
    assert table(replace(listing("Which?"), text=text)).rows == []


def test_a_comparison_is_a_column_a_paper_and_says_what_is_not_stated() -> None:
    rows = table(comparison("Compare CoralNet and Kelp")).rows
    assert rows[0][1].startswith("CoralNet")
    assert [row[0] for row in rows[1:]] == ["Task", "Method", "Data", "Result"]
    assert rows[2][1:] == [
        "CoralNet maps reefs from the air. [1]",
        "We count kelp (7) in drone images. [2]",
    ]
    assert rows[4][2] == "not stated"
    assert rows[1][1:] == ["not stated", "not stated"]


def test_a_comparison_in_prose_stays_prose() -> None:
    assert table(replace(comparison("Compare"), text="Both map reefs. [1][2]")).rows == []


# Files


@pytest.mark.parametrize(
    ("form", "name", "begins"),
    [
        ("bibtex", "askpapers-which-papers.bib", "@article{"),
        ("ris", "askpapers-which-papers.ris", "TY  - "),
        ("csv", "askpapers-which-papers.csv", "id,title"),
        ("csl", "askpapers-which-papers.json", "[\n"),
    ],
)
def test_listed_papers_are_exported_all_or_only_the_ticked(
    form: str, name: str, begins: str
) -> None:
    turns: Turns = (LISTED,)
    every = view.file_of(turns, Wish(do="export", turn=1, format=form))  # type: ignore[arg-type]
    some = view.file_of(turns, Wish(do="export", turn=1, format=form, numbers=[2, 4]))  # type: ignore[arg-type]
    assert every is not None
    assert some is not None
    assert every.name == name
    assert every.text.startswith(begins)
    assert every.text.count("Reef paper") == 9
    assert [n for n in range(9) if f"Reef paper {n}" in some.text] == [1, 3]


@given(st.text())
def test_a_file_name_is_safe_on_any_system(question: str) -> None:
    file = view.file_of(
        (replace(LISTED, question=question),), Wish(do="export", turn=1, format="csv")
    )
    assert file is not None
    assert set(file.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert len(file.name) < 90


def test_hostile_papers_leave_as_text() -> None:
    cited = (Citation(1, replace(HOSTILE, title='=HYPERLINK("x")')),)
    turns = (Turn("hostile", "done", replace(hostile("q"), citations=cited)),)
    table = view.file_of(turns, Wish(do="export", turn=1, format="csv"))
    assert table is not None
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert row["title"].startswith("'=")
    items = view.file_of(turns, Wish(do="export", turn=1, format="csl"))
    assert items is not None
    assert json.loads(items.text)[0]["title"] == '=HYPERLINK("x")'


def test_the_conversation_is_markdown_with_references_and_without_markup_of_others() -> None:
    turns = (
        Turn("What is *CoralNet*?", "done", lookup(), held=3), LISTED,
        Turn(HOSTILE_TEXT, "done", hostile("q")), Turn("Broken?", "failed", error="It failed."),
    )  # fmt: skip
    file = view.file_of(turns, Wish(do="export", format="markdown"))
    assert file is not None
    assert file.name == "askpapers-what-is-coralnet.md"
    assert r"## What is \*CoralNet\*?" in file.text
    assert "References:\n\n1. Ada Reef, Ben Shoal. (2024)." in file.text
    assert "*Quoted from abstracts · 2 of 3 papers*" in file.text
    assert "It failed." in file.text
    assert not [
        at for at in range(len(file.text)) if file.text[at] == "<" and file.text[at - 1] != "\\"
    ]


def test_nothing_to_export_is_no_file() -> None:
    assert view.file_of((), Wish(do="export", format="markdown")) is None
    assert view.file_of((LISTED,), Wish(do="export", turn=1)) is None
    assert view.file_of((LISTED,), Wish(do="export", turn=2, format="ris")) is None


# What the browser keeps


def test_a_conversation_comes_back_as_it_was() -> None:
    turns = (
        Turn("What is CoralNet?", "done", lookup(), held=47, model="m"), LISTED,
        Turn("glaciers", "done", abstention("glaciers")), Turn("Broken?", "failed", error="No."),
        Turn("Compare", "done", comparison("q"), without=("years",), compared=("a", "b")),
    )  # fmt: skip
    back = kept.unpacked(json.loads(json.dumps(kept.packed(turns))))
    assert [turn.question for turn in back] == [turn.question for turn in turns]
    # Of a long list the abstracts beyond the first are the collection's to keep.
    assert (back[0], *back[2:]) == (turns[0], *turns[2:])
    old, new = turns[1].answer, back[1].answer
    assert old is not None
    assert new is not None
    assert (new.text, len(new.citations)) == (old.text, len(old.citations))


def test_what_was_growing_comes_back_as_stopped() -> None:
    assert [turn.state for turn in kept.unpacked(kept.packed((Turn("Q?"),)))] == ["stopped"]


def test_only_the_newest_turns_that_fit_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "LARGEST", 1_110)
    turns = tuple(replace(LISTED, question=f"Q{n}", answer=lookup()) for n in range(9))
    back = kept.unpacked(kept.packed(turns))
    assert 0 < len(back) < 9
    assert back == turns[-len(back) :]


@pytest.mark.parametrize(
    "stored",
    [
        None, 7, "x", [], {}, {"version": 0, "turns": "[]"}, {"version": 1},
        {"version": 1, "turns": "["}, {"version": 1, "turns": '[{"question": 1}]'},
        {"version": 1, "turns": "[" + " " * 2_000_000 + "]"},
    ],
)  # fmt: skip
def test_anything_else_that_is_kept_is_no_conversation(stored: object) -> None:
    assert kept.unpacked(stored) == ()


@given(st.text())
def test_no_text_is_read_as_a_wish_that_it_is_not(text: str) -> None:
    wish = read_wish(text)
    assert wish is None or wish.do in json.loads(text)["do"]
