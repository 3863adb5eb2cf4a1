"""A topic with an "or": how surely a paper belongs to a list on either of its alternatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log

from app.logistic import decision
from app.understanding.alternatives import nearest_words, whole_runs
from app.understanding.question import Question

Chances = Mapping[str, float]
# Beyond this a probability is as good as 0 or 1.
_LEAST = 1e-3


def on_either(
    question: Question, whole: Chances, ask: Callable[[Question], Chances]
) -> dict[str, float]:
    """By paper id, the probability that it belongs to the list: those on the whole topic first.

    `whole` has it for the topic taken as one, `ask` gives it for another topic.
    """
    rows = rows_of_either(question, whole, ask)
    if not rows:
        return dict(whole)
    chances = decision("either").probabilities(list(rows.values()))
    return dict(zip(rows, chances.tolist(), strict=True))


def rows_of_either(
    question: Question, whole: Chances, ask: Callable[[Question], Chances]
) -> dict[str, tuple[float, float]]:
    """The features of the decision "either" by paper id; none where no "or" joins anything.

    The log odds that it belongs to the whole topic, and to its likeliest alternative. How far an
    alternative goes is open: what both readings of it find counts.
    """
    if not question.joined:
        return {}
    far, near = ([*map(ask, some)] for some in _readings(question))
    ids = dict.fromkeys(i for found in (whole, *far, *near) for i in found) if far else {}
    return {
        i: (_log_odds(whole.get(i, 0)), _log_odds(min(_best(far, i), _best(near, i)))) for i in ids
    }


def _readings(question: Question) -> tuple[Sequence[Question], Sequence[Question]]:
    """The alternatives in both readings, once where these are the same."""
    far, near = whole_runs(question), nearest_words(question)
    return far, [] if near == far else near


def _best(found: Sequence[Chances], paper_id: str) -> float:
    """The highest probability of a paper; 1 where nothing was asked."""
    return max((one.get(paper_id, 0.0) for one in found), default=1.0)


def _log_odds(chance: float) -> float:
    chance = min(max(chance, _LEAST), 1 - _LEAST)
    return log(chance / (1 - chance))
