"""How one case moved against its baseline, told so that a person can find it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from eval.gate.baseline import blinded
from eval.gate.ranking import dropped_out
from eval.records import Row
from eval.scoring.measures import LOWER_IS_BETTER, RETRIEVAL

TOLERANCE = 1e-6

# What a paper that nobody has judged moves; whether that is worse a person has to say.
_OF_LISTS = frozenset({"paper_precision", "paper_f1", "count_accuracy"})

Moves = Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Change:
    """One case before and after. `answers` are both texts, `ranks` the places of its papers.

    `newcomers` are cited papers that the corpus did not hold before: nobody has judged them, so
    what they move is neither worse nor better.
    """

    id: str
    question: str
    was_passed: bool
    is_passed: bool
    reasons: tuple[str, ...]
    papers_lost: tuple[str, ...]
    papers_new: tuple[str, ...]
    newcomers: tuple[str, ...]
    sentences_new: tuple[str, ...]
    sentences_gone: tuple[str, ...]
    worse: Moves
    better: Moves
    ranks: tuple[str, ...]
    answers: tuple[str, str]
    is_answer_changed: bool
    only_newcomers: bool = False

    @property
    def is_worse(self) -> bool:
        """Whether a measure fell, or the case passed and no longer does."""
        return bool(self.worse) or (
            self.was_passed and not self.is_passed and not self.only_newcomers
        )

    @property
    def is_better(self) -> bool:
        """Whether nothing is worse, and a measure or the verdict is better."""
        return not self.is_worse and (bool(self.better) or self.is_passed > self.was_passed)

    @property
    def is_moved(self) -> bool:
        """Whether anything about the answer or its ranking differs."""
        return bool(self.is_worse or self.is_better or self.is_answer_changed or self.ranks)

    @property
    def verdict(self) -> str:
        """What became of the case as a whole."""
        if self.is_passed != self.was_passed:
            if self.only_newcomers:
                return "cites papers that were added since, and that nobody has judged"
            return "passes now" if self.is_passed else "no longer passes"
        still = "still passes" if self.is_passed else "still fails"
        if self.worse:
            return f"{still}, {'but' if self.is_passed else 'and'} worse"
        if self.better:
            return f"{still}, {'and' if self.is_passed else 'but'} better"
        return f"{still}, with another answer" if self.is_answer_changed else still

    @property
    def details(self) -> tuple[str, ...]:
        """What moved, and why the case fails where it does, a line each."""
        return (*self.moves, *self.reasons)

    @property
    def moves(self) -> tuple[str, ...]:
        """A line for every measure that moved, paper lost or come, and sentence changed."""
        return (
            *(f"{name} {old:g} -> {new:g}" for name, (old, new) in self.worse.items()),
            *(f"{name} {old:g} -> {new:g}" for name, (old, new) in self.better.items()),
            *(f"paper lost: {paper}" for paper in self.papers_lost),
            *(f"paper new: {paper}" for paper in self.papers_new),
            *(f"paper added to the corpus since: {paper}" for paper in self.newcomers),
            *(f"expected paper {move}" for move in self.ranks),
            *(f"sentence gone: {sentence}" for sentence in self.sentences_gone),
            *(f"sentence new: {sentence}" for sentence in self.sentences_new),
        )

    def __str__(self) -> str:
        return f"{self.id} ({self.question}): " + "; ".join((self.verdict, *self.details))


def change(old: Row, new: Row, titles: Mapping[str, str], added: Collection[str] = ()) -> Change:
    """The change of a case; `added` are the papers that joined the corpus in between."""
    known = {line.text for line in old.sentences}
    kept = {line.text for line in new.sentences} | {blinded(line.text) for line in new.sentences}
    newcomers = tuple(p for p in new.cited if p in added)
    moved = [found for found in _moved(old, new) if not (newcomers and found[0] in _OF_LISTS)]
    come = [p for p in new.cited if p not in old.cited and p not in added]
    return Change(
        id=new.id,
        question=new.question,
        was_passed=old.passed,
        is_passed=new.passed,
        reasons=new.reasons,
        papers_lost=tuple(
            f"{_named(p, titles)}{_whereabouts(p, new)}" for p in old.cited if p not in new.cited
        ),
        papers_new=tuple(_named(p, titles) for p in come),
        newcomers=tuple(_named(p, titles) for p in newcomers),
        sentences_new=tuple(
            line.text for line in new.sentences if not {line.text, blinded(line.text)} & known
        ),
        sentences_gone=tuple(line.text for line in old.sentences if line.text not in kept),
        worse={name: (x, y) for name, x, y, gain in moved if gain < 0},
        better={name: (x, y) for name, x, y, gain in moved if gain > 0},
        ranks=tuple(_ranks(old, new, titles)),
        answers=(old.answer, new.answer),
        is_answer_changed=_is_answer_changed(old, new),
        only_newcomers=bool(newcomers) and _only_about(new, newcomers),
    )


def _named(paper_id: str, titles: Mapping[str, str]) -> str:
    return f"{titles.get(paper_id, paper_id)} ({paper_id})"


def _only_about(row: Row, newcomers: Collection[str]) -> bool:
    """Whether a case fails for nothing but papers that were added, and their number."""
    return all(
        reason.startswith("counted ")
        or (reason.startswith("wrong paper: ") and any(p in reason for p in newcomers))
        for reason in row.reasons
    )


def _is_answer_changed(old: Row, new: Row) -> bool:
    if old.cited != new.cited or old.abstained != new.abstained:
        return True
    if old.answer:
        return old.answer != new.answer
    # Of a text that may not be kept the sentences are known by their digests.
    said = [blinded(line.text) for line in new.sentences]
    return [blinded(line.text) for line in old.sentences] != said


def _ranks(old: Row, new: Row, titles: Mapping[str, str]) -> Iterator[str]:
    """The expected papers whose place moved, where there was a ranking before."""
    if not old.ranks and not new.ranks:
        return
    for paper in new.expected:
        was, now = old.ranks.get(paper), new.ranks.get(paper)
        if was != now and paper in {*old.ranks, *new.ranks}:
            yield f"{_named(paper, titles)}: place {was or 'none'} -> {now or 'none'}"


def _whereabouts(paper_id: str, row: Row) -> str:
    """Whether an uncited paper was lost by retrieval or by answering, where that is known."""
    if not row.retrieved:
        return ""
    if paper_id in row.retrieved:
        return f", retrieved in place {row.retrieved.index(paper_id) + 1} but not cited"
    return f", not among the first {len(row.retrieved)} retrieved"


def _moved(old: Row, new: Row) -> Iterator[tuple[str, float, float, float]]:
    """(measure, old, new, gain) of what moved; gain > 0 is better.

    Places are held over all cases together; of a single case it counts that its papers drop out.
    """
    for name, value in new.measures.items():
        was = old.measures.get(name)
        if name in RETRIEVAL or value is None or was is None or abs(value - was) <= TOLERANCE:
            continue
        yield name, was, value, was - value if name in LOWER_IS_BETTER else value - was
    if dropped_out(old, new):
        name = "retrieval_recall_10"
        was = old.measures[name] or 0.0
        yield name, was, 0.0, -was
