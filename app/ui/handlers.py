"""What the page does on each event: turns go to the engine, what is shown of them comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from itertools import count
from typing import Any

import gradio as gr

from app.serving.caller import Caller, calling, sender
from app.serving.requests import bug_sentence
from app.serving.turnstile import TurnedAway, Turnstile
from app.suggesting.introduction import at_a_glance
from app.ui import kept, view
from app.ui.chat import (
    Conversation,
    Engine,
    Noticed,
    Turn,
    Turns,
    converse,
    history,
    settle,
    unhurried,
)
from app.ui.choosing import choices
from app.ui.gone import as_it_is_now
from app.ui.judged import judged
from app.ui.offers import BACK, offers
from app.ui.sources import FORGOTTEN
from app.ui.tables import MOST_COMPARED
from app.ui.welcome import welcome
from app.ui.wishes import Wish, read_wish
from ingest.errors import AskpapersError

_BUSY: Any = {"submit_btn": False, "stop_btn": "Stop"}
_IDLE: Any = {"submit_btn": "Ask", "stop_btn": False}

Steps = AsyncGenerator[tuple[Any, ...], None]


class Handlers:
    """The events of one page. Each visitor's conversation is handed in and grows in place."""

    def __init__(self, engine: Engine, turnstile: Turnstile) -> None:
        self._engine, self._turnstile = engine, turnstile
        self._told = count(1)

    def greet(self) -> Any:
        """What an empty chat tells at once, while its topics and examples are looked for."""
        try:
            counted = self._engine.papers_by_year()
        except AskpapersError:
            return gr.skip()
        return gr.update(placeholder=welcome(at_a_glance(counted), looking=True))

    def welcome(self) -> Any:
        """What an empty chat tells of the collection; what stands there where that fails."""
        try:
            return gr.update(placeholder=welcome(self._engine.introduction()))
        except AskpapersError:
            return gr.skip()

    async def _answer(
        self, asked: Turn | None, conversation: Conversation, request: gr.Request | None
    ) -> Steps:
        """The page after each step of an answer, while its chat goes on."""
        if asked is None:
            return
        caller = sender(request)
        conversation.before = ()
        conversation.request = caller.request
        calling.set(caller)
        field: Any = gr.update(**_BUSY)
        offered: Any = ""
        steps = self._steps(asked, conversation.turns, caller)
        async with Noticed(conversation), aclosing(steps):
            async for step in steps:
                if conversation.over:
                    return
                # What was said of earlier answers meanwhile stays.
                grown = (*conversation.turns[: len(step) - 1], step[-1])
                conversation.turns = grown
                yield (view.messages(grown, conversation.lost), view.panel(grown), offered, field)
                field = offered = gr.skip()

    async def _steps(
        self, asked: Turn, before: Turns, caller: Caller
    ) -> AsyncGenerator[Turns, None]:
        """The turns after each step; a question that is not taken now is a turn that says so."""
        try:
            async with (
                self._turnstile.turn(caller),
                aclosing(unhurried(converse(self._engine, before, asked))) as steps,
            ):
                async for turns in steps:
                    yield turns
        except TurnedAway as away:
            yield (*before, replace(asked, state="failed", error=str(away)))

    async def on_asking(
        self,
        sent: str,
        conversation: Conversation,
        stored: object = None,
        request: gr.Request | None = None,
        *chosen: object,
    ) -> Steps:
        """An answer to what was typed or clicked, with what is chosen in the settings."""
        if not conversation.known:
            await asyncio.to_thread(self._recall, conversation, stored, request)
        if _is_back(sent) and not conversation.turns:
            conversation.turns, conversation.before = conversation.before, ()
            yield (view.messages(conversation.turns), view.panel(conversation.turns), "", gr.skip())
            return
        asked = _asked(conversation, sent)
        asked = replace(asked, choices=choices(chosen)) if asked else None
        async with aclosing(self._answer(asked, conversation, request)) as steps:
            async for step in steps:
                yield step

    def offer(self, conversation: Conversation) -> Any:
        """Questions to ask next, once they are found, unless the chat has gone on meanwhile.

        The turns stay as they are: the next answer may be growing on them.
        """
        turns = conversation.turns
        last = turns[-1] if turns else None
        if last is None or last.answer is None or last.state != "done":
            return gr.skip()
        try:
            found = self._engine.follow_ups(last.put, history(turns[:-1]), last.answer)
        except AskpapersError:
            return gr.skip()
        if conversation.turns is not turns or conversation.over:
            return gr.skip()
        return offers(found, last.answer, len(turns), conversation.unkept)

    def finish(self, conversation: Conversation) -> tuple[Any, ...]:
        """The page after an answer that ended, was stopped or failed."""
        if not conversation.known:  # was forgotten meanwhile: what is shown and kept stays
            return (*[gr.skip()] * 3, gr.update(**_IDLE), gr.skip())
        cut = settle(conversation.turns)
        whole = cut == conversation.turns and cut
        conversation.turns = cut
        # An empty chat is shown anew: a step of the one before it may have come after it began.
        shown = (gr.skip(), gr.skip()) if whole else _shown(conversation)
        return (*shown, gr.skip(), gr.update(**_IDLE), _packed(conversation))

    def fail(self, conversation: Conversation) -> tuple[Any, ...]:
        """The page after an answer that a bug ended, or a visitor: Gradio tells both alike."""
        if not conversation.broken:
            return self.finish(conversation)
        sentence = bug_sentence(conversation.request)
        conversation.turns = tuple(
            replace(turn, state="failed", answer=None, error=sentence) if turn != cut else turn
            for turn, cut in zip(conversation.turns, settle(conversation.turns), strict=True)
        )
        return (*_shown(conversation), gr.skip(), gr.update(**_IDLE), _packed(conversation))

    def do(self, sent: str, conversation: Conversation) -> tuple[Any, ...]:
        """Sources to show, or a file to save."""
        wish = read_wish(sent)
        if wish and not conversation.known:
            return FORGOTTEN, gr.skip()
        if wish and wish.do == "show" and wish.numbers:
            return view.panel(conversation.turns, wish.turn, wish.numbers[0]), gr.skip()
        file = view.file_of(conversation.turns, wish) if wish and wish.do == "export" else None
        return gr.skip(), view.delivered(file, next(self._told)) if file else gr.skip()

    def judge(
        self,
        sent: str,
        conversation: Conversation,
        stored: object = None,
        request: gr.Request | None = None,
    ) -> tuple[Any, ...]:
        """What the browser keeps, and what is told, once a visitor has judged an answer."""
        self._recall(conversation, stored, request)
        wish = read_wish(sent)
        found = judged(conversation.turns, wish) if wish else None
        if found is None:
            return gr.skip(), gr.skip()
        try:
            self._engine.keep(found[1])
        except AskpapersError:
            return gr.skip(), f"{next(self._told)} not kept"
        conversation.turns = found[0]
        return _packed(conversation), f"{next(self._told)} kept"

    def start_over(
        self,
        conversation: Conversation,
        stored: object = None,
        request: gr.Request | None = None,
    ) -> tuple[Any, ...]:
        """An empty chat; the one before it is over, and can be brought back."""
        self._recall(conversation, stored, request)
        conversation.over = True
        before = settle(conversation.turns) or conversation.before
        offered = BACK if before else ""
        shown: tuple[Any, ...] = ([], view.panel(()), offered, gr.update(**_IDLE))
        fresh = Conversation(before=before, known=True, owner=conversation.owner)
        return (fresh, *shown, _packed(fresh))

    def restore(self, stored: object, request: gr.Request | None = None) -> tuple[Any, ...]:
        """The chat that the browser kept; one of another user leaves the browser."""
        conversation = Conversation()
        self._recall(conversation, stored, request)
        is_empty = not (conversation.turns or conversation.lost)
        shown = (gr.skip(), gr.skip()) if is_empty else _shown(conversation)
        is_foreign = kept.is_of_another(stored, conversation.owner)
        return conversation, *shown, _packed(conversation) if is_foreign else gr.skip()

    def _recall(
        self, conversation: Conversation, stored: object, request: gr.Request | None
    ) -> None:
        """Read what the browser kept into a conversation that does not know it yet."""
        if conversation.known:
            return
        owner = kept.owner_of(sender(request).user)
        conversation.turns = as_it_is_now(self._engine, kept.unpacked(stored, owner))
        conversation.lost, conversation.owner = kept.lost(stored, owner), owner
        conversation.known = True

    def look_again(self, conversation: Conversation) -> tuple[Any, ...]:
        """The chat whose papers may have left the collection meanwhile."""
        turns = conversation.turns
        now = as_it_is_now(self._engine, turns)
        # An answer that grows meanwhile is not to be overwritten.
        if now == turns or conversation.turns is not turns or settle(turns) != turns:
            return gr.skip(), gr.skip()
        conversation.turns = now
        return _shown(conversation)

    def tell(self) -> str:
        """That all is done, in a text that it never told before."""
        return str(next(self._told))


def _shown(conversation: Conversation) -> tuple[Any, ...]:
    """The messages and the sources of a conversation."""
    turns = conversation.turns
    return view.messages(turns, conversation.lost), view.panel(turns)


def _packed(conversation: Conversation) -> kept.Kept:
    """What the browser keeps of a conversation, which notes what it cannot keep."""
    stored = kept.packed(conversation.turns, conversation.lost, conversation.owner)
    conversation.unkept = kept.lost(stored, conversation.owner) - conversation.lost
    return stored


def _is_back(sent: str) -> bool:
    wish = read_wish(sent)
    return wish is not None and wish.do == "back"


def _asked(conversation: Conversation, sent: str) -> Turn | None:
    """The turn that a wish begins. Turns that it takes the place of leave the conversation."""
    wish = read_wish(sent)
    turns = conversation.turns
    if wish is None:
        return None
    if wish.do == "ask" and not wish.turn:
        return Turn(wish.text)
    if not 1 <= wish.turn <= len(turns):
        return None
    before = turns[wish.turn - 1]
    # Only who changes a question means to drop what followed it.
    if wish.do == "ask" or (wish.do in ("retry", "without") and before is turns[-1]):
        conversation.turns = turns[: wish.turn - 1]
    if wish.do == "ask":
        return Turn(wish.text)
    if wish.do == "retry":
        return Turn(
            before.question, without=before.without, compared=before.compared, about=before.about
        )
    if wish.do == "without":
        return Turn(before.question, without=(*before.without, wish.name), about=before.about)
    if wish.do == "about":
        return Turn(before.question, without=before.without, about=wish.name)
    return _compared(turns, wish)


def _compared(turns: Turns, wish: Wish) -> Turn | None:
    papers = view.chosen(turns, wish)
    if wish.do != "compare" or not 2 <= len(papers) <= MOST_COMPARED:
        return None
    return Turn(view.compare_question(papers), compared=tuple(one.paper_id for one in papers))
