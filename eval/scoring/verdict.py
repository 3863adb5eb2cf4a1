"""Whether a case passed, and why not, in words that name the paper, the fact or the sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.answer import Answer
from eval.records import ResolvedCase
from eval.scoring.claims import Claim
from eval.scoring.context import Scorer
from eval.scoring.facts import misplaced_facts, stated_forbidden
from eval.scoring.measures import missing_atoms, missing_facts, support

LEAST_F1 = 0.9
"""The paper F1 that a list or count answer needs to pass."""


@dataclass(frozen=True, slots=True)
class Scored:
    """An answer to a case with its claims, the papers it cites and its measures."""

    case: ResolvedCase
    answer: Answer
    claims: tuple[Claim, ...]
    cited: tuple[str, ...]
    measures: Mapping[str, float | None]

    def falls_short(self, measure: str, least: float = 1.0) -> bool:
        """Whether the measure was scored and is below `least`."""
        value = self.measures[measure]
        return value is not None and value < least


def reasons(scored: Scored, scorer: Scorer) -> tuple[str, ...]:
    """Why the case did not pass, a phrase each; empty when it passed.

    An unanswerable case passes by abstaining. An answerable one passes when it is answered, every
    marker resolves, every quote is verbatim, every sentence cites and is supported, every fact is
    there and said of a required paper, no forbidden one is, and every required paper is cited; a
    list or count needs a paper F1 of 0.9 instead, and a count the right number as well.
    """
    answer = scored.answer
    if not scored.case.case.answerable:
        return () if answer.abstained else ("answered what the papers do not say",)
    if answer.abstained:
        return (f"abstained: {answer.reason or 'no reason given'}",)
    return (
        *_citing_faults(scored, scorer),
        *_fact_faults(scored, scorer),
        *_paper_faults(scored, scorer),
    )


def _citing_faults(scored: Scored, scorer: Scorer) -> Iterator[str]:
    if scored.falls_short("citation_validity"):
        yield "a marker resolves to no paper of the index"
    if scored.falls_short("quotes_verbatim"):
        yield "a quote is not verbatim"
    if not scored.claims:
        yield "the answer holds no factual sentence"
    for claim in scored.claims:
        if not any(c.paper.paper_id in scorer.known for c in claim.citations):
            yield f"uncited sentence: {claim.text}"
        elif support(claim.text, claim.citations, scorer.support) < scorer.threshold:
            atoms = missing_atoms(claim.text, claim.citations)
            absent = f" (not in the record: {', '.join(atoms)})" if atoms else ""
            yield f"unsupported sentence: {claim.text}{absent}"


def _fact_faults(scored: Scored, scorer: Scorer) -> Iterator[str]:
    case, answer = scored.case, scored.answer
    for fact in missing_facts(case, answer):
        yield f"missing fact: {fact}"
    for fact in misplaced_facts(case, answer, scored.claims, scorer.known):
        yield f"fact said of no required paper: {fact}"
    for fact in stated_forbidden(case, answer):
        yield f"forbidden fact: {fact}"


def _paper_faults(scored: Scored, scorer: Scorer) -> Iterator[str]:
    case = scored.case
    listing = case.case.kind in ("list", "count")
    short = scored.falls_short("paper_f1", LEAST_F1) if listing else False
    if short or (not listing and scored.falls_short("paper_recall")):
        for paper_id in sorted(case.required_ids - set(scored.cited)):
            yield f"missing paper: {scorer.named(paper_id)}"
    if short:
        for paper_id in scored.cited:
            if paper_id not in case.required_ids | case.acceptable_ids:
                yield f"wrong paper: {scorer.named(paper_id)}"
    if case.case.kind == "count" and scored.falls_short("count_accuracy"):
        yield f"counted {scored.answer.total_matching}, not {len(case.papers)}"
