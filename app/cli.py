"""The command line, and the place where everything is put together.

Nothing heavy is imported before a command needs it, so that --help and errors are quick.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import entrance, keeping
from app.failures import disk_failure, misuse
from app.options import BatchOption, IndexOption, JsonOption
from app.typed_input import batch_entries, clean, earlier_questions, joined_words
from app.ui import terminal as console
from eval.cli import commands as eval_commands
from ingest.errors import AskpapersError, UsageError

if TYPE_CHECKING:
    from app.answer import Answer
    from app.engine import Engine
    from app.settings import Settings

# What typer returns after Ctrl-C, and what it raises for a command line that it cannot read.
_INTERRUPTED = 130
_Misused: type[Exception] = typer.BadParameter.__mro__[1]

cli = typer.Typer(
    name="askpapers",
    help="Ask questions about research papers, and get answers with a citation for every sentence.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
cli.add_typer(eval_commands, name="eval")


@cli.command()
def ingest(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Files, folders, archives, - for standard input, or arxiv:QUERY.",
        ),
    ] = None,
    index: IndexOption = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also remove papers that these files no longer hold.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make vectors and text index anew from the catalog.")
    ] = False,
    most: Annotated[
        int | None, typer.Option("--max", metavar="N", min=1, help="Read at most N records.")
    ] = None,
    cluster: Annotated[
        bool,
        typer.Option(
            "--ray",
            help="Share the files out among Ray's workers; the cluster's ADDRESS may follow.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read abstracts into the index. Running it again on the same files changes nothing."""
    from app.collection import fill, share_out, tell_outcome

    if cluster:
        more = prune or rebuild or bool(most)
        tell_outcome(share_out(paths or (), index, _settings(), more), as_json)
        return
    if not paths and not rebuild:
        raise UsageError("Name the files or folders to read: askpapers ingest FOLDER.")
    settings = _settings()
    tally = fill(
        paths or (), index or settings.index, settings, prune=prune, rebuild=rebuild, most=most
    )
    tell_outcome(tally, as_json)


@cli.command()
def ask(
    question: Annotated[
        list[str] | None, typer.Argument(metavar="QUESTION", help="The question, in quotes.")
    ] = None,
    history: Annotated[
        list[str] | None,
        typer.Option(
            "--history",
            metavar="TEXT",
            help="An earlier question of the conversation; repeat it, oldest first.",
        ),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="Most papers that a list shows.")
    ] = 100,
    offset: Annotated[
        int, typer.Option("--offset", metavar="N", min=0, help="Papers of a list to pass over.")
    ] = 0,
    whole: Annotated[
        bool, typer.Option("--all", help="Show every matching paper of a list.")
    ] = False,
    batch: BatchOption = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question, with a citation for every sentence."""
    if bool(question) == (batch is not None):
        raise UsageError(
            'Give one question, in quotes, or --batch FILE: askpapers ask "What is …?"'
        )
    with _engine(index, offset=offset, limit=None if whole else limit) as engine:
        if batch is not None:
            for entry in batch_entries(batch, "question"):
                earlier = earlier_questions(entry.get("history", []), batch)
                answer = _asked(engine, clean(entry["question"]), earlier)
                console.line({"id": entry.get("id"), **answer.as_json()})
            return
        answer = _asked(engine, joined_words(question), tuple(map(clean, history or ())))
    if as_json:
        console.document(answer.as_json())
    else:
        console.answer(answer)


@cli.command()
def search(
    query: Annotated[
        list[str] | None, typer.Argument(metavar="QUERY", help="Words or a sentence, in quotes.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="Most papers to show.")
    ] = 10,
    batch: BatchOption = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the papers nearest to a query, best first."""
    if bool(query) == (batch is not None):
        raise UsageError(
            'Give one query, in quotes, or --batch FILE: askpapers search "graph denoising"'
        )
    from app.answer import results

    with _engine(index) as engine:
        if batch is not None:
            for entry in batch_entries(batch, "text"):
                text = clean(entry["text"])
                found = results(text, engine.search(text, limit))
                console.line({"id": entry.get("id"), **found})
            return
        asked_at = time.monotonic()
        passages = engine.search(joined_words(query), limit)
        missed = engine.missed_since(asked_at)
    if missed:
        console.tell(f"Note: {missed}")
    if as_json:
        console.document(results(joined_words(query), passages))
    else:
        console.passages(passages)


@cli.command()
def papers(
    remove: Annotated[
        str | None, typer.Option("--remove", metavar="ID", help="Take this paper out of the index.")
    ] = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is in the index, or take a paper out of it."""
    from app.collection import take_out
    from ingest.embedding.choice import chosen
    from ingest.opening import open_filled
    from ingest.servers.stores import servers

    settings = _settings()
    if remove is not None:
        take_out(clean(remove), index or settings.index, settings)
        return
    library = _library(index)
    places = servers(library.settings_of(settings))
    with closing(open_filled(library.folder, chosen(settings), places)) as opened:
        held = opened.catalog.papers()
    if as_json:
        console.document([paper.as_json() for paper in held])
    else:
        console.papers(held)


@cli.command()
def chat(
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on. [default: 127.0.0.1]")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help="Port to listen on. [default: 7860]"),
    ] = None,
    index: IndexOption = None,
) -> None:
    """Open the page: chat with the papers in a browser."""
    from app.engine import Engine
    from app.extractive.list_answers import Page
    from app.serving.service import service, traced
    from app.ui.desk import Desk, may_edit
    from app.ui.server import serve
    from app.ui.tables import MOST_ROWS

    settings = _settings()
    serving = service(settings)
    library = _library(index)
    engine = Engine(library.folder, library.settings_of(settings), Page(limit=MOST_ROWS))
    desk = Desk(engine, library, index, settings)
    listening = host or settings.host
    with traced(settings):
        serve(
            engine, desk.line(), host=listening, port=port or settings.port,
            service=serving, announce=console.tell,
            desk=desk if may_edit(settings, listening) else None,
        )  # fmt: skip


cli.command()(entrance.mcp)
cli.command()(entrance.password)
cli.command()(keeping.backup)
cli.command()(keeping.restore)


@cli.command()
def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="Make a damaged index whole: save what can be read.")
    ] = False,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check what is configured and what answers, and say what to do.

    Every file of the index is looked at, and every paper in it.
    """
    from app.doctor import examine

    settings = _settings() if index is None else _settings().model_copy(update={"index": index})
    if repair:
        keeping.repair(settings)
    checks = examine(settings)
    if as_json:
        console.document([check.as_json() for check in checks])
    else:
        console.checks(checks)
    if not all(check.ok for check in checks):
        raise typer.Exit(2)


def main() -> None:
    """Run the command line. A person's mistake ends in one sentence and its exit code."""
    _speak_unicode()
    try:
        code = cli(prog_name="askpapers", standalone_mode=False) or 0
        sys.stdout.flush()
    except AskpapersError as error:
        console.tell(str(error))
        sys.exit(error.exit_code)
    except _Misused as error:
        console.tell(misuse(error))
        code = 2
    except BrokenPipeError:
        raise  # nobody reads what would be said
    except OSError as error:
        console.tell(disk_failure(error))
        code = 2
    if code == _INTERRUPTED:
        console.tell("Stopped. What is stored stays; run the same command again to go on.")
    sys.exit(code)


def _speak_unicode() -> None:
    """Titles hold letters that not every terminal can show; JSON in a pipe is always UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                encoding=None if stream.isatty() else "utf-8", errors="backslashreplace"
            )


def _settings() -> Settings:
    from app.settings import Settings
    from ingest.settings import load

    return load(Settings)


def _library(index: Path | None) -> Any:
    from app.library import choose

    return choose(index, _settings(), console.tell)


@contextmanager
def _engine(index: Path | None, *, offset: int = 0, limit: int | None = None) -> Iterator[Engine]:
    """The engine of an index, whose lists show `limit` papers, None for all, from `offset` on."""
    from app.engine import Engine
    from app.extractive.list_answers import Page

    page = Page(offset, limit or sys.maxsize)
    library = _library(index)
    engine = Engine(library.folder, library.settings_of(_settings()), page)
    try:
        yield engine
    finally:
        engine.index.close()


def _asked(engine: Engine, question: str, history: Sequence[str]) -> Answer:
    """The answer, shown while a model writes it. Ctrl-C ends the request at the server."""
    with closing(engine.stream(question, history)) as answers, console.growing() as show:
        for answer in answers:
            show(answer)
    return answer
