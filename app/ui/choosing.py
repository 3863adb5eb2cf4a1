"""The settings of one visitor: kept in their browser, and sent with each of their questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.choices import Choices

_STORED_AS = "askpapers-settings"
# What is shown first of each, in the order of `Panel.fields`.
_DEFAULTS: tuple[object, ...] = ("model", "normal", None, None, "all")
_EARLIEST, _LATEST = 1, 9_999
_LENGTHS = ("10", "25", "100")


@dataclass(frozen=True)
class Panel:
    """The fields, and what the browser keeps of them."""

    box: gr.Accordion
    fields: tuple[gr.Radio | gr.Number, ...]
    reset: gr.Button
    stored: gr.BrowserState


def panel(model: str) -> Panel:
    """The fields in a box that opens; who writes can be chosen only where there is a `model`."""
    with gr.Accordion("Settings", open=False, elem_id="settings") as box:
        writer = gr.Radio(
            [("The model", "model"), ("Nobody: quotes only", "quotes")], value="model",
            label="Who writes the answers", visible=bool(model),
        )  # fmt: skip
        strictness = gr.Radio(
            [("Lenient", "lenient"), ("Normal", "normal"), ("Strict", "strict")], value="normal",
            label="When something counts as an answer",
            info="Strict says “not found” more often, and is wrong less often.",
        )  # fmt: skip
        with gr.Row():
            since = gr.Number(label="Papers from year", precision=0, min_width=120)
            until = gr.Number(label="to year", precision=0, min_width=120)
        most = gr.Radio(
            [("All", "all"), *((one, one) for one in _LENGTHS)], value="all",
            label="Papers in a list, at most",
        )  # fmt: skip
        reset = gr.Button("Back to the defaults", size="sm", elem_id="reset-settings")
    stored = gr.BrowserState(None, storage_key=_STORED_AS, secret=_STORED_AS)
    return Panel(box, (writer, strictness, since, until, most), reset, stored)


def wire(shown: Panel, page: gr.Blocks, quiet: dict[str, Any]) -> None:
    """What is chosen is kept, and shown again when the page opens."""
    fields = list(shown.fields)

    def keep(*values: object) -> tuple[Any, ...]:
        chosen = choices(values)
        return list(fields_of(chosen)), _headed(chosen)

    def restore(stored: object) -> tuple[Any, ...]:
        chosen = choices(stored if isinstance(stored, list) else ())
        return *fields_of(chosen), _headed(chosen)

    def go_back() -> tuple[Any, ...]:
        return *_DEFAULTS, None, _headed(Choices())

    # What a visitor changes, and not what is shown again: else a page that opens slowly keeps the
    # defaults that it shows first.
    gr.on(
        [field.input for field in fields], keep, fields, [shown.stored, shown.box],
        queue=False, trigger_mode="always_last", **quiet,
    )  # fmt: skip
    shown.reset.click(go_back, None, [*fields, shown.stored, shown.box], queue=False, **quiet)
    page.load(restore, [shown.stored], [*fields, shown.box], queue=False, **quiet)


def _headed(chosen: Choices) -> Any:
    """The heading of the box, with how many settings are not the defaults."""
    return gr.update(label=f"Settings · {len(chosen.made)}" if chosen.made else "Settings")


def choices(values: Sequence[object]) -> Choices:
    """The choices that the fields hold; a value that none of them offers is left out."""
    given = [*values, *_DEFAULTS[len(values) :]]
    writer, strictness, since, until, most = given[: len(_DEFAULTS)]
    years = [_year(since), _year(until)]
    if years[0] and years[1]:
        years.sort()
    return Choices(
        quoted=writer == "quotes",
        strictness=next((one for one in ("strict", "lenient") if one == strictness), "normal"),
        since=years[0],
        until=years[1],
        most=int(str(most)) if most in _LENGTHS else None,
    )


def fields_of(chosen: Choices) -> tuple[object, ...]:
    """The values of the fields that stand for these choices."""
    return (
        "quotes" if chosen.quoted else "model", chosen.strictness, chosen.since, chosen.until,
        str(chosen.most or "all"),
    )  # fmt: skip


def _year(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if value == value // 1 and _EARLIEST <= value <= _LATEST else None
