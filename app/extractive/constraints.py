"""Whether a paper meets the constraints of a question: years, people, venue, code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from app.retrieval.similarity import root
from app.retrieval.synonyms import synonyms_of
from app.understanding.question import Filters
from app.understanding.venues import same_venue
from ingest.records import Paper
from ingest.text.people import same_person
from ingest.text.sentences import sentences
from ingest.text.terms import stem, words

LINK = re.compile(r"https?://|github\.com|gitlab\.com|huggingface\.co|zenodo\.org", re.I)
_HOST = re.compile(
    r"git(?:hub|lab)\.(?:com|io)|huggingface\.co|zenodo\.org|bitbucket\.org|codeberg\.org"
    r"|sourceforge\.net|4open\.science|pypi\.org|cran\.r-project",
    re.I,
)
CODE = re.compile(
    r"\b(?:codes?|implementations?|repositor(?:y|ies)|source|software|github|released?"
    r"|toolkits?|toolbox|packages?|librar(?:y|ies)|scripts?)\b",
    re.I,
)
_AVAILABLE = re.compile(r"\bavailable\b", re.I)
_PROMISE = re.compile(
    r"\b(?:will|plan to|shall|(?:is|are) to be)\b[^.]{0,60}\b(?:releas|shar|made|make"
    r"|available|public|open)\w*|\b(?:upon|after) (?:acceptance|publication)\b"
    r"|\bcoming soon\b",
    re.I,
)


def passes(paper: Paper, filters: Filters) -> bool:
    """Whether a paper meets the filters; one of unknown year fails a filter on years."""
    if not filters.holds(paper.year):
        return False
    if not all(
        any(same_person(wanted, name) for name in paper.authors) for wanted in filters.authors
    ):
        return False
    if filters.venue and not same_venue(filters.venue, paper.venue):
        return False
    return not filters.code or gives_code(paper, filters.code)


def gives_code(paper: Paper, how: str) -> bool:
    """Whether an abstract links its code ("linked"), or says that it will come ("promised")."""
    said = sentences(paper.abstract)
    if how == "linked":  # "Code is available. See https://…" gives it in two sentences
        said += [" ".join(two) for two in pairwise(said)]
    return any(gives(one, how) for one in said)


def gives(sentence: str, how: str) -> bool:
    """Whether a sentence links code ("linked"), or says that it will come ("promised")."""
    return links(sentence) if how == "linked" else promises(sentence)


def links(sentence: str) -> bool:
    """Whether a sentence links code: a place for code, or an address beside a word for it."""
    return bool(_HOST.search(sentence) or (LINK.search(sentence) and CODE.search(sentence)))


def promises(sentence: str) -> bool:
    """Whether a sentence says that the code will come."""
    told = _PROMISE.search(sentence) and (CODE.search(sentence) or _AVAILABLE.search(sentence))
    return bool(told) and not LINK.search(sentence)


def lacks(paper: Paper, needs: Sequence[str]) -> str:
    """The first of these words that neither a paper's title nor its abstract holds, or "".

    Another form of the word or a synonym is as good; another word of its kind is not.
    """
    if not needs:
        return ""
    told = words(f"{paper.title} {paper.abstract}")
    held, stems = set(map(root, told)), set(map(stem, told))
    return next(
        (
            need
            for need in needs
            for one in words(need)
            if root(one) not in held and not synonyms_of(stem(one)) & stems
        ),
        "",
    )
