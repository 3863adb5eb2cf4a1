"""The commands for those who come from elsewhere: assistants, and people with a password."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app.options import IndexOption
from app.ui import terminal as console
from ingest.errors import UsageError


def mcp(index: IndexOption = None) -> None:
    """Serve the collection to an assistant that starts this.

    It speaks MCP on stdin and stdout. The tools are ask_papers, search_papers and get_paper.
    """
    from app.engine import Engine
    from app.library import choose
    from app.serving.logs import set_up
    from app.serving.mcp import is_installed, tools
    from app.serving.service import service, traced
    from app.settings import Settings
    from app.ui.traced import TracedEngine
    from ingest.settings import load

    settings = load(Settings)
    if not is_installed():
        raise UsageError('MCP needs its package: pip install "askpapers[mcp]".')
    offered = service(settings)
    library = choose(index, settings, console.tell)
    engine = Engine(library.folder, library.settings_of(settings))
    set_up(offered.log)
    try:
        with traced(settings):
            tools(TracedEngine(engine, offered.watch), offered.turnstile()).run("stdio")
    finally:
        engine.index.close()


def password(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whom the password lets in.")],
) -> None:
    """Ask for a password, and print the line that lets its user in.

    The line is for ASKPAPERS_USERS. The password is read from stdin where that is no terminal.
    """
    from app.serving.users import entry

    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    console.text(entry(name, typed))
