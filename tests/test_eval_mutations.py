"""Good answers to every case, spoiled in one way at a time: the right measures fall, no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from damaged_answers import AUXILIARY, DAMAGES, NEGATIONS, NUMBER, Damage, rewritten

from app.answer import Answer, Citation, Quote, Sentence
from app.support.score import THRESHOLD, support
from eval.dataset.case_files import load
from eval.dataset.corpora import CASES
from eval.dataset.paper_phrases import resolve_all
from eval.gate.change import change
from eval.records import ResolvedCase, Row
from eval.scoring.claims import FIELDS, field_values, record_text
from eval.scoring.context import Scorer, make_scorer
from eval.scoring.measures import LOWER_IS_BETTER
from eval.scoring.normalize import contains, numbers
from eval.scoring.score import score_case
from ingest.index import Index
from ingest.records import Paper
from ingest.text.sentences import sentence_spans

LEAST = 0.98

FACT = {"key_fact_recall", "facts_shown"}
BACKING = {"faithfulness", "faithfulness_frozen", "citation_recall"}
UNCITED = "Most readers of the field have welcomed this with great interest."


@dataclass(frozen=True)
class Good:
    """A case with an answer to it that passes, and the row of both."""

    case: ResolvedCase
    answer: Answer
    row: Row


@dataclass(frozen=True)
class Spoiled:
    """An answer made worse: the measures that have to fall, and those that may."""

    answer: Answer
    must: set[str]
    may: set[str]


@dataclass(frozen=True)
class Corpus:
    papers: tuple[Paper, ...]
    scorer: Scorer
    good: tuple[Good, ...]


@pytest.fixture(scope="module")
def corpus(sample_index: Path) -> Corpus:
    index = Index(sample_index)
    papers = tuple(index.catalog.papers())
    index.close()
    scorer = make_scorer(papers, support, THRESHOLD)
    answers = [(case, _good(case)) for case in resolve_all(load([CASES]), papers)]
    good = tuple(Good(case, a, score_case(case, a, scorer)) for case, a in answers)
    return Corpus(papers, scorer, good)


def _good(case: ResolvedCase) -> Answer:
    """Sentences of the case's papers that hold its facts, or a refusal."""
    asked = case.case
    if not asked.answerable:
        return Answer(asked.question, "The abstracts do not say.", "lookup", strength="none")
    said = [_said(paper, case) for paper in case.papers]
    listing = asked.kind in ("list", "count")
    total = len(case.papers) if listing else None
    return _composed(asked.question, list(zip(case.papers, said, strict=True)), total, asked.kind)


def _said(paper: Paper, case: ResolvedCase) -> list[tuple[str, str | Quote]]:
    """Sentences of a paper, each with its quote or with the field that makes it."""
    spans = [Quote(paper.abstract[a:b], a, b) for a, b in sentence_spans(paper.abstract)]
    facts = case.case.facts
    holding = [q for q in spans if any(contains(q.text, w) for fact in facts for w in fact)]
    quoted: list[tuple[str, str | Quote]] = [(q.text, q) for q in holding]
    for name in FIELDS:
        value = ", ".join(field_values(paper, [name]))
        lacking = [f for f in facts if not any(contains(paper.abstract, w) for w in f)]
        if any(contains(value, wording) for fact in lacking for wording in fact):
            quoted.append((f"Its {name}: {value}", name))
    return quoted or [(spans[0].text, spans[0])]


def _composed(
    question: str,
    said: Sequence[tuple[Paper, Sequence[tuple[str, str | Quote]]]],
    total: int | None,
    kind: str,
) -> Answer:
    lead = "" if total is None else f"{total} papers match:\n"
    lines = [(text, n) for n, (_, texts) in enumerate(said, 1) for text, _ in texts]
    return Answer(
        question,
        lead + "\n".join(f"{text} [{n}]" for text, n in lines),
        kind,  # type: ignore[arg-type]
        sentences=tuple(Sentence(text, (n,)) for text, n in lines),
        citations=tuple(
            Citation(
                n,
                paper,
                tuple(rest for _, rest in texts if isinstance(rest, Quote)),
                tuple(rest for _, rest in texts if isinstance(rest, str)),
            )
            for n, (paper, texts) in enumerate(said, 1)
        ),
        total_matching=total,
    )


def drop_a_paper(good: Good, _: Corpus) -> Spoiled | None:
    """The last paper goes, with all its sentences."""
    if len(good.case.papers) < 2:
        return None
    kept = good.case.papers[:-1]
    said = [(paper, _said(paper, good.case)) for paper in kept]
    total = None if good.answer.total_matching is None else len(kept)
    answer = _composed(good.answer.question, said, total, good.answer.kind)
    counted = {"count_accuracy"} if total is not None else set()
    return Spoiled(answer, {"paper_recall", "paper_f1"} | counted, FACT)


def cite_another(good: Good, corpus: Corpus) -> Spoiled | None:
    """The first paper's sentences stay, and cite a paper that does not say them."""
    if good.answer.abstained or not good.answer.citations:
        return None
    spared = good.case.required_ids | good.case.acceptable_ids
    first = good.answer.citations[0]
    texts = [s.text for s in good.answer.sentences if s.citations == (1,)]
    other = next(
        paper
        for paper in corpus.papers
        if paper.paper_id not in spared and not any(contains(record_text(paper), t) for t in texts)
    )
    wrong = Citation(1, other, fields=("title",))
    answer = replace(good.answer, citations=(wrong, *good.answer.citations[1:]))
    may = {"unsupported_atoms", "citation_precision", "fact_attribution"}
    assert first.paper.paper_id in good.case.required_ids
    return Spoiled(answer, BACKING | {"paper_precision", "paper_recall", "paper_f1"}, may)


def say_the_facts_of_another(good: Good, corpus: Corpus) -> Spoiled | None:
    """The sentences that hold the facts cite another paper, which is cited beside the right ones.

    The required papers stay cited, each by a sentence without a fact: only whose facts they are
    is wrong, and that they are not backed.
    """
    case, citations = good.case, good.answer.citations
    if not case.case.facts or case.case.kind in ("list", "count") or not citations:
        return None
    bare = [_without_facts(paper, case) for paper in case.papers]
    if not all(bare):
        return None
    spared = case.required_ids | case.acceptable_ids
    other = next(p for p in corpus.papers if p.paper_id not in spared)
    stray = Citation(len(citations) + 1, other, fields=("title",))
    kept = [Sentence(text, (n,)) for n, text in enumerate(map(str, bare), 1)]
    moved = [replace(s, citations=(stray.number,)) for s in good.answer.sentences]
    lines = [f"{s.text} [{s.citations[0]}]" for s in (*kept, *moved)]
    answer = replace(
        good.answer, text="\n".join(lines), sentences=(*kept, *moved),
        citations=(*(replace(c, quotes=()) for c in citations), stray),
    )  # fmt: skip
    may = {*BACKING, "citation_precision", "unsupported_atoms", "paper_precision", "paper_f1"}
    may |= {"to_the_point", "said_once"}
    return Spoiled(answer, {"fact_attribution"}, may)


def _without_facts(paper: Paper, case: ResolvedCase) -> str | None:
    wordings = [wording for fact in case.case.facts for wording in fact]
    texts = (paper.abstract[a:b] for a, b in sentence_spans(paper.abstract))
    return next((t for t in texts if not any(contains(t, w) for w in wordings)), None)


def change_a_number(good: Good, corpus: Corpus) -> Spoiled | None:
    """The first number of the first sentence that has one becomes a number of no record."""
    for place, sentence in enumerate(good.answer.sentences):
        found = NUMBER.search(sentence.text)
        if found is None or not good.answer.citations:
            continue
        known = set().union(*(numbers(record_text(p)) for p in corpus.papers))
        other = next(str(n) for n in range(int(float(found[0])) + 7, 9999) if str(n) not in known)
        text = sentence.text[: found.start()] + other + sentence.text[found.end() :]
        answer = rewritten(good.answer, place, text)
        may = {"citation_precision", "to_the_point", *FACT}
        return Spoiled(answer, BACKING | {"unsupported_atoms"}, may)
    return None


def negate(good: Good, _: Corpus) -> Spoiled | None:
    """A verb of the first sentence that has a plain one is negated."""
    for place, sentence in enumerate(good.answer.sentences):
        found = AUXILIARY.search(sentence.text)
        if found:
            word = "do not" if found[0] == "we" else "not"
            text = f"{sentence.text[: found.end()]} {word}{sentence.text[found.end() :]}"
            answer = rewritten(good.answer, place, text)
            # The negation may stand within the wording of a fact.
            return Spoiled(answer, {"faithfulness"}, {*BACKING, "citation_precision"} | FACT)
    return None


def add_an_uncited_sentence(good: Good, _: Corpus) -> Spoiled | None:
    if good.answer.abstained:
        return None
    answer = replace(good.answer, text=f"{good.answer.text}\n{UNCITED}")
    return Spoiled(answer, BACKING | {"citation_coverage"}, {"to_the_point"})


def answer_what_should_be_refused(good: Good, corpus: Corpus) -> Spoiled | None:
    if good.case.case.answerable:
        return None
    paper = corpus.papers[len(good.case.case.question) % len(corpus.papers)]
    said = [(paper, _said(paper, good.case))]
    answer = _composed(good.answer.question, said, None, "lookup")
    return Spoiled(answer, {"abstention_accuracy", "missed_refusal"}, set())


def refuse_what_should_be_answered(good: Good, _: Corpus) -> Spoiled | None:
    if good.answer.abstained:
        return None
    answer = Answer(good.answer.question, "The abstracts do not say.", "lookup", strength="none")
    had = {*FACT, "paper_recall", "paper_f1", "count_accuracy"}
    must = {name for name in had if good.row.measures[name] is not None}
    return Spoiled(answer, {"abstention_accuracy", "over_refusal"} | must, set())


Mutation = Callable[[Good, Corpus], Spoiled | None]
# How many cases each applies to at least, so that none can pass by applying to nothing.
MUTATIONS: dict[Mutation, int] = {
    drop_a_paper: 25,
    cite_another: 110,
    say_the_facts_of_another: 60,
    change_a_number: 30,
    add_an_uncited_sentence: 110,
    answer_what_should_be_refused: 20,
    refuse_what_should_be_answered: 110,
}


def _moved(before: Row, after: Row) -> tuple[set[str], set[str]]:
    """The measures that became worse, and those that became better."""
    worse, better = set(), set()
    for name, value in after.measures.items():
        was = before.measures[name]
        if value is not None and was is not None and value != was:
            (worse if (value > was) == (name in LOWER_IS_BETTER) else better).add(name)
    return worse, better


def _outcomes(mutation: Mutation, corpus: Corpus) -> Iterator[tuple[str, bool, set[str], str]]:
    """For each case: its id, whether the right measures and no others fell, those, and why not."""
    for good in corpus.good:
        spoiled = mutation(good, corpus)
        if spoiled is None:
            continue
        row = score_case(good.case, spoiled.answer, corpus.scorer)
        worse, better = _moved(good.row, row)
        missed, stray = spoiled.must - worse, (worse - spoiled.must - spoiled.may) | better
        why = f"{good.case.case.id}: not {sorted(missed)}, but {sorted(stray)}"
        yield good.case.case.id, not missed and not stray, worse, why


def test_the_good_answers_pass_every_case(corpus: Corpus) -> None:
    assert len(corpus.good) >= 140
    failing = {good.row.id: good.row.reasons for good in corpus.good if not good.row.passed}
    assert failing == {}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_a_spoiled_answer_lowers_the_right_measures_and_no_others(
    mutation: Mutation, corpus: Corpus
) -> None:
    outcomes = list(_outcomes(mutation, corpus))
    held = sum(right for _, right, _, _ in outcomes)
    print(f"{mutation.__name__}: {held} of {len(outcomes)}")
    assert len(outcomes) >= MUTATIONS[mutation]
    wrong = [why for _, right, _, why in outcomes if not right]
    assert held / len(outcomes) >= LEAST, "\n".join(wrong)


def test_a_negation_moves_nothing_but_support_and_how_often_it_does_is_known(
    corpus: Corpus,
) -> None:
    outcomes = list(_outcomes(negate, corpus))
    seen = sum("faithfulness" in worse for _, _, worse, _ in outcomes)
    frozen = sum("faithfulness_frozen" in worse for _, _, worse, _ in outcomes)
    print(f"negations: {seen} of {len(outcomes)} seen, {frozen} by the frozen scorer")
    allowed = {*BACKING, *FACT, "citation_precision"}
    assert len(outcomes) >= 80
    assert all(worse <= allowed for _, _, worse, _ in outcomes)
    assert frozen >= 0.7 * len(outcomes)


@dataclass(frozen=True)
class Seen:
    """How many answers a kind of damage applied to, and the cases in which the gate is blind."""

    answers: int
    unseen: tuple[str, ...]


@pytest.fixture(scope="module")
def matrix(corpus: Corpus) -> dict[Damage, Seen]:
    """What the gate sees of every kind of damage to every good answer."""
    return {damage: _seen(damage, corpus) for damage in DAMAGES}


def _seen(damage: Damage, corpus: Corpus) -> Seen:
    answers, unseen = 0, []
    for good in corpus.good:
        answer = damage(good.case, good.answer, corpus.papers)
        if answer is not None:
            answers += 1
            row = score_case(good.case, answer, corpus.scorer)
            unseen += [] if change(good.row, row, {}).is_worse else [good.case.case.id]
    return Seen(answers, tuple(unseen))


def test_the_gate_sees_97_in_100_damaged_answers(matrix: dict[Damage, Seen]) -> None:
    for damage, seen in matrix.items():
        caught = seen.answers - len(seen.unseen)
        print(f"{damage.__name__:28} {caught:>4} of {seen.answers:>4}")
    answers = sum(seen.answers for seen in matrix.values())
    unseen = sum(len(seen.unseen) for seen in matrix.values())
    print(f"{answers - unseen} of {answers} in all")
    assert answers >= 2_000
    assert unseen <= 0.03 * answers


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_no_kind_of_damage_escapes(damage: Damage, matrix: dict[Damage, Seen]) -> None:
    seen = matrix[damage]
    assert seen.answers >= 10
    assert len(seen.unseen) <= (0.3 if damage in NEGATIONS else 0.15) * seen.answers, seen.unseen
