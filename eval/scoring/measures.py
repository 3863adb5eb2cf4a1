"""The measures that need no model: one plain function each, every one deterministic.

`None` means that there is nothing to score: it is counted as unscored and enters no mean. An
abstention never gives NaN. Unless said otherwise a measure is a share in [0, 1], higher is better.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from app.answer import Answer, Citation
from eval.records import ResolvedCase
from eval.scoring.claims import Claim, evidence_text, is_composed, is_verbatim, record_text
from eval.scoring.normalize import (
    contains,
    letters,
    markers,
    names,
    numbers,
    sentences,
    singular,
    spelled_numbers,
    tokens,
)
from eval.scoring.normalize import without_markers as unmarked
from eval.scoring.retrieval import recall_at, reciprocal_rank
from ingest.records import Paper

Score = Callable[[str, Sequence[str]], float]
"""(claim, record texts) -> support in [0, 1]."""

Known = Mapping[str, Paper]
"""Every paper of the index under its id and under each of its aliases."""

NAMES = (
    "citation_validity",
    "quotes_verbatim",
    "citation_coverage",
    "citation_recall",
    "citation_precision",
    "faithfulness",
    "faithfulness_frozen",
    "unsupported_atoms",
    "key_fact_recall",
    "fact_attribution",
    "forbidden_facts",
    "facts_shown",
    "to_the_point",
    "said_once",
    "paper_precision",
    "paper_recall",
    "paper_f1",
    "count_accuracy",
    "abstention_accuracy",
    "over_refusal",
    "missed_refusal",
    "refusal_truth",
    "retrieval_rr",
    "retrieval_recall_5",
    "retrieval_recall_10",
)
"""Every measure, in the order of the reports."""

RETRIEVAL = tuple(name for name in NAMES if name.startswith("retrieval_"))
"""Those of the ranking behind an answer: they are held over all cases together."""

LOWER_IS_BETTER = frozenset(
    {
        "unsupported_atoms",
        "forbidden_facts",
        "over_refusal",
        "missed_refusal",
        "judge_contradictions",
    }
)

_ALCE_CITATIONS = 3


def citation_validity(answer: Answer, known: Known) -> float | None:
    """Share of the answer's distinct `[n]` whose n has a citation of a paper in the index.

    Numbers come from the text and from the sentences. `None` where there is no marker at all:
    what is missing there is coverage.
    """
    numbers_used = {*markers(answer.text), *(n for s in answer.sentences for n in s.citations)}
    resolving = {c.number for c in answer.citations if c.paper.paper_id in known}
    return _share(n in resolving for n in sorted(numbers_used))


def quotes_verbatim(answer: Answer, known: Known) -> float | None:
    """Share of the quotes that equal the stored abstract at their half-open offsets.

    `None` without quotes. A quote from a paper that is not in the index is not verbatim.
    """
    return _share(
        citation.paper.paper_id in known
        and known[citation.paper.paper_id].abstract[quote.start : quote.end] == quote.text
        for citation in answer.citations
        for quote in citation.quotes
    )


def citation_coverage(claims: Sequence[Claim], known: Known) -> float | None:
    """Share of the factual sentences that carry a citation of a paper in the index.

    `None` for an answer without factual sentences, which an abstention is.
    """
    return _share(any(c.paper.paper_id in known for c in claim.citations) for claim in claims)


def support(claim: str, citations: Sequence[Citation], score: Score) -> float:
    """How well the cited records together back a claim, in [0, 1].

    1 where the claim stands verbatim in one of them, or is composed of nothing but the fields
    that they lend (see `is_composed`); else `score` on the record texts (the abstract and the
    fields used) and, of several, on all of them as one text, since a sentence may draw on two
    papers. 0 without a citation.
    """
    if not citations:
        return 0.0
    if is_verbatim(claim, citations) or is_composed(claim, citations):
        return 1.0
    records = [evidence_text(citation) for citation in citations]
    return score(claim, [*records, "\n".join(records)] if len(records) > 1 else records)


def faithfulness(claims: Sequence[Claim], score: Score, threshold: float) -> float | None:
    """Share of the factual sentences that the records they cite support.

    (sentences with support >= threshold) / (sentences), after ragas' faithfulness (Es et al.
    2023) with the sentence as the claim and its own citations as the context. An uncited sentence
    is not supported. `None` without sentences.
    """
    return _share(support(c.text, c.citations, score) >= threshold for c in claims)


def citation_recall(claims: Sequence[Claim], score: Score, threshold: float) -> float | None:
    """Share of the sentences that their first three citations together support.

    ALCE (Gao et al. 2023, arXiv 2305.14627): (1/m) Σ support(concat(C_i), s_i). A sentence with
    no citation, or with a number that resolves to nothing, counts 0. `None` without sentences.
    """
    return _share(_jointly(claim, score, threshold) for claim in claims)


def citation_precision(claims: Sequence[Claim], score: Score, threshold: float) -> float | None:
    """Share of the citations, over all sentences, that are not idle.

    ALCE (Gao et al. 2023): the citations of a sentence that is not supported jointly count 0;
    of several, d is idle where it does not support the sentence alone and the others do without
    it. `None` where nothing is cited (ALCE says 0; coverage says that here).
    """
    kept = total = 0
    for claim in claims:
        total += len(claim.numbers[:_ALCE_CITATIONS])
        if _jointly(claim, score, threshold):
            kept += sum(not idle for idle in _idle(claim, score, threshold))
    return kept / total if total else None


def _jointly(claim: Claim, score: Score, threshold: float) -> bool:
    resolved = len(claim.citations) == len(claim.numbers)
    return resolved and _backed(claim, claim.citations[:_ALCE_CITATIONS], score, threshold)


def _idle(claim: Claim, score: Score, threshold: float) -> list[bool]:
    cited = claim.citations[:_ALCE_CITATIONS]
    if len(cited) == 1:
        return [False]
    return [
        not _backed(claim, [one], score, threshold)
        and _backed(claim, [*cited[:i], *cited[i + 1 :]], score, threshold)
        for i, one in enumerate(cited)
    ]


def _backed(claim: Claim, cited: Sequence[Citation], score: Score, threshold: float) -> bool:
    return support(claim.text, cited, score) >= threshold


def unsupported_atoms(claims: Sequence[Claim]) -> float | None:
    """How many numbers, names and acronyms of the sentences stand in none of the cited records.

    Lower is better. An atom is looked for in the whole record (abstract, title, authors, year,
    venue, url) of the papers that its sentence cites, or, in an uncited sentence, that the answer
    cites. Numbers match without commas and also as words ("two"); names as words of any case.
    `None` without sentences.
    """
    if not claims:
        return None
    everyone = [citation for claim in claims for citation in claim.citations]
    return float(sum(len(missing_atoms(c.text, c.citations or everyone)) for c in claims))


def missing_atoms(claim: str, citations: Sequence[Citation]) -> list[str]:
    """The atoms of one sentence that stand in none of the cited records, sorted."""
    record = "\n".join(record_text(citation.paper) for citation in citations)
    known_numbers = numbers(record) | spelled_numbers(record)
    known_words = {singular(part) for word in tokens(record) for part in word.split(".")}
    absent = {number for number in numbers(claim) if number not in known_numbers}
    return sorted(absent | {name for name in names(claim) if name not in known_words})


def key_fact_recall(case: ResolvedCase, answer: Answer) -> float | None:
    """Share of the case's facts that stand in the answer, in one of their wordings.

    The strict nugget recall of TREC RAG (Pradeep et al. 2024) with hand-written nuggets. Wordings
    match as whole words without regard to case, commas in numbers, hyphens, spacing and the
    writing of percentages; markers are no part of the answer. An abstention has stated nothing:
    0. `None` for a case without facts.
    """
    if not case.case.facts:
        return None
    return 1 - len(missing_facts(case, answer)) / len(case.case.facts)


def facts_shown(case: ResolvedCase, answer: Answer) -> float | None:
    """The share of facts in all that the answer shows, also where it claims no more than nearness.

    `None` for a case without facts.
    """
    if not case.case.facts:
        return None
    return 1 - len(_missing(case, unmarked(answer.text))) / len(case.case.facts)


def missing_facts(case: ResolvedCase, answer: Answer) -> tuple[str, ...]:
    """The first wording of each fact that the answer does not hold, in the case's order."""
    return _missing(case, "" if answer.abstained else unmarked(answer.text))


def _missing(case: ResolvedCase, said: str) -> tuple[str, ...]:
    return tuple(
        fact[0] for fact in case.case.facts if not any(contains(said, wording) for wording in fact)
    )


def to_the_point(case: ResolvedCase, claims: Sequence[Claim]) -> float | None:
    """Share of the factual sentences that state one of the case's facts: what is added pads.

    `None` for lists, comparisons and overviews, which have more to say than facts, and without
    facts or sentences.
    """
    if case.case.kind not in ("lookup", "definition", "metadata") or not case.case.facts:
        return None
    wordings = [wording for fact in case.case.facts for wording in fact]
    return _share(any(contains(claim.text, one) for one in wordings) for claim in claims)


def said_once(answer: Answer) -> float | None:
    """Share of the answer's sentences that stand in it for the first time.

    Sentences under four words are left out; `None` without any other.
    """
    said = [letters(unmarked(one)) for one in sentences(answer.text)]
    whole = [one for one in said if len(one.split()) > 3]
    return len(set(whole)) / len(whole) if whole else None


def paper_precision(case: ResolvedCase, cited: Collection[str]) -> float | None:
    """|cited ∩ required| / |cited - acceptable|: acceptable papers are neither right nor wrong.

    `None` where nothing but acceptable papers is cited, or the case names no papers.
    """
    judged = set(cited) - case.acceptable_ids
    if not case.papers or not judged:
        return None
    return len(judged & case.required_ids) / len(judged)


def paper_recall(case: ResolvedCase, cited: Collection[str]) -> float | None:
    """|cited ∩ required| / |required|; `None` if the case names no papers."""
    if not case.papers:
        return None
    return len(set(cited) & case.required_ids) / len(case.required_ids)


def paper_f1(case: ResolvedCase, cited: Collection[str]) -> float | None:
    """2PR / (P + R) of `paper_precision` and `paper_recall`; 0 where recall is 0."""
    precision, recall = paper_precision(case, cited), paper_recall(case, cited)
    if recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision and recall else 0.0


def count_accuracy(case: ResolvedCase, answer: Answer) -> float | None:
    """1 where the answer's `total_matching` is the number of papers that match.

    Acceptable papers may be counted or not. `None` for other kinds than list and count.
    """
    if case.case.kind not in ("list", "count") or not case.case.answerable or not case.papers:
        return None
    most = len(case.papers) + len(case.acceptable)
    total = answer.total_matching
    return float(total is not None and len(case.papers) <= total <= most)


def abstention_accuracy(case: ResolvedCase, answer: Answer) -> float:
    """1 where the answer abstains exactly if the case cannot be answered."""
    return float(answer.abstained is not case.case.answerable)


def over_refusal(case: ResolvedCase, answer: Answer) -> float | None:
    """1 where an answerable case was refused; lower is better; `None` for the unanswerable.

    Its mean is the over-refusal rate: refused / answerable.
    """
    return float(answer.abstained) if case.case.answerable else None


def missed_refusal(case: ResolvedCase, answer: Answer) -> float | None:
    """1 where an unanswerable case was answered; lower is better; `None` for the answerable.

    Its mean is the missed-refusal rate: answered / unanswerable.
    """
    return None if case.case.answerable else float(not answer.abstained)


def refusal_truth(case: ResolvedCase, answer: Answer) -> float | None:
    """1 where an answer that says there is none is right to; `None` for all other answers.

    Its mean is the share of the answers of strength "none" whose case cannot be answered.
    """
    return float(not case.case.answerable) if answer.strength == "none" else None


def ranking(case: ResolvedCase, retrieved: Sequence[str]) -> dict[str, float | None]:
    """How high the case's papers stand among those that the question brought up, best first.

    1 / rank of the first of them (0 where none is there), and the shares among the first five and
    ten. `None` for a case without papers, and where nothing was brought up: a system of others
    need not tell.
    """
    grades = dict.fromkeys(case.required_ids, 1) if retrieved else {}
    return {
        "retrieval_rr": reciprocal_rank(retrieved, grades),
        "retrieval_recall_5": recall_at(5, retrieved, grades),
        "retrieval_recall_10": recall_at(10, retrieved, grades),
    }


def _share(hits: Iterable[bool]) -> float | None:
    found = list(hits)
    return sum(found) / len(found) if found else None
