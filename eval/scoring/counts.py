"""How many papers an answer says there are, read from its words, in digits or written out."""

from __future__ import annotations

import re

from eval.scoring.normalize import plain, without_markers

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORTH = {word: worth for worth, word in enumerate(_UNITS)}
_WORTH |= {word: 10 * tens for tens, word in enumerate(_TENS, 2)}
_WORTH |= {"no": 0, "none": 0, "single": 1, "both": 2, "pair": 2, "couple": 2, "dozen": 12}
_TENS_OF = "|".join(_TENS)
_NUMBER = (
    rf"(?:(?<!\d\.)\d+\b(?!\.\d)|(?:{_TENS_OF}) (?:{'|'.join(_UNITS[1:10])})\b|"
    rf"(?:a )?(?:{'|'.join(sorted(_WORTH, key=len, reverse=True))})\b)"
)
_PAPERS = (
    r"(?:papers?|abstracts?|articles?|studies|study|publications?|works?|documents?|entries)\b"
)
# A kind of papers is one word, so that no verb is in it; names and compounds are made one:
# "COVID-19", "graph-based", "Web 2.0", "Graph Neural Network".
_HYPHENATED = re.compile(
    r"(?<=[^\W\d_])[-‐-―−](?=\d)|(?<=\d)[-‐-―−](?=[^\W\d_])"
    rf"|(?<=[^\W\d_]){''.join(f'(?<!{tens})' for tens in _TENS)}[-‐‑](?=[^\W\d_])",
    re.I,
)
_NAME = re.compile(r"(?<=\w )[A-Z]\w*(?: (?:[A-Z]\w*|\d+\.\d+))+(?= [a-z])")
_WORD = rf"(?!{_NUMBER})\w(?:[\w.+/]*\w)? "
_KIND = rf"(?:{_WORD})?"
# "The 2023 survey papers", "in 2023 papers": the year of papers, not their number.
_YEAR = r"(?:19|20)\d\d\b"
_COUNT = (
    rf"(?!{_YEAR} (?!{_PAPERS}|of\b))"
    rf"(?:(?!{_YEAR})|(?<!\bin )(?<!\bof )(?<!\bfrom )(?<!\bsince )(?<!\bthe )){_NUMBER}"
)
_ONE_PAPER = re.compile(r"(?:the|this|that|its) (?:paper|survey|study|review|abstract|article)\b")
_WHOLE = re.compile(
    rf"\b(?:(?:out )?of|among|in) (?:the|these|all|those|your|my)? ?{_NUMBER} {_KIND}{_PAPERS},?"
)
_OPENING = r"^(?:there (?:are|is) |only |just |exactly |in total |in all )*"
_COUNTS = tuple(
    re.compile(pattern)
    for pattern in (
        # "Three phase 2 studies": the first number counts, the other one tells which.
        rf"{_OPENING}(?P<n>{_COUNT}) {_WORD}\d+ {_PAPERS}",
        rf"\b(?P<n>{_COUNT}) (?:of (?:them|these|those|which|the {_PAPERS})\b|{_KIND}{_PAPERS})",
        rf"\b(?P<n>none)\b of (?:them|the {_PAPERS})",
        rf"\b(?:number|count|total|answer|match(?:es)?|found|{_PAPERS})\b"
        rf"(?: (?:of|that|which|for|on|about) [^.:]{{1,60}}?)?"
        rf"(?: is| are|:|,| \()+ ?(?P<n>{_NUMBER})(?:$|\W)",
        rf"{_OPENING}(?P<n>{_NUMBER})"
        rf"(?: in (?:all|total))?(?:$|[.:,;!)]| \()",
    )
)
_TWICE = re.compile(rf"\b({_NUMBER}) \(\d+\)")
_NOT_ONE = re.compile(r"\bnot (?:a single|one|any)\b")


def count_said(sentence: str) -> int | None:
    """How many papers a sentence says there are, in digits or words; `None` where it does not.

    Of "12 of the 47 papers" it is 12. A number of anything else than papers is none, nor is one
    that belongs to a name or is a year.
    """
    named = _NAME.sub(_joined, _HYPHENATED.sub("", without_markers(sentence)))
    said = plain(named).strip("# ")
    if _ONE_PAPER.match(said):
        return None
    said = _TWICE.sub(r"\1", _NOT_ONE.sub("no", said))
    part, times = _WHOLE.subn(" ", said)
    if times and (other := re.search(rf"\b(?P<n>{_NUMBER})", part)):
        return _worth(other["n"])
    found = next(filter(None, (pattern.search(said) for pattern in _COUNTS)), None)
    return _worth(found["n"]) if found else None


def _joined(name: re.Match[str]) -> str:
    return name[0].replace(" ", "")


def _worth(number: str) -> int:
    if number.isdigit():
        return int(number)
    return sum(_WORTH[word] for word in number.split() if word != "a")
