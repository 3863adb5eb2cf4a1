"""What the terminal shows: answers, tables and progress for people, JSON for programs."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from app.answer import Answer, Passage
    from app.doctor import Check
    from ingest.pipeline import Progress
    from ingest.records import Paper

_MOST_PROBLEMS = 20
_MOST_TOPICS = 12


def tell(sentence: str) -> None:
    """A sentence for the person, on stderr."""
    print(sentence, file=sys.stderr, flush=True)


def document(value: object) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def line(value: object) -> None:
    """One line of JSON on stdout, at once, so that a reader of the pipe need not wait."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def text(line: str) -> None:
    """One line on stdout, as it is."""
    print(line, flush=True)


def answer(given: Answer) -> None:
    """An answer with its sources, and its notes under them."""
    out = _out()
    out.print(given.text.replace("**", ""), markup=False, highlight=False)
    if given.citations:
        out.print()
    for citation in given.citations:
        _hang(out, f"[{citation.number}] ", _reference(citation.paper))
        _hang(out, "    ", ", ".join(citation.paper.sources), "dim")
    for note in given.notes:
        out.print(f"Note: {note}", markup=False, highlight=False, style="dim")


@contextmanager
def growing() -> Iterator[Callable[[Answer], None]]:
    """Shows an answer while it grows, on stderr.

    A terminal gets the checked sentences so far and what is being done; a pipe only what a person
    must know before the work is done, such as its cost.
    """
    if not sys.stderr.isatty():
        from app.generation.task import READS

        told: set[str] = set()

        def announce(given: Answer) -> None:
            for note in given.notes:
                if note.startswith(READS) and note not in told:
                    tell(f"Note: {note}")
                    told.add(note)

        yield announce
        return
    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(stderr=True), transient=True) as live:

        def show(given: Answer) -> None:
            written = given.text if given.mode == "generated" else ""
            lines = [Text(written)] if written else []
            if written or (given.notes[-1:] and given.notes[-1].endswith("…")):
                lines += [Text(note, "dim") for note in given.notes]
            live.update(Group(*lines))

        yield show


def passages(found: Sequence[Passage]) -> None:
    """Papers with their scores and best passages."""
    out = _out()
    if not found:
        out.print("Nothing was found.")
    for place, passage in enumerate(found, start=1):
        _hang(out, f"{place:>2}. ", f"{_reference(passage.paper)}  ({passage.score:.2f})")
        text = passage.text if len(passage.text) <= 200 else passage.text[:199] + "…"
        _hang(out, "    ", text, "dim")


def papers(held: Sequence[Paper]) -> None:
    """The corpus, one line a paper, and how many papers each year, file and topic word has.

    A terminal gets a table that fits; a pipe gets whole fields between tabs.
    """
    from app.ui.common_words import topic_words

    out = _out()
    rows = [_row(paper) for paper in held]
    if out.is_terminal:
        out.print(_table(rows, out.width))
    else:
        for row in rows:
            print("\t".join(row))
    years = Counter(str(paper.year or "unknown") for paper in held)
    files = Counter(file for paper in held for file in {s.rsplit(":", 1)[0] for s in paper.sources})
    out.print()
    out.print(
        f"{len(held):,} {'paper' if len(held) == 1 else 'papers'}. By year: {_counts(years)}.",
        markup=False,
        highlight=False,
    )
    topics = ", ".join(f"{word} {count}" for word, count in topic_words(held, _MOST_TOPICS))
    if topics:
        out.print(f"Words of most titles: {topics}.", markup=False, highlight=False)
    for file, count in sorted(files.items()):
        out.print(f"{count:>6} from {file}", markup=False, highlight=False)
    if any(paper.title_derived for paper in held):
        out.print("* This title was made from the abstract: the record has none.", style="dim")


def tally(counts: Mapping[str, Any]) -> None:
    """What became of the records, and which were skipped and why."""
    out = _out()
    first, *problems = tally_lines(counts)
    out.print(first, markup=False, highlight=False)
    for problem in problems[:_MOST_PROBLEMS]:
        _hang(out, "  ", problem)
    if len(problems) > _MOST_PROBLEMS:
        out.print(f"… and {len(problems) - _MOST_PROBLEMS} more; --json lists them all.")


def tally_lines(counts: Mapping[str, Any]) -> list[str]:
    """A line on what became of the records, then one for each that was kept out or taken out."""
    names = ("read", "added", "updated", "unchanged", "merged", "skipped", "pruned")
    parts = [
        f"{counts[name]:,} {name}" for name in names if counts[name] or name in ("read", "added")
    ]
    # Each skipped record is one problem, and each pruned paper one after them.
    became = ["skipped "] * counts["skipped"] + ["pruned "] * counts["pruned"]
    return [
        f"{', '.join(parts)} in {counts['seconds']:.1f} s",
        *(
            f"{what}{problem['source']}: {problem['reason']}"
            for problem, what in zip(counts["problems"], chain(became, repeat("")), strict=False)
        ),
    ]


def checks(made: Sequence[Check]) -> None:
    """The doctor's findings, each with what to do where something is wrong."""
    out = _out()
    for check in made:
        _hang(out, "ok      " if check.ok else "PROBLEM ", f"{check.name}: {check.detail}")
        if not check.ok:
            _hang(out, "        ", check.fix)


@contextmanager
def progress() -> Iterator[Callable[[Progress], None]]:
    """A progress bar on a terminal; in a pipe only what a person must know, such as a wait."""
    if not sys.stderr.isatty():
        yield _wait_teller()
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
            left = now.seconds_left
            text = f"{now.read:,} records, {now.stored:,} papers, {now.rate:,.0f}/s" + (
                f", about {duration(left)} left" if left is not None else ""
            )
            text = _waiting(now.awaited) if now.awaited else text
            bar.update(task, completed=now.files_done, total=now.files, description=text)

        yield report


def _wait_teller() -> Callable[[Progress], None]:
    """Tells once of each pipe that it is waited for."""
    told: set[str] = set()

    def report(now: Progress) -> None:
        if now.awaited and now.awaited not in told:
            told.add(now.awaited)
            tell(_waiting(now.awaited))

    return report


def _waiting(name: str) -> str:
    pipe = "standard input" if name == "-" else f"the pipe {name}"
    return f"Waiting for what comes through {pipe} (Ctrl-C stops)."


def duration(seconds: float) -> str:
    """ "45 s" or "12 min", as exact as an estimate can be."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _out() -> Console:
    from rich import console

    class Out(console.Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704 - rich calls this where it caught the error

    # A pipe gets each paragraph on one line: its reader wraps, or searches, as it likes.
    return Out() if sys.stdout.isatty() else Out(width=100_000)


def _hang(out: Console, mark: str, text: str, style: str = "") -> None:
    """Print a text whose further lines stand under its first one, not under its mark."""
    from rich.text import Text

    indent = " " * len(mark)
    for number, part in enumerate(Text(text).wrap(out, out.width - len(mark))):
        out.print(Text(indent if number else mark) + Text(part.plain.rstrip(), style))


def _reference(paper: Paper) -> str:
    title = paper.title + (" (title made from the abstract)" if paper.title_derived else "")
    parts = [title, _people(paper), str(paper.year or ""), paper.url]
    # A part may bring its own full stop: "et al.", "What is next?"
    return re.sub(r"(?<=[.?!])\. ", " ", ". ".join(part for part in parts if part))


def _people(paper: Paper) -> str:
    return ", ".join(paper.authors[:3]) + (" et al." if len(paper.authors) > 3 else "")


def _table(rows: Sequence[tuple[str, str, str, str]], width: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, header_style="bold", width=width)
    # The title gets what the others leave; no other column is wider than its widest entry.
    for place, (column, widest) in enumerate(
        (("id", 28), ("year", 4), ("authors", 22), ("title", None))
    ):
        size = widest and min(widest, max(len(column), *(len(row[place]) for row in rows)))
        made.add_column(
            column, no_wrap=True, overflow="ellipsis", width=size, ratio=None if size else 1
        )
    for row in rows:
        made.add_row(*map(Text, row))
    return made


def _row(paper: Paper) -> tuple[str, str, str, str]:
    authors = "; ".join(paper.authors[:1]) + (" et al." if len(paper.authors) > 1 else "")
    title = ("* " if paper.title_derived else "") + paper.title
    return paper.paper_id, str(paper.year or "-"), authors or "-", title


def _counts(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counted.items(), reverse=True))
