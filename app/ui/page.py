"""The page: a chat on the left, the papers it cites on the right, the library behind a tab.

`app.ui.server` puts the page on a port.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gradio as gr
from fastapi import FastAPI, Response

from app.serving.turnstile import Turnstile
from app.ui.api import add_endpoints, add_health
from app.ui.ask_tab import ask_tab, wire
from app.ui.changes import add_changes
from app.ui.chat import Engine
from app.ui.choosing import panel
from app.ui.desk import Desk
from app.ui.library_tab import Frame, library_tab, wire_library
from app.ui.markdown import code_line
from app.ui.visitors import MOST_VISITORS
from app.ui.wishes import button

_HERE = Path(__file__).parent
# The turnstile tells visitors to come back; Gradio's own queue, which tells them nothing, is wider.
_AT_A_TIME, _WAITING = 1_024, 1_024
_LARGEST_UPLOAD = 1_024  # bytes; the page itself uploads nothing
# Gradio rewrites the selectors of a style sheet that it is given; a linked one stays as it is.
_STYLES = ("page.css", "asking.css")
_HEAD = "".join(f'<link rel="stylesheet" href="{name}">' for name in _STYLES)
_SCRIPTS = ("tabs.js", "page.js", "papers.js", "choosing.js", "dialogs.js", "places.js")
_MODULES = ("library.js", "feedback.js")
# Gradio adds a head when it already runs, and a page can be used before that has come: so what the
# page does stands in front of Gradio's own scripts. What the browser keeps is read by them at once.
FIRST = "".join(
    f'<script src="{name}"{how}></script>'
    for names, how in (
        (_SCRIPTS[:1], ""), (_SCRIPTS[1:], " defer"), (_MODULES, ' type="module"'),
    )
    for name in names
).encode()  # fmt: skip
STATIC = {
    **dict.fromkeys(_STYLES, "text/css"),
    **dict.fromkeys((*_SCRIPTS, *_MODULES), "text/javascript"),
}
_SKIP = '<a class="skip" href="#question">Skip to the question</a>'


def build_page(
    engine: Engine,
    corpus_line: str,
    turnstile: Turnstile | None = None,
    desk: Desk | None = None,
    *,
    logs_in: bool = False,
) -> gr.Blocks:
    """The page, not yet served; papers are put in and taken out at the desk, where there is one."""
    turnstile = turnstile or Turnstile()
    page = gr.Blocks(title="askpapers", analytics_enabled=False, fill_height=True)
    with page:
        with gr.Row(elem_id="masthead"):
            about = gr.Markdown(_masthead(corpus_line), elem_id="about")
            chosen = panel(engine.model)
            gr.Markdown(_tools(), elem_id="tools")
            if logs_in:
                gr.Button(
                    "Log out", link="/logout", link_target="_self", elem_id="leave", size="sm",
                    scale=0, min_width=80,
                )  # fmt: skip
            fresh = gr.Button("New chat", elem_id="new-chat", size="sm", scale=0, min_width=96)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Ask", id="ask") as asking:
                parts = ask_tab(fresh, chosen)
            with gr.Tab("Library", id="library") as library:
                shelves = library_tab(library, desk)
        wire(engine, turnstile, parts, asking, page)
        add_endpoints(engine, turnstile)
        frame = Frame(about, _masthead, parts.chatbot)
        wire_library(engine, desk, shelves, frame, page)
    page.queue(max_size=_WAITING, default_concurrency_limit=_AT_A_TIME)
    # An argument of `launch`, which a page that is mounted never meets.
    page.state_session_capacity = MOST_VISITORS
    return page


def mount_page(web: FastAPI, engine: Engine, page: gr.Blocks, desk: Desk | None = None) -> FastAPI:
    """The web application with the page at its root, its style and scripts beside it."""
    add_health(web, engine)
    if desk is not None:
        add_changes(web, desk)
    for name, kind in STATIC.items():
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


def _masthead(corpus_line: str) -> str:
    return f'{_SKIP}\n\n<h1>askpapers</h1>\n\n<p class="corpus">{code_line(corpus_line)}</p>'


def _tools() -> str:
    export = button("Export chat", do="export", kind="tool", format="markdown")
    return f'<p class="tools">{export}</p>'


def _theme() -> gr.themes.Base:
    """Fonts of the reader's own system: nothing is fetched for them."""
    return gr.themes.Base(
        primary_hue="teal",
        neutral_hue="stone",
        font=["ui-sans-serif", "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "Consolas", "monospace"],
    )
