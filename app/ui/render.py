"""An answer as safe markup for the chat, and as plain text; `app.ui.sources` renders its sources.

Only tags made here reach the page. Math between `$$` pairs or `\\(` and `\\)` is left readable
for the page's math renderer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from app.records import Answer, Sentence
from app.ui.markdown import escape, web_address
from ingest.records import Paper

WELCOME = (
    "<h2>What do the papers say?</h2>"
    "<p>Every sentence of an answer names the paper it comes from. "
    "What the abstracts do not say is not answered.</p>"
)
READING = '<p class="reading">Reading the abstracts …</p>'
STOPPED = '<p class="note">The answer was cut off here.</p>'

# Private characters set around an unbacked sentence before it is escaped; dropped from input.
_OPEN, _CLOSE = "\ue000", "\ue001"
_FENCES = {
    _OPEN: '<span class="unbacked" title="No cited abstract backs this sentence">',
    _CLOSE: "</span>",
}
_MATH = r"\$\$(?:(?!\$\$|\\\(|\\\)).)+\$\$|\\\((?:(?!\$\$|\\\(|\\\)).)+\\\)"
_MARKER = re.compile(r"\[(?P<marker>\d{1,4}(?:\s*,\s*\d{1,4})*)\]")
_TOKEN = re.compile(
    rf"(?P<math>{_MATH})|{_MARKER.pattern}|\*\*(?P<bold>[^*{_OPEN}{_CLOSE}]+)\*\*|(?P<fence>[{_OPEN}{_CLOSE}])"
)
_ITEM = re.compile(r"^\s*(?:[-*•]|(?P<number>\d{1,4})[.)])\s+(?P<text>.*)$")
_HEADING = re.compile(r"^\s*#{1,6}\s+(?P<text>.*)$")
_TEXT = r"\g<text>"
_MADE = {
    "extractive": "sentences quoted from the abstracts",
    "generated": "written by a model, checked sentence by sentence against the abstracts",
}

Titles = Mapping[int, str]


def answer(given: Answer, anchor: str, *, finished: bool = True) -> str:
    """The answer as markup. Its markers link to `#{anchor}-{number}`, its own id is `anchor`."""
    titles = {citation.number: citation.paper.title for citation in given.citations}
    parts = [
        f'<div class="anchor" id="{anchor}"></div>',
        _chips(given.filters),
        *_blocks(_fenced(given.text, given.sentences), titles, anchor),
        _reason(given),
        *(f'<p class="note">{escape(note)}</p>' for note in given.notes),
        _footer(given) if finished else "",
    ]
    return "\n\n".join(part for part in parts if part)


def question(text: str) -> str:
    """A question with its line breaks, and nothing in it read as markup."""
    return "<br>".join(escape(line) for line in text.splitlines())


def error(sentence: str) -> str:
    """The sentence of an error, as a message in the chat."""
    return f'<p class="trouble">{escape(sentence)}</p>'


def plain(given: Answer) -> str:
    """The answer as plain text, followed by a line for each paper it cites."""
    known = {citation.number for citation in given.citations}

    def kept(marker: re.Match[str]) -> str:
        numbers = _numbers(marker)
        return "".join(f"[{number}]" if number in known else f"({number})" for number in numbers)

    lines = [_MARKER.sub(kept, given.text)]
    if given.citations:
        lines.append("")
    lines += [f"[{cited.number}] {reference(cited.paper)}" for cited in given.citations]
    return "\n".join(lines)


def reference(paper: Paper) -> str:
    """Authors, year, title, venue and address in one line, as far as the record has them."""
    title = f"{paper.title} (title made from the abstract)" if paper.title_derived else paper.title
    year = f"({paper.year})" if paper.year else ""
    known = (", ".join(paper.authors), year, title, paper.venue, web_address(paper.url))
    return ". ".join(part for part in known if part)


def _fenced(text: str, sentences: Iterable[Sentence]) -> str:
    """The text with private characters around each sentence that nothing backs."""
    text = text.replace(_OPEN, "").replace(_CLOSE, "")
    for sentence in sentences:
        if sentence.status == "marked" and sentence.text.strip() and "\n" not in sentence.text:
            text = text.replace(sentence.text, f"{_OPEN}{sentence.text}{_CLOSE}", 1)
    return text


def _blocks(text: str, titles: Titles, anchor: str) -> Iterator[str]:
    """Paragraphs, headings and lists; items that follow each other are one list."""
    lines = [line for line in text.splitlines() if line.strip()]
    for kind, group in groupby(lines, key=_kind_of_line):
        if kind in ("ul", "ol"):
            yield _list(kind, list(group), titles, anchor)
            continue
        for line in group:
            content = _inline(_HEADING.sub(_TEXT, line).strip(), titles, anchor)
            yield f"<{kind}>{content}</{kind}>"


def _kind_of_line(line: str) -> str:
    """The tag that the line belongs in."""
    item = _ITEM.match(line)
    if item:
        return "ol" if item["number"] else "ul"
    return "h4" if _HEADING.match(line) else "p"


def _list(tag: str, lines: list[str], titles: Titles, anchor: str) -> str:
    texts = [_ITEM.sub(_TEXT, line) for line in lines]
    items = "".join(f"<li>{_inline(text, titles, anchor)}</li>" for text in texts)
    first = _ITEM.match(lines[0])
    start = f' start="{int(first["number"])}"' if first and first["number"] else ""
    return f"<{tag}{start}>{items}</{tag}>"


def _inline(text: str, titles: Titles, anchor: str) -> str:
    """One line: markers become links, the rest is escaped."""
    out, position = [], 0
    for token in _TOKEN.finditer(text):
        out.append(escape(text[position : token.start()]))
        out.append(_token(token, titles, anchor))
        position = token.end()
    out.append(escape(text[position:]))
    return "".join(out)


def _token(token: re.Match[str], titles: Titles, anchor: str) -> str:
    if token["math"]:
        # The page's math renderer escapes again, but leaves references as they are.
        return re.sub(r"[<>&\"']", lambda sign: f"&#{ord(sign[0])};", token["math"])
    if token["marker"]:
        return "".join(_marker(number, titles, anchor) for number in _numbers(token))
    if token["bold"]:
        return f"<strong>{_inline(token['bold'], titles, anchor)}</strong>"
    return _FENCES[token["fence"]]


def _numbers(marker: re.Match[str]) -> list[int]:
    return [int(number) for number in marker["marker"].split(",")]


def _marker(number: int, titles: Titles, anchor: str) -> str:
    """A link to the source, or "(n)" for brackets that cite nothing here."""
    if number not in titles:
        return f"&#40;{number}&#41;"
    title = escape(titles[number])
    return f'<a class="cite" href="#{anchor}-{number}" title="{title}">[{number}]</a>'


def _chips(filters: Mapping[str, object]) -> str:
    """The filters that were taken from the question, each as "name: value"."""
    chips = "".join(
        f'<span class="chip">{escape(_filter(name, value))}</span>'
        for name, value in filters.items()
        if value not in (None, "", [], ())
    )
    return f'<p class="chips">{chips}</p>' if chips else ""


def _filter(name: str, value: object) -> str:
    label = name.replace("_", " ")
    if value is True:
        return label
    if isinstance(value, (list, tuple)):
        return f"{label}: {', '.join(str(part) for part in value)}"
    return f"{label}: {value}"


def _reason(given: Answer) -> str:
    """Why nothing was answered, unless the text already says it."""
    if not given.abstained or not given.reason or given.reason in given.text:
        return ""
    return f'<p class="reason">{escape(given.reason)}</p>'


def _footer(given: Answer) -> str:
    """How the answer was made, and a button that copies it; nothing under small talk."""
    if given.abstained or given.kind == "smalltalk":
        return ""
    hidden = "&#10;".join(escape(line) for line in plain(given).splitlines())
    return (
        f'<div class="made"><span class="mode {given.mode}">{given.mode.capitalize()}</span>'
        f"<span>{_MADE[given.mode]}</span>"
        '<button class="copy" type="button">Copy with sources</button>'
        f'<span class="plain">{hidden}</span></div>'
    )
