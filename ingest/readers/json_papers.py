"""One paper as a JSON object: ours, arXiv's dump, Semantic Scholar, OpenReview or CSL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from ingest.readers.entries import Entry
from ingest.text.cleaning import clean
from ingest.text.people import split_authors

Fields = dict[str, Any]
# Names under which a whole answer of an API keeps its list of papers.
LISTS = ("data", "papers", "notes", "items", "results", "recommendedpapers", "records", "entries")
_ABSTRACTS = ("abstract", "abstracttext", "paperabstract", "abstractnote", "summary")
_PAPER_NAMES = frozenset({*_ABSTRACTS, "title", "content", "authors", "author"})


def papers_of(value: object) -> Iterator[Fields]:
    """The papers that a parsed JSON value holds: itself, its members, or those of a list in it."""
    if isinstance(value, list):
        yield from (_lower(member) for member in value if isinstance(member, dict))
    elif isinstance(value, dict):
        fields = _lower(value)
        message = fields.get("message")
        inner = _lower(message) if isinstance(message, dict) else fields
        lists = () if _PAPER_NAMES & fields.keys() else _lists(inner)
        if lists:
            yield from papers_of(lists[0])
        else:
            yield fields


def _lists(fields: Fields) -> list[list[object]]:
    return [value for key, value in fields.items() if key in LISTS and isinstance(value, list)]


def entry_of(fields: Fields, line: int) -> Entry:
    """The fields of one paper, by the names that its kind of file uses. Names are lower-case."""
    content = fields.get("content")
    if isinstance(content, dict):
        return _openreview(fields, _unwrapped(_lower(content)), line)
    external = _lower(fields.get("externalids") or {})
    return Entry(
        line=line,
        abstract=_first(fields, *_ABSTRACTS),
        title=_first(fields, "title", "name"),
        authors=_authors(fields),
        year=_date(fields),
        venue=_first(
            fields,
            "venue",
            "container-title",
            "journal",
            "journal-ref",
            "booktitle",
            "publicationvenue",
            "publication",
        ),
        url=_first(fields, "url", "link") or _own_url(fields),
        doi=_first(fields, "doi") or text(external.get("doi")),
        arxiv=_arxiv(fields, external),
        ids=[
            name
            for key in ("id", "paperid", "citation-key", "corpusid")
            if (name := text(fields.get(key)))
        ],
    )


def abstract_names() -> Iterable[str]:
    """Lower-case names under which a paper's abstract may stand."""
    return _ABSTRACTS


def text(value: object) -> str:
    """A string or number as text; of a list its first, of an object its name; else nothing."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("value", value.get("name", value.get("literal")))
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).strip()


def _lower(value: object) -> Fields:
    return (
        {str(key).lower(): inner for key, inner in value.items()} if isinstance(value, dict) else {}
    )


def _first(fields: Fields, *names: str) -> str:
    for name in names:
        if name in fields and (found := text(fields[name])):
            return found
    return ""


def _authors(fields: Fields) -> list[str]:
    value = fields.get("authors_parsed") or fields.get("authors") or fields.get("author")
    if isinstance(value, str):
        return list(split_authors(clean(value)))
    return [_name(author) for author in value] if isinstance(value, list) else []


def _name(author: object) -> str:
    if isinstance(author, list):  # [last, first, suffix]
        last, first, suffix = ([text(part) for part in author] + ["", "", ""])[:3]
        return " ".join(part for part in (first, last, suffix) if part)
    if not isinstance(author, dict):
        return text(author)
    parts = _lower(author)
    family = " ".join(
        filter(None, (text(parts.get("non-dropping-particle")), text(parts.get("family"))))
    )
    given = " ".join(filter(None, (text(parts.get("given")), text(parts.get("dropping-particle")))))
    whole = " ".join(filter(None, (given, family, text(parts.get("suffix")))))
    return whole or _first(parts, "literal", "name", "fullname", "display_name")


def _date(fields: Fields) -> str:
    for name in ("year", "issued", "publication_year", "publicationdate", "published", "date"):
        value = fields.get(name)
        if isinstance(value, dict):
            parts = value.get("date-parts")
            value = (
                parts[0]
                if isinstance(parts, list) and parts
                else value.get("raw") or value.get("literal")
            )
        if found := text(value):
            return found
    versions = fields.get("versions")
    if isinstance(versions, list) and versions and isinstance(versions[0], dict):
        return text(versions[0].get("created"))
    return _first(fields, "update_date")


def _is_arxiv_dump(fields: Fields) -> bool:
    return "authors_parsed" in fields or ("versions" in fields and "categories" in fields)


def _arxiv(fields: Fields, external: Fields) -> str:
    named = _first(fields, "arxiv_id", "arxivid", "eprint") or text(external.get("arxiv"))
    if named or not _is_arxiv_dump(fields):
        number = text(fields.get("number"))
        return named or (number if number.lower().startswith("arxiv:") else "")
    return text(fields.get("id"))


def _own_url(fields: Fields) -> str:
    return f"https://arxiv.org/abs/{text(fields.get('id'))}" if _is_arxiv_dump(fields) else ""


def _unwrapped(content: Fields) -> Fields:
    """Second version of OpenReview's API: every field is an object with a value."""
    return {
        k: v.get("value") if isinstance(v, dict) and "value" in v else v for k, v in content.items()
    }


def _openreview(note: Fields, content: Fields, line: int) -> Entry:
    own_id = text(note.get("id"))
    forum = text(note.get("forum")) or own_id
    venue = text(content.get("venue"))
    return Entry(
        line=line,
        abstract=_first(content, "abstract"),
        title=_first(content, "title"),
        authors=_authors(content),
        year=venue if any(letter.isdigit() for letter in venue) else _moment(note),
        venue=venue,
        url=f"https://openreview.net/forum?id={forum}" if forum else "",
        doi=_first(content, "doi"),
        ids=[own_id],
    )


def _moment(note: Fields) -> str:
    """The year of the note's date in milliseconds, or ""."""
    for name in ("pdate", "odate", "cdate"):
        value = note.get(name)
        if isinstance(value, (int, float)) and 0 < value < 4e12:
            return str(datetime.fromtimestamp(value / 1000, UTC).year)
    return ""
