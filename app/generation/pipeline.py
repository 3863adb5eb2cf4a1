"""Answers that a model writes from the abstracts, each sentence checked before it is shown."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from app.answer import Answer, Status
from app.choices import as_strict
from app.generation.assemble import assembled
from app.generation.checking import (
    Checked,
    Checker,
    Policy,
    has_antecedent,
    is_claim,
    points_back,
)
from app.generation.draft import Draft, drafts, refuses, spoken
from app.generation.prompts import Prompt, TokenGauge, answer_prompt
from app.generation.task import INSTEAD, Task, cost_notes, noted, or_extractive, shown_meanwhile
from app.generation.verifier import Verified, Verifier
from app.llm.errors import ContextOverflow, OutOfTime
from app.llm.model import Model
from app.llm.protocol import WITHHELD, Piece, Request
from app.settings import Settings
from app.support.alignment import Embed
from ingest.servers.background import BEAT

_SHRINKS = 3
_SHRINK_TO = 0.6
_LEAST_ROOM = 200  # tokens
_LATE = "deadline"  # the finish of an answer that was not complete in its time
_CUT_OFF = {
    "length": "The model's answer was cut off at its longest length.",
    WITHHELD: "The filter of the model server cut the answer off (content_filter).",
    _LATE: f"{OutOfTime()} What was written by then is shown.",
}
_EMPTY = {WITHHELD: _CUT_OFF[WITHHELD], _LATE: str(OutOfTime())}
_UNWRITTEN = "The model wrote no sentence that could be checked."
_UNBACKED = "No sentence that the model wrote is backed by the abstracts."


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes answers with one chat model."""

    settings: Settings
    model: Model
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
        sentences = self._sentences(task, prompt)
        notes = [*task.extractive.notes, *self._notes(prompt, left_out)]
        asking = f"{self.settings.chat_model} reads {_abstracts(len(prompt.papers))} …"
        latest = Answer(task.question, "", task.kind, mode="generated", notes=(*notes, asking))
        yield latest
        text = finish = ""
        counted = 0
        shown_at = 0.0
        deadline = task.deadline
        request = Request(prompt.messages, max_tokens=self.settings.max_tokens, deadline=deadline)
        with closing(_in_time(self.model.stream(request))) as pieces:
            for piece in pieces:
                text += piece.text
                finish = piece.finish or finish
                counted = piece.prompt or counted
                # Each reading is one of the whole text, which has to keep up with every letter.
                if not piece.finish and time.monotonic() - shown_at < BEAT:
                    continue
                shown = sentences.checked(drafts(spoken(text, False), False))
                if len(shown) != len(latest.sentences):
                    latest = assembled(task.question, task.kind, shown, [*notes, *self._pending()])
                yield latest
                shown_at = time.monotonic()
        self.gauge.learn(prompt.tokens, counted)
        done = self._finished(task, sentences, text, finish, notes)
        yield (yield from shown_meanwhile(done, latest))

    def _finished(
        self, task: Task, sentences: _Sentences, text: str, finish: str, notes: list[str]
    ) -> Generator[None, None, Answer]:
        said = spoken(text, finished=True)
        found = drafts(said, finished=True)
        if finish in _CUT_OFF:
            notes = [*notes, _CUT_OFF[finish]]
            found = found[:-1] if found and found[-1].text[-1] not in ".!?" else found
        if refuses(said):
            return _fallback(task, "The model found no answer in the abstracts that it read.")
        verified = yield from self._verifier.verify(sentences.checked(found), task.deadline)
        shown = sentences.kept(verified.sentences)
        if all(item.status == "marked" for item in shown):
            nothing = _UNBACKED if found else _UNWRITTEN
            return _fallback(task, _EMPTY.get(finish, nothing), verified)
        notes = [*notes, *sentences.notes(found, verified.sentences), *verified.notes]
        answer = assembled(task.question, task.kind, shown, notes)
        return replace(answer, seconds=verified.seconds)

    def _sentences(self, task: Task, prompt: Prompt) -> _Sentences:
        policy = as_strict(self.settings, task.strictness).unsupported
        checker = Checker(prompt.papers, self.embed, policy)
        return _Sentences(checker, task.extractive.abstained, policy)

    @property
    def _verifier(self) -> Verifier:
        return Verifier(self.settings, self.model, self.gauge)

    def _pending(self) -> list[str]:
        judge = self.settings.judge_model
        return [f"Being checked: {judge} reads the sentences once they are written …"] * bool(judge)

    def _notes(self, prompt: Prompt, left_out: int) -> list[str]:
        notes = []
        if left_out:
            notes.append(f"{_abstracts(left_out)} did not fit into the model's context window.")
        # A judge reads at most the same abstracts again.
        requests = 2 if self.settings.judge_model else 1
        return notes + cost_notes(self.settings, requests * prompt.tokens, requests)


def _in_time(pieces: Generator[Piece, None, None]) -> Generator[Piece, None, None]:
    """The pieces that come before the deadline; the last one tells that it has passed."""
    with closing(pieces):
        try:
            yield from pieces
        except OutOfTime:
            yield Piece(finish=_LATE)


class _Sentences:
    """The checked sentences of one answer; each is checked once, however often it is asked for.

    Where it overturns an abstention, only what is backed as cited may be shown.
    """

    def __init__(self, checker: Checker, overturns: bool, policy: Policy) -> None:
        self._checker = checker
        self._allowed: set[Status] = {"supported"}
        if not overturns:
            self._allowed |= {"reattributed"} if policy == "drop" else {"reattributed", "marked"}
        self._known: dict[Draft, Checked | None] = {}

    def checked(self, found: Sequence[Draft]) -> list[Checked]:
        """What may be shown, in order, nothing twice."""
        shown: dict[str, Checked] = {}
        kept, _ = self._standing(self._claims(found))
        for item in kept:
            shown.setdefault(item.text, item)
        return list(shown.values())

    def kept(self, items: Sequence[Checked]) -> list[Checked]:
        """Those that may be shown."""
        kept, _ = self._standing([(item.text, item) for item in items])
        return kept

    def notes(self, found: Sequence[Draft], verified: Sequence[Checked]) -> list[str]:
        """What was done to the sentences, in words for the reader."""
        claims = self._claims(found)
        kept, lost = self._standing(claims)
        moved = sum(item.status == "reattributed" for item in kept)
        marked = sum(item.status == "marked" for item in kept)
        dropped = sum(item is None for _, item in claims)
        lost += self._standing([(item.text, item) for item in verified])[1]
        notes = []
        if moved:
            notes.append(f"{_some(moved)} given the citation of the paper that backs it.")
        if marked:
            notes.append(f"{_some(marked)} marked: no abstract backs it.")
        if dropped:
            notes.append(f"{_some(dropped)} left out: it said what no cited abstract holds.")
        if lost:
            notes.append(f"{_some(lost)} left out: it spoke of one that was left out.")
        return notes

    def _claims(self, found: Sequence[Draft]) -> list[tuple[str, Checked | None]]:
        return [(one.text, self._check(one)) for one in inheriting(found) if is_claim(one)]

    def _standing(self, claims: Sequence[tuple[str, Checked | None]]) -> tuple[list[Checked], int]:
        """Those that may be shown, and how many may not only since what they are about may not.

        "It …" behind a sentence that is left out would be read of the backed one before that,
        which is wrong where that is on another paper. The first backed one always stands.
        """
        kept: list[Checked] = []
        before: set[str] = set()
        lost, gone = 0, False
        for text, item in claims:
            allowed = item is not None and item.status in self._allowed
            own = {one.paper.paper_id for one in item.backing} if item else set()
            orphaned = gone and bool(before) and not before & own and has_antecedent(text)
            if item is not None and allowed and not orphaned:
                kept.append(item)
                before = own or before
            lost += allowed and orphaned
            gone = orphaned or not allowed
        return kept, lost

    def _check(self, draft: Draft) -> Checked | None:
        if draft not in self._known:
            self._known[draft] = self._checker.check(draft)
        return self._known[draft]


def inheriting(found: Sequence[Draft]) -> list[Draft]:
    """Drafts, of which one that cites nothing and is about what stood before it cites the same."""
    given: list[Draft] = []
    for draft in found:
        same = given and not draft.numbers and points_back(draft.text)
        given.append(replace(draft, numbers=given[-1].numbers) if same else draft)
    return given


def _fallback(task: Task, reason: str, verified: Verified | None = None) -> Answer:
    instead = [] if task.extractive.abstained else [INSTEAD]
    before = verified.notes if verified else ()
    answer = noted(task.extractive, *before, " ".join([reason, *instead]))
    return replace(answer, seconds=verified.seconds) if verified else answer


def _abstracts(count: int) -> str:
    return "1 abstract" if count == 1 else f"{count} abstracts"


def _some(count: int) -> str:
    return "1 sentence was" if count == 1 else f"{count} sentences were"
