"""The text of a model, as far as it has come, to sentences with the numbers that they cite.

Everything here is a function of the whole text so far, so that a late `</think>` can still take
back what stood before it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from app.generation.prompts import NOT_FOUND
from ingest.text.sentences import sentence_spans

_TAGS = r"(?:think|thinking|thought|reasoning|reflection)"
_THOUGHT = re.compile(rf"<{_TAGS}\b[^<>]*>.*?</{_TAGS}\s*>", re.I | re.S)
_OPENED = re.compile(rf"<{_TAGS}\b[^<>]*>.*", re.I | re.S)
_CLOSED = re.compile(rf"\A.*</{_TAGS}\s*>", re.I | re.S)
# The same in the writing of other models: [THINK], ◁think▷, and a channel that is not the last.
_OTHER_THOUGHTS = re.compile(
    r"\[THINK\].*?(?:\[/THINK\]|$)|◁think▷.*?(?:◁/think▷|$)"
    r"|<\|begin_of_thought\|>.*?(?:<\|end_of_thought\|>|$)"
    r"|<\|channel\|>\s*(?:analysis|commentary)\b.*?(?=<\|channel\|>\s*final|$)",
    re.S,
)
_FINAL_CHANNEL = re.compile(r"<\|channel\|>\s*final\s*<\|message\|>")
_CUT_TAG = re.compile(r"<[^<>\n]{0,30}$")
_NO_ENCODING = re.compile(
    r"<\|[^|<>]{0,40}\|>|</?(?:paper|question|s|system|user|assistant)\b[^<>]*>", re.I
)

_SAME = str.maketrans("［］【】〔〕", "[][][]")
_NUMBER = r"(?:papers?\s*|no\.?\s*|#|\^)?\d{1,4}(?:†[^\[\]]{0,40})?"
_MARKER = re.compile(
    rf"\s*\[+\s*({_NUMBER}(?:\s*(?:,|，|;|and|&|[-–—‒])\s*{_NUMBER})*)\s*\]+", re.I
)
_RANGE = re.compile(r"(\d{1,4})\s*[-–—‒]\s*\D{0,7}(\d{1,4})")
_BULLET = re.compile(r"^\s*(?:[-*•+]|\d{1,2}[.)])\s+(?=\S)")
_HEADING = re.compile(r"^\s*(?:#{1,6}\s|```|~~~|={3,}|-{3,}|\|?[\s|:-]+\|?$|>\s*$)")
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\(([^()\s]*)(?:\s+\"[^\"]*\")?\)")
_STRONG = re.compile(r"\*\*|__|`+")
# An asterisk behind a word ends what another began, or belongs to the word: "A* search", "$x^*$".
_OPENING = re.compile(r"(?<![\w*^])\*(?=\S)")
_EMPHASIS = re.compile(rf"{_OPENING.pattern}([^*]*)(?<=\S)\*(?![\w*])")
_WORD_AFTER = re.compile(r"\s+\S+\s")
# Beyond this an open bracket is taken for a slip and no longer waited for.
_LONGEST_WAIT = 600
_MOST_NUMBERS = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence as the model wrote it, without markers, and the numbers that these held.

    `starts_line` tells that a new line begins here, `bullet` that it is an item of a list.
    """

    text: str
    numbers: tuple[int, ...]
    starts_line: bool
    bullet: bool


def spoken(text: str, finished: bool) -> str:
    """The model's text without its thoughts, and without a tag that is still open."""
    text = _FINAL_CHANNEL.sub("", _OTHER_THOUGHTS.sub("", text))
    text = _THOUGHT.sub("", text)
    text = _CLOSED.sub("", text)
    text = _OPENED.sub("", text)
    if not finished:
        text = _CUT_TAG.sub("", text)
    text = _NO_ENCODING.sub(" ", text)
    kept = (c for c in text if c in "\n\t " or unicodedata.category(c)[0] != "C")
    return "".join(kept)


def refuses(text: str) -> bool:
    """Whether the model says that the papers do not answer."""
    return text.strip(" .*\n\"'").upper().startswith(NOT_FOUND)


def drafts(text: str, finished: bool) -> list[Draft]:
    """The sentences of a text without thoughts, in order; only those that no more text can change.

    Where the text is not finished, the last sentence and a line that still grows are left out.
    """
    lines = text.translate(_SAME).split("\n")
    found: list[Draft] = []
    for place, line in enumerate(lines):
        growing = not finished and place == len(lines) - 1
        found += _line_drafts(line, growing)
    return found


def _line_drafts(line: str, growing: bool) -> list[Draft]:
    if _HEADING.match(line):
        return []
    bullet = _BULLET.match(line)
    body = line[bullet.end() :] if bullet else line
    body = _EMPHASIS.sub(r"\1", _STRONG.sub("", _LINK.sub(_unlinked, body)))
    found: list[Draft] = []
    for text, numbers in _cited(body, growing):
        plain = " ".join(text.split())
        if any(map(str.isalnum, plain)):
            found.append(Draft(plain, numbers, not found, bool(bullet) and not found))
    return found


def _unlinked(link: re.Match[str]) -> str:
    """A link as its text and, so that it is checked too, its address; a marker stays one."""
    label, address = link.groups()
    if label.strip().isdigit():
        return f"[{label}]"
    return f"{label} {address}" if address else label


def _cited(body: str, growing: bool) -> list[tuple[str, tuple[int, ...]]]:
    """Sentences of a line, markers taken out; one that leads belongs to the sentence before."""
    # Sentences are found without the markers, which stand on either side of a full stop.
    numbers: list[tuple[int, tuple[int, ...]]] = []
    pieces: list[str] = []
    length = position = 0
    for marker in _MARKER.finditer(body):
        pieces.append(body[position : marker.start()])
        length += len(pieces[-1])
        numbers.append((length, _numbers(marker.group(1))))
        if body[marker.end() : marker.end() + 1].isalnum():
            pieces.append(" ")
            length += 1
        position = marker.end()
    pieces.append(body[position:])
    plain = "".join(pieces)
    spans = sentence_spans(plain)
    if growing:
        spans = _settled(plain, spans, numbers[-1][0] if numbers else 0)
    found = []
    for place, (start, end) in enumerate(spans):
        first = place == 0
        own = [n for at, ns in numbers if (start < at or first) and at <= end for n in ns]
        found.append((plain[start:end], tuple(dict.fromkeys(own))))
    return found


def _settled(plain: str, spans: list[tuple[int, int]], last_marker: int) -> list[tuple[int, int]]:
    """The sentences after which a whole word stands already, up to one in which a mark is open."""
    kept = []
    for start, end in spans:
        text = plain[start:end]
        after = plain[end:]
        within = text.count("(") > text.count(")") or text.count("$") % 2 or "[" in text
        waits = within or _OPENING.search(text)
        followed = _WORD_AFTER.match(after) or (after.strip() and last_marker > end)
        if not followed or after.lstrip().startswith("["):
            break
        if waits and len(text) < _LONGEST_WAIT:
            break
        kept.append((start, end))
    return kept


def _numbers(inside: str) -> tuple[int, ...]:
    """The numbers of one marker, ranges written out."""
    listed: list[int] = []
    bare = re.sub(r"†[^,;\[\]]*", "", inside)
    for first, last in _RANGE.findall(bare):
        listed += range(int(first), min(int(last), int(first) + _MOST_NUMBERS) + 1)
    return tuple(dict.fromkeys([*listed, *map(int, re.findall(r"\d+", bare))]))
