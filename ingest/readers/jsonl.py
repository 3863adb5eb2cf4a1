"""JSON Lines: one paper an object, with `id`, `title`, `abstract`, `authors`, `year`, `url`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from ingest.cleaning import clean
from ingest.identity import find_arxiv, find_doi, is_boilerplate
from ingest.names import display_name, split_authors, unique
from ingest.records import Problem, Record, Source

_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")


def read(file: str, lines: Iterable[tuple[int, str]]) -> Iterator[Record | Problem]:
    """Records in order; a line that is no paper becomes a problem that says why."""
    for number, line in lines:
        if line.strip():
            yield _item(Source(file, number), line)


def _item(source: Source, line: str) -> Record | Problem:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "it is nested too deeply")
        return Problem(str(source), f"The line is not valid JSON ({reason}).")
    if not isinstance(entry, dict):
        return Problem(str(source), "The line is not a JSON object with an “abstract”.")
    abstract = clean(_text(entry.get("abstract")))
    if not any(character.isalnum() for character in abstract) or is_boilerplate(abstract):
        return Problem(str(source), "The record has no abstract.")
    return _record(source, entry, abstract)


def _record(source: Source, entry: dict[str, object], abstract: str) -> Record:
    own_id, url = _text(entry.get("id")), _text(entry.get("url"))
    doi, arxiv = _text(entry.get("doi")), _text(entry.get("arxiv_id"))
    return Record(
        source=source,
        abstract=abstract,
        title=clean(_text(entry.get("title"))),
        authors=_authors(entry.get("authors")),
        year=_year(entry.get("year")),
        venue=clean(_text(entry.get("venue"))),
        url=url if re.match(r"https?://\S+$", url) else "",
        doi=find_doi(doi) or find_doi(own_id) or find_doi(url),
        arxiv_id=find_arxiv(f"arxiv:{arxiv}")
        or find_arxiv(own_id)
        or find_arxiv(url)
        or find_arxiv(doi),
        source_ids=unique([own_id]),
    )


def _text(value: object) -> str:
    """A string or number as text; anything else, such as a list where text belongs, as nothing."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).strip()


def _authors(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return split_authors(clean(value))
    if not isinstance(value, list):
        return ()
    names = (entry.get("name") if isinstance(entry, dict) else entry for entry in value)
    return unique(display_name(clean(_text(name))) for name in names)


def _year(value: object) -> int | None:
    match = _YEAR.search(_text(value))
    return int(match.group()) if match else None
