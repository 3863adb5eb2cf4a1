"""Which format a file is in, told from its first bytes."""

from __future__ import annotations

import codecs
import json
import re
from typing import Literal

from ingest.readers import tables
from ingest.readers.json_documents import container
from ingest.readers.lines import encoding_of

Format = Literal[
    "empty", "binary", "pdf", "archive", "office", "jsonl", "json", "bibtex", "ris", "wos",
    "medline", "table", "atom", "anthology", "xml", "html", "text",
]  # fmt: skip
_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"%PDF", "pdf"),
    (b"PK\x03\x04", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"\xd0\xcf\x11\xe0", "office"),
)
_TAGGED: tuple[tuple[re.Pattern[str], Format], ...] = (
    (re.compile(r"^TY  - ?\w", re.M), "ris"),
    (re.compile(r"^PMID- *\d", re.M), "medline"),
    (re.compile(r"^PT [A-Z]\s*$\n(?:[A-Z][A-Z0-9] |   )", re.M), "wos"),
    (re.compile(r"^FN (?:Clarivate|Thomson|ISI)", re.M), "wos"),
    (re.compile(r"^\s*@\s*[A-Za-z]+\s*[{(]\s*[^\s,{}()\"]*\s*(?:,|=|$)", re.M), "bibtex"),
)
_ROOT = re.compile(r"<(?:\w+:)?([A-Za-z][\w.-]*)[\s>/]")
_XML_PROLOG = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+(?:[^\[>]*\[.*?\]\s*>|[^>\[]*>)", re.S)
_ROOTS: dict[str, Format] = {
    "feed": "atom",
    "entry": "atom",
    "collection": "anthology",
    "volume": "anthology",
}
_JSON_START = re.compile(r"\{\s*(?:[\"}]|$)|\[\s*(?:[\[{\]]|$)")
_BIBLIOGRAPHIC = frozenset(
    {"jsonl", "json", "bibtex", "ris", "wos", "medline", "table", "atom", "anthology"}
)


def decoded(start: bytes) -> str:
    """The text of the first bytes of a file, line ends as "\\n", without a cut-off last letter."""
    encoding = encoding_of(start)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(start)
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def format_of(start: bytes) -> Format:
    """The format of a file with these first bytes; "text" for any other text."""
    for magic, found in _MAGIC:
        if start.startswith(magic):
            return found
    if start[257:262] == b"ustar":
        return "archive"
    text = decoded(start)
    if not text.strip():
        return "empty"
    if _is_binary(text):
        return "binary"
    stripped = text.lstrip()
    if stripped.startswith("<"):
        return _of_markup(stripped)
    if _JSON_START.match(stripped):
        return "jsonl" if _is_lines(stripped) else "json"
    found_at = [
        (match.start(), name) for pattern, name in _TAGGED if (match := pattern.search(text))
    ]
    if tables.is_table(text):
        return "table"
    return min(found_at)[1] if found_at else "text"


def is_bibliographic(start: bytes) -> bool:
    """Whether these first bytes are those of an export of papers."""
    return format_of(start) in _BIBLIOGRAPHIC


def _of_markup(text: str) -> Format:
    if re.match(r"<(?:!doctype\s+)?html", text, re.I):
        return "html"
    root = _ROOT.search(_XML_PROLOG.sub("", text))
    name = root.group(1).lower() if root else ""
    if text.startswith("<?xml") or name in _ROOTS:
        return _ROOTS.get(name, "xml")
    return "html" if name in ("head", "body", "div", "p") else "text"


def _is_lines(text: str) -> bool:
    """Whether JSON has an object a line: the first line is whole, or the second begins one."""
    if text.startswith("["):
        return False
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[1].startswith("{"):
        return True
    try:
        return isinstance(json.loads(lines[0]), dict)
    except (ValueError, RecursionError):
        # Only a line longer than what was looked at, unless it is a list of papers in an object.
        return len(lines) == 1 and lines[0].strip() != "{" and container(text) == 0


def _is_binary(text: str) -> bool:
    control = sum(
        character < " " and character not in "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
        for character in text[:4096]
    )
    return "\0" in text[:4096] or control > min(len(text), 4096) * 0.05
