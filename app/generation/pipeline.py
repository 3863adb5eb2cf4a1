"""Answers that a model writes from the abstracts, each sentence checked before it is shown."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TypeVar

from app.generation.assemble import assembled
from app.generation.checking import Checked, Checker, is_claim
from app.generation.draft import Draft, drafts, refuses, spoken
from app.generation.prompts import Prompt, TokenGauge, answer_prompt
from app.generation.verifier import SecondLook
from app.llm.client import ChatModel
from app.llm.errors import ContextOverflow
from app.llm.protocol import Request
from app.records import Answer, Kind
from app.settings import Settings
from app.support.alignment import Embed
from ingest.errors import ServerError
from ingest.records import Paper
from ingest.servers.background import BEAT

T = TypeVar("T")
_SHRINKS = 3
_SHRINK_TO = 0.6
_LEAST_ROOM = 200  # tokens
READS = "The model reads"  # the note on what a big run costs begins so
INSTEAD = "The answer below quotes the abstracts instead."


@dataclass(frozen=True, slots=True)
class Task:
    """A full question, the papers that may answer it, best first, and the answer by quotation."""

    question: str
    kind: Kind
    papers: tuple[Paper, ...]
    extractive: Answer


class Writer:
    """Writes answers with one chat model."""

    def __init__(
        self, settings: Settings, model: ChatModel, gauge: TokenGauge, embed: Embed | None
    ) -> None:
        self._settings = settings
        self._model = model
        self._gauge = gauge
        self._embed = embed

    def write(self, task: Task) -> Generator[Answer, None, None]:
        """Answers that grow by sentences; the last is complete. No ServerError leaves here.

        Closing the generator ends the request at the server.
        """
        if not task.papers:
            yield task.extractive
            return
        try:
            yield from self._fitting(task)
        except ServerError as error:
            yield noted(task.extractive, f"{error} {INSTEAD}")

    def _fitting(self, task: Task) -> Generator[Answer, None, None]:
        """Write with as many papers as the model can read, fewer when it says that it cannot."""
        papers = task.papers[: self._settings.prompt_papers]
        room = self._settings.context_window - self._answer_tokens(self._settings.context_window)
        for shrink in range(_SHRINKS + 1):
            prompt = answer_prompt(task.question, papers, task.kind, self._gauge, room)
            try:
                yield from self._written(task, prompt, len(papers) - len(prompt.papers))
                return
            except ContextOverflow as error:
                room = int(_SHRINK_TO * min(room, prompt.tokens))
                if error.limit:
                    room = min(room, error.limit - self._answer_tokens(error.limit))
                if shrink == _SHRINKS or room < _LEAST_ROOM:
                    raise

    def _answer_tokens(self, window: int) -> int:
        return min(self._settings.max_tokens, window // 2)

    def _written(self, task: Task, prompt: Prompt, left_out: int) -> Generator[Answer, None, None]:
        sentences = _Sentences(self._checker(prompt), self._second_look(), task)
        notes = [*task.extractive.notes, *self._notes(prompt, left_out)]
        asking = f"{self._settings.chat_model} reads {_abstracts(len(prompt.papers))} …"
        latest = Answer(task.question, "", task.kind, mode="generated", notes=(*notes, asking))
        yield latest
        text = finish = ""
        shown_at = time.monotonic()
        before = self._model.usage.prompt
        request = Request(prompt.messages, max_tokens=self._settings.max_tokens)
        with closing(self._model.stream(request)) as pieces:
            for piece in pieces:
                text = self._model.hidden(text + piece.text)
                finish = piece.finish or finish
                shown = yield from _waiting(
                    sentences.checked(drafts(spoken(text, False), False)), latest
                )
                if len(shown) != len(latest.sentences):
                    latest = assembled(task.question, task.kind, shown, notes)
                elif time.monotonic() - shown_at < BEAT:
                    continue
                yield latest
                shown_at = time.monotonic()
        if self._model.usage.prompt > before:
            self._gauge.learn(prompt.tokens, self._model.usage.last_prompt)
        done = self._finished(task, sentences, text, finish, notes)
        yield (yield from _waiting(done, latest))

    def _finished(
        self, task: Task, sentences: _Sentences, text: str, finish: str, notes: list[str]
    ) -> Generator[None, None, Answer]:
        said = spoken(text, finished=True)
        found = drafts(said, finished=True)
        if finish == "length":
            notes = [*notes, "The model's answer was cut off at its longest length."]
            found = found[:-1] if found and found[-1].text[-1] not in ".!?" else found
        if refuses(said):
            return _fallback(task, "The model found no answer in the abstracts that it read.")
        shown = yield from sentences.checked(found)
        if all(item.status == "marked" for item in shown):
            return _fallback(task, "No sentence that the model wrote is backed by the abstracts.")
        return assembled(task.question, task.kind, shown, [*notes, *sentences.notes(found)])

    def _checker(self, prompt: Prompt) -> Checker:
        return Checker(prompt.papers, self._embed, self._settings.unsupported)

    def _second_look(self) -> SecondLook | None:
        if not self._settings.judge:
            return None
        return SecondLook(self._model, self._settings.judge)

    def _notes(self, prompt: Prompt, left_out: int) -> list[str]:
        notes = []
        if left_out:
            notes.append(f"{_abstracts(left_out)} did not fit into the model's context window.")
        if prompt.tokens > self._settings.announced_tokens:
            notes.append(f"{READS} {about(self._settings, prompt.tokens, 1)}.")
        return notes


class _Sentences:
    """The checked sentences of one answer; each is checked once, however often it is asked for."""

    def __init__(self, checker: Checker, second_look: SecondLook | None, task: Task) -> None:
        self._checker = checker
        self._second_look = second_look
        self._overturns = task.extractive.abstained
        self._known: dict[Draft, Checked | None] = {}

    def checked(self, found: Sequence[Draft]) -> Generator[None, None, list[Checked]]:
        """Returns what may be shown, in order, nothing twice; yields while a judge thinks.

        Where the abstracts do not seem to answer, only what is backed as cited may be shown.
        """
        shown: dict[str, Checked] = {}
        for draft in found:
            item = yield from self._check(draft)
            if item and (item.status == "supported" or not self._overturns):
                shown.setdefault(item.text, item)
        return list(shown.values())

    def notes(self, found: Sequence[Draft]) -> list[str]:
        """What was done to the sentences, in words for the reader."""
        items = [self._known.get(draft) for draft in found]
        moved = sum(item is not None and item.status == "reattributed" for item in items)
        marked = sum(item is not None and item.status == "marked" for item in items)
        dropped = sum(
            item is None and is_claim(draft) for item, draft in zip(items, found, strict=True)
        )
        notes = []
        if moved:
            notes.append(f"{_some(moved)} given the citation of the paper that backs it.")
        if marked and not self._overturns:
            notes.append(f"{_some(marked)} marked: no abstract backs it.")
        if dropped:
            notes.append(f"{_some(dropped)} left out: it said what no cited abstract holds.")
        if self._second_look and self._second_look.failure:
            notes.append(self._second_look.failure)
        return notes

    def _check(self, draft: Draft) -> Generator[None, None, Checked | None]:
        if draft not in self._known:
            item = self._checker.check(draft)
            if item and item.backing and self._second_look:
                item = yield from self._second_look.confirm(item)
            self._known[draft] = item
        return self._known[draft]


def _waiting(work: Generator[None, None, T], latest: Answer) -> Generator[Answer, None, T]:
    """What the work returns, with the latest answer again and again while it goes on."""
    with closing(work):
        while True:
            try:
                next(work)
            except StopIteration as end:
                returned: T = end.value
                return returned
            yield latest


def about(settings: Settings, tokens: int, requests: int) -> str:
    """ "about 24,000 tokens in 6 requests (about $0.004)", the price where prices are set."""
    cost = tokens * settings.price_in + requests * settings.max_tokens * settings.price_out
    some = "1 request" if requests == 1 else f"{requests} requests"
    price = f" (at most about ${cost / 1e6:.3f})" if cost else ""
    return f"about {tokens:,} tokens in {some}{price}"


def noted(answer: Answer, *notes: str) -> Answer:
    """The answer with further notes."""
    return replace(answer, notes=(*answer.notes, *notes))


def _fallback(task: Task, reason: str) -> Answer:
    instead = [] if task.extractive.abstained else [INSTEAD]
    return noted(task.extractive, " ".join([reason, *instead]))


def _abstracts(count: int) -> str:
    return "1 abstract" if count == 1 else f"{count} abstracts"


def _some(count: int) -> str:
    return "1 sentence was" if count == 1 else f"{count} sentences were"
