"""The tab that answers: a chat on the left, the papers it cites on the right.

Handlers only pass turns between the engine and the components; what they show is made by
`app.ui.view`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import count
from typing import Any

import gradio as gr

from app.ui import kept, render, view
from app.ui.chat import Conversation, Engine, Turn, Turns, converse, settle, unhurried
from app.ui.tables import MOST_COMPARED
from app.ui.wishes import Wish, read_wish

_LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]
_PLACEHOLDER = "Ask about the papers …"
_CLOSE = '<button class="close" type="button">Close</button>'
# A name for what the browser keeps, and what it is scrambled with, the same after a restart.
_STORED_AS = "askpapers"

Steps = AsyncGenerator[tuple[Any, ...], None]


@dataclass(frozen=True)
class Parts:
    """The components that handlers read and change.

    The script writes wishes into `asking`, which start an answer, and `doing`, which do not. It
    saves what comes into `delivery`, and sends the next question when `finished` changes.
    """

    conversation: gr.State
    stored: gr.BrowserState
    chatbot: gr.Chatbot
    panel: gr.Markdown
    textbox: gr.Textbox
    asking: gr.Textbox
    doing: gr.Textbox
    delivery: gr.Markdown
    finished: gr.Markdown
    fresh: gr.Button


def ask_tab(examples: Sequence[str], fresh: gr.Button) -> Parts:
    """The components of the tab; `fresh` is the button that begins another chat."""
    with gr.Row(elem_id="columns"):
        with gr.Column(elem_id="talk", scale=6, min_width=300):
            chatbot = _chatbot(examples)
            textbox = _textbox()
        with gr.Column(elem_id="panel", scale=4, min_width=300):
            gr.Markdown(_CLOSE, elem_id="close-sources")
            panel = gr.Markdown(view.panel(()), elem_id="sources", latex_delimiters=[])
    return Parts(
        gr.State(Conversation()),
        gr.BrowserState(None, storage_key=_STORED_AS, secret=_STORED_AS),
        chatbot,
        panel,
        textbox,
        gr.Textbox(elem_id="asking", label="asking", visible="hidden"),
        gr.Textbox(elem_id="doing", label="doing", visible="hidden"),
        gr.Markdown("", elem_id="delivery", visible="hidden", latex_delimiters=[]),
        gr.Markdown("", elem_id="finished", visible="hidden", latex_delimiters=[]),
        fresh,
    )


_BUSY: Any = {"submit_btn": False, "stop_btn": "Stop"}
_IDLE: Any = {"submit_btn": "Ask", "stop_btn": False}


def wire(engine: Engine, parts: Parts, page: gr.Blocks) -> None:
    """What happens to wishes, on Stop, and when the page opens."""
    told = count(1)

    async def answer(asked: Turn | None, conversation: Conversation) -> Steps:
        if asked is None:
            return
        field: Any = gr.update(**_BUSY)
        async with aclosing(unhurried(converse(engine, conversation.turns, asked))) as steps:
            async for grown in steps:
                if conversation.over:
                    return
                conversation.turns = grown
                yield (view.messages(grown), view.panel(grown), field)
                field = gr.skip()

    async def on_asking(sent: str, conversation: Conversation) -> Steps:
        async with aclosing(answer(_asked(conversation, sent), conversation)) as steps:
            async for step in steps:
                yield step

    async def on_example(event: gr.SelectData, conversation: Conversation) -> Steps:
        async with aclosing(answer(Turn(event.value["text"]), conversation)) as steps:
            async for step in steps:
                yield step

    def finish(conversation: Conversation) -> tuple[Any, ...]:
        cut = settle(conversation.turns)
        whole = cut == conversation.turns and cut
        conversation.turns = cut
        # An empty chat is shown anew: a step of the one before it may have come after it began.
        shown = (gr.skip(), gr.skip()) if whole else (view.messages(cut), view.panel(cut))
        return (*shown, gr.update(**_IDLE), kept.packed(cut))

    def do(sent: str, conversation: Conversation) -> tuple[Any, ...]:
        wish = read_wish(sent)
        if wish and wish.do == "show" and wish.numbers:
            return view.panel(conversation.turns, wish.turn, wish.numbers[0]), gr.skip()
        file = view.file_of(conversation.turns, wish) if wish and wish.do == "export" else None
        return gr.skip(), view.delivered(file, next(told)) if file else gr.skip()

    def start_over(conversation: Conversation) -> tuple[Any, ...]:
        conversation.over = True
        shown: tuple[Any, ...] = ([], view.panel(()), gr.update(**_IDLE))
        return (Conversation(), *shown, kept.packed(()))

    def restore(stored: object) -> tuple[Any, ...]:
        turns = kept.unpacked(stored)
        shown = (view.messages(turns), view.panel(turns)) if turns else (gr.skip(), gr.skip())
        return Conversation(turns), *shown

    def tell(event: Any) -> None:
        # After an event, not in it: Gradio may draw what the same event changes after this.
        event.then(lambda: str(next(told)), None, parts.finished, queue=False, **quiet)

    shown: list[Any] = [parts.chatbot, parts.panel, parts.textbox]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    asked = parts.asking.change(
        on_asking, [parts.asking, parts.conversation], shown, trigger_mode="multiple", **quiet
    )
    clicked = parts.chatbot.example_select(on_example, [parts.conversation], shown, **quiet)
    settled = [*shown, parts.stored]
    for event in (asked, clicked):
        # `then` follows an answer that ended or was stopped, `failure` one that raised.
        for ended in (event.then, event.failure):
            tell(ended(finish, [parts.conversation], settled, queue=False, **quiet))
    parts.doing.change(
        do, [parts.doing, parts.conversation], [parts.panel, parts.delivery],
        queue=False, trigger_mode="multiple", **quiet,
    )  # fmt: skip
    parts.textbox.stop(None, cancels=[asked, clicked], api_visibility="private")
    begun = parts.fresh.click(
        start_over, [parts.conversation], [parts.conversation, *settled],
        cancels=[asked, clicked], queue=False, **quiet,
    )  # fmt: skip
    tell(begun)
    restored = [parts.conversation, parts.chatbot, parts.panel]
    tell(page.load(restore, [parts.stored], restored, queue=False, **quiet))


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
    if wish.do in ("ask", "retry") or (wish.do == "without" and before is turns[-1]):
        conversation.turns = turns[: wish.turn - 1]
    if wish.do == "ask":
        return Turn(wish.text)
    if wish.do == "retry":
        return Turn(before.question, without=before.without, compared=before.compared)
    if wish.do == "without":
        return Turn(before.question, without=(*before.without, wish.name))
    return _compared(turns, wish)


def _compared(turns: Turns, wish: Wish) -> Turn | None:
    papers = view.chosen(turns, wish)
    if wish.do != "compare" or not 2 <= len(papers) <= MOST_COMPARED:
        return None
    return Turn(view.compare_question(papers), compared=tuple(one.paper_id for one in papers))


def _chatbot(examples: Sequence[str]) -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        label="Conversation",
        show_label=False,
        container=False,
        height="100%",
        autoscroll=False,
        layout="bubble",
        buttons=[],
        feedback_options=None,
        latex_delimiters=_LATEX,
        allow_tags=False,
        allow_file_downloads=False,
        group_consecutive_messages=False,
        placeholder=render.WELCOME,
        examples=[{"text": example} for example in examples],
    )


def _textbox() -> gr.Textbox:
    return gr.Textbox(
        elem_id="question",
        label="Question",
        show_label=False,
        container=False,
        placeholder=_PLACEHOLDER,
        lines=1,
        max_lines=6,
        interactive=True,
        autofocus=True,
        submit_btn="Ask",
        stop_btn=False,
    )
