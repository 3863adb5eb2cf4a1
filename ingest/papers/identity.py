"""What makes two records the same paper, and what the paper is called."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

from ingest.records import Record

_OTHERS = re.compile(r"[\W_]+")
_ASCII_OTHERS = bytes(code for code in range(128) if not chr(code).isalnum())
# Old ones hold brackets of every kind; a tag that ends after one is none of it.
_DOI = re.compile(r"\b10\.\d{4,9}/(?:(?!</)[^\s\"]){1,500}", re.I)
_BRACKETS = {")": "(", "]": "[", "}": "{", ">": "<"}
_ARXIV = re.compile(
    r"(?:arxiv[:./]\s*|arxiv\.org/(?:abs|pdf|html)/)((?:\d{4}\.\d{4,5})|(?:[a-z\-]+(?:\.[a-z]{2})?/\d{7}))",
    re.I,
)
_ARXIV_DOI = re.compile(r"^10\.48550/arxiv\.(.+)$", re.I)
_BOILERPLATE = re.compile(
    r"^(?:no abstract(?: is| was)?(?: available| provided)?|abstract (?:not|un)\s?available"
    r"|not available|n/?a|none|null|nan|abstract|withdrawn"
    r"|this (?:paper|article) has been withdrawn.*"
    r"|\[?no abstract\]?)[.\s]*$",
    re.I,
)
# Leading letters that near-duplicates share: long enough to be telling, short enough to survive
# a cut-off ending.
HEAD_LETTERS = 80
SAME_TITLE = 80.0
# Of 30,000 pairs of unrelated abstracts, one in a thousand shares more of its longer words.
_LEAST_SHARED = 0.3
# No id holds a space, so that this ends the id in the alias of a paper that only claims it.
CLAIM = " of "
_LONGER_WORD = re.compile(r"\w{4,}")


@lru_cache(maxsize=2048)
def letters(text: str) -> str:
    """Letters and digits only, NFKC and case-folded: what abstracts are compared by."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    # Most of a text is ASCII, and bytes lose their marks many times faster than a string does.
    if folded.isascii():
        return folded.encode().translate(None, _ASCII_OTHERS).decode()
    return _OTHERS.sub("", folded)


@lru_cache(maxsize=4096)
def fingerprint(abstract: str) -> str:
    """First 12 hex digits of SHA-256 over the letters of an abstract."""
    return hashlib.sha256(letters(abstract).encode()).hexdigest()[:12]


@lru_cache(maxsize=4096)
def head(abstract: str) -> str:
    """A key that an abstract shares with its cut-off variants, and a short one with its equals."""
    start = letters(abstract)[:HEAD_LETTERS]
    return hashlib.sha256(start.encode()).hexdigest()[:12] if start else ""


def digest(record: Record) -> str:
    """A hash over everything a record says, so that an edit of any field is seen."""
    fields = (
        record.abstract, record.title, *record.authors, str(record.year), record.venue, record.url,
        record.doi, record.arxiv_id, *record.source_ids,
    )  # fmt: skip
    return hashlib.sha256("\x1f".join(fields).encode()).hexdigest()[:16]


def find_doi(text: str) -> str:
    """The first DOI in a text, lower-case, without resolver, or "". arXiv's own do not count."""
    match = _DOI.search(text) if "10." in text else None
    doi = _trimmed(match.group()).lower() if match else ""
    return "" if _ARXIV_DOI.match(doi) else doi


def _trimmed(doi: str) -> str:
    """A DOI without the signs of the sentence around it: brackets that it does not open."""
    while doi and (doi[-1] in ".,;" or _closes_more_than_opens(doi)):
        doi = doi[:-1]
    return doi


def _closes_more_than_opens(doi: str) -> bool:
    opening = _BRACKETS.get(doi[-1])
    return opening is not None and doi.count(doi[-1]) > doi.count(opening)


def find_arxiv(text: str) -> str:
    """The first arXiv id in a text without its version, or ""."""
    if "arxiv" not in text.lower():
        return ""
    match = _ARXIV.search(text)
    if match:
        return match.group(1).lower()
    doi = _DOI.search(text)
    own = _ARXIV_DOI.match(_trimmed(doi.group().lower())) if doi else None
    return re.sub(r"v\d+$", "", own.group(1)) if own else ""


def is_boilerplate(abstract: str) -> bool:
    """Whether an abstract only says that there is none."""
    return bool(_BOILERPLATE.match(abstract.strip()))


def names_of(record: Record) -> tuple[str, ...]:
    """Ids a record can be found by, strongest first: `doi:…`, `arxiv:…`, `abs:…`."""
    strong = [f"doi:{record.doi}"] if record.doi else []
    strong += [f"arxiv:{record.arxiv_id}"] if record.arxiv_id else []
    return (*strong, f"abs:{fingerprint(record.abstract)}")


def claim(name: str, paper_id: str) -> str:
    """The alias of a paper under an id that clearly different papers carry as well."""
    return f"{name}{CLAIM}{paper_id}"


def claimed(alias: str) -> str:
    """The id that an alias lays claim to, or ""."""
    return alias.partition(CLAIM)[0] if CLAIM in alias else ""


def same_text(one: str, other: str) -> bool:
    """Whether two abstracts are one: equal letters, one cut off, or nearly every letter equal."""
    a, b = sorted((letters(one), letters(other)), key=len)
    if not a:
        return False
    if b.startswith(a) and len(a) >= HEAD_LETTERS:
        return True
    return len(a) > 0.9 * len(b) and fuzz.ratio(a, b) >= 97.0


def titles_differ(one: str, other: str) -> bool:
    """Whether two real titles are clearly of different papers; an empty one differs from none."""
    a, b = " ".join(one.casefold().split()), " ".join(other.casefold().split())
    if not a or not b or letters(a).startswith(letters(b)) or letters(b).startswith(letters(a)):
        return False
    return fuzz.token_sort_ratio(a, b) < SAME_TITLE


def texts_differ(one: str, other: str) -> bool:
    """Whether two abstracts are clearly of different papers: they share few of their words."""
    a, b = (set(_LONGER_WORD.findall(text.casefold())) for text in (one, other))
    return len(a & b) < _LEAST_SHARED * min(len(a), len(b))


def clash(one: Record, other: Record) -> bool:
    """Whether two records cannot be versions of one paper, though they carry one id."""
    return titles_differ(one.title, other.title) and texts_differ(one.abstract, other.abstract)
