"""Facts that are said of the wrong paper, and facts that a good answer never says."""

from __future__ import annotations

from collections.abc import Sequence

from app.answer import Answer, Citation
from eval.records import ResolvedCase
from eval.scoring.claims import Claim
from eval.scoring.measures import Known, missing_facts
from eval.scoring.normalize import contains, without_markers


def fact_attribution(
    case: ResolvedCase, answer: Answer, found: Sequence[Claim], known: Known
) -> float | None:
    """Share of the facts that the answer states which it states of a required paper.

    Such a fact stands in a sentence that cites a required paper: a word that another paper's
    sentence, or a title above it, happens to hold is no answer. The number of papers of a list or
    count is said of none of them. `None` where no fact is stated, or the case names no papers.
    """
    stated = len(case.case.facts) - len(missing_facts(case, answer))
    if not case.papers or not stated:
        return None
    return 1 - len(misplaced_facts(case, answer, found, known)) / stated


def misplaced_facts(
    case: ResolvedCase, answer: Answer, found: Sequence[Claim], known: Known
) -> tuple[str, ...]:
    """The first wording of each fact that the answer states, but of no required paper."""
    if not case.papers:
        return ()
    said = "\n".join(
        claim.text
        for claim in found
        if any(_id(citation, known) in case.required_ids for citation in claim.citations)
    )
    missing = missing_facts(case, answer)
    return tuple(
        fact[0]
        for fact in case.case.facts
        if fact[0] not in missing
        and not is_count(case, fact)
        and not any(contains(said, wording) for wording in fact)
    )


def _id(citation: Citation, known: Known) -> str:
    return known.get(citation.paper.paper_id, citation.paper).paper_id


def is_count(case: ResolvedCase, fact: Sequence[str]) -> bool:
    """Whether a fact is the number of the papers that a list or count asks for."""
    return case.case.kind in ("list", "count") and str(len(case.papers)) in fact


def forbidden_facts(case: ResolvedCase, answer: Answer) -> float | None:
    """How many of the case's forbidden facts the answer states; `None` for a case without."""
    if not case.case.forbidden:
        return None
    return float(len(stated_forbidden(case, answer)))


def stated_forbidden(case: ResolvedCase, answer: Answer) -> tuple[str, ...]:
    """The first wording of each forbidden fact that the answer states in one of its wordings."""
    said = "" if answer.abstained else without_markers(answer.text)
    return tuple(
        fact[0] for fact in case.case.forbidden if any(contains(said, wording) for wording in fact)
    )
