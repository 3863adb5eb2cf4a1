"""People's names: read from the ways files write them, compared across forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

_PARTICLES = frozenset(
    "van von de der den del della di da dos du la le el al bin ibn ter ten".split()
)
_NAME_WORD = re.compile(r"[^\W\d_]+")
# Letters that Unicode does not take apart into a plain one and an accent.
_PLAIN = str.maketrans(
    {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "þ": "th",
     "æ": "ae", "œ": "oe"}
)  # fmt: skip
_SUFFIXES = frozenset("jr sr ii iii iv phd md".split())


def looks_like_authors(line: str) -> bool:
    """Whether a line is "Last, First, Last, First": an even row of short capitalised parts."""
    parts = [part.strip() for part in line.strip().rstrip(".").split(",")]
    if len(parts) < 2 or len(parts) % 2 or any(not part for part in parts):
        return False
    return all(_name_part(part) for part in parts)


def _name_part(part: str) -> bool:
    words = part.split()
    if not 1 <= len(words) <= 4 or any(character.isdigit() for character in part):
        return False
    return all(
        word[0].isupper() or word.lower() in _PARTICLES or not word[0].isascii() for word in words
    )


def paired_authors(line: str) -> tuple[str, ...]:
    """ "Cui, Jiequan, Zhu, Beier" as ("Jiequan Cui", "Beier Zhu")."""
    # The full stop of an initial is no end of the line.
    line = re.sub(r"(?<=\w\w)\.+$", "", line.strip())
    parts = [part.strip() for part in line.split(",")]
    return tuple(f"{first} {last}" for last, first in zip(parts[::2], parts[1::2], strict=False))


def display_name(name: str) -> str:
    """ "Wu, Le" as "Le Wu"; other forms unchanged but for spaces."""
    last, comma, first = " ".join(name.split()).partition(", ")
    return f"{first} {last}" if comma and first and "," not in first else " ".join(name.split())


_INITIALS_LAST = re.compile(
    r"(?P<last>[^,]*[^\W\d_]{2,}[^,]*?) (?P<initials>(?:[^\W\d_a-z]\.?-?){1,4})"
)


def given_first(name: str) -> str:
    """A name of a file that inverts them: "Liu R." as "R. Liu", "Casbon JA" as "J. A. Casbon"."""
    name = display_name(name)
    match = _INITIALS_LAST.fullmatch(name)
    if not match or match.group("last").isupper():
        return name
    initials = re.sub(r"([^\W\d_])\.?(?=[^\W\d_]|$|-)", r"\1. ", match.group("initials"))
    return f"{initials.replace('. -', '.-').strip()} {match.group('last')}"


def split_authors(text: str) -> tuple[str, ...]:
    """Names of one string: separated by ";" or " and ", or in pairs, or by commas."""
    text = " ".join(text.split())
    spoken = text.replace(" & ", " and ")  # but "Johnson & Johnson" is one name
    if ";" not in text and (paired := _pairs(spoken)):
        return paired
    if ";" not in text and _is_spoken_list(spoken):
        text = re.sub(r",?\s+and\s+", ", ", spoken)
    for separator in (";", " and "):
        if separator in text:
            parts = (display_name(part.strip(" ,")) for part in text.split(separator))
            return tuple(part for part in parts if part)
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _pairs(text: str) -> tuple[str, ...]:
    """Names of "Smith, J., Jones, M., and Brown, K.", none where they are written otherwise."""
    rows = re.split(r",?\s+and\s+", text)
    last_names = [part.strip() for row in rows for part in row.split(",")[::2]]
    if all(map(looks_like_authors, rows)) and any(" " not in name for name in last_names):
        return tuple(name for row in rows for name in paired_authors(row))
    return ()


def _is_spoken_list(text: str) -> bool:
    """Whether names stand as "Ann Lee, Bo Chen and Cy Dove", with one "and", before the last."""
    before, _, last = text.rpartition(" and ")
    names = before.rstrip(", ").split(",")
    whole = all(len(name.split()) > 1 for name in names)
    return len(names) > 1 and whole and " and " not in before and "," not in last


@lru_cache(maxsize=20_000)
def folded(name: str) -> tuple[str, ...]:
    """Lower-case words of a name without accents, particles kept, suffixes dropped."""
    plain = display_name(name).lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.translate(_PLAIN))
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    found = _NAME_WORD.findall(plain)
    return tuple(word for word in found if word not in _SUFFIXES)


def same_person(one: str, other: str) -> bool:
    """Whether two names can be one person: "Wu, Le", "L. Wu", "Wu" and "Le Wu"; not "Lei Wu"."""
    a, b = folded(one), folded(other)
    if not a or not b:
        return False
    return _matches(a, b) or (len(a) == 2 and len(b) == 2 and a == b[::-1])


def _matches(a: Sequence[str], b: Sequence[str]) -> bool:
    if a[-1] != b[-1]:
        return False
    given_a, given_b = a[:-1], b[:-1]
    return all(
        x == y or (len(x) == 1 and y.startswith(x)) or (len(y) == 1 and x.startswith(y))
        for x, y in zip(given_a, given_b, strict=False)
    )


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Names in order, repeats dropped."""
    return tuple(dict.fromkeys(name for name in names if name))
