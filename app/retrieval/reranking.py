"""A second opinion on the order of the papers of a look-up, where a setting names one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar

from app.answer import Passage
from app.settings import Settings
from ingest.errors import AskpapersError

# A question and passages, best first, to the ids of their papers in a better order.
Order = Callable[[str, Sequence[Passage]], list[str]]

RERANKER_STANDS = "The papers stay in the order of their words and meaning."
# Which reranker failed the question that is being answered last, when, and why.
_failed: ContextVar[tuple[Reranker, float, str] | None] = ContextVar("failed", default=None)


class RerankingFailed(AskpapersError):
    """The reranker gave no order; the sentence says why."""


class Reranker:
    """Reorders passages; while its model fails they stay as they are, and that is remembered."""

    def __init__(self, order: Order) -> None:
        self._order = order

    def reranked(self, question: str, passages: Sequence[Passage]) -> list[Passage]:
        """The passages that the reranker names in its order, then the others in theirs."""
        if len(passages) < 2:
            return list(passages)
        try:
            ids = self._order(question, passages)
        except RerankingFailed as error:
            _failed.set((self, time.monotonic(), f"{error} {RERANKER_STANDS}"))
            return list(passages)
        by_id = {passage.paper.paper_id: passage for passage in passages}
        named = [by_id[one] for one in dict.fromkeys(ids) if one in by_id]
        return [*named, *(one for one in passages if one not in named)]

    def failure_since(self, moment: float) -> str:
        """Why it failed this question after a moment of the monotonic clock, or "".

        Questions that others ask meanwhile, in contexts of their own, do not count.
        """
        failed = _failed.get()
        return failed[2] if failed and failed[0] is self and failed[1] >= moment else ""


def reranker(settings: Settings) -> Reranker | None:
    """The reranker of the settings, None where they name none.

    Raises SettingsError for a class that is not there or cannot be made.
    """
    if settings.reranker is None:
        return None
    from app.integrations.postprocessor import order

    return Reranker(order(settings))
