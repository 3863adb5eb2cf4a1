"""Phrases of cases become papers of a corpus, and what cannot be right is told."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from eval.records import Case, ResolvedCase
from eval.scoring.claims import record_text
from eval.scoring.facts import is_count
from eval.scoring.normalize import contains, letters
from ingest.errors import UsageError
from ingest.records import Paper
from ingest.text.cleaning import clean


def resolve(case: Case, papers: Sequence[Paper]) -> ResolvedCase:
    """`case` with the papers that its phrases mean.

    A phrase is a paper id, an alias, or words that stand in the title or abstract of exactly one
    paper (case, spacing, dashes and a stop at its end do not count). Raises UsageError, naming
    case, phrase and papers.
    """
    return _resolve(case, _shelf(papers))


# Every paper with its names, and the text that phrases are looked for in.
_Shelf = list[tuple[Paper, frozenset[str], str]]


def _shelf(papers: Iterable[Paper]) -> _Shelf:
    return [(p, frozenset((p.paper_id, *p.aliases)), _searched(p)) for p in papers]


def _searched(paper: Paper) -> str:
    return f"{_spaced(paper.title)}\n{_spaced(paper.abstract)}"


def _resolve(case: Case, shelf: _Shelf) -> ResolvedCase:
    required = tuple(_paper(phrase, case, shelf) for phrase in case.papers)
    acceptable = tuple(_paper(phrase, case, shelf) for phrase in case.acceptable)
    _refuse_repeated_papers([*required, *acceptable], case)
    return ResolvedCase(case, required, acceptable)


def _paper(phrase: str, case: Case, shelf: _Shelf) -> Paper:
    wanted = _spaced(clean(phrase)).rstrip(".")  # as a title is read in
    named = [paper for paper, names, _ in shelf if phrase in names]
    found = named or [paper for paper, _, text in shelf if wanted in text]
    if len(found) == 1:
        return found[0]
    where = f"{case.file}: case {case.id!r}: the phrase {phrase!r}"
    if not found:
        raise UsageError(f"{where} stands in no paper of the corpus.")
    titles = "; ".join(f"{paper.title} ({paper.paper_id})" for paper in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    raise UsageError(f"{where} stands in {len(found)} papers: {titles}{more}.")


def names_one(phrase: str, paper: Paper, papers: Sequence[Paper]) -> bool:
    """Whether a phrase means this paper and no other."""
    try:
        return resolve(Case("phrase", "", papers=(phrase,)), papers).papers == (paper,)
    except UsageError:
        return False


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


def _refuse_repeated_papers(papers: Iterable[Paper], case: Case) -> None:
    for paper_id, times in Counter(paper.paper_id for paper in papers).items():
        if times > 1:
            raise UsageError(
                f"{case.file}: case {case.id!r} names the paper {paper_id} more than once."
            )


def resolve_all(cases: Iterable[Case], papers: Sequence[Paper]) -> list[ResolvedCase]:
    """Every case resolved; raises UsageError with all the phrases that fail, one a line."""
    shelf = _shelf(papers)
    resolved, problems = [], []
    for case in cases:
        try:
            resolved.append(_resolve(case, shelf))
        except UsageError as problem:
            problems.append(str(problem))
    if problems:
        raise UsageError("\n".join(problems))
    return resolved


def check(cases: Sequence[Case], papers: Sequence[Paper]) -> list[str]:
    """What is wrong with the cases on this corpus, a sentence each; empty when nothing is.

    Phrases must mean one paper, facts must stand in a record of the case's papers or be their
    number, and no two cases may ask the same after the same conversation.
    """
    shelf = _shelf(papers)
    problems = list(_alike(cases))
    for case in cases:
        try:
            problems += _unfounded(_resolve(case, shelf))
        except UsageError as problem:
            problems.append(str(problem))
    return problems


def refuse_unsound(cases: Sequence[Case], papers: Sequence[Paper]) -> None:
    """Raises UsageError with all that `check` finds wrong, one a line."""
    if problems := check(cases, papers):
        raise UsageError("\n".join(problems))


def _unfounded(resolved: ResolvedCase) -> Iterator[str]:
    case = resolved.case
    records = " \n ".join(record_text(paper) for paper in resolved.papers)
    for fact in case.facts:
        if not is_count(resolved, fact) and not any(contains(records, wording) for wording in fact):
            yield (
                f"{case.file}: case {case.id!r}: the fact {' / '.join(fact)!r} stands in none of "
                "its papers, and is not their number."
            )


def _alike(cases: Sequence[Case]) -> Iterator[str]:
    first: dict[tuple[str, ...], Case] = {}
    for case in cases:
        asked = tuple(letters(text) for text in (*case.history, case.question))
        if asked in first:
            yield f"{case.file}: case {case.id!r} asks the same as {first[asked].id!r}."
        first.setdefault(asked, case)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many cases there are by heading, and by paper title; papers without a case count 0."""

    by_group: Mapping[str, int]
    by_paper: Mapping[str, int]


def coverage(cases: Sequence[ResolvedCase], papers: Sequence[Paper]) -> Coverage:
    """What the cases cover, most covered first."""
    groups = Counter(resolved.case.group for resolved in cases)
    times = Counter(paper.paper_id for resolved in cases for paper in resolved.papers)
    by_paper = {f"{paper.title} ({paper.paper_id})": times[paper.paper_id] for paper in papers}
    ordered = sorted(by_paper.items(), key=lambda item: (-item[1], item[0]))
    return Coverage(dict(groups.most_common()), dict(ordered))


def coverage_lines(covered: Coverage) -> list[str]:
    """How many cases there are of each kind, and of each paper, a line each."""
    kinds = ", ".join(f"{count} {group}" for group, count in covered.by_group.items())
    asked = sum(1 for count in covered.by_paper.values() if count)
    return [
        f"{sum(covered.by_group.values())} cases are sound ({kinds}); "
        f"{asked} of {len(covered.by_paper)} papers are asked about.",
        *(f"{count:>4}  {paper}" for paper, count in covered.by_paper.items()),
    ]


def digest(resolved: ResolvedCase) -> str:
    """Twelve hex digits that identify what is asked and expected on this corpus."""
    asked = asdict(resolved.case)
    del asked["file"], asked["tags"], asked["draft"]
    if not resolved.case.forbidden:
        del asked["forbidden"]  # so that a case without them is the same as before there were any
    expected = [sorted(resolved.required_ids), sorted(resolved.acceptable_ids)]
    stored = json.dumps([asked, expected], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(stored.encode()).hexdigest()[:12]
