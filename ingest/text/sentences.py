"""Sentences of running text, by fixed rules: no model, no download, the same result every time.

A mark such as "." is a candidate; the rules say why it does not end the sentence. Every rule
looks only at the current sentence and what follows it, so that splitting a sentence again
returns the sentence itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

Span = tuple[int, int]

# Characters to either side of a mark that the rules look at: time stays linear in the text.
_REACH = 100

# A mark, the quotes and brackets that close after it (French « » keep a space inside).
_MARK = re.compile(r"[.!?…。！？｡]+(?:[\"'”’)\]}」』）】]|[ \u00a0\u202f]?»)*")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n|\n(?=[^\S\n]*[-•*][^\S\n])")
# Marks inside these end nothing: addresses, formulas, remarks in brackets. Each alternative begins
# with a plain character, so that the search jumps from one such character to the next.
_PROTECTED = re.compile(
    r"https?://[^\s。！？｡）」』]*[\w/=#&~]"
    r"|www\.[^\s。！？｡）」』]*[\w/=#&~]"
    r"|\$\$(?:(?!\n\s*\n)[^$]){1,400}\$\$"
    r"|\$(?=[^\s$])(?:(?!\n\s*\n)[^$]){0,200}(?<=\S)\$(?!\d)"
    r"|\\\((?:(?!\n\s*\n).){1,200}?\\\)"
    r"|\((?:(?!\n\s*\n)[^()]){1,240}\)",
    re.DOTALL,
)
_OPENING = "\"'“‘«([{¿¡「『（ \u00a0\u202f"
_CLOSING = "\"'”’)]}」』）】» \u00a0\u202f"
_NEXT_WORD = re.compile(r"[^\W\d_]+")
_SOLID = re.compile(r"\S")
_LAST_WORD = re.compile(r"[^\W\d_]*")
_LIST_NUMBER = re.compile(r"\(?(?:\d{1,3}|[ivx]{1,4}|[A-Za-z])")
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Never the last word of a sentence: something must follow.
_ALWAYS_CONTINUED = _words(
    "e.g i.e eg ie vs cf viz resp approx dr mr mrs ms prof st mt rev gen col lt sgt hon ca esp incl"
    " proc conf trans aka a.k.a w.r.t s.t"
)
# An abbreviation only in front of a number, a formula or a single letter.
_BEFORE_NUMBER = _words(
    "fig figs eq eqs eqn eqns sec sect secs no nos vol vols p pp ch chap tab tbl ref refs alg algs"
    " def thm prop lem cor app art ex n"
)
# Abbreviations that may also end a sentence; then a usual first word follows.
_MAY_END = _words("al etc inc ltd co corp jr sr ph.d phd dept univ a.m p.m est ed eds")
_FIRST_WORDS = _words(
    "the this these those that a an we our i it its he she they their you in on at by for from to"
    " with as if when while where since because although though however moreover furthermore"
    " additionally also besides finally first second third next then thus hence therefore here"
    " there such some many most all each both no not what which who how why can is are do does"
    " unlike despite given using based through recent recently current existing previous extensive"
    " experiments experimental empirically results specifically notably overall meanwhile instead"
    " yet but and or so after before during under among within across compared code data"
)


def sentence_spans(text: str) -> list[Span]:
    """Half-open character offsets of the sentences, in order, without outer white space.

    The spans are disjoint and together hold every character that is not white space.
    """
    return list(_spans(text))


# Chunks, titles and text index each split the same abstract within a batch of papers.
@lru_cache(maxsize=2048)
def _spans(text: str) -> tuple[Span, ...]:
    protected = [match.span() for match in _PROTECTED.finditer(text)]
    spans: list[Span] = []
    start = _skip_space(text, 0)
    for end in _candidates(text):
        if end > start and not _inside(protected, end) and _ends(text, start, end):
            spans.append((start, start + len(text[start:end].rstrip())))
            start = _skip_space(text, end)
    if start < len(text):
        spans.append((start, start + len(text[start:].rstrip())))
    return tuple(spans)


def sentences(text: str) -> list[str]:
    """The sentences of the text, in order, verbatim."""
    return [text[start:end] for start, end in sentence_spans(text)]


def _candidates(text: str) -> list[int]:
    """Offsets right behind a closing mark or in front of a new paragraph, rising."""
    marks = [match.end() for match in _MARK.finditer(text)]
    return sorted({*marks, *(match.start() for match in _PARAGRAPH.finditer(text))})


def _skip_space(text: str, start: int) -> int:
    solid = _SOLID.search(text, start)
    return solid.start() if solid else len(text)


def _inside(spans: list[Span], position: int) -> bool:
    """Whether the position lies strictly within one of the sorted, disjoint spans."""
    at = bisect_right(spans, (position,)) - 1
    return at >= 0 and spans[at][0] < position < spans[at][1]


def _ends(text: str, start: int, end: int) -> bool:
    """Whether the sentence that began at `start` ends at the candidate `end`."""
    if _PARAGRAPH.match(text, end):
        return True
    near = text[max(start, end - _REACH) : end]
    body = near.rstrip(_CLOSING)
    mark = body[-1:]
    before = body.rstrip(".!?…")
    after = text[end : end + _REACH].lstrip(_OPENING + "\t\n\r")
    if mark in "。！？｡":
        return True
    if not after or not before:
        return not after
    if not text[end].isspace():
        return _glued(before, text[end : end + _REACH])
    if mark == "." and not body.endswith("..") and not _period_ends(before, after):
        return False
    return not after[0].islower() or (mark == "." and body == near and _plain(before))


def _period_ends(before: str, after: str) -> bool:
    """Whether a single period between `before` and `after` (white space between) is a full stop."""
    token = _last_token(before)
    word = token.lstrip(_OPENING)
    if len(word) == 1 or not word.isupper():  # MT and ST are no mountain and no saint
        word = word.casefold()
    opener = _opens(after)
    if token == before and _LIST_NUMBER.fullmatch(token):
        return False
    if word in _ALWAYS_CONTINUED:
        return False
    if word in _BEFORE_NUMBER:
        return not (after[0].isdigit() or after[0] in "$\\" or _single_letter(after))
    if word in _MAY_END or _DOTTED.fullmatch(word) or (len(word) == 1 and token[-1].isupper()):
        return opener and not after[0].islower()
    return True


def _plain(before: str) -> bool:
    """Whether the last word can hardly be an abbreviation, so that a small letter may follow."""
    last = _last_word(before)
    return last.islower() and len(last) > 3


def _glued(before: str, rest: str) -> bool:
    """Whether a sentence starts without a space: "two domains.In this paper"."""
    follower = _NEXT_WORD.match(rest)
    word = follower.group() if follower else ""
    if not word or not word[0].isupper() or (word.isupper() and word not in ("A", "I")):
        return False
    if rest[len(word) : len(word) + 1] not in (" ", ",", ":", "\n", "-", "'", "’", ""):
        return False
    token, left = _last_token(before), _last_word(before)
    plain = left.islower() and len(left) > 1 and left not in _ALWAYS_CONTINUED | _MAY_END
    if plain and "." not in token:
        return True
    return word.casefold() in _FIRST_WORDS and (len(left) > 1 or before[-1:] in "0123456789%)]}$")


def _last_token(text: str) -> str:
    """What stands behind the last white space."""
    return "" if text[-1:].isspace() else (text.rsplit(None, 1) or [""])[-1]


def _last_word(text: str) -> str:
    """The letters at the end of a text."""
    match = _LAST_WORD.match(text[::-1])
    return match.group()[::-1] if match else ""


def _opens(after: str) -> bool:
    word = _NEXT_WORD.match(after)
    return word is not None and word.group().casefold() in _FIRST_WORDS and after[1:2] != "."


def _single_letter(after: str) -> bool:
    return re.match(r"[A-Z]\b(?!['’])", after) is not None and not _opens(after)
