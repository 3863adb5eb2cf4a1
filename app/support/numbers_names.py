"""The numbers and names of a sentence, and which of them another text does not have."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.support.number_words import VALUES, spoken, without_shares
from app.understanding.wordlists import SMALL_NUMBERS
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem, words

Hedge = Literal["", "~", "<", ">"]

# Digits that are a word's own ("GPT-4", "F1", "3D") belong to the name, not to the numbers.
_NUMBER = re.compile(
    r"(?<![\w.])(?<![^\W\d_]-)(?<![^\W\d_]-\d\.)"
    r"(?P<digits>\d{1,3}(?:[, \u2009\u202f]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:-(?=thousand|million|billion|percent)|\s?)"
    r"(?P<unit>\\?%|percent\b|per cent\b|k\b|thousand\b|m\b|million\b|bn?\b|billion\b|d\b)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_SCALE = {"k": 1e3, "thousand": 1e3, "million": 1e6, "bn": 1e9, "b": 1e9, "billion": 1e9}
_SCALE_CAPITAL = {"M": 1e6}
# Said without a numeral; they can back a numeral, but ask for none themselves.
_IMPLIED = {"both": 2.0, "pair": 2.0, "dual": 2.0, "twice": 2.0, "double": 2.0, "triple": 3.0}
_IMPLIED |= {"single": 1.0, "once": 1.0, "zero": 0.0, "first": 1.0, "second": 2.0, "third": 3.0}
# "two thirds", "nine tenths": one number. A lone "half" or "a third" asks for none either.
_PARTS = {"half": 2.0, "halves": 2.0, "third": 3.0, "quarter": 4.0, "fifth": 5.0, "tenth": 10.0}
_PARTS |= {f"{part}s": value for part, value in _PARTS.items() if part not in ("half", "halves")}
_FRACTION = re.compile(
    rf"\b(?:(?P<count>{'|'.join(SMALL_NUMBERS[:10])})[ -])?(?P<part>{'|'.join(_PARTS)})\b", re.I
)
# Endings that say something about a name but are no part of it: "ID-free", "LLM-based".
_ENDINGS = frozenset(
    """free based like level aware style driven specific only powered generated enhanced guided
    trained related""".split()
)
# What stands before a number that is rough, or the least or the most that it may be.
_HEDGE = re.compile(
    r"(?P<denied>\b(?:no|not)\s+)?"
    r"(?:(?P<rough>\b(?:about|around|roughly|nearly|almost|approximately|approx\.?|some)|[~≈])"
    r"|(?P<least>\b(?:over|above|at least|more than)|[>≥])"
    r"|(?P<most>\b(?:under|below|at most|(?:less|fewer) than)|[<≤]))"
    r"\s*\$?\s*$",
    re.IGNORECASE,
)
_HEDGES: dict[str | None, Hedge] = {"rough": "~", "least": ">", "most": "<"}
_TURNED: dict[Hedge, Hedge] = {"<": ">", ">": "<"}
_LONGEST_HEDGE = 24  # characters
_SPELLED = 0.01  # by which a fraction in words may be off: "two thirds" for 66.7 %
_SLACK = 0.1  # the share by which a rounded number may be off where the claim calls it rough

_TOKEN = re.compile(r"[^\W_](?:[\w'’&+./@-]*[\w+])?")
# Words, parted where a capital or a number begins: "RoBERTa" holds no "BERT", "cDNA" holds "DNA".
# What is not written in these letters may have no spaces between words.
_PIECE = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]")
# A dash behind a word or a number joins it to the next; it is no sign.
_SIGNED = re.compile(r"(?P<sign>(?<![\w)\]%°])[+-]|)\s?(?P<digits>(?<![\w.,])\d+(?:[.,]\d+)*)")
_QUANTITY = re.compile(r"\d[\d.,]*[A-Za-z]{1,2}(?<![Dd])")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;•\n]|\(\d\)|--|—)\W*$")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, its value, and whether it is called rough, the most or the least."""

    text: str
    value: float
    hedge: Hedge


@lru_cache(maxsize=2048)
def numbers(text: str) -> tuple[Number, ...]:
    """Numerals and number words from two up, in order: "1,210", "56\\%" (56), "two" (2)."""
    found = [
        (match.start(), _number(match, text)) for match in _NUMBER.finditer(text) if _counts(match)
    ]
    parts = [match for match in _FRACTION.finditer(text) if match["count"]]
    for match in parts:
        found.append((match.start(), Number(match.group(), _fraction(match), "~")))
    counts = {match.start() for match in parts}
    for match, value in spoken(text):
        if match.start() not in counts and value > 1:
            found.append((match.start(), Number(match.group(), value, _hedge(match, text))))
    return tuple(number for _, number in sorted(found, key=lambda pair: pair[0]))


def missing_numbers(claim: str, evidence: str) -> tuple[str, ...]:
    """Numbers of the claim, as written there, that the evidence does not have.

    A claim may round ("87%" for "87.4%") where it keeps two digits or calls itself approximate,
    and say of what it has more or less than.
    """
    values = _known_values(evidence)
    wanted = dict.fromkeys(numbers(without_shares(claim, values)))
    lacking = [number.text for number in wanted if not _backed(number, values)]
    turned = [*_turned_bounds(claim, evidence), *_turned_signs(claim, evidence)]
    return tuple(dict.fromkeys([*lacking, *turned]))


def _turned_bounds(claim: str, evidence: str) -> list[str]:
    """Numbers that the claim calls the least and the evidence the most, or the other way round."""
    told: dict[float, set[Hedge]] = {}
    for number in numbers(evidence):
        told.setdefault(number.value, set()).add(number.hedge)
    return [
        f"{number.hedge}{number.text}"
        for number in numbers(claim)
        if number.hedge in _TURNED and told.get(number.value) == {_TURNED[number.hedge]}
    ]


def _turned_signs(claim: str, evidence: str) -> list[str]:
    """Numbers of the claim that the evidence has with other signs alone: "+3.5" for "-3.5"."""
    told = _signed(evidence)
    return [
        f"{sign}{digits}"
        for digits, signs in _signed(claim).items()
        for sign in sorted(signs - {""})
        if told.get(digits) and not told[digits] & {sign, ""}
    ]


@lru_cache(maxsize=2048)
def _signed(text: str) -> dict[str, set[str]]:
    """The signs that stand before each number, "" for none."""
    found: dict[str, set[str]] = {}
    for match in _SIGNED.finditer(unicodedata.normalize("NFKC", text).replace("−", "-")):
        found.setdefault(match["digits"], set()).add(match["sign"])
    return found


@lru_cache(maxsize=2048)
def names(text: str) -> tuple[str, ...]:
    """Words that look like names, in order: capitalised within a sentence, or "CamelCase", "GPT-4".

    A capitalised first word counts only where its inside looks like a name too.
    """
    found: list[str] = []
    for match in _TOKEN.finditer(text):
        token = re.sub(r"['’]s$", "", match.group())
        if token.casefold() in STOP_WORDS or len(token) < 2 or not any(map(str.isalpha, token)):
            continue
        inside = not _QUANTITY.fullmatch(token) and _name_like(token)
        first = _SENTENCE_START.search(text[max(0, match.start() - 8) : match.start()])
        if inside or (token[0].isupper() and not first):
            found.append(token)
    return tuple(dict.fromkeys(found))


def missing_names(claim: str, evidence: str) -> tuple[str, ...]:
    """Names of the claim, as written there, that the evidence does not have.

    Case, hyphens and a plural ending do not count; "LLMs" is backed by "large language models".
    """
    known = _known_words(evidence)
    return tuple(name for name in names(claim) if not _known(name, *known))


def _counts(match: re.Match[str]) -> bool:
    """Whether the digits are a number by themselves: "47GB" is, "3D" and "2nd" are not."""
    following = match.string[match.end("digits") : match.end("digits") + 2]
    return re.match(r"(?:D|d|st|nd|rd|th)\b|-?D\b", following) is None


def _number(match: re.Match[str], text: str) -> Number:
    unit = match["unit"] or ""
    scale = _SCALE.get(unit.casefold(), _SCALE_CAPITAL.get(unit, 1.0))
    value = float(re.sub(r"[, \u2009\u202f]", "", match["digits"])) * scale
    return Number(match.group().strip(), value, _hedge(match, text))


def _hedge(match: re.Match[str], text: str) -> Hedge:
    before = text[max(0, match.start() - _LONGEST_HEDGE) : match.start()]
    found = _HEDGE.search(unicodedata.normalize("NFKC", before))
    if not found:
        return ""
    hedge = _HEDGES[found.lastgroup]
    return _TURNED.get(hedge, hedge) if found["denied"] else hedge


@lru_cache(maxsize=2048)
def _known_values(evidence: str) -> frozenset[float]:
    said = (VALUES | _IMPLIED).get
    spelled = (said(word) for word in words(evidence))
    inside = {float(digits) for digits in _DIGITS.findall(_left_of(evidence[:1_000_000]))}
    plain = {number.value for number in numbers(evidence)}
    shares = {round(n.value / 100, 6) for n in numbers(evidence) if _is_share(n)}
    plain |= {_fraction(match) for match in _FRACTION.finditer(evidence)}
    shares |= {round(value * 100, 4) for value in plain if value <= 1}
    return frozenset(plain | inside | shares | {value for value in spelled if value is not None})


def _left_of(text: str) -> str:
    """The text without its numbers, whose digits are no numbers of their own."""
    return _NUMBER.sub(lambda match: " " if _counts(match) else match.group(), text)


def _fraction(match: re.Match[str]) -> float:
    count = VALUES.get((match["count"] or "one").casefold(), 1.0)
    return round(count / _PARTS[match["part"].casefold()], 6)


def _is_share(number: Number) -> bool:
    return number.text.endswith(("%", "cent"))


def _backed(number: Number, values: frozenset[float]) -> bool:
    value = number.value
    if value in values:
        return True
    in_words = number.text[:1].isalpha()
    digits = f"{value:.15g}" if in_words else _digits(number.text)
    step = _SPELLED if in_words and value < 1 else _last_place(digits)
    if number.hedge:
        near = (known for known in values if abs(known - value) < min(step, _SLACK * value))
        return any(number.hedge != (">" if known < value else "<") for known in near)
    exact = len(digits) < 2 or step > 1
    return not exact and any(abs(known - value) <= step / 2 for known in values)


def _digits(text: str) -> str:
    return re.split("[ -]", text, maxsplit=1)[0].rstrip("\\%").replace(",", "")


def _last_place(digits: str) -> float:
    """The place value of the last digit that is not an idle zero: 10 for "170", 0.1 for "3.5"."""
    _, point, decimals = digits.partition(".")
    zeros = min(300, len(digits) - len(digits.rstrip("0")))  # floats end near 1e308
    return float(10.0 ** -min(300, len(decimals)) if point else 10.0**zeros)


def _name_like(token: str) -> bool:
    """Whether the inside looks like a name: a capital, or letters and digits in one word."""
    if any(c.isupper() for c in token[1:]):
        return True
    return token[0].isalpha() and any(c.isdigit() for c in token)


@lru_cache(maxsize=2048)
def _known_words(evidence: str) -> tuple[frozenset[str], str, str]:
    """Words and stems of the evidence, its pieces between single spaces, and its initials."""
    parts = _parts(evidence)
    stems = {stem(part) for part in parts}
    pieces = " ".join(_PIECE.findall(unicodedata.normalize("NFKC", evidence)))
    initials = "".join(part[0] for part in parts if part not in STOP_WORDS)
    return frozenset(parts) | stems, f" {pieces.casefold()} ", initials


def _known(name: str, known: frozenset[str], pieces: str, initials: str) -> bool:
    parts = _parts(name)
    if len(parts) > 1 and parts[-1] in _ENDINGS:
        parts.pop()
    if all(part in known or stem(part) in known for part in parts):
        return True
    whole = "".join(parts)
    root = whole.removesuffix("s")
    if len(whole) > 3 and (_joined(root, pieces) or _goes_on(root, known)):
        return True
    letters = name.removesuffix("s")
    return letters.isupper() and len(letters) > 2 and letters.casefold() in initials


def _joined(root: str, pieces: str) -> bool:
    """Whether whole neighbouring pieces make up a name: "Graph RAG" for "GraphRAG"."""
    letters = " ?".join(map(re.escape, root))
    return re.search(f" {letters}s? ", pieces) is not None


def _goes_on(root: str, known: frozenset[str]) -> bool:
    """Whether a word begins with a name, and no number goes on: "African" for "Africa"."""
    return any(word.startswith(root) and not word[len(root) :][:1].isdigit() for word in known)


def _parts(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
