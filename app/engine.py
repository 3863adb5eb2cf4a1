"""A question to an answer, over one index: read, link, resolve, then answer by its kind."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import RLock

from app.answer import Answer, Passage
from app.choices import Choices, Strictness, as_strict
from app.conversing import Conversing, History
from app.extractive import messages
from app.extractive.assemble import abstained, plain
from app.extractive.constraints import passes
from app.extractive.dispatch import Extractive
from app.extractive.list_answers import FIRST_PAGE, Page
from app.generation.assistant import JUDGED, WRITTEN, Assistant
from app.generation.task import INSTEAD, noted
from app.holdings import Holdings, holdings
from app.llm.deadline import Deadline
from app.llm.protocol import Usage
from app.retrieval.reranking import reranker
from app.retrieval.search import retrieve
from app.retrieval.trace import begin, bring_up, overheard
from app.settings import Settings
from app.suggesting.follow_ups import followed
from app.suggesting.introduction import Introduction, introduced
from app.tracing import watching
from app.understanding.followups import points_back
from app.understanding.question import Asked
from app.understanding.reading import Context, Read, as_put
from ingest.catalog import Feedback
from ingest.embedding.choice import chosen
from ingest.index import Index
from ingest.opening import open_filled
from ingest.records import Paper
from ingest.servers.stores import servers
from ingest.text.terms import words
from ingest.writer_lock import only_writer

_BY_WORDS = "Until it answers again, papers are found by their words alone."


class Engine:
    """Answers questions over one index, and reopens it when another process has changed it."""

    def __init__(self, folder: Path, settings: Settings, page: Page = FIRST_PAGE) -> None:
        """`page` says which of many matching papers a list shows.

        Raises IndexMissing for a folder without papers, IndexMismatch for another format."""
        self._folder = folder
        self._settings = settings
        self._page = page
        self._assistant: Assistant | None = None
        self._encoder = chosen(settings)
        self._reranker = reranker(settings)
        self._servers = servers(settings)
        self._introducing = RLock()
        self._open(open_filled(folder, self._encoder, self._servers))

    def _open(self, index: Index) -> None:
        self.index = index
        self._answering: dict[Strictness, Extractive] = {}
        self._conversing = Conversing(index, self._settings, self._extractive)
        self._introduction: tuple[Introduction | None, Index] = (None, index)
        if self._settings.has_server and self._assistant is None:
            self._assistant = Assistant(self._settings, index.embedding.embed)

    def ask(self, question: str, history: Sequence[str] = ()) -> Answer:
        """The answer. `history` holds the earlier questions of the conversation, oldest first."""
        *_, answer = self.stream(question, history)
        return answer

    def search(self, query: str, limit: int) -> list[Passage]:
        """Papers nearest to a query, best first."""
        self._refresh()
        return retrieve(self.index, query, limit, self._settings.weights)

    def compare(self, question: str, paper_ids: Sequence[str]) -> Answer:
        """These papers side by side, in quotes of their abstracts."""
        started = time.perf_counter()
        self._refresh()
        answer = self._extractive().side_by_side(question, self.index.catalog.papers(paper_ids))
        return replace(answer, seconds={"total": round(time.perf_counter() - started, 4)})

    def papers(self) -> list[Paper]:
        """Every paper of the index."""
        self._refresh()
        return self.index.catalog.papers()

    def paper(self, name: str) -> Paper | None:
        """The paper that has this id, alias or id in its file, if there is one."""
        self._refresh()
        found = self.index.catalog.resolve(name)
        return self.index.catalog.papers([found])[0] if found else None

    def held_of(self, paper_ids: Sequence[str]) -> dict[str, Paper]:
        """Those of these papers that the index holds, by the ids, or earlier ids, given."""
        self._refresh()
        catalog = self.index.catalog
        with catalog.snapshot():
            found = {paper.paper_id: paper for paper in catalog.papers(paper_ids)}
            now = {one: catalog.resolve(one) for one in paper_ids if one not in found}
            known = catalog.papers([*filter(None, now.values())])
        later = {paper.paper_id: paper for paper in known}
        return found | {one: later[new] for one, new in now.items() if new in later}

    def shelf(self, text: str, most: int, file: str = "") -> tuple[list[Paper], int]:
        """Papers whose record holds every word of a text, newest first, and how many there are.

        Where a file is named, only papers that have a record in it.
        """
        self._refresh()
        return self.index.catalog.shelf(text, most, file)

    def holdings(self) -> Holdings:
        """What the index holds: by year and file, what was merged, what was kept out."""
        self._refresh()
        return holdings(self.index.catalog)

    def keep(self, given: Feedback) -> None:
        """Store what a person said of an answer. Raises IndexBusy while papers are written."""
        shared = bool(self._servers.database)
        with only_writer(self._folder, self._settings.lock_seconds, shared):
            self._refresh()
            with self.index.catalog.telling(), self.index.catalog.transaction() as writing:
                writing.keep_feedback(given)
            self.index.confirm()

    def move(self, folder: Path, settings: Settings) -> None:
        """Answer from another index, where these say, from now on. Raises what opening it raises.

        All but the place of the index is to be as it was.
        """
        places = servers(settings)
        if (folder, places) == (self._folder, self._servers):
            return  # the next question sees what has changed in it
        opened, before = open_filled(folder, self._encoder, places), self.index
        self._folder, self._servers = folder, places
        self._open(opened)
        before.close()

    def close(self) -> None:
        """Let go of the index."""
        self.index.close()

    def papers_by_year(self) -> dict[int | None, int]:
        """How many papers each year has, in order; None, where it is unknown, comes last."""
        self._refresh()
        return self.index.catalog.papers_by_year()

    def introduction(self) -> Introduction:
        """What the collection is about, and questions that it answers; made once a state of it."""
        self._refresh()
        with self._introducing:
            made, of = self._introduction
            if made is None or of is not self.index:
                of = self.index
                made = introduced(of, self._quoted)
                self._introduction = made, of
        return made

    def follow_ups(self, put: Asked, history: Sequence[Asked], answer: Answer) -> tuple[Asked, ...]:
        """Up to three questions to ask next, each of which the collection answers."""
        self._refresh()
        with self.index.catalog.snapshot():
            asked = self._conversing.read(put, tuple(history))
            before = [self._conversing.alone(one.text) for one in history]
        return followed(asked, before, put, answer, self._quoted, self.introduction)

    def changed_by(self, put: Asked, history: Sequence[Asked]) -> tuple[str, ...]:
        """Those of the choices, in words, without which the answer by quotation is another one."""
        self._refresh()
        before = tuple(history)

        def told(choices: Choices) -> tuple[str, tuple[str, ...]]:
            answer = self._quoted(replace(put, choices=choices), before)
            return answer.text, answer.notes

        choices = put.choices
        given = told(choices) if choices.made else ("", ())
        return tuple(
            choices.told(name)
            for name in choices.made
            if (name == "quoted" and self.model) or told(choices.less(name)) != given
        )

    @property
    def held(self) -> int:
        """How many papers the index holds."""
        return self.index.catalog.count()

    @property
    def model(self) -> str:
        """The name of the model that writes; "" where sentences are quoted."""
        return self._assistant.model.name if self._assistant else ""

    @property
    def usage(self) -> Usage:
        """The tokens that the model server counted so far; none without one."""
        return self._assistant.model.usage if self._assistant else Usage()

    def stream(
        self, question: str | Asked, history: Sequence[str | Asked] = ()
    ) -> Generator[Answer, None, None]:
        """Answers that grow; the last one is the answer of `ask`. Closing it stops the model."""
        started = time.perf_counter()
        asked_at = time.monotonic()
        self._refresh()
        put, before = _asked(question), tuple(map(_asked, history))
        missed = ""
        with closing(self._answers(put, before)) as answers:
            for answer in answers:
                # Each step may be taken in a context of its own, which knows its own failure only.
                missed = self.missed_since(asked_at) or missed
                given = noted(answer, missed) if missed else answer
                total = round(time.perf_counter() - started, 4)
                yield replace(given, seconds={**given.seconds, "total": total})

    def missed_since(self, moment: float) -> str:
        """What the ranking of this question lacked since a moment of the monotonic clock, or ""."""
        failure = self.index.queries.failure_since(moment)
        unranked = self._reranker.failure_since(moment) if self._reranker else ""
        return " ".join(filter(None, [f"{failure} {_BY_WORDS}" if failure else "", unranked]))

    def _refresh(self) -> None:
        """Reopen the index where another process has published a newer state of it."""
        if self.index.is_stale():
            self.index.close()
            self._open(open_filled(self._folder, self._encoder, self._servers))

    def _answers(self, put: Asked, history: History) -> Generator[Answer, None, None]:
        text = put.text
        if self._assistant is None or put.choices.quoted:
            yield from watching.get().synthesizing(text, _growing(self._quoted(put, history)))
            return
        deadline = Deadline.after(self._settings.answer_seconds)
        asked, failure = yield from self._read_with_model(put, history, deadline)
        answer = self._answer(put, asked)
        if failure:
            yield noted(answer, f"{failure} {INSTEAD}")
            return
        if asked.linked.unknown or asked.linked.unknown_authors:
            yield answer  # nothing can be known about what no abstract names
            return
        papers = self._read_by_model(asked, answer)
        better = self._assistant.answers(
            asked.question.text, answer, papers, deadline,
            strictness=put.choices.strictness, wanted=asked.question.wanted,
        )  # fmt: skip
        with closing(watching.get().synthesizing(text, better)) as answers:
            for given in answers:
                yield replace(given, question=text)

    def _quoted(self, put: Asked, history: History = ()) -> Answer:
        """The answer in sentences of the abstracts."""
        # One state of the index for the whole answer, whatever is published meanwhile.
        with self.index.catalog.snapshot():
            return self._answer(put, self._conversing.read(put, history))

    def _answer(self, put: Asked, asked: Read) -> Answer:
        text = put.text
        begin()
        if not words(asked.question.text):
            return abstained(text, "lookup", messages.EMPTY)
        with watching.get().retrieving(text) as found, overheard() as papers:
            answer = self._extractive(put.choices.strictness).answer(asked)
            answer = replace(answer, question=text)
            found(list(dict.fromkeys(papers)))
        bring_up(papers)
        notes = [asked.context.note] if asked.context.note else []
        return replace(answer, notes=(*notes, *answer.notes))

    def _read_with_model(
        self, put: Asked, history: History, deadline: Deadline
    ) -> Generator[Answer, None, tuple[Read, str]]:
        """Returns the reading of the model's full question, else that of the words alone.

        And why the model failed, or "".
        """
        asked, alone = self._conversing.read(put, history), self._conversing.alone(put.text)
        certain = bool(alone.question.places) or alone.question.refers in ("papers", "narrow")
        certain = certain or bool(put.about)
        follows = bool(history) and points_back(alone)
        if self._assistant is None or certain or not follows:
            return asked, ""
        before = self._extractive().answer(self._conversing.read(history[-1], history[:-1]))
        earlier = [one.text for one in history]
        full, failure = yield from self._assistant.full_question(
            put.text, earlier, before, deadline
        )
        again = self._conversing.alone(full)
        if not full or again.linked.unknown or points_back(again):
            return asked, failure
        noting = replace(again, context=Context(note=f"Read as: “{plain(full)}”"))
        return as_put(noting, put), ""

    def _read_by_model(self, asked: Read, answer: Answer) -> list[Paper]:
        """The papers that the model may read, best first; the code has applied all filters."""
        question, most = asked.question, self._settings
        if answer.kind not in (*JUDGED, *WRITTEN) or not question.text:
            return []
        papers = [citation.paper for citation in answer.citations]
        if question.kind in JUDGED:
            # A list alone; one by person or year, in an order or as references is of the records.
            arranged = question.act not in JUDGED or question.by_year or question.order
            if arranged or not question.words or not most.judged_papers:
                return []
            topic = " ".join(word.text for word in question.words)
            near = self.search(topic, most.judged_papers)
            within = asked.context.within
            fit = [p.paper for p in near if passes(p.paper, question.filters)]
            fit = [p for p in fit if within is None or p in within]
            return list(dict.fromkeys([*papers, *fit]))[: max(len(papers), most.judged_papers)]
        passages, named = self._extractive().passages(asked)
        papers += [passage.paper for passage in passages]
        if not named and question.act != "compare":
            papers += [p.paper for p in self.search(question.text, most.prompt_papers)]
        return [paper for paper in papers if passes(paper, asked.kept)]

    def _extractive(self, strictness: Strictness = "normal") -> Extractive:
        """What answers as strictly as that."""
        if strictness not in self._answering:
            settings = as_strict(self._settings, strictness)
            made = Extractive(self.index, settings, self._page, self._reranker)
            self._answering[strictness] = made
        return self._answering[strictness]


def _growing(answer: Answer) -> Generator[Answer, None, None]:
    """The answer up to each of its lines, then the answer."""
    lines = answer.text.split("\n")
    for count in range(1, len(lines)):
        yield replace(answer, text="\n".join(lines[:count]))
    yield answer


def _asked(question: str | Asked) -> Asked:
    return Asked(question) if isinstance(question, str) else question
