"""What the terminal shows: answers, tables and progress for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from app.doctor import Check
    from app.records import Answer, Passage
    from ingest.pipeline import Progress
    from ingest.records import Paper

_MOST_PROBLEMS = 20


def tell(sentence: str) -> None:
    """A sentence for the person, on stderr."""
    print(sentence, file=sys.stderr, flush=True)


def document(value: object) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def line(value: object) -> None:
    """One line of JSON on stdout, at once, so that a reader of the pipe need not wait."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def answer(given: Answer) -> None:
    """An answer with its sources, and its notes under them."""
    out = _out()
    out.print(given.text.replace("**", ""), markup=False, highlight=False)
    if given.citations:
        out.print()
    for citation in given.citations:
        out.print(
            f"[{citation.number}] {_reference(citation.paper)}", markup=False, highlight=False
        )
        out.print(
            f"    {', '.join(citation.paper.sources)}", markup=False, highlight=False, style="dim"
        )
    for note in given.notes:
        out.print(f"Note: {note}", markup=False, highlight=False, style="dim")


def results(query: str, found: Sequence[Passage]) -> dict[str, Any]:
    """The JSON of a search."""
    return {
        "query": query,
        "results": [
            {
                "paper_id": passage.paper.paper_id,
                "title": passage.paper.title,
                "score": passage.score,
                "sources": list(passage.paper.sources),
                "source_ids": list(passage.paper.source_ids),
            }
            for passage in found
        ],
    }


def passages(found: Sequence[Passage]) -> None:
    """Papers with their scores and best passages."""
    out = _out()
    if not found:
        out.print("Nothing was found.")
    for place, passage in enumerate(found, start=1):
        out.print(
            f"{place:>2}. {_reference(passage.paper)}  ({passage.score:.2f})",
            markup=False,
            highlight=False,
        )
        text = passage.text if len(passage.text) <= 200 else passage.text[:199] + "…"
        out.print(f"    {text}", markup=False, highlight=False, style="dim")


def papers(held: Sequence[Paper]) -> None:
    """The corpus as a table, and how many papers each year and file has."""
    from rich.table import Table

    out = _out()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("id", "year", "title", "authors"):
        table.add_column(
            column, overflow="fold" if column == "id" else "ellipsis", no_wrap=column != "title"
        )
    for paper in held:
        title = paper.title + (" *" if paper.title_derived else "")
        table.add_row(paper.paper_id, str(paper.year or "-"), _plain(title), _plain(_people(paper)))
    out.print(table)
    years = Counter(str(paper.year or "unknown") for paper in held)
    files = Counter(source.rsplit(":", 1)[0] for paper in held for source in paper.sources)
    out.print()
    out.print(
        f"{len(held)} papers. By year: {_counts(years)}.",
        markup=False,
        highlight=False,
    )
    for file, count in sorted(files.items()):
        out.print(f"{count:>6} from {file}", markup=False, highlight=False)
    if any(paper.title_derived for paper in held):
        out.print("* This title was made from the abstract: the record has none.", style="dim")


def tally(counts: Mapping[str, Any]) -> None:
    """What became of the records, and which were skipped and why."""
    out = _out()
    names = ("read", "added", "updated", "unchanged", "merged", "skipped", "pruned")
    parts = [
        f"{counts[name]:,} {name}" for name in names if counts[name] or name in ("read", "added")
    ]
    out.print(f"{', '.join(parts)} in {counts['seconds']:.1f} s", markup=False, highlight=False)
    problems = counts["problems"]
    for problem in problems[:_MOST_PROBLEMS]:
        out.print(
            f"skipped {problem['source']}: {problem['reason']}", markup=False, highlight=False
        )
    if len(problems) > _MOST_PROBLEMS:
        out.print(f"… and {len(problems) - _MOST_PROBLEMS} more; --json lists them all.")


def checks(made: Sequence[Check]) -> None:
    """The doctor's findings, each with what to do where something is wrong."""
    out = _out()
    for check in made:
        out.print(
            f"{'ok     ' if check.ok else 'PROBLEM'} {check.name}: {check.detail}",
            markup=False,
            highlight=False,
        )
        if not check.ok:
            out.print(f"        {check.fix}", markup=False, highlight=False)


@contextmanager
def progress() -> Iterator[Callable[[Progress], None]]:
    """A progress bar on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("files"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(now: Progress) -> None:
            text = f"{now.read:,} records, {now.stored:,} papers"
            bar.update(task, completed=now.files_done, total=now.files, description=text)

        yield report


def _out() -> Console:
    from rich.console import Console

    # A pipe gets each paragraph on one line: its reader wraps, or searches, as it likes.
    return Console() if sys.stdout.isatty() else Console(width=100_000)


def _reference(paper: Paper) -> str:
    title = paper.title + (" (title made from the abstract)" if paper.title_derived else "")
    parts = [title, _people(paper), str(paper.year or ""), paper.url]
    return ". ".join(part for part in parts if part)


def _people(paper: Paper) -> str:
    return ", ".join(paper.authors[:3]) + (" et al." if len(paper.authors) > 3 else "")


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items(), reverse=True))


def _plain(text: str) -> str:
    return text.replace("[", "\\[")
