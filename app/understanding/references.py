"""What a follow-up points back at: a paper, the set of papers, some of it, the question itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from app.understanding.filters import number

Scope = Literal["", "it", "set", "only", "nth", "same", "more"]
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "last": -1,
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5,
}  # fmt: skip
_FIRST_N = re.compile(r"\b(?:the )?first (two|three|four|five|2|3|4|5)\b", re.I)
_NTH = re.compile(
    rf"\b(?:the )?({'|'.join(_ORDINALS)})\s+(?:one|paper|of (?:them|these|those)|study"
    rf"|article|result|in the list)\b"
    rf"|\bthe ({'|'.join(_ORDINALS)})[\s?.!]*$"
    r"|\b(?:paper|number|no\.?|document|result|#)\s*(\d{1,2})\b|\[(\d{1,2})\]",
    re.I,
)
_SET = re.compile(
    r"\b(?:of (?:these|those|them|the above)|(?:these|those|the above) (?:papers?|ones?"
    r"|works?|methods?|studies)|which (?:ones?)\b|among (?:them|these|those)|do they|are they"
    r"|they all|all of them|them)\b",
    re.I,
)
_ONLY = re.compile(
    r"^(?:and |but )?(?:only|just)\b|\bonly (?:the (?:ones|papers)|those|ones)\b", re.I
)
_MORE = re.compile(
    r"^(?:show |list |give )?(?:me )?(?:the )?(?:rest|more|others?|remaining(?: ones)?"
    r"|next(?: ones)?)[\s.!?]*$|^any (?:more|others)\b",
    re.I,
)
_IT = re.compile(
    r"\b(?:it|its|itself|that one|this one|(?:the|this|that) (?:paper|method|model|framework"
    r"|dataset|approach|system|survey|study|work|article|benchmark|network|authors?|one"
    r"|ones|trial|experiments?|review|corpus|treebank|tool|algorithm|device|prototype|platform"
    r"|technique|intervention|software|participants|patients))\b",
    re.I,
)
# "Do any use ice?", "any on salt?", "which were published after 2005?": of the papers before.
_ANY = re.compile(
    r"^(?:(?:and|but|so)\s+)?(?:(?:do|does|did|are|is|were|was|have|has|can)\s+(?:any|some"
    r"|both|none|either)\b(?!\s+(?:[\w-]+\s+){0,3}?(?:papers?|stud(?:y|ies)|articles?|works?)\b)"
    r"|any (?:of them|of these|of those|that|which|who|with|on|about|from|using|in)\b"
    r"|which (?:were|are|have|use|used|deal|concern|discuss|study|report|focus|come)\b)",
    re.I,
)
_THEY = re.compile(r"\b(?:they|their|these|those)\b", re.I)
_SAME = re.compile(
    r"^(?:(?:and|or|but)\s+)?(?:(?:what|how) about|about|and|or)\s+(?P<what>[^?]{1,80})\??$", re.I
)


_INSTEAD = re.compile(r"[\s,]+(?:instead|then|though|too|also|as well|please|now)$", re.I)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a follow-up points at in the answer before: a paper, the set, some of it."""

    scope: Scope = ""
    places: tuple[int, ...] = ()
    replaced: str = ""


def chooses_papers(text: str) -> bool:
    """Whether a text asks which of the papers before do something: "do any use ice?"."""
    return bool(_ANY.search(text))


def read_reference(text: str) -> Reference:
    """What a question points back at; an empty scope where it points at nothing."""
    first_n = _FIRST_N.search(text)
    if first_n:
        many = number(first_n.group(1))
        return Reference("nth", tuple(range(1, many + 1)))
    places = tuple(_place(match) for match in _NTH.finditer(text))
    if places:
        return Reference("nth", places)
    if _MORE.search(text):
        return Reference("more")
    if _ONLY.search(text):
        return Reference("only")
    if _SET.search(text) or _ANY.search(text):
        return Reference("set")
    same = _SAME.match(text)
    if same:
        return Reference("same", replaced=_INSTEAD.sub("", same.group("what").strip()))
    if _IT.search(text):
        return Reference("it")
    return Reference("set") if _THEY.search(text) else Reference()


def without_pointers(text: str) -> str:
    """A text without the words that only point back: "the second one", "of them", "it"."""
    for pattern in (_FIRST_N, _NTH, _SET, _IT, _THEY):
        text = pattern.sub(" ", text)
    return " ".join(text.split())


def _place(match: re.Match[str]) -> int:
    word = match.group(1) or match.group(2)
    return _ORDINALS[word.lower()] if word else int(match.group(3) or match.group(4))
