"""An answer as safe markup for the chat, and as plain text; `app.ui.sources` renders its sources.

Only tags made here reach the page. A button with the class "act" carries in its value what the
page is to do: see `app.ui.wishes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from app.answer import Answer
from app.choices import span_of
from app.extractive.messages import EMPTY, NO_LIST_YET, WHICH, more
from app.ui import tables
from app.ui.chat import Turn
from app.ui.discretion import discreet
from app.ui.inline import MARKER, Sources, fenced, inline, numbers
from app.ui.markdown import escape, shortened
from app.ui.sources import reference
from app.ui.wishes import button

READING = '<p class="reading">Reading the abstracts …</p>'

_ITEM = re.compile(r"^\s*(?:[-*•]|(?P<number>\d{1,4})[.)])\s+(?P<text>.*)$")
_HEADING = re.compile(r"^\s*#{1,6}\s+(?P<text>.*)$")
_TEXT = r"\g<text>"
_FENCE = "```"
# What was asked for was not sought in the abstracts.
_NO_SEARCH = (WHICH, NO_LIST_YET, EMPTY)
_VERDICTS = {"nearest": "Nearest found", "none": "Not in the abstracts"}
_FORMATS = {"bibtex": "BibTeX", "ris": "RIS", "csv": "CSV", "csl": "CSL-JSON"}


def turn(given: Turn, place: int) -> str:
    """What the chat says in a turn of the conversation, which is its 1-based place."""
    if given.state == "failed":
        return f"{error(given.error)}\n\n{_again('', 'Try again', place)}"
    if given.answer is None:
        stopped = _again("Stopped before an answer came.", "Ask again", place)
        return READING if given.state == "reading" else stopped
    finished = given if given.state == "done" else None
    cut = _again("The answer was cut off here.", "Ask again", place)
    stopped = f"\n\n{cut}" if given.state == "stopped" else ""
    return answer(given.answer, place, finished, given.gone) + stopped


def _again(said: str, offered: str, place: int) -> str:
    again = button(offered, do="retry", kind="retry", turn=place)
    return f'<p class="made">{said} {again}</p>'


def lost(turns: int) -> str:
    """What stands above a conversation whose first turns the browser could not keep."""
    some = "The first question" if turns == 1 else f"The first {turns:,} questions"
    told = f"{some} of this chat took more room than a browser keeps, and went with their answers."
    return f'<p class="note lost">{told}</p>'


def answer(
    given: Answer, place: int, finished: Turn | None = None, gone: Sequence[str] = ()
) -> str:
    """The answer as markup. Its markers link to `#t{place}-{number}`, its own id is `t{place}`.

    The turn that it finished tells how it came about, and `gone` which papers left the library.
    """
    anchor = f"t{place}"
    sources = Sources(anchor, {one.number: one for one in given.citations}, frozenset(gone))
    parts = [
        f'<div class="answer {given.strength}" id="{anchor}">',
        _verdict(given),
        _chips(given.filters, place),
        *(tables.table(given, sources, place) or _blocks(given, sources)),
        _reason(given),
        *(f'<p class="note">{escape(discreet(note))}</p>' for note in given.notes),
        _footer(given, finished, place) if finished else "",
        "</div>",
    ]
    return "\n\n".join(part for part in parts if part)


def question(text: str, place: int) -> str:
    """A question with its line breaks, nothing in it read as markup, and a button to change it."""
    shown = "<br>".join(escape(line) for line in text.splitlines())
    edit = button("Edit", kind="edit", title="Change this question and ask again", turn=place)
    return f'<p>{shown}</p><p class="tools">{edit}</p>'


def error(sentence: str) -> str:
    """The sentence of an error, as a message in the chat."""
    return f'<p class="trouble">{escape(discreet(sentence))}</p>'


def plain(given: Answer) -> str:
    """The answer as plain text, followed by a line for each paper it cites."""
    known = {citation.number for citation in given.citations}

    def kept(marker: re.Match[str]) -> str:
        return "".join(f"[{n}]" if n in known else f"({n})" for n in numbers(marker))

    lines = [MARKER.sub(kept, given.text)]
    if given.citations:
        lines.append("")
    lines += [f"[{cited.number}] {reference(cited.paper)}" for cited in given.citations]
    return "\n".join(lines)


def _verdict(given: Answer) -> str:
    verdict = "" if given.reason in _NO_SEARCH else _VERDICTS.get(given.strength, "")
    return f'<p class="verdict">{escape(verdict)}</p>' if verdict else ""


def _blocks(given: Answer, sources: Sources) -> Iterator[str]:
    """Paragraphs, headings, lists and references; items that follow each other are one list."""
    text, fence, code = fenced(given.text, given.sentences).partition(f"\n{_FENCE}\n")
    lines = [line for line in text.splitlines() if line.strip()]
    for kind, group in groupby(lines, key=_kind_of_line):
        if kind in ("ul", "ol"):
            yield _list(kind, list(group), sources)
            continue
        for line in group:
            content = inline(_HEADING.sub(_TEXT, line).strip(), sources)
            yield f"<{kind}>{content}</{kind}>"
    if fence:
        shown = "&#10;".join(escape(line) for line in code.removesuffix(_FENCE).splitlines())
        yield f"<pre><code>{shown}</code></pre>"


def _kind_of_line(line: str) -> str:
    """The tag that the line belongs in."""
    item = _ITEM.match(line)
    if item:
        return "ol" if item["number"] else "ul"
    return "h4" if _HEADING.match(line) else "p"


def _list(tag: str, lines: list[str], sources: Sources) -> str:
    texts = [_ITEM.sub(_TEXT, line) for line in lines]
    items = "".join(f"<li>{inline(text, sources)}</li>" for text in texts)
    first = _ITEM.match(lines[0])
    start = f' start="{int(first["number"])}"' if first and first["number"] else ""
    return f"<{tag}{start}>{items}</{tag}>"


def _chips(filters: Mapping[str, object], place: int) -> str:
    """The filters that were taken from the question, each with a button that asks without it."""
    years = [filters.get("since"), filters.get("until")]
    named: list[tuple[str, str]] = []
    if any(years):
        named.append(("years", span_of(*years)))
    authors = filters.get("authors")
    if isinstance(authors, (list, tuple)):
        named += [(str(name), f"by {name}") for name in authors]
    named += [
        (name, f"{name}: {value}")
        for name, value in filters.items()
        if name not in ("since", "until", "authors") and value
    ]
    chips = "".join(
        '<span class="chip">'
        + escape(shortened(text))
        + button(
            "×", do="without", spoken=f"Ask without “{shortened(text)}”", turn=place, name=name
        )
        + "</span>"
        for name, text in named
    )
    return f'<p class="chips">{chips}</p>' if chips else ""


def _reason(given: Answer) -> str:
    """Why nothing was answered, unless the text already says it."""
    if not given.abstained or not given.reason or given.reason in given.text:
        return ""
    return f'<p class="reason">{escape(given.reason)}</p>'


def _footer(given: Answer, finished: Turn, place: int) -> str:
    """One line on how the answer came about, and what can be done with it."""
    if given.kind == "smalltalk":
        return ""
    again = button("Try again", do="retry", kind="retry", turn=place)
    return (
        f'<div class="made"><span class="how">{escape(how(given, finished))}</span>'
        f'<span class="tools">{_thumbs(finished, place)}{_takeaway(given, place)}{again}</span>'
        "</div>"
    )


def _thumbs(finished: Turn, place: int) -> str:
    """What says whether the answer was of use; the one that was pressed looks so."""
    return "".join(
        button(
            "",
            do="judge",
            kind=f"thumb {name}{' given' if finished.liked is liked else ''}",
            title=title,
            spoken=title,
            turn=place,
            liked=liked,
        )
        for liked, name, title in ((True, "up", "Helpful"), (False, "down", "Not helpful"))
    )


def _takeaway(given: Answer, place: int) -> str:
    """What copies an answer that cites something, and what exports its papers."""
    if not given.citations:
        return ""
    hidden = "&#10;".join(escape(line) for line in plain(given).splitlines())
    menu = "".join(
        button(name, do="export", turn=place, format=form) for form, name in _FORMATS.items()
    )
    return (
        '<button class="copy" type="button">Copy with sources</button>'
        f'<span class="plain">{hidden}</span>'
        f'<details class="menu"><summary>Export</summary><span>{menu}</span></details>'
    )


def _counted(given: Answer, held: int) -> str:
    """How many of the papers an answer rests on: those that match, else those that it cites."""
    perhaps = sum(not one.sure for one in given.citations)
    some = given.total_matching or len(given.citations) - perhaps
    of = f" of {held:,}" if held else ""
    return f"{some:,}{of} papers{more(perhaps)}"


def how(given: Answer, finished: Turn) -> str:
    """How an answer came about: "Quoted from abstracts · 1 of 47 papers · 0.3 s"."""
    quoted = any(one.quotes for one in given.citations)
    parts = ["Quoted from abstracts" if quoted else "From the records"]
    if given.mode == "generated":
        marked = sum(sentence.status == "marked" for sentence in given.sentences)
        checked = len(given.sentences)
        parts = [
            f"Written by {finished.model or 'a model'}",
            f"{checked} {'sentence' if checked == 1 else 'sentences'} checked",
            *([f"{marked} marked"] if marked else []),
        ]
    elif given.strength == "none":
        parts = ["Nothing quoted"]
    parts.append(_counted(given, finished.held))
    if "total" in given.seconds:
        seconds = given.seconds["total"]
        parts.append(f"{seconds:.1f} s" if seconds >= 0.1 else "under 0.1 s")
    return " · ".join([*parts, *finished.changed])
