"""Checked sentences to an answer: papers numbered in order of first use, each with its quotes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.answer import Answer, Kind, Sentence
from app.citing import Numbering, markers
from app.generation.checking import Checked

UNFOUND = "(not found in the abstract)"


def assembled(
    question: str, kind: Kind, checked: Sequence[Checked], notes: Iterable[str] = ()
) -> Answer:
    """The generated answer of these sentences; a marked one says so and cites nothing."""
    numbering = Numbering()
    sentences: list[Sentence] = []
    text = ""
    for item in checked:
        given = (numbering.cite(one.paper, one.span, one.fields) for one in item.backing)
        numbers = tuple(dict.fromkeys(given))
        sentences.append(Sentence(item.text, numbers, item.support, item.status, item.checked))
        joint = "" if not text else "\n" if item.starts_line else " "
        text += f"{joint}{'- ' if item.bullet else ''}{item.text} {markers(numbers) or UNFOUND}"
    return Answer(
        question=question,
        text=text,
        kind=kind,
        sentences=tuple(sentences),
        citations=numbering.citations(),
        mode="generated",
        notes=tuple(notes),
    )
