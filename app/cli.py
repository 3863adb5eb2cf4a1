"""The command line, and the place where everything is put together.

Nothing heavy is imported before a command needs it, so that --help and errors are quick.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import console
from eval.cli import commands as eval_commands
from ingest.errors import AskpapersError, UsageError

if TYPE_CHECKING:
    from app.engine import Engine
    from app.settings import Settings
    from ingest.index import Index

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
        "--batch", metavar="FILE.jsonl", help="Read one object a line, answer one a line."
    ),
]

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
        list[Path] | None, typer.Argument(metavar="PATH...", help="Files or folders of abstracts.")
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
    from ingest.index import Index, acquire, writer_lock
    from ingest.pipeline import ingest as run
    from ingest.pipeline import rebuild_all
    from ingest.readers import find_files

    if not paths and not rebuild:
        raise UsageError("Name the files or folders to read: askpapers ingest FOLDER.")
    settings = _settings()
    if paths:
        find_files(paths)  # a mistyped path is told before anything is made
    folder = index or settings.index
    lock = writer_lock(folder)
    acquire(lock, settings.lock_seconds)
    try:
        opened = Index(folder)
        if rebuild:
            console.tell(f"{rebuild_all(opened, settings)} papers are indexed anew.")
        if paths:
            with console.progress() as report:
                tally = run(paths, opened, settings, prune=prune, most=most, report=report)
            _show_tally(tally.as_json(), as_json)
            if tally.read == tally.skipped:
                raise UsageError(_nothing_read(tally.as_json()))
        opened.close()
    finally:
        lock.release()


@cli.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question, in quotes.")] = None,
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
    """Answer a question from the abstracts, citing a paper for every sentence."""
    if (question is None) == (batch is None):
        raise UsageError(
            'Give one question, in quotes, or --batch FILE: askpapers ask "What is …?"'
        )
    engine = _engine(index)
    if batch is not None:
        for entry in _batch(batch, "question"):
            answer = engine.ask(entry["question"], _texts(entry.get("history", []), batch))
            console.line({"id": entry.get("id"), **answer.as_json()})
        return
    answer = engine.ask(question or "", tuple(history or ()))
    if as_json:
        console.document(answer.as_json())
    else:
        console.answer(answer)


@cli.command()
def search(
    query: Annotated[str | None, typer.Argument(help="Words or a sentence, in quotes.")] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="Most papers to show.")
    ] = 10,
    batch: BatchOption = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the papers nearest to a query, best first."""
    if (query is None) == (batch is None):
        raise UsageError(
            'Give one query, in quotes, or --batch FILE: askpapers search "graph denoising"'
        )
    engine = _engine(index)
    if batch is not None:
        for entry in _batch(batch, "text"):
            passages = engine.search(entry["text"], limit)
            console.line({"id": entry.get("id"), **console.results(entry["text"], passages)})
        return
    passages = engine.search(query or "", limit)
    if as_json:
        console.document(console.results(query or "", passages))
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
    from ingest.index import open_filled

    opened = (
        open_filled(_library(index).folder)
        if remove is None
        else open_filled(index or _settings().index)
    )
    if remove is not None:
        _remove(opened, remove)
        return
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
    from app.examples import examples
    from app.serving import serve

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
        announce=lambda address: console.tell(f"The page is at {address} (Ctrl-C stops it)."),
    )  # fmt: skip


@cli.command()
def doctor(as_json: JsonOption = False) -> None:
    """Check what is configured, what answers, and what to do about what does not."""
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
    try:
        cli()
    except AskpapersError as error:
        console.tell(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        console.tell("Stopped. What is stored stays; run the same command again to go on.")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has seen enough, as `head` does.
        sys.stderr.close()
        sys.exit(0)


def _settings() -> Settings:
    from app.settings import Settings
    from ingest.settings import load

    return load(Settings)


def _library(index: Path | None) -> Any:
    from app.library import choose

    return choose(index, _settings(), console.tell)


def _engine(index: Path | None) -> Engine:
    from app.engine import Engine

    return Engine(_library(index).folder, _settings())


def _remove(opened: Index, name: str) -> None:
    from ingest.index import acquire, writer_lock
    from ingest.publishing import publish, remove

    paper_id = opened.catalog.resolve(name)
    if paper_id is None:
        raise UsageError(f"No paper has the id {name}. askpapers papers --json lists the ids.")
    lock = writer_lock(opened.folder)
    acquire(lock, _settings().lock_seconds)
    try:
        remove(opened, [paper_id])
        publish(opened, [paper_id])
    finally:
        lock.release()
    console.tell(f"{paper_id} is out of the index. Ingesting its file again would bring it back.")


def _show_tally(tally: dict[str, Any], as_json: bool) -> None:
    if as_json:
        console.document(tally)
    else:
        console.tally(tally)


def _nothing_read(tally: dict[str, Any]) -> str:
    problems = tally["problems"]
    if not problems:
        return "No file with abstracts was found there. The README lists the formats that askpapers reads."
    first = problems[0]
    more = f" ({len(problems) - 1} more problems are listed above.)" if len(problems) > 1 else ""
    return f"Nothing could be read. {first['source']}: {first['reason']}{more}"


def _batch(file: Path, needed: str) -> Iterator[dict[str, Any]]:
    """The objects of a batch file, all checked before the first is used."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The batch file {file} cannot be read ({error}).") from error
    entries = []
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            entry = json.loads(text)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or not isinstance(entry.get(needed), str):
            raise UsageError(f'{file}:{number} is not a JSON object with "id" and "{needed}".')
        entries.append(entry)
    return iter(entries)


def _texts(value: object, file: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise UsageError(f'In {file} a "history" is not a list of questions.')
    return tuple(value)
