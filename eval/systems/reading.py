"""The reply of another system becomes an `Answer`: sentences, citations, refusal and count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.answer import Answer, Citation, Sentence, Strength
from eval.scoring.claims import FIELDS, is_verbatim, needs_citation
from eval.scoring.counts import count_said
from eval.scoring.normalize import markers, tokens, without_markers
from eval.scoring.refusals import refuses
from eval.systems.markers import canonical
from eval.systems.numbering import Numbering
from eval.systems.papers import Shelf
from eval.systems.references import without_references
from eval.systems.replies import Reply
from ingest.records import Paper
from ingest.text.sentences import sentence_spans

_BULLET = re.compile(r"^\s*(?:[-*•+]|\d{1,3}[.)])\s+(?=\S)")
_NO_TEXT = re.compile(r"^\s*(?:#{1,6}\s|```|~~~|={3,}|-{3,}|\|?[\s|:-]+\|?$)")
_EMPHASIS = re.compile(r"\*\*|__|`+|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])")
_LABEL = re.compile(
    r"^(?P<hedge>[a-z]+ly|perhaps|maybe|may)?\s*"
    r"(?:\*\*(?P<bold>[^*\n]{1,200}?)\s*(?:\*\*\s*[:–—-]|:\s*\*\*)|(?P<plain>[^\s.!?:][^.!?:\n]{0,60}):)"
    r"\s+(?=\S)",
    re.I,
)
_HEDGED = re.compile(
    r"\b(?:perhaps|maybe|possibly|might|may|less (?:sure|certain|clear)|borderline|loosely|not sure"
    r"|uncertain|also related|partly)\b",
    re.I,
)
_MARKER = re.compile(r"\s*\[\d+(?:, \d+)*\]")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a reply with the numbers it cites; `unsure` where it only perhaps belongs."""

    text: str
    numbers: tuple[int, ...]
    unsure: bool = False
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """A reply as an answer, the papers it brought up, and what could not be made out of it."""

    answer: Answer
    retrieved: tuple[Paper, ...]
    problems: tuple[str, ...]


def read(reply: Reply, question: str, shelf: Shelf, counting: bool = False) -> Read:
    """The answer that a reply gives; the same for the same reply and papers.

    What the reply does not say in fields is read from its words: markers, a list of sources at its
    end, whether it refuses, and, where the question is for a list or number, how many papers it
    counts. Papers that are listed and stand behind no marker are taken for retrieved; without any
    marker, the listed ones are cited by the answer, and by none of its sentences.
    """
    body, listed = without_references(reply.text)
    numbering = Numbering(reply.sources or listed, shelf, zero_based="[0]" in reply.text)
    text = canonical(body, numbering)
    said = list(_said(text, numbering))
    refused = reply.abstained
    if refused is None:
        refused = _refuses(text, question, said, numbering)
    total = reply.total
    if total is None and counting:
        total = _total(said, text)
    citations = _citations(said, numbering, refused)
    claimed = () if refused else tuple(_claimed(said, numbering, total))
    strength: Strength = "answered" if not refused else "nearest" if citations else "none"
    answer = Answer(
        question=question,
        text=_EMPHASIS.sub("", text),
        kind="lookup",
        strength=strength,
        reason=_first(text) if refused else None,
        sentences=tuple(Sentence(one.text, one.numbers) for one in claimed),
        citations=citations,
        total_matching=total,
        mode="generated",
    )
    retrieved, unknown = numbering.papers_of(reply.retrieved)
    # What is cited was found first, as far as a list without ranks can tell.
    found = dict.fromkeys([*(c.paper for c in citations), *numbering.papers.values()])
    return Read(answer, retrieved or tuple(found), (*numbering.problems, *unknown))


def _citations(said: Sequence[Said], numbering: Numbering, refused: bool) -> tuple[Citation, ...]:
    """The papers behind markers; of an answer without any, all that it lists."""
    cited = {n for one in said for n in one.numbers} & numbering.papers.keys()
    sure = {n for one in said if not one.unsure for n in one.numbers}
    return tuple(
        Citation(number, numbering.papers[number], fields=FIELDS, sure=number in sure or not cited)
        for number in sorted(cited or (() if refused else numbering.papers))
    )


def _said(text: str, numbering: Numbering) -> Iterator[Said]:
    """The sentences of a text, line by line, without bullets, labels and emphasis."""
    unsure = False
    for line in text.splitlines():
        if _NO_TEXT.match(line):
            continue
        bullet = _BULLET.match(line)
        body = line[bullet.end() :] if bullet else line
        if body.rstrip(" *_").endswith(":"):
            unsure = _HEDGED.search(body) is not None and count_said(body) in (None, 0)
        label = _label(body, numbering)
        hedged = bool(label and label["hedge"])
        body = _EMPHASIS.sub("", body[label.end() :] if label else body)
        for sentence, numbers in _cited(body.replace("|", " ")):
            yield Said(sentence, numbers, unsure or hedged, bullet is not None)


def _label(line: str, numbering: Numbering) -> re.Match[str] | None:
    """What stands before a colon and says nothing: a paper's title, a heading of few words."""
    match = _LABEL.match(line)
    if match is None or (match["hedge"] and not match["bold"]):
        return None
    label = without_markers(match["bold"] or match["plain"])
    papers = [numbering.papers[n] for n in markers(line) if n in numbering.papers]
    if match["bold"] and any(_of_title(label, paper) for paper in papers):
        return match
    has_number = any(char.isdigit() for char in label) and count_said(label) is None
    return None if has_number or needs_citation(label) else match


def _of_title(text: str, paper: Paper) -> bool:
    words = set(tokens(text))
    return bool(words) and words <= {*tokens(paper.title), str(paper.year)}


def _cited(line: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Sentences of a line without markers; one that follows a full stop belongs before it."""
    pieces: list[str] = []
    found: list[tuple[int, tuple[int, ...]]] = []
    position = length = 0
    for marker in _MARKER.finditer(line):
        pieces.append(line[position : marker.start()])
        length += len(pieces[-1])
        found.append((length, markers(marker[0])))
        position = marker.end()
    plain = "".join([*pieces, line[position:]])
    for place, (start, end) in enumerate(sentence_spans(plain)):
        own = [n for at, ns in found if (start < at or place == 0) and at <= end for n in ns]
        if any(map(str.isalnum, plain[start:end])):
            yield " ".join(plain[start:end].split()), tuple(dict.fromkeys(own))


def _refuses(text: str, question: str, said: Sequence[Said], numbering: Numbering) -> bool:
    """Whether the text refuses; a sentence that its own paper says in these words does not."""
    first = next((one for one in said if len(tokens(one.text)) > 2), None)
    papers = [numbering.papers[n] for n in first.numbers if n in numbering.papers] if first else []
    cited = [Citation(0, paper) for paper in papers]
    return refuses(text, question) and not (first and cited and is_verbatim(first.text, cited))


def _claimed(said: Sequence[Said], numbering: Numbering, total: int | None) -> Iterator[Said]:
    """The sentences that papers have to back: no titles alone, no remarks, not the count itself."""
    titles = [one for one in said if _is_title(one, numbering)]
    papers = list(numbering.papers.values())
    stated = [one for one in said if one not in titles and _states(one, papers, total)]
    yield from stated or (one for one in titles if one.numbers)


def _is_title(one: Said, numbering: Numbering) -> bool:
    papers = [numbering.papers[n] for n in one.numbers if n in numbering.papers]
    return any(_of_title(one.text, paper) for paper in papers)


def _states(one: Said, papers: Sequence[Paper], total: int | None) -> bool:
    if total is not None and count_said(one.text) == total:
        return False
    if not one.numbers:
        return needs_citation(one.text, papers)
    return not one.text.rstrip().endswith((":", "?"))


def _total(said: Sequence[Said], text: str) -> int | None:
    """How many papers the answer counts: in words, first outside of cited sentences, or listed."""
    leads = [line for line in text.splitlines() if line.rstrip(" *_").endswith(":")]
    uncited = [one.text for one in said if not one.numbers]
    first = [one.text for one in said[:1]]
    counts = (count_said(sentence) for sentence in (*leads, *uncited, *first))
    told = next((count for count in counts if count is not None), None)
    if told is not None:
        return told
    listed = {n for one in said if one.listed and not one.unsure for n in one.numbers}
    return len(listed) if len(listed) > 1 else None


def _first(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")
