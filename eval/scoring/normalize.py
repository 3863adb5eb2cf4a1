"""Text in the form in which answers, facts and records are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_HYPHENS = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_JOINING_HYPHEN = re.compile(r"(?<=\w)-|-(?!\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_PERCENT = re.compile(r"\s*(?:\\?%|\bper\s?cent\b)")
_NOISE = re.compile(r"[\\${}*_`\"\u201c\u201d'\u2018\u2019]+")
_MARKER = re.compile(r"\s*\[\d+(?:\s*,\s*\d+)*\]")
_MARKED_NUMBERS = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")
_TOKEN = re.compile(r"-?\d+(?:\.\d+)*%?(?![^\W_])|[^\W_]+(?:\.\d+(?![^\W_]))*")
_NUMBER = re.compile(r"(?<![^\W_])-?\d+(?:\.\d+)*")
_NAME = re.compile(r"[^\W_][\w.+-]*[^\W_]|[^\W_]")
_SENTENCE_END = re.compile(r"(?<=[.!?])((?:\s*\[[\d, ]+\])*)\s+(?=[\"“(]?[A-Z0-9])")
_ABBREVIATION = re.compile(r"(?:\b(?:al|e\.g|i\.e|Fig|Eq|Sec|vs|cf|No|Dr|approx|resp)|\b[A-Z])\.$")

_SPELLED = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve".split(),
        map(str, range(13)),
        strict=True,
    )
)


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """`text` in its comparable form.

    Lower case, NFKC, single spaces; no thousands commas, quotes, LaTeX marks or joining hyphens;
    every percentage as "56%". A minus sign before a number stays.
    """
    text = _HYPHENS.sub("-", unicodedata.normalize("NFKC", text)).casefold()
    text = _PERCENT.sub("% ", _THOUSANDS.sub("", text))
    text = _JOINING_HYPHEN.sub(" ", _NOISE.sub("", text))
    return re.sub(r"\s+(?=[.,;:!?)])", "", " ".join(text.split()))


def contains(text: str, phrase: str) -> bool:
    """Whether `phrase` stands in `text` as whole words, both in their comparable form.

    A number is a whole word too: "56" stands in "56%" and not in "0.56", "1560" or "56.3".
    """
    wanted = plain(phrase).strip(" .,;:!?")
    if not wanted:
        return False
    after = r"(?!\w|\.\d)" if wanted[-1].isalnum() else ""
    return re.search(rf"(?<!\w)(?<!\d\.)(?<!-){re.escape(wanted)}{after}", plain(text)) is not None


def letters(text: str) -> str:
    """The letters and digits of `text`'s comparable form, in single-spaced words."""
    return " ".join(tokens(text))


def tokens(text: str) -> list[str]:
    """Words and numbers of `text`'s comparable form, in order; percentages keep their sign."""
    return _TOKEN.findall(plain(text))


def numbers(text: str) -> set[str]:
    """The numbers of `text` without thousands commas, percent signs and trailing zeros."""
    found = {_canonical(number) for number in _NUMBER.findall(plain(text))}
    return found - {""}


def spelled_numbers(text: str) -> set[str]:
    """The numbers up to twelve that `text` writes as words, as digits."""
    return {_SPELLED[word] for word in tokens(text) if word in _SPELLED}


def _canonical(number: str) -> str:
    if number.count(".") == 1:
        return number.rstrip("0").rstrip(".")
    return number


def names(text: str) -> set[str]:
    """Names and acronyms of one sentence in their comparable form.

    A name has a capital or a digit inside ("EgoBlind", "T3T", "GPT-4"), or starts with a capital
    after the first word. Plural acronyms lose their s.
    """
    found = set()
    for position, match in enumerate(_NAME.finditer(unicodedata.normalize("NFKC", text))):
        for part in re.split(r"[-.+]", match[0]):
            inner = any(char.isupper() for char in part[1:])
            mixed = any(char.isdigit() for char in part) and any(char.isalpha() for char in part)
            if inner or mixed or (position > 0 and part[:1].isupper() and len(part) > 1):
                found.add(singular(part))
    return found


def singular(word: str) -> str:
    """`word` in lower case without a plural s: "LLMs" and "LLM" are one."""
    word = plain(word)
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def without_markers(text: str) -> str:
    """`text` without its `[n]` markers."""
    return _MARKER.sub("", text)


def markers(text: str) -> tuple[int, ...]:
    """The numbers of the `[n]` and `[n, m]` markers of `text`, in order, each once."""
    found = (int(n) for group in _MARKED_NUMBERS.findall(text) for n in group.split(","))
    return tuple(dict.fromkeys(found))


def sentences(text: str) -> list[str]:
    """The sentences of `text`, line by line; markers stay with the sentence they follow."""
    return [piece for line in text.splitlines() for piece in _sentences_of_line(line.strip())]


def _sentences_of_line(line: str) -> list[str]:
    pieces, start = [], 0
    for match in _SENTENCE_END.finditer(line):
        if not _ABBREVIATION.search(line[: match.start()]):
            pieces.append(line[start : match.end()].strip())
            start = match.end()
    return [piece for piece in (*pieces, line[start:].strip()) if piece]
