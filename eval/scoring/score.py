"""One answer to one case becomes a row."""

from __future__ import annotations

from collections.abc import Sequence

from app.answer import Answer
from eval.dataset.paper_phrases import digest
from eval.records import Evidence, Line, ResolvedCase, Row
from eval.scoring import facts, measures
from eval.scoring.claims import Claim, claims
from eval.scoring.context import Scorer
from eval.scoring.frozen_support import THRESHOLD
from eval.scoring.verdict import Scored, reasons
from ingest.records import Paper

PLACES = 6
"""Every float is rounded, so that two machines write the same digits."""

SHOWN = 10
"""How many of the papers that a question brings up are kept with its row."""


def score_case(
    case: ResolvedCase, answer: Answer, scorer: Scorer, retrieved: Sequence[Paper] = ()
) -> Row:
    """The row of a case with every measure and the verdict; the same for the same answer.

    `retrieved` are the papers that the question brought up, best first; they decide on no verdict.
    """
    found = claims(answer)
    sure = [citation for citation in answer.citations if citation.sure]
    cited = tuple(dict.fromkeys(scorer.current_id(citation.paper) for citation in sure))
    brought_up = tuple(scorer.current_id(paper) for paper in retrieved)
    scores = _measures(case, answer, found, cited, scorer) | measures.ranking(case, brought_up)
    why = reasons(Scored(case, answer, found, cited, scores), scorer)
    asked = case.case
    return Row(
        id=asked.id,
        digest=digest(case),
        kind=asked.kind,
        group=asked.group,
        question=asked.question,
        history=asked.history,
        answerable=asked.answerable,
        reference=asked.answer,
        expected=tuple(sorted(case.required_ids)),
        acceptable=tuple(sorted(case.acceptable_ids)),
        mode=answer.mode,
        abstained=answer.abstained,
        answer=answer.text,
        cited=cited,
        citations=_evidence(answer, scorer),
        sentences=tuple(_line(claim, scorer) for claim in found),
        missing_facts=measures.missing_facts(case, answer),
        measures={name: None if v is None else round(v, PLACES) for name, v in scores.items()},
        passed=not why,
        reasons=why,
        retrieved=brought_up[:SHOWN],
        ranks={p: n for n, p in enumerate(brought_up, 1) if p in case.required_ids},
        file=asked.file,
        tags=asked.tags,
    )


def _evidence(answer: Answer, scorer: Scorer) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            citation.number,
            scorer.current_id(citation.paper),
            tuple((quote.start, quote.end) for quote in citation.quotes),
            citation.fields,
        )
        for citation in answer.citations
    )


def _line(claim: Claim, scorer: Scorer) -> Line:
    cited = tuple(scorer.current_id(citation.paper) for citation in claim.citations)
    support = measures.support(claim.text, claim.citations, scorer.support)
    return Line(claim.text, cited, round(support, PLACES))


def _measures(
    case: ResolvedCase,
    answer: Answer,
    found: Sequence[Claim],
    cited: Sequence[str],
    scorer: Scorer,
) -> dict[str, float | None]:
    """Every measure under its name, in the order of `measures.NAMES`."""
    backing, threshold = scorer.support, scorer.threshold
    return {
        "citation_validity": measures.citation_validity(answer, scorer.known),
        "quotes_verbatim": measures.quotes_verbatim(answer, scorer.known),
        "citation_coverage": measures.citation_coverage(found, scorer.known),
        "citation_recall": measures.citation_recall(found, backing, threshold),
        "citation_precision": measures.citation_precision(found, backing, threshold),
        "faithfulness": measures.faithfulness(found, backing, threshold),
        "faithfulness_frozen": measures.faithfulness(found, scorer.frozen, THRESHOLD),
        "unsupported_atoms": measures.unsupported_atoms(found),
        "key_fact_recall": measures.key_fact_recall(case, answer),
        "fact_attribution": facts.fact_attribution(case, answer, found, scorer.known),
        "forbidden_facts": facts.forbidden_facts(case, answer),
        "facts_shown": measures.facts_shown(case, answer),
        "to_the_point": measures.to_the_point(case, found),
        "said_once": measures.said_once(answer),
        "paper_precision": measures.paper_precision(case, cited),
        "paper_recall": measures.paper_recall(case, cited),
        "paper_f1": measures.paper_f1(case, cited),
        "count_accuracy": measures.count_accuracy(case, answer),
        "abstention_accuracy": measures.abstention_accuracy(case, answer),
        "over_refusal": measures.over_refusal(case, answer),
        "missed_refusal": measures.missed_refusal(case, answer),
        "refusal_truth": measures.refusal_truth(case, answer),
    }
