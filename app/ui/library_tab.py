"""The tab that shows what is in the index, and changes it where that is allowed.

The script writes into `browsing` which file's papers are wanted, and anew after each change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.ui import shelf
from app.ui.chat import Engine
from app.ui.desk import SAMPLE_GOES, Desk
from app.ui.discretion import discreet
from app.ui.markdown import code_line, escape
from app.ui.sources import uncited
from app.ui.welcome import welcome
from app.ui.wishes import read_wish
from ingest.errors import AskpapersError
from ingest.records import Paper


@dataclass(frozen=True)
class Frame:
    """What stands around the tab and tells of the collection; `masthead` dresses its line."""

    about: gr.Markdown
    masthead: Callable[[str], str]
    chat: gr.Chatbot


@dataclass(frozen=True)
class LibraryParts:
    """The components that the events of the tab read and change."""

    tab: gr.Tab
    adding: gr.Markdown
    years: gr.Markdown
    files: gr.Markdown
    sought: gr.Textbox
    browsing: gr.Textbox
    told: gr.Markdown
    table: gr.Dataframe
    leaf: gr.Markdown
    merged: gr.Markdown
    kept_out: gr.Markdown


def library_tab(tab: gr.Tab, desk: Desk | None) -> LibraryParts:
    """The components of the tab, which are filled when it is opened."""
    with gr.Column(elem_id="library"):
        adding = gr.Markdown(_adding(desk), elem_id="adding", latex_delimiters=[])
        with gr.Row(elem_id="plots"):
            years = gr.Markdown(elem_id="years", latex_delimiters=[])
            files = gr.Markdown(elem_id="files", latex_delimiters=[])
        sought = gr.Textbox(
            elem_id="find", label="Search titles, abstracts, people, venues and years",
            placeholder="all of these words", max_lines=1,
        )  # fmt: skip
        told = gr.Markdown(elem_id="found", latex_delimiters=[])
        table = gr.Dataframe(
            headers=shelf.HEADERS, datatype="str", type="array", interactive=False, wrap=True,
            elem_id="shelf", show_label=False, label="Papers", max_height=420, buttons=[],
            column_widths=shelf.widths(()),
        )  # fmt: skip
        leaf = gr.Markdown(elem_id="leaf", latex_delimiters=[])
        merged = gr.Markdown(elem_id="merged", latex_delimiters=[])
        kept_out = gr.Markdown(elem_id="kept-out", latex_delimiters=[])
        browsing = gr.Textbox(elem_id="browsing", label="browsing", visible="hidden")
    return LibraryParts(
        tab, adding, years, files, sought, browsing, told, table, leaf, merged, kept_out
    )


def wire_library(
    engine: Engine, desk: Desk | None, parts: LibraryParts, frame: Frame, page: gr.Blocks
) -> None:
    """What happens when the tab is opened, and when a file, a word or a row is chosen."""
    look = Look(engine, desk, frame.masthead)
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    asked = [parts.sought, parts.browsing]
    found = [parts.told, parts.table, parts.leaf]
    around: list[Any] = [parts.adding, frame.about, frame.chat]
    whole = [parts.years, parts.files, *found, parts.merged, parts.kept_out, *around]
    parts.tab.select(look.whole, asked, whole, queue=False, **quiet)
    parts.browsing.change(look.whole, asked, whole, queue=False, trigger_mode="multiple", **quiet)
    parts.sought.change(look.search, asked, found, queue=False, trigger_mode="always_last", **quiet)

    def on_choice(event: gr.SelectData, text: str, browsing: str) -> str:
        return look.leaf([str(cell) for cell in event.row_value], text, browsing)

    parts.table.select(on_choice, asked, parts.leaf, queue=False, **quiet)
    if desk is not None:
        page.load(look.around, None, around, queue=False, **quiet)


class Look:
    """The tab as it looks, for a text that is sought and a file that is browsed."""

    def __init__(self, engine: Engine, desk: Desk | None, masthead: Callable[[str], str]) -> None:
        self._engine, self._desk, self._masthead = engine, desk, masthead
        self._was_sample = bool(desk and desk.is_sample)

    @property
    def _removable(self) -> bool:
        return self._desk is not None and not self._desk.is_sample

    def whole(self, text: str, browsing: str) -> tuple[Any, ...]:
        """Everything, and what the other tab says of the collection."""
        try:
            held = self._engine.holdings()
        except AskpapersError as error:
            told = escape(discreet(str(error)))
            return ("", "", told, _shown(()), "", "", "", *self.around())
        years = shelf.years(held.by_year)
        files = shelf.files(held.by_file, _browsed(browsing))
        below = (shelf.merged(held), shelf.kept_out(held))
        return (years, files, *self.search(text, browsing), *below, *self.around())

    def search(self, text: str, browsing: str) -> tuple[Any, ...]:
        """What is found."""
        label = _browsed(browsing)
        try:
            papers, count = self._found(text, label)
        except AskpapersError as error:
            return escape(discreet(str(error))), _shown(()), ""
        removable = self._removable and bool(text.strip() or label)
        told = shelf.found(papers, count, text, label, removable)
        return told, _shown(papers), ""

    def leaf(self, row: list[str], text: str, browsing: str) -> str:
        """The paper of a row."""
        try:
            papers, _ = self._found(text, _browsed(browsing))
        except AskpapersError as error:
            return escape(discreet(str(error)))
        shown = zip(papers, shelf.rows(papers), strict=True)
        paper = next((one for one, cells in shown if cells == row), None)
        if paper is None:
            return ""
        # Of a single paper that was sought, the line above the table offers it already.
        offered = len(papers) == 1 and bool(text.strip() or _browsed(browsing))
        offer = shelf.remove_button(paper) if self._removable and not offered else ""
        return f"{uncited(paper, opened=True)}\n\n{offer}"

    def _found(self, text: str, label: str) -> tuple[list[Paper], int]:
        if not label:
            return self._engine.shelf(text, shelf.MOST)
        called = shelf.labels(list(self._engine.holdings().by_file))
        file = next((file for file, name in called.items() if name == label), label)
        return self._engine.shelf(text, shelf.MOST, file)

    def around(self) -> tuple[Any, ...]:
        """What the page says of the collection elsewhere, as it is now."""
        if self._desk is None:
            return gr.skip(), gr.skip(), gr.skip()
        line = self._masthead(self._desk.line())
        if self._desk.is_sample == self._was_sample:
            return _adding(self._desk), line, gr.skip()
        # What an empty chat tells is of the other collection.
        return (
            _adding(self._desk),
            line,
            gr.update(placeholder=welcome(self._engine.introduction())),
        )


def _shown(papers: Sequence[Paper]) -> Any:
    return gr.update(value=shelf.rows(papers), column_widths=shelf.widths(papers))


def _browsed(browsing: str) -> str:
    wish = read_wish(browsing or "")
    return wish.name if wish and wish.do == "browse" else ""


def _adding(desk: Desk | None) -> str:
    if desk is None:
        told = (
            "Papers are added on the machine that serves this page, by `askpapers ingest FOLDER`; "
            "`ASKPAPERS_EDITING=on` lets visitors add them here."
        )
        return f'<p class="told">{code_line(told)}</p>'
    own = (
        f"{SAMPLE_GOES} Papers that you add make an index of your own, which answers from then on."
        if desk.is_sample
        else ""
    )
    formats = (
        "BibTeX, RIS, PubMed, CSV, JSON, XML or text, also in .gz and .zip, up to "
        f"{desk.largest >> 20:,} MB a file. Drop files anywhere here."
    )
    add = f'<button class="tool add" type="button" value="{desk.largest}">Add papers …</button>'
    return f'<div class="told">{add}<span>{escape(formats)}</span></div>' + (
        f'\n\n<p class="own">{escape(own)}</p>' if own else ""
    )
