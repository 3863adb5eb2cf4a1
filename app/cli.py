"""The command line, and the place where everything is put together.

Nothing heavy is imported before a command needs it, so that --help and errors are quick.
"""

from __future__ import annotations

import errno
import io
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.ui import terminal as console
from eval.cli import commands as eval_commands
from ingest.errors import AskpapersError, UsageError
from ingest.json_text import parsed

if TYPE_CHECKING:
    from app.engine import Engine
    from app.records import Answer
    from app.settings import Settings
    from ingest.index import Index
    from ingest.records import Problem, Tally

IndexOption = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="Folder of the index. [default: .askpapers/index]"),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON, and nothing else, to stdout.")
]
BatchOption = Annotated[
    Path | None,
    typer.Option(
        "--batch",
        metavar="FILE.jsonl",
        readable=False,
        help="Read one object a line, answer one a line.",
    ),
]

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
    as_json: JsonOption = False,
) -> None:
    """Read abstracts into the index. Running it again on the same files changes nothing."""
    from ingest.embedding.choice import chosen
    from ingest.index import Index, acquire, require_filled, writer_lock
    from ingest.pipeline import ingest as run
    from ingest.pipeline import rebuild_all
    from ingest.readers import find_sources
    from ingest.records import Tally

    if not paths and not rebuild:
        raise UsageError("Name the files or folders to read: askpapers ingest FOLDER.")
    settings = _settings()
    if paths:
        find_sources(paths)  # a mistyped path is told before anything is made
    folder = index or settings.index
    if not paths:
        require_filled(folder)
    lock = writer_lock(folder)
    acquire(lock, settings.lock_seconds)
    try:
        opened = Index(folder, chosen(settings))
        if rebuild:
            console.tell(f"{rebuild_all(opened, settings)} papers are indexed anew.")
        if paths:
            with console.progress() as report:
                tally = run(paths, opened, settings, prune=prune, most=most, report=report)
            _show_tally(tally, as_json)
        elif as_json:
            console.document(Tally().as_json())
        opened.close()
    finally:
        lock.release()


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
    batch: BatchOption = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question, with a citation for every sentence."""
    if bool(question) == (batch is not None):
        raise UsageError(
            'Give one question, in quotes, or --batch FILE: askpapers ask "What is …?"'
        )
    with _engine(index) as engine:
        if batch is not None:
            for entry in _batch(batch, "question"):
                earlier = _texts(entry.get("history", []), batch)
                answer = _asked(engine, _text(entry["question"]), earlier)
                console.line({"id": entry.get("id"), **answer.as_json()})
            return
        answer = _asked(engine, _words(question), tuple(map(_text, history or ())))
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
    with _engine(index) as engine:
        if batch is not None:
            for entry in _batch(batch, "text"):
                text = _text(entry["text"])
                found = console.results(text, engine.search(text, limit))
                console.line({"id": entry.get("id"), **found})
            return
        asked_at = time.monotonic()
        passages = engine.search(_words(query), limit)
        missed = engine.missed_since(asked_at)
    if missed:
        console.tell(f"Note: {missed}")
    if as_json:
        console.document(console.results(_words(query), passages))
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
    from ingest.embedding.choice import chosen
    from ingest.index import open_filled

    settings = _settings()
    if remove is not None:
        _remove(open_filled(index or settings.index, chosen(settings)), _text(remove))
        return
    opened = open_filled(_library(index).folder, chosen(settings))
    held = opened.catalog.papers()
    opened.close()
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
    from app.ui.examples import examples
    from app.ui.server import serve

    settings = _settings()
    library = _library(index)
    engine = Engine(library.folder, settings)
    count = engine.index.catalog.count()
    line = f"{count} papers" + (
        " · sample corpus – run `askpapers ingest FOLDER` to use your own"
        if library.is_sample
        else ""
    )
    serve(
        engine, examples(engine.index), line,
        host=host or settings.host, port=port or settings.port,
        allowed=settings.allowed_names, announce=console.tell,
    )  # fmt: skip


@cli.command()
def doctor(as_json: JsonOption = False) -> None:
    """Check what is configured and what answers, and say what to do."""
    from app.doctor import examine

    checks = examine(_settings())
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
        console.tell(_misuse(error))
        code = 2
    except BrokenPipeError:
        raise  # nobody reads what would be said
    except OSError as error:
        console.tell(_failed(error))
        code = 2
    if code == _INTERRUPTED:
        console.tell("Stopped. What is stored stays; run the same command again to go on.")
    sys.exit(code)


def _failed(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            "The disk is full. What was stored before is unharmed: make room, then run the same "
            "command again."
        )
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}. Check the disk and its permissions."


def _misuse(error: Any) -> str:
    """One sentence instead of typer's four lines; a whole help text, which it can be, as it is."""
    message: str = error.format_message()
    if "\n" in message:
        return message
    command = error.ctx.command_path if error.ctx else "askpapers"
    return f"{message.rstrip('.')}. {command} --help lists what it takes."


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
def _engine(index: Path | None) -> Iterator[Engine]:
    from app.engine import Engine

    engine = Engine(_library(index).folder, _settings())
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


def _remove(opened: Index, name: str) -> None:
    from ingest.index import acquire, writer_lock
    from ingest.stores.publish import remove

    paper_id = opened.catalog.resolve(name)
    if paper_id is None:
        raise UsageError(f"No paper has the id {name}. askpapers papers --json lists the ids.")
    lock = writer_lock(opened.folder)
    acquire(lock, _settings().lock_seconds)
    try:
        remove(opened, [paper_id])
    finally:
        lock.release()
        opened.close()
    console.tell(f"{paper_id} is out of the index. Ingesting its file again would bring it back.")


def _show_tally(tally: Tally, as_json: bool) -> None:
    """Raises UsageError where not one record could be read."""
    useless = tally.read == tally.skipped
    if as_json:
        console.document(tally.as_json())
    elif not useless or len(tally.problems) > 1:
        console.tally(tally.as_json())
    if useless:
        raise UsageError(_nothing_read(tally.problems, as_json))


def _nothing_read(problems: Sequence[Problem], as_json: bool) -> str:
    if not problems:
        return (
            "No file with abstracts was found there. "
            "The README lists the formats that askpapers reads."
        )
    if len(problems) > 1 and not as_json:
        return "Nothing could be read: the reasons stand above."
    return f"Nothing could be read. {problems[0].source}: {problems[0].reason}"


def _batch(file: Path, needed: str) -> Iterator[dict[str, Any]]:
    """The objects of a batch file, all checked before the first is used."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(f"The batch file {file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The batch file {file} is not text in UTF-8.") from error
    entries = []
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            entry = parsed(text)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or not isinstance(entry.get(needed), str):
            raise UsageError(f'{file}:{number} is not a JSON object with "id" and "{needed}".')
        entries.append(entry)
    return iter(entries)


def _texts(value: object, file: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise UsageError(f'In {file} a "history" is not a list of questions.')
    return tuple(map(_text, value))


def _words(typed: list[str] | None) -> str:
    """The text of an argument, whether it was typed in quotes or not."""
    return _text(" ".join(typed or ()))


def _text(typed: str) -> str:
    """The text without the halves of characters that bytes outside of UTF-8 leave."""
    return typed.encode("utf-8", "replace").decode("utf-8")
