"""The tab that answers: a chat on the left, the papers it cites on the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.serving.turnstile import Turnstile
from app.ui import choosing, view, welcome
from app.ui.chat import Conversation, Engine
from app.ui.handlers import Handlers

_LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\(", "right": "\\)", "display": False},
]
_PLACEHOLDER = "Ask about the papers …"
_CLOSE = '<button class="close" type="button">Close</button>'
# A name for what the browser keeps, and what it is scrambled with, the same after a restart.
_STORED_AS = "askpapers"


@dataclass(frozen=True)
class Parts:
    """The components that handlers read and change.

    The script writes wishes into `asking`, which start an answer, and `doing`, which do not, and
    what a visitor says of an answer into `judging`; `judged` tells whether that was kept. It saves
    what comes into `delivery`, and sends the next question when `finished` changes.
    """

    conversation: gr.State
    stored: gr.BrowserState
    chatbot: gr.Chatbot
    panel: gr.Markdown
    offers: gr.Markdown
    textbox: gr.Textbox
    asking: gr.Textbox
    doing: gr.Textbox
    delivery: gr.Markdown
    finished: gr.Markdown
    judging: gr.Textbox
    judged: gr.Markdown
    fresh: gr.Button
    choosing: choosing.Panel


def ask_tab(fresh: gr.Button, chosen: choosing.Panel) -> Parts:
    """The components of the tab; `fresh` begins another chat, `chosen` holds the settings."""
    with gr.Row(elem_id="columns"):
        with gr.Column(elem_id="talk", scale=6, min_width=300):
            chatbot = _chatbot()
            offers = gr.Markdown("", elem_id="offers", latex_delimiters=[])
            textbox = _textbox()
        with gr.Column(elem_id="panel", scale=4, min_width=300):
            gr.Markdown(_CLOSE, elem_id="close-sources")
            panel = gr.Markdown(view.panel(()), elem_id="sources", latex_delimiters=[])
    return Parts(
        gr.State(Conversation()),
        gr.BrowserState(None, storage_key=_STORED_AS, secret=_STORED_AS),
        chatbot,
        panel,
        offers,
        textbox,
        gr.Textbox(elem_id="asking", label="asking", visible="hidden"),
        gr.Textbox(elem_id="doing", label="doing", visible="hidden"),
        gr.Markdown("", elem_id="delivery", visible="hidden", latex_delimiters=[]),
        gr.Markdown("", elem_id="finished", visible="hidden", latex_delimiters=[]),
        gr.Textbox(elem_id="judging", label="judging", visible="hidden"),
        gr.Markdown("", elem_id="judged", visible="hidden", latex_delimiters=[]),
        fresh,
        chosen,
    )


def wire(engine: Engine, turnstile: Turnstile, parts: Parts, tab: gr.Tab, page: gr.Blocks) -> None:
    """What happens to wishes, on Stop, and when the page or its tab opens."""
    on = Handlers(engine, turnstile)

    def tell(event: Any) -> None:
        # After an event, not in it: Gradio may draw what the same event changes after this.
        event.then(on.tell, None, parts.finished, queue=False, **quiet)

    shown: list[Any] = [parts.chatbot, parts.panel, parts.offers, parts.textbox]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    asked = parts.asking.change(
        on.on_asking,
        [parts.asking, parts.conversation, parts.stored, *parts.choosing.fields], shown,
        trigger_mode="multiple", **quiet,
    )  # fmt: skip
    settled = [*shown, parts.stored]
    # `then` follows an answer that ended or was stopped, `failure` one that raised.
    for ended, act in ((asked.then, on.finish), (asked.failure, on.fail)):
        done = ended(act, [parts.conversation], settled, queue=False, **quiet)
        tell(done)
        done.then(on.offer, [parts.conversation], parts.offers, queue=False, **quiet)
    parts.doing.change(
        on.do, [parts.doing, parts.conversation], [parts.panel, parts.delivery],
        queue=False, trigger_mode="multiple", **quiet,
    )  # fmt: skip
    parts.textbox.stop(None, cancels=[asked], api_visibility="private")
    begun = parts.fresh.click(
        on.start_over, [parts.conversation, parts.stored], [parts.conversation, *settled],
        cancels=[asked], queue=False, **quiet,
    )  # fmt: skip
    tell(begun)
    restored = [parts.conversation, parts.chatbot, parts.panel, parts.stored]
    back = page.load(on.restore, [parts.stored], restored, queue=False, **quiet)
    tell(back)
    back.then(on.offer, [parts.conversation], parts.offers, queue=False, **quiet)
    greeted = page.load(on.greet, None, parts.chatbot, queue=False, **quiet)
    greeted.then(on.welcome, None, parts.chatbot, queue=False, **quiet)
    parts.judging.change(
        on.judge, [parts.judging, parts.conversation, parts.stored],
        [parts.stored, parts.judged], queue=False, trigger_mode="multiple", **quiet,
    )  # fmt: skip
    tab.select(
        on.look_again, [parts.conversation], [parts.chatbot, parts.panel], queue=False, **quiet
    )
    choosing.wire(parts.choosing, page, quiet)


def _chatbot() -> gr.Chatbot:
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
        placeholder=welcome.PLAIN,
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
