"""What papers and people are called in questions that are offered."""

from __future__ import annotations

import re

from app.extractive.comparison import label
from ingest.records import Paper

# A name that is put into a question reads as a name: short, of letters, digits and joining signs.
_NAME = re.compile(r"[^\W_][\w.+/-]{0,29}")
# So does a title or topic: words and their signs, and not more than fit on a button.
_PHRASE = re.compile(r"[^\W_][\w ,.:;'’&+/()–-]{1,118}[\w.)]")


def is_name(text: str) -> bool:
    """Whether a text reads as the name of a method."""
    return bool(_NAME.fullmatch(text))


def is_phrase(text: str) -> bool:
    """Whether a text reads as words: nothing in it could be taken for markup or an order."""
    return bool(_PHRASE.fullmatch(text))


def called(paper: Paper) -> str:
    """The name of its method that a title gives, else the title in quotation marks.

    "" where neither is fit for a question. A name of the abstract alone may be of something else.
    """
    name = label(paper)
    if is_name(name) and name in paper.title:
        return name
    return f"“{paper.title}”" if is_phrase(paper.title) else ""


def asked_of(paper: Paper) -> str:
    """What to ask to learn what a paper is about; "" where it cannot be called by anything."""
    name = called(paper)
    if not name:
        return ""
    return f"What does {name} report?" if name.startswith("“") else f"What is {name}?"
