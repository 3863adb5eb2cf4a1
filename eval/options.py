"""The options that the eval commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

CasesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--cases",
        metavar="PATH",
        help="Case file or folder; repeat it for several. [default: the project's own]",
    ),
]
GeneratedOption = Annotated[
    bool,
    typer.Option(
        "--generated", help="Have the model server write the answers. Otherwise none is asked."
    ),
]
IndexOption = Annotated[
    Path | None, typer.Option("--index", metavar="DIR", help="Score on this index instead.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the report goes.")]
BaselineOption = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE", help="Baseline. [default: the project's own]"),
]
AnswersOption = Annotated[
    Path | None,
    typer.Option(
        "--answers", metavar="FILE.jsonl", help="Score the answers of another system, from a file."
    ),
]
UrlOption = Annotated[
    str | None, typer.Option("--url", metavar="URL", help="Ask a system that answers at URL.")
]
CommandOption = Annotated[
    str | None,
    typer.Option(
        "--command", metavar="CMD", help="Ask a command: questions on stdin, answers on stdout."
    ),
]
JudgeOption = Annotated[bool, typer.Option("--judge", help="Have a model grade too.")]
JudgeCacheOption = Annotated[
    str,
    typer.Option(
        "--judge-cache", metavar="live|replay", help="Ask where no reply is kept, or refuse to."
    ),
]
JudgeGatesOption = Annotated[
    bool,
    typer.Option("--judge-gates", help="Hold the grades too, of a judge that agrees with people."),
]
RepeatOption = Annotated[
    int,
    typer.Option(
        "--repeat", min=1, max=9, metavar="N", help="How often the judge reads; most count."
    ),
]
WorkersOption = Annotated[
    int,
    typer.Option(
        "--workers",
        min=0,
        metavar="N",
        show_default=False,
        help="Cases at once, with a model server. [default: ASKPAPERS_PARALLEL]",
    ),
]
LeastOption = Annotated[
    list[str] | None,
    typer.Option(
        "--least", metavar="TAG=SHARE", help="Share of the cases with a tag that has to pass."
    ),
]
AgainstOption = Annotated[
    str,
    typer.Option(
        "--against",
        metavar="REF",
        show_default=False,
        help="Take the baseline as this branch, tag or commit of git holds it.",
    ),
]
AtMostOption = Annotated[
    list[str] | None,
    typer.Option(
        "--at-most",
        metavar="NAME=NUMBER",
        help="Fail beyond this: seconds p50, p95 or total, tokens, dollars. Repeat it for several.",
    ),
]
ReasonOption = Annotated[
    str,
    typer.Option(
        "--reason", metavar="TEXT", show_default=False, help="Why; it is kept in the baseline."
    ),
]
AcceptWorseOption = Annotated[
    bool, typer.Option("--accept-worse", help="Bless what became worse, too.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON, and nothing else, to stdout.")
]
