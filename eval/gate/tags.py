"""Cases by their tags: how many of each pass, and where more were asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from eval.records import Report
from eval.report.fitting import Part
from eval.report.markdown import cell
from ingest.errors import UsageError


def asked_least(choices: Iterable[str]) -> dict[str, float]:
    """The share that has to pass, by tag, of choices such as "numbers=0.9"."""
    found: dict[str, float] = {}
    for choice in choices:
        tag, _, share = choice.rpartition("=")
        try:
            found[tag.strip()] = float(share)
        except ValueError:
            found[tag.strip()] = -1.0
        if not tag.strip() or not 0 <= found[tag.strip()] <= 1:
            raise UsageError(f"--least {choice}: write TAG=SHARE with a share from 0 to 1.")
    return found


def by_tag(report: Report) -> dict[str, tuple[int, int]]:
    """How many cases pass and how many there are, by tag, in alphabetical order."""
    tags = sorted({tag for row in report.rows for tag in row.tags})
    rows = {tag: [row for row in report.rows if tag in row.tags] for tag in tags}
    return {tag: (sum(row.passed for row in some), len(some)) for tag, some in rows.items()}


def short(reports: Sequence[Report], least: Mapping[str, float]) -> list[str]:
    """A phrase for each tag of which too few cases pass, over all reports.

    Raises UsageError for a tag that no case has.
    """
    told = []
    for tag, share in least.items():
        counts = [by_tag(report).get(tag, (0, 0)) for report in reports]
        passed, all_of_them = (sum(numbers) for numbers in zip(*counts, strict=True))
        if not all_of_them:
            raise UsageError(f"--least {tag}={share:g}: no case has the tag {tag!r}.")
        if passed / all_of_them < share:
            told.append(
                f"{passed} of {all_of_them} cases tagged {tag!r} pass, "
                f"{passed / all_of_them:.2f}, and {share:g} is the least"
            )
    return told


def tag_parts(report: Report, least: Mapping[str, float]) -> list[Part]:
    """The tags of a report as a Markdown table; none where no case has one."""
    found = by_tag(report)
    rows = tuple(
        f"| {cell(tag)} | {all_of_them} | {passed} | {passed / all_of_them:.2f} | "
        f"{f'{least[tag]:g}' if tag in least else '–'} |"
        for tag, (passed, all_of_them) in found.items()
    )
    head = ("", "| tag | cases | pass | share | at least |", "|---|---|---|---|---|")
    return [Part(2, head, rows)] if rows else []
