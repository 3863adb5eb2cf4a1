"""What an answer claims, with which citations, and the record text that has to back it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.answer import Answer, Citation
from eval.scoring.normalize import (
    letters,
    markers,
    plain,
    sentences,
    tokens,
    without_markers,
)
from eval.scoring.refusals import says_untold
from ingest.records import Paper
from ingest.text.sentences import sentence_spans

FIELDS = ("title", "authors", "year", "venue", "url")

# Remarks about the answer or the corpus as a whole: no single paper can back them.
_REMARK = re.compile(
    r"^(?:showing|listing|here (?:is|are))\b"
    r"|^the (?:rest|others?) (?:is|are) (?:below|listed|shown)\b"
    r"|^(?:no|none of the) (?:\w+ )?(?:papers?|abstracts?)\b"
    r"|^(?:in all |in total )?[\w ]{1,24} (?:papers?|abstracts?) (?:match(?:es)?|fit|were found)\b"
)
_STOPS = " .,;:!?"
_GLUE = frozenset(
    "a al also an and appeared are at authored author authors available be been by can et find "
    "first found from has have here in is it its last link given of on one online or other "
    "paper papers page published read study that the their there this title titled to under url "
    "venue was were with work write written wrote year you".split()
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A factual sentence of an answer without its markers, and the citations it carries.

    `numbers` are the markers as written; `citations` those of them that resolve.
    """

    text: str
    numbers: tuple[int, ...]
    citations: tuple[Citation, ...]


def claims(answer: Answer) -> tuple[Claim, ...]:
    """The factual sentences: those the answer declares, then any others that its text holds.

    The second part keeps an undeclared sentence from escaping the measures. Lead-ins, headings
    and remarks about the answer itself are no claims (see `needs_citation`).
    """
    if answer.abstained:
        return ()
    declared = [(without_markers(s.text), s.citations) for s in answer.sentences]
    found = [*declared, *_undeclared(answer, [text for text, _ in declared])]
    cited = {citation.number: citation for citation in reversed(answer.citations)}
    return tuple(
        Claim(text.strip(), tuple(numbers), tuple(cited[n] for n in numbers if n in cited))
        for text, numbers in found
    )


def _undeclared(answer: Answer, declared: Sequence[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    known = [letters(text) for text in declared]
    for piece in sentences(_without(declared, answer.text)):
        text = without_markers(piece)
        words = letters(text)
        is_known = not words or any(words in other for other in known)
        if not is_known and needs_citation(text, [c.paper for c in answer.citations]):
            yield text, markers(piece)


def _without(declared: Sequence[str], text: str) -> str:
    """`text` with each declared sentence and its markers cut out, the longest sentence first."""
    for sentence in sorted(filter(str.strip, declared), key=len, reverse=True):
        words = r"\s+".join(map(re.escape, sentence.split()))
        text = re.sub(words + r"(?:\s*\[[\d, ]+\])*", "\n", text)
    return text


def needs_citation(text: str, cited: Sequence[Paper] = ()) -> bool:
    """Whether a sentence without its markers states something that a paper has to back.

    Needs none: a question, a lead-in that ends in a colon, fewer than four words, a heading made
    of the bibliographic fields of a cited paper, a remark about the papers or the answer
    ("Showing the first 20 of 57 matching papers."), and that the papers do not tell something.
    """
    words = tokens(text)
    if len(words) < 4 or text.rstrip(" *_").endswith((":", "?")):
        return False
    if len(words) <= 20 and _REMARK.search(" ".join(words)):
        return False
    if says_untold(text):
        return False
    return not any(_is_heading(words, paper) for paper in cited)


def _is_heading(words: Collection[str], paper: Paper) -> bool:
    fields = set(tokens(fields_text(paper, FIELDS)))
    return sum(word not in fields for word in words) <= 1


def field_values(paper: Paper, fields: Collection[str]) -> list[str]:
    """The values of the named bibliographic fields as text, authors one by one."""
    values: Mapping[str, Sequence[str]] = {
        "title": (paper.title,),
        "authors": paper.authors,
        "year": (str(paper.year),) if paper.year is not None else (),
        "venue": (paper.venue,),
        "url": (paper.url,),
    }
    return [value for name in FIELDS if name in fields for value in values[name] if value]


def fields_text(paper: Paper, fields: Collection[str]) -> str:
    """The named bibliographic fields in one line."""
    return ", ".join(field_values(paper, fields))


def record_text(paper: Paper, fields: Collection[str] = FIELDS) -> str:
    """The abstract, and after it the named fields: what a sentence may rest on."""
    return "\n".join(part for part in (paper.abstract, fields_text(paper, fields)) if part)


def evidence_text(citation: Citation) -> str:
    """The record text of a citation: the abstract and the fields that the answer used."""
    return record_text(citation.paper, citation.fields)


def is_verbatim(claim: str, citations: Sequence[Citation]) -> bool:
    """Whether every stretch of the claim between ellipses is whole sentences of one cited record.

    A field that the answer used counts as a sentence. Words cut out of one do not: they may say
    what the whole denies ("no evidence that it helps").
    """
    parts = [part for part in re.split(r"…|\.\.\.|\[…\]", claim) if letters(part)]
    return bool(parts) and any(
        all(_is_whole(part, citation) for part in parts) for citation in citations
    )


def _is_whole(part: str, citation: Citation) -> bool:
    abstract = citation.paper.abstract
    said = [abstract[start:end] for start, end in sentence_spans(abstract)]
    lines = "\n".join(map(plain, [*said, *field_values(citation.paper, citation.fields)]))
    wanted = r"\s".join(map(re.escape, plain(part).rstrip(_STOPS).split()))
    return re.search(rf"^{wanted}[{_STOPS}]*$", lines, re.M) is not None


def is_composed(claim: str, citations: Sequence[Citation]) -> bool:
    """Whether the claim says nothing but fields that the citations used, in glue words.

    "Written by Ada Lovelace and Charles Babbage." rests on `authors`. The title of a cited paper
    may stand in it, to say which paper is meant. Any other word, a negation too, is not glue.
    """
    used = [value for citation in citations for value in _used(citation)]
    if not any(citation.fields for citation in citations):
        return False
    rest, removed = plain(claim), 0
    for value in sorted(map(plain, used), key=len, reverse=True):
        rest, times = re.subn(rf"(?<!\w){re.escape(value)}(?!\w)", " ", rest)
        removed += times
    return removed > 0 and set(tokens(rest)) <= _GLUE


def _used(citation: Citation) -> list[str]:
    return field_values(citation.paper, {*citation.fields, "title"})
