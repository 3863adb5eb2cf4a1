"""A question read with those before it: what it points back at, what of them it goes on with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from app.answer import Answer
from app.choices import Strictness
from app.extractive.assemble import plain
from app.extractive.dispatch import Extractive
from app.extractive.papers_wanted import otherwise
from app.settings import Settings
from app.understanding.followups import (
    about,
    lacks_subject,
    may_continue,
    pointing,
    points_back,
    resolve,
    wants_list,
)
from app.understanding.in_place import in_full, is_elliptical
from app.understanding.question import Asked
from app.understanding.reading import Context, Read, as_put, less_filtered, read_alone
from ingest.index import Index
from ingest.records import Paper
from ingest.text.terms import words

History = tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Conversing:
    """Reads the questions of conversations over one index.

    `extractive` answers as strictly as is asked: earlier questions are answered again, but once for
    each question that is read, in `earlier`.
    """

    index: Index
    settings: Settings
    extractive: Callable[[Strictness], Extractive]
    earlier: dict[History, tuple[Read, Answer]] = field(default_factory=dict, compare=False)

    def alone(self, text: str) -> Read:
        """A question by itself."""
        asked = read_alone(text, self.index, self.settings)
        among = otherwise(asked, self.index, self.settings)
        return read_alone(text, self.index, self.settings, among) if among else asked

    def read(self, put: Asked, history: History) -> Read:
        """A question after those of its conversation, and as its choices want it."""
        return as_put(replace(self, earlier={})._read_together(put, history), put)

    def _last(self, history: History) -> tuple[Read, Answer]:
        """The last of these questions, read with those before it, and its answer.

        What was chosen beside it counts for its answer alone: it may be chosen otherwise now.
        """
        if history not in self.earlier:
            put = history[-1]
            read = self._read_together(put, history[:-1])
            answer = self.extractive(put.choices.strictness).answer(as_put(read, put))
            self.earlier[history] = less_filtered(read, put.without), answer
        return self.earlier[history]

    def _read_together(self, put: Asked, history: History) -> Read:
        asked = self.alone(put.text)
        if put.about:
            return self._about(asked, put.about)
        if not history:
            return _unclear(asked) if lacks_subject(asked) else asked
        back = points_back(asked)
        if not back and not may_continue(asked):
            return asked
        before, answer = self._last(history)
        if before.question.act == "smalltalk" or not words(before.question.text):
            return self._read_together(put, history[:-1])
        if wants_list(asked) and not _is_list(answer):
            listed = self._of_last_list(asked, history[:-1])
            if listed:
                return listed
        unsure = asked.question.act in ("order", "export") and answer.abstained
        shown = () if unsure else _shown(answer)
        if not back:
            return self._continued(asked, shown)
        first, *others = (
            _partly(one, answer) for one in self._readings(asked, before, shown, answer)
        )
        if first.context.unclear:
            maybe = tuple(shown) or self._last_shown(history[:-1])
            return replace(first, context=replace(first.context, focus=maybe))
        return others[0] if others and self.extractive("normal").answer(first).abstained else first

    def _readings(
        self, asked: Read, before: Read, shown: Sequence[Paper], answer: Answer
    ) -> Sequence[Read]:
        """What a follow-up may ask, the likeliest reading first."""
        found = resolve(asked, before, shown, _numbered(answer))
        if asked.linked.own() or asked.linked.authors or not is_elliptical(asked, before):
            return found
        if asked.linked.unknown:
            return [_needing(one, asked.linked.unknown) for one in found]
        meant = in_full(asked.question, before.question)
        full = self.alone(meant.text)
        if points_back(full):
            return found
        note = asked.context.note or f"Read as “{plain(meant.text)}”"
        full = replace(full, context=Context(note=note, needs=meant.new))
        same = [_needing(one, meant.new) for one in found]
        return (full, *same) if meant.instead else (*same, full)

    def _about(self, asked: Read, paper_id: str) -> Read:
        """The question about a paper that was chosen."""
        meant = tuple(self.index.catalog.papers([paper_id]))
        read = pointing(asked, focus=meant, unclear=not meant)
        note = f"Read as about “{plain(meant[0].title)}”." if meant else ""
        return replace(read, context=replace(read.context, note=note))

    def _of_last_list(self, asked: Read, history: History) -> Read | None:
        """A question that acts on a list, of the last of these answers that is one."""
        for place in range(len(history), 0, -1):
            before, answer = self._last(history[:place])
            if _is_list(answer):
                first, *_ = resolve(asked, before, _shown(answer), _numbered(answer))
                note = f"Of the list for “{plain(history[place - 1].text)}”."
                return _partly(_noted(first, note), answer)
        return None

    def _last_shown(self, history: History) -> tuple[Paper, ...]:
        """The papers of the last of these answers that showed any."""
        for place in range(len(history), 0, -1):
            shown = _shown(self._last(history[:place])[1])
            if shown:
                return shown
        return ()

    def _continued(self, asked: Read, shown: Sequence[Paper]) -> Read:
        """A question that names nothing, about the one paper just spoken of if that answers it."""
        if len(shown) != 1 or not self.extractive("normal").continues(asked, shown[0]):
            return asked
        context = replace(asked.context, focus=tuple(shown))
        return replace(asked, question=about(asked.question, shown[0]), context=context)


def _shown(answer: Answer) -> tuple[Paper, ...]:
    """The papers that an answer showed: the sure ones where it has any."""
    sure = tuple(citation.paper for citation in answer.citations if citation.sure)
    return sure or _numbered(answer)


def _numbered(answer: Answer) -> tuple[Paper, ...]:
    """The papers that an answer showed in their order, as "the third one" counts them."""
    return tuple(citation.paper for citation in answer.citations) or answer.closest


def _is_list(answer: Answer) -> bool:
    """Whether an answer shows papers to choose from, surely on what was asked."""
    return answer.kind in ("list", "count", "overview", "compare") and not answer.abstained


def _partly(read: Read, answer: Answer) -> Read:
    """With a note where it is asked of papers that are not all that matched before."""
    shown, count = len(read.context.within or ()), answer.total_matching or 0
    if not shown or count <= shown:
        return read
    return _noted(read, f"Of those that were shown, {shown:,} of {count:,}.")


def _noted(read: Read, note: str) -> Read:
    note = f"{read.context.note} {note}".strip()
    return replace(read, context=replace(read.context, note=note))


def _needing(read: Read, words: tuple[str, ...]) -> Read:
    return replace(read, context=replace(read.context, needs=words))


def _unclear(asked: Read) -> Read:
    return replace(asked, context=replace(asked.context, unclear=True))
