"""The tab that shows what is in the index: papers a year, and a table to search."""

from __future__ import annotations

from typing import Any

import gradio as gr

from app.ui import shelf
from app.ui.chat import Engine
from app.ui.sources import uncited


def library_tab(engine: Engine, tab: gr.Tab) -> None:
    """The components of the tab, which are filled when it is opened."""
    with gr.Column(elem_id="library"):
        years = gr.Markdown(elem_id="years", latex_delimiters=[])
        sought = gr.Textbox(
            elem_id="find", label="Search titles, abstracts, people, venues and years",
            placeholder="all of these words", max_lines=1,
        )  # fmt: skip
        told = gr.Markdown(elem_id="found", latex_delimiters=[])
        table = gr.Dataframe(
            headers=shelf.HEADERS, datatype="str", type="array", interactive=False, wrap=True,
            elem_id="shelf", show_label=False, label="Papers", max_height=420, buttons=[],
            column_widths=["52%", "24%", "9%", "15%"],
        )  # fmt: skip
        leaf = gr.Markdown(elem_id="leaf", latex_delimiters=[])

    def on_open(text: str) -> tuple[Any, ...]:
        return shelf.years(engine.papers_by_year()), *on_search(text)

    def on_search(text: str) -> tuple[Any, ...]:
        papers, count = engine.shelf(text, shelf.MOST)
        return shelf.found(papers, count), shelf.rows(papers), ""

    def on_choice(event: gr.SelectData, text: str) -> str:
        papers, _ = engine.shelf(text, shelf.MOST)
        row = [str(cell) for cell in event.row_value]
        return next((uncited(p, opened=True) for p in papers if shelf.rows([p])[0] == row), "")

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    found = [told, table, leaf]
    tab.select(on_open, [sought], [years, *found], queue=False, **quiet)
    sought.change(on_search, [sought], found, queue=False, trigger_mode="always_last", **quiet)
    table.select(on_choice, [sought], leaf, queue=False, **quiet)
