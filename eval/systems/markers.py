"""Markers of every common form become `[n]`: brackets, footnotes, raised numbers, ids, names."""

from __future__ import annotations

import re
from typing import Protocol

from eval.scoring.normalize import markers, sentences
from ingest.text.stop_words import STOP_WORDS


class Numbered(Protocol):
    """The sources of a reply by their numbers."""

    def __call__(self, inside: str) -> int | None:
        """The number that what stands between brackets names, if it is a marker."""

    def has(self, number: int) -> bool:
        """Whether a source has the number."""


_BRACKETS = str.maketrans("［］【】〔〕，", "[][][],")
_TAGGED = re.compile(r"<(sup|cite|ref)\b[^<>]*>\s*\[*([^<>\[\]]{1,80})\]*\s*</\1>", re.I)
_FOOTNOTE = re.compile(r"\[\^")
_LINKED = re.compile(r"\[{1,2}(\d{1,3})\]{1,2}\([^()\s]*\)")
_BRACKETED = re.compile(r"[ \t]*\[+([^\[\]\n]{1,200})\]+")
_ROUND = re.compile(r"[ \t]*\(((?:[^()\n]|\(\w*\)){2,200})\)")
_ROUND_NUMBER = re.compile(r"[ \t]*\((\d{1,3}(?:, ?\d{1,3})*)\)(?=[.!?;,]|\s*$)", re.M)
_RAISED = re.compile(r"(?:(?<=[^\W\d_]{3})|(?<=[.,;!?)”\"]))([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_BEFORE_STOP = re.compile(r"((?: \[\d{1,3}(?:, \d{1,3})*\])+)([.!?]+)(?=\s|$)")
_RAISED_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_LABEL = (
    r"(?:sources?|documents?|docs?|papers?|ref(?:erence)?s?|citations?|cite|passages?|chunks?"
    r"|abstracts?|contexts?|excerpts?|nodes?|no|id|see|s)"
)
_ITEM = re.compile(
    rf"(?:{_LABEL}[ _.:#-]*)*#?(?P<n>\d{{1,3}})(?:\s*[-–—]\s*(?P<to>\d{{1,3}}))?(?:[†:][^,;]*)?",
    re.I,
)
_LABELLED = re.compile(rf"{_LABEL}\b", re.I)
_BETWEEN = re.compile(r"\s*(?:[,;&|]|\band\b)\s*")
_MOST = 30
# What figures measure comes after them ("[12, 18] points"); a citation ends its clause.
_MEASURED = re.compile(rf"[ \t]*%|[ \t]+(?!(?:{'|'.join(sorted(STOP_WORDS))})\b)[^\W\d_]", re.I)
# No marker, and the same text as the usual brackets wherever texts are compared.
_WIDE = str.maketrans("[]", "［］")
_WIDENED = re.compile(r"[ \t]*［+([^［］\n]{1,200})］+")


def canonical(text: str, numbered: Numbered) -> str:
    """`text` with every marker as `[n]` or `[n, m]`, after the full stop of its sentence.

    Brackets are a marker where each thing between them is a number or names a source; a number in
    round brackets or raised is one only where no square bracket is, and a source has it. Several
    numbers that no source has are figures ("［12, 18］ points") before what they measure, in a
    sentence with a marker that resolves. All else stays as it is.
    """
    text = _FOOTNOTE.sub("[", text.translate(_BRACKETS))
    text = _LINKED.sub(r"[\1]", _TAGGED.sub(r"[\2]", text))
    found: list[int] = []

    def square(match: re.Match[str]) -> str:
        numbers = _items(match[1], numbered, labelled=False)
        is_inside = match.string[match.start() - 1 : match.start()] not in (".", "!", "?", "]")
        measures = is_inside and _MEASURED.match(match.string, match.end())
        if numbers and len(numbers) > 1 and measures and not any(map(numbered.has, numbers)):
            return match[0].translate(_WIDE)
        return _written(match, numbers, found)

    def guessed(match: re.Match[str]) -> str:
        numbers = _items(match[1], numbered, labelled=False)
        return _written(match, numbers if all(map(numbered.has, numbers or ())) else None, found)

    def round_(match: re.Match[str]) -> str:
        return _written(match, _items(match[1], numbered, labelled=True), found)

    text = _ROUND.sub(round_, _BRACKETED.sub(square, text))
    if not found:
        text = _ROUND_NUMBER.sub(guessed, text)
        text = _RAISED.sub(lambda m: _raised(m, numbered), text)
    return _BEFORE_STOP.sub(r"\2\1", _unresolved(text, numbered))


def _unresolved(text: str, numbered: Numbered) -> str:
    """`text` with figures as a marker after all where no marker of their sentence resolves."""

    def marker(match: re.Match[str]) -> str:
        return _written(match, _items(match[1], numbered, labelled=False), [])

    for sentence in sentences(text):
        if not any(map(numbered.has, markers(sentence))):
            text = text.replace(sentence, _WIDENED.sub(marker, sentence))
    return text


def _written(match: re.Match[str], numbers: list[int] | None, found: list[int]) -> str:
    if numbers is None:
        return match[0]
    found += numbers
    return f" [{', '.join(map(str, dict.fromkeys(numbers)))}]" if numbers else ""


def _items(inside: str, numbered: Numbered, labelled: bool) -> list[int] | None:
    """The numbers of what stands between brackets, `None` where it is no marker."""
    is_number = inside.strip()[:1].isdigit()
    # Ids, addresses and years hold a digit. A title in round brackets spells out a short form.
    may_name = not is_number and (not labelled or any(map(str.isdigit, inside)))
    named = [numbered(part.strip()) for part in inside.split(";")] if may_name else [None]
    if None not in named:
        return [number for number in named if number is not None]
    if labelled and not _LABELLED.match(inside):
        return None
    numbers: list[int] = []
    for item in _BETWEEN.split(inside.strip()):
        one = _numbers(item, numbered)
        if one is None:
            return None
        numbers += one
    return numbers


def _numbers(item: str, numbered: Numbered) -> list[int] | None:
    match = _ITEM.fullmatch(item)
    if not match:
        named = numbered(item)
        return None if named is None else [named]
    first, last = int(match["n"]), int(match["to"] or match["n"])
    listed = [numbered(str(n)) for n in range(first, min(last, first + _MOST) + 1)]
    return [n for n in listed if n is not None] if None not in listed else None


def _raised(match: re.Match[str], numbered: Numbered) -> str:
    number = numbered(match[1].translate(_RAISED_DIGITS))
    return f" [{number}]" if number is not None and numbered.has(number) else match[0]
