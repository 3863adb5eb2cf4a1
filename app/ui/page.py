"""The page: a chat on the left, the papers it cites on the right. The only user of Gradio.

Handlers only pass turns between the engine and the components; what they show is made by
`app.ui.render` and `app.ui.sources`, and `app.ui.server` puts the page on a port.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response

from app.ui import render
from app.ui import sources as cards
from app.ui.chat import Engine, Turn, Turns, converse, settle, unhurried
from app.ui.markdown import code_line

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read while Gradio is imported
# After every event Gradio would sum up all of them for a monitoring page that is not served.
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(10**9)

import gradio as gr

_HERE = Path(__file__).parent
_LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]
# Answers at a time, and questions that may wait for one before a visitor is told to come back.
_AT_A_TIME, _WAITING = 4, 64
_LONGEST_QUESTION = 2_000  # characters
_LARGEST_UPLOAD = 1_024  # bytes; the page itself uploads nothing
# A visitor takes some 40 KB: what is kept of one who went, and of how many at most.
_KEPT_SECONDS, _MOST_VISITORS = 4 * 3_600, 500
_SWEPT_EVERY = 60  # seconds
# Gradio rewrites the selectors of a style sheet that it is given; a linked one stays as it is.
_HEAD = '<link rel="stylesheet" href="page.css"><script src="page.js" defer></script>'
_PLACEHOLDER = "Ask about the papers …"

Message = dict[str, str]


def build_page(engine: Engine, examples: Sequence[str], corpus_line: str) -> gr.Blocks:
    """The page, not yet served. `examples` are questions to click in an empty chat."""
    page = gr.Blocks(title="askpapers", analytics_enabled=False, fill_height=True)
    with page:
        turns = gr.State((), time_to_live=_KEPT_SECONDS)
        with gr.Row(elem_id="masthead"):
            gr.Markdown(_masthead(corpus_line), elem_id="about")
            fresh = gr.Button("New chat", elem_id="new-chat", size="sm", scale=0, min_width=96)
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="talk", scale=6, min_width=300):
                chatbot = _chatbot(examples)
                textbox = _textbox()
            with gr.Column(elem_id="panel", scale=4, min_width=300):
                latest = gr.Markdown(cards.WELCOME, elem_id="latest", latex_delimiters=[])
                earlier = gr.Markdown("", elem_id="earlier", latex_delimiters=[])
        _wire(engine, _Parts(turns, chatbot, latest, earlier, textbox, fresh))
    page.queue(max_size=_WAITING, default_concurrency_limit=_AT_A_TIME)
    # An argument of `launch`, which a page that is mounted never meets.
    page.state_session_capacity = _MOST_VISITORS
    return page


@asynccontextmanager
async def forgetting(page: gr.Blocks) -> AsyncGenerator[None, None]:
    """Forgets visitors who have not been heard of for hours, for the time of the block.

    Gradio itself keeps everything but the conversation.
    """

    async def sweep() -> None:
        while True:
            forget(page, datetime.now() - timedelta(seconds=_KEPT_SECONDS))
            await asyncio.sleep(_SWEPT_EVERY)

    sweeping = asyncio.create_task(sweep())
    try:
        yield
    finally:
        sweeping.cancel()


def forget(page: gr.Blocks, before: datetime) -> None:
    """Drop what is kept of visitors who were last heard of before that time."""
    holder = page.state_holder
    with holder.lock:
        for session, heard in list(holder.time_last_used.items()):
            if heard < before:
                holder.session_data.pop(session, None)
                del holder.time_last_used[session]


def is_event(page: gr.Blocks, event: Any) -> bool:
    """Whether a request is one that the page's own script could send."""
    fields = event if isinstance(event, dict) else {}
    index, data = fields.get("fn_index"), fields.get("data")
    known = page.fns.get(index) if isinstance(index, int) else None
    if known is None or not isinstance(data, list) or len(data) != len(known.inputs):
        return False
    if any(name == "example_select" for _, name in known.targets):
        told = fields.get("event_data")
        chosen = told.get("value") if isinstance(told, dict) and "index" in told else None
        return isinstance(chosen, dict) and isinstance(chosen.get("text"), str)
    return isinstance(fields.get("session_hash"), str) and all(
        value is None or isinstance(value, str) for value in data
    )


def mount_page(web: FastAPI, page: gr.Blocks) -> FastAPI:
    """The web application with the page at its root, its style and script beside it."""
    for name, kind in (("page.css", "text/css"), ("page.js", "text/javascript")):
        web.add_api_route(f"/{name}", _static(name, kind), include_in_schema=False)
    gr.mount_gradio_app(
        web,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=_LARGEST_UPLOAD,
        ssr_mode=False,
        enable_monitoring=False,
        theme=_theme(),
        head=_HEAD,
    )
    return web


def _static(name: str, kind: str) -> Callable[[], Response]:
    content = (_HERE / name).read_text(encoding="utf-8")
    return lambda: Response(content, media_type=kind)


@dataclass(frozen=True)
class _Parts:
    """The components that handlers read and change."""

    turns: gr.State
    chatbot: gr.Chatbot
    latest: gr.Markdown
    earlier: gr.Markdown
    textbox: gr.Textbox
    fresh: gr.Button


def _wire(engine: Engine, parts: _Parts) -> None:
    """What happens on Enter, on an example, on Stop and on New chat."""

    async def ask(question: str, turns: Turns) -> AsyncGenerator[tuple[Any, ...], None]:
        field: Any = gr.update(value="", submit_btn=False, stop_btn=True)
        async with aclosing(unhurried(converse(engine, turns, question))) as steps:
            async for grown in steps:
                yield (grown, *view(grown), field)
                field = gr.skip()  # what is typed meanwhile stays

    async def ask_example(
        event: gr.SelectData, turns: Turns
    ) -> AsyncGenerator[tuple[Any, ...], None]:
        async with aclosing(ask(event.value["text"], turns)) as steps:
            async for step in steps:
                yield step

    def finish(turns: Turns) -> tuple[Any, ...]:
        settled = settle(turns)
        return (settled, *view(settled), gr.update(submit_btn=True, stop_btn=False))

    def start_over() -> tuple[Any, ...]:
        return ((), *view(()), gr.update(value="", submit_btn=True, stop_btn=False))

    shown = [parts.turns, parts.chatbot, parts.latest, parts.earlier, parts.textbox]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    asked = parts.textbox.submit(ask, [parts.textbox, parts.turns], shown, **quiet)
    clicked = parts.chatbot.example_select(ask_example, [parts.turns], shown, **quiet)
    for event in (asked, clicked):
        # `then` follows an answer that ended or was stopped, `failure` one that raised.
        event.then(finish, [parts.turns], shown, queue=False, **quiet)
        event.failure(finish, [parts.turns], shown, queue=False, **quiet)
    running: list[dict[str, Any]] = [asked, clicked]
    parts.textbox.stop(None, cancels=running, api_visibility="private")
    parts.fresh.click(start_over, None, shown, cancels=running, queue=False, **quiet)


def view(turns: Turns) -> tuple[list[Message], str, str]:
    """What the chat, the panel of the latest answer and the panel of earlier ones show.

    The ids count the turns, so that a link followed before the last question matches nothing
    any more and the panel shows the newest sources again.
    """
    anchors = [f"a{len(turns)}-{place}" for place in range(1, len(turns) + 1)]
    messages = [
        message
        for turn, anchor in zip(turns, anchors, strict=True)
        for message in _messages(turn, anchor)
    ]
    if not turns:
        return messages, cards.WELCOME, ""
    panels = [_panel(turn, anchor) for turn, anchor in zip(turns, anchors, strict=True)]
    return messages, panels[-1], "\n\n".join(panels[:-1])


def _messages(turn: Turn, anchor: str) -> Iterator[Message]:
    yield {"role": "user", "content": render.question(turn.question)}
    if turn.state == "failed":
        yield {"role": "assistant", "content": render.error(turn.error)}
    elif turn.answer is not None:
        stopped = "\n\n" + render.STOPPED if turn.state == "stopped" else ""
        text = render.answer(turn.answer, anchor, finished=turn.state == "done")
        yield {"role": "assistant", "content": text + stopped}
    else:
        waiting = render.READING if turn.state == "reading" else render.STOPPED
        yield {"role": "assistant", "content": waiting}


def _panel(turn: Turn, anchor: str) -> str:
    if turn.answer is not None:
        return cards.panel(turn.answer, anchor)
    return cards.READING if turn.state == "reading" else cards.NOTHING


def _masthead(corpus_line: str) -> str:
    return f'<h1>askpapers</h1>\n\n<p class="corpus">{code_line(corpus_line)}</p>'


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
        max_length=_LONGEST_QUESTION,
        autofocus=True,
        submit_btn=True,
        stop_btn=False,
    )


def _theme() -> gr.themes.Base:
    """Fonts of the reader's own system: nothing is fetched for them."""
    return gr.themes.Base(
        primary_hue="teal",
        neutral_hue="stone",
        font=["ui-sans-serif", "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "monospace"],
    )
