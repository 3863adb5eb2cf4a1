"""Names of references that a person can type: "ruiz2022tides"."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import chain, count

from ingest.records import Paper
from ingest.text.people import display_name
from ingest.text.stop_words import STOP_WORDS

_UNTOLD = "paper"


def keys(papers: Sequence[Paper]) -> list[str]:
    """A key for each paper of the first author, the year and the first word of the title.

    None stands twice: papers whose keys are alike get letters made from their ids, so that the
    order of the papers changes no key.
    """
    plain = [_plain(paper) for paper in papers]
    times = Counter(plain)
    found: dict[str, None] = {}
    for key, paper in zip(plain, papers, strict=True):
        longer = _longer(key, paper.paper_id)
        named = longer if times[key] > 1 else chain([key], longer)
        found[next(one for one in named if one not in found)] = None
    return list(found)


def _longer(key: str, paper_id: str) -> Iterator[str]:
    """The key with letters made from an id, ever more of them, and at last with numbers."""
    letters = "".join(chr(ord("a") + byte % 26) for byte in sha256(paper_id.encode()).digest())
    yield from (f"{key}-{letters[:length]}" for length in range(2, len(letters) + 1))
    yield from (f"{key}-{number}" for number in count(2))


def _plain(paper: Paper) -> str:
    author = _family(paper.authors[0]) if paper.authors else ""
    telling = [word for word in _words(paper.title) if word not in STOP_WORDS]
    # Without an author one word of the title is hardly a name.
    title = telling[: 1 if author else 2]
    return "".join([author, str(paper.year or ""), *title]) or _UNTOLD


def _family(name: str) -> str:
    """The last word of a name, given name first."""
    return "".join(_words(display_name(name))[-1:])


def _words(text: str) -> list[str]:
    """Words in the letters that every BibTeX takes: "Müller" is "muller"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z0-9]+", plain.lower())
