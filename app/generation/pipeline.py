"""Answers that a model writes from the abstracts, each sentence checked before it is shown."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from app.generation.assemble import assembled
from app.generation.checking import Checked, Checker, is_claim
from app.generation.draft import Draft, drafts, refuses, spoken
from app.generation.prompts import Prompt, TokenGauge, answer_prompt
from app.generation.task import INSTEAD, Task, cost_notes, noted, or_extractive, shown_meanwhile
from app.generation.verifier import Verifier
from app.llm.client import ChatModel
from app.llm.errors import ContextOverflow
from app.llm.protocol import Request
from app.records import Answer
from app.settings import Settings
from app.support.alignment import Embed
from ingest.servers.background import BEAT

_SHRINKS = 3
_SHRINK_TO = 0.6
_LEAST_ROOM = 200  # tokens


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes answers with one chat model."""

    settings: Settings
    model: ChatModel
    gauge: TokenGauge
    embed: Embed | None

    def write(self, task: Task) -> Generator[Answer, None, None]:
        """Answers that grow by sentences; the last is complete. No ServerError leaves here.

        Closing the generator ends the request at the server.
        """
        return or_extractive(task, self._fitting(task), INSTEAD)

    def _fitting(self, task: Task) -> Generator[Answer, None, None]:
        """Write with as many papers as the model can read, fewer when it says that it cannot."""
        papers = task.papers[: self.settings.prompt_papers]
        room = self.settings.context_window - self._answer_tokens(self.settings.context_window)
        for shrink in range(_SHRINKS + 1):
            prompt = answer_prompt(task.question, papers, task.kind, self.gauge, room)
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
        return min(self.settings.max_tokens, window // 2)

    def _written(self, task: Task, prompt: Prompt, left_out: int) -> Generator[Answer, None, None]:
        sentences = _Sentences(self._checker(prompt), self._verifier(), task)
        notes = [*task.extractive.notes, *self._notes(prompt, left_out)]
        asking = f"{self.settings.chat_model} reads {_abstracts(len(prompt.papers))} …"
        latest = Answer(task.question, "", task.kind, mode="generated", notes=(*notes, asking))
        yield latest
        text = finish = ""
        shown_at = time.monotonic()
        before = self.model.usage.prompt
        request = Request(prompt.messages, max_tokens=self.settings.max_tokens)
        with closing(self.model.stream(request)) as pieces:
            for piece in pieces:
                text = self.model.hidden(text + piece.text)
                finish = piece.finish or finish
                shown = yield from shown_meanwhile(
                    sentences.checked(drafts(spoken(text, False), False)), latest
                )
                if len(shown) != len(latest.sentences):
                    latest = assembled(task.question, task.kind, shown, notes)
                elif time.monotonic() - shown_at < BEAT:
                    continue
                yield latest
                shown_at = time.monotonic()
        if self.model.usage.prompt > before:
            self.gauge.learn(prompt.tokens, self.model.usage.last_prompt)
        done = self._finished(task, sentences, text, finish, notes)
        yield (yield from shown_meanwhile(done, latest))

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
        return Checker(prompt.papers, self.embed, self.settings.unsupported)

    def _verifier(self) -> Verifier | None:
        if not self.settings.judge:
            return None
        return Verifier(self.model, self.settings.judge)

    def _notes(self, prompt: Prompt, left_out: int) -> list[str]:
        notes = []
        if left_out:
            notes.append(f"{_abstracts(left_out)} did not fit into the model's context window.")
        return notes + cost_notes(self.settings, prompt.tokens, 1)


class _Sentences:
    """The checked sentences of one answer; each is checked once, however often it is asked for."""

    def __init__(self, checker: Checker, verifier: Verifier | None, task: Task) -> None:
        self._checker = checker
        self._verifier = verifier
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
        if self._verifier and self._verifier.failure:
            notes.append(self._verifier.failure)
        return notes

    def _check(self, draft: Draft) -> Generator[None, None, Checked | None]:
        if draft not in self._known:
            item = self._checker.check(draft)
            if item and item.backing and self._verifier:
                item = yield from self._verifier.confirm(item)
            self._known[draft] = item
        return self._known[draft]


def _fallback(task: Task, reason: str) -> Answer:
    instead = [] if task.extractive.abstained else [INSTEAD]
    return noted(task.extractive, " ".join([reason, *instead]))


def _abstracts(count: int) -> str:
    return "1 abstract" if count == 1 else f"{count} abstracts"


def _some(count: int) -> str:
    return "1 sentence was" if count == 1 else f"{count} sentences were"
