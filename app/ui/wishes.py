"""What a visitor wishes the page to do: written into its buttons, read back from its script.

A wish is JSON in the value of a button. What comes back may be anything, since a browser sends it.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.ui.markdown import escape

Do = Literal[
    "ask",
    "retry",
    "without",
    "compare",
    "about",
    "back",
    "show",
    "export",
    "new",
    "browse",
    "judge",
]


class Wish(BaseModel):
    """`turn` is a 1-based place in the conversation, `numbers` are those of its citations.

    "ask" puts `text` behind all turns, or in place of `turn` and those after it. "retry" puts the
    question of `turn` once more, in its place where it is the last. "about" puts the
    question of `turn` once more, about the paper whose id is `name`. "back" brings back the chat
    that was there before an empty one. "judge" says of an answer
    whether it was of use, and what of it was wrong: `numbers` are those of wrong papers.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    do: Do
    text: Annotated[str, Field(max_length=200_000)] = ""
    turn: int = 0
    numbers: Annotated[list[int], Field(max_length=10_000)] = []
    name: Annotated[str, Field(max_length=10_000)] = ""
    liked: bool = False
    missing: Annotated[str, Field(max_length=500)] = ""
    not_said: bool = False
    format: Literal["", "bibtex", "ris", "csv", "csl", "markdown"] = ""


def read_wish(sent: str) -> Wish | None:
    """The wish that was sent; None for anything that is none."""
    try:
        return Wish.model_validate_json(sent)
    except ValidationError:
        return None


def button(
    shown: str, *, title: str = "", spoken: str = "", said: str = "", kind: str = "", **wish: object
) -> str:
    """A button that wishes something. `kind` is a class for its looks, or for the script.

    `spoken` stands for a sign that says nothing when it is read out, `said` is a word before it.
    """
    value = escape(json.dumps(wish, ensure_ascii=False))
    hint = f' title="{escape(title)}"' if title else ""
    names = f"act {kind}".strip()
    before = f'<span class="job">{escape(said)} </span>' if said else ""
    text = f"{named(spoken)}{before}{escape(shown)}"
    return f'<button class="{names}" type="button" value="{value}"{hint}>{text}</button>'


def named(spoken: str) -> str:
    """Text that is read out and not seen, since labels of controls do not pass the sanitiser."""
    return f'<span class="spoken">{escape(spoken)} </span>' if spoken else ""
