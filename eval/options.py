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
JudgeOption = Annotated[
    bool, typer.Option("--judge", help="Have a model grade too. Its grades never gate.")
]
JudgeCacheOption = Annotated[
    str,
    typer.Option(
        "--judge-cache", metavar="live|replay", help="Ask where no reply is kept, or refuse to."
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
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON, and nothing else, to stdout.")
]
