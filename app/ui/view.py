"""What the page shows of a conversation: messages, sources, and files to save."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.answer import Answer, Citation
from app.export import export_cited
from app.extractive.assemble import joined
from app.extractive.comparison import label
from app.ui import render
from app.ui import sources as cards
from app.ui.chat import Turn, Turns
from app.ui.markdown import escape, shortened
from app.ui.wishes import Wish
from ingest.records import Paper

Message = dict[str, str]

_ENDINGS = {"bibtex": "bib", "ris": "ris", "csv": "csv", "csl": "json", "markdown": "md"}


@dataclass(frozen=True, slots=True)
class File:
    """Text to be saved under a name that is safe on any system."""

    name: str
    text: str


def messages(turns: Turns, lost: int = 0) -> list[Message]:
    """The two messages of each turn, below what tells of turns that were lost."""
    shown: list[Message] = []
    if lost:
        shown.append({"role": "assistant", "content": render.lost(lost)})
    for place, turn in enumerate(turns, 1):
        shown.append({"role": "user", "content": render.question(turn.question, place)})
        shown.append({"role": "assistant", "content": render.turn(turn, place)})
    return shown


def panel(turns: Turns, place: int = 0, number: int = 0) -> str:
    """The sources of the turn at this 1-based place, else of the last one."""
    if not turns:
        return cards.WELCOME
    place = place if 1 <= place <= len(turns) else len(turns)
    # One that was stopped has no sources: those before it stay.
    while place and turns[place - 1].state == "stopped" and turns[place - 1].answer is None:
        place -= 1
    if not place:
        return cards.WELCOME
    turn = turns[place - 1]
    growing = turn.state in ("reading", "writing")
    if turn.answer is None or (growing and not turn.answer.citations):
        return cards.READING if growing else cards.NOTHING
    return cards.panel(turn.answer, f"t{place}", number, turn.gone)


def chosen(turns: Turns, wish: Wish) -> list[Paper]:
    """The papers of an answer with these numbers, all it cites where none is given."""
    return [one.paper for one in _cited(turns, wish)]


def _cited(turns: Turns, wish: Wish) -> list[Citation]:
    answer = answered(turns, wish.turn)
    cited = answer.citations if answer else ()
    return [one for one in cited if one.number in wish.numbers or not wish.numbers]


def answered(turns: Turns, place: int) -> Answer | None:
    """The answer of the turn at this 1-based place."""
    return turns[place - 1].answer if 1 <= place <= len(turns) else None


def compare_question(papers: Sequence[Paper]) -> str:
    """The question that a comparison of these papers stands for."""
    return f"Compare {joined([shortened(label(paper), 60) for paper in papers])}"


def file_of(turns: Turns, wish: Wish) -> File | None:
    """What a wish to export asks for; None where there is nothing to save."""
    if wish.format == "markdown":
        return File(_name(turns[0].question, "md"), as_markdown(turns)) if turns else None
    cited = _cited(turns, wish)
    if not cited or not wish.format:
        return None
    name = _name(turns[wish.turn - 1].question, _ENDINGS[wish.format])
    return File(name, export_cited(cited, wish.format))


def as_markdown(turns: Turns) -> str:
    """The conversation, with the references of each answer below it."""
    parts = ["# Questions to the papers"]
    for turn in turns:
        parts += [f"## {_literal(shortened(turn.question))}", *_told(turn)]
    return "\n\n".join(parts) + "\n"


def delivered(file: File, count: int) -> str:
    """A file as markup, from which the page's script saves it; each delivery has its count."""
    shown = "&#10;".join(escape(line) for line in file.text.split("\n"))
    return f'<div class="file" id="file-{count}" title="{escape(file.name)}">{shown}</div>'


def _told(turn: Turn) -> list[str]:
    if turn.answer is None:
        return [_literal(turn.error or "This question got no answer.")]
    answer = turn.answer
    lines = [_tame(line) for line in answer.text.splitlines() if line.strip()]
    references = [
        f"{one.number}. {_literal(cards.reference(one.paper))}{'' if one.sure else ' (perhaps)'}"
        for one in answer.citations
    ]
    told = ["\n".join(lines) if answer.kind in ("list", "count") else "\n\n".join(lines)]
    if references:
        told.append("\n".join(["References:", "", *references]))
    return [*told, f"*{render.how(answer, turn)}*"]


def _literal(text: str) -> str:
    """Text that Markdown does not read as markup."""
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", " ".join(text.split()))


def _tame(line: str) -> str:
    """A line of an answer, whose lists and bold names stay, without tags, images and links."""
    return line if line.startswith("```") else re.sub(r"(<|!(?=\[)|\](?=\())", r"\\\1", line)


def _name(question: str, ending: str) -> str:
    """A file name of the question's first words: ASCII letters, digits and hyphens only."""
    words = re.findall(r"[a-z0-9]+", question.lower())[:6]
    return f"askpapers-{'-'.join(words)[:60] or 'papers'}.{ending}"
