"""`askpapers eval export`, `draft` and `from-feedback`: cases in another format, and proposed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from eval.options import CasesOption
from ingest.errors import UsageError


def export(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Where they go: *.csv, *.jsonl or *.yaml."),
    ],
    cases: CasesOption = None,
) -> None:
    """Write the cases as CSV, JSON Lines or YAML. All three can be read again."""
    from eval.dataset.case_files import load_with_drafts
    from eval.dataset.case_tables import ENDINGS, written
    from eval.dataset.corpora import CASES

    if file.suffix.lower() not in ENDINGS:
        raise UsageError(f"{file}: the ending says the format: {', '.join(ENDINGS)}.")
    found = load_with_drafts(cases or [CASES])
    file.write_text(written(found, file.suffix.lower()), encoding="utf-8")
    print(f"{len(found)} cases are in {file}.", file=sys.stderr)


def draft(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files or folders with abstracts.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the drafts go.")] = Path(
        "drafts.yaml"
    ),
    most: Annotated[int, typer.Option("--most", min=1, help="How many drafts at most.")] = 40,
) -> None:
    """Propose cases from abstracts. A person finishes them; until then none is scored."""
    from eval.dataset.case_tables import written
    from eval.dataset.drafts import HEAD, drafts, papers_of
    from eval.running.session import settings

    if out.exists():
        raise UsageError(f"{out}: this file is there already; name another with --out.")
    found = drafts(papers_of(paths, settings()), most)
    out.write_text(HEAD + written(found, ".yaml"), encoding="utf-8")
    print(
        f"{len(found)} drafts are in {out}. Finish each, and take out its draft: true.",
        file=sys.stderr,
    )


def from_feedback(
    index: Annotated[
        Path | None,
        typer.Option("--index", metavar="DIR", help="Folder of the index that was asked."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the drafts go.")] = Path(
        "feedback.yaml"
    ),
) -> None:
    """Propose cases from what people said of answers. A person finishes them."""
    from app import open_engine
    from eval.dataset.from_feedback import as_yaml, proposals

    if out.exists():
        raise UsageError(f"{out}: this file is there already; name another with --out.")
    engine = open_engine(index)
    given, papers = engine.index.catalog.feedback(), engine.papers()
    engine.close()
    if not given:
        raise UsageError(
            "Nobody has said anything of an answer yet: the thumbs under an answer in the page do."
        )
    found = proposals(given, papers)
    out.write_text(as_yaml(found), encoding="utf-8")
    print(
        f"{len(found)} drafts are in {out}. Finish each, and take out its draft: true.",
        file=sys.stderr,
    )
