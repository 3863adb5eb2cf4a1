"""A question read with those before it: what it points back at, what of them it goes on with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.answer import Answer
from app.choices import Strictness
from app.extractive.assemble import plain
from app.extractive.dispatch import Extractive
from app.settings import Settings
from app.understanding.followups import (
    about,
    lacks_subject,
    may_continue,
    pointing,
    points_back,
    resolve,
)
from app.understanding.question import Asked
from app.understanding.reading import Read, as_put, read_alone
from ingest.index import Index
from ingest.records import Paper
from ingest.text.terms import words

History = tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Conversing:
    """Reads the questions of conversations over one index.

    `extractive` answers as strictly as is asked: earlier questions are answered again.
    """

    index: Index
    settings: Settings
    extractive: Callable[[Strictness], Extractive]

    def alone(self, text: str) -> Read:
        """A question by itself."""
        return read_alone(text, self.index, self.settings)

    def read(self, put: Asked, history: History) -> Read:
        """A question after those of its conversation, and as its choices want it."""
        return as_put(self._read_together(put, history), put)

    def _read_together(self, put: Asked, history: History) -> Read:
        asked = self.alone(put.text)
        if put.about:
            return self._about(asked, put.about)
        if not history:
            return _unclear(asked) if lacks_subject(asked) else asked
        back = points_back(asked)
        if not back and not may_continue(asked):
            return asked
        before = self.read(history[-1], history[:-1])
        if before.question.act == "smalltalk" or not words(before.question.text):
            return self._read_together(put, history[:-1])
        answer = self.extractive(history[-1].choices.strictness).answer(before)
        shown = _shown(answer)
        if asked.question.act in ("order", "export") and answer.strength != "answered":
            shown = ()
        if not back:
            return self._continued(asked, shown)
        first, *others = resolve(asked, before, shown)
        if first.context.unclear:
            maybe = tuple(shown) or self._last_shown(history[:-1])
            return replace(first, context=replace(first.context, focus=maybe))
        return others[0] if others and self.extractive("normal").answer(first).abstained else first

    def _about(self, asked: Read, paper_id: str) -> Read:
        """The question about a paper that was chosen."""
        meant = tuple(self.index.catalog.papers([paper_id]))
        read = pointing(asked, focus=meant, unclear=not meant)
        note = f"Read as about “{plain(meant[0].title)}”." if meant else ""
        return replace(read, context=replace(read.context, note=note))

    def _last_shown(self, history: History) -> tuple[Paper, ...]:
        """The papers of the last of these answers that showed any."""
        for place in range(len(history), 0, -1):
            put = history[place - 1]
            before = self.read(put, history[: place - 1])
            shown = _shown(self.extractive(put.choices.strictness).answer(before))
            if shown:
                return shown
        return ()

    def _continued(self, asked: Read, shown: Sequence[Paper]) -> Read:
        """A question that names nothing, about the one paper just spoken of if that answers it."""
        if len(shown) != 1 or not self.extractive("normal").tells(asked, shown[0]):
            return asked
        context = replace(asked.context, focus=tuple(shown))
        return replace(asked, question=about(asked.question, shown[0]), context=context)


def _shown(answer: Answer) -> tuple[Paper, ...]:
    """The papers that an answer showed: the sure ones where it has any."""
    sure = tuple(citation.paper for citation in answer.citations if citation.sure)
    return sure or tuple(citation.paper for citation in answer.citations) or answer.closest


def _unclear(asked: Read) -> Read:
    return replace(asked, context=replace(asked.context, unclear=True))
