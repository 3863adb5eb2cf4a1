"""BibTeX and BibLaTeX: Zotero, Scopus, ACL Anthology, JabRef, Mendeley."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from bibtexparser.middlewares.names import (
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from bibtexparser.middlewares.parsestack import default_parse_stack
from bibtexparser.model import (
    Block,
    DuplicateFieldKeyBlock,
    Entry,
    ImplicitComment,
    ParsingFailedBlock,
    String,
)

from ingest.readers import entries
from ingest.readers.lines import Lines
from ingest.readers.problems import Unread
from ingest.records import Problem, Record
from ingest.text.latex import SIGNS, without_latex

# What it cannot read becomes a problem of ours, with its line.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)

START = re.compile(r"\s*@\s*(?P<kind>[A-Za-z]+)\s*[{(]")
_NO_ENTRY = frozenset({"comment", "preamble"})
_STRING = re.compile(r"\s*@\s*string\s*[{(]", re.I)
_LONGEST_BLOCK = 4_000_000
_MOST_LAYERS = 10
_KEY = re.compile(r"[{(]\s*([^\s,{}]+)\s*,")
# Signs that a value only prints, and what stands for them while its commands are read: characters
# that Unicode leaves to such uses.
_STANDING = {sign: chr(0xFDD0 + place) for place, sign in enumerate(SIGNS.values())}
_SIGNS = str.maketrans({standing: sign for sign, standing in _STANDING.items()})
_PRINTED = re.compile(
    rf"\\(?:(?P<brace>[{{}}])|(?P<name>{'|'.join(SIGNS)})(?:\{{\}}|(?![a-zA-Z])))"
)

NumberedLines = list[tuple[int, str]]


def read(file: str, lines: Lines) -> Iterator[Record | Problem]:
    """Records in order. Each entry is parsed by itself, so that a broken one spoils no other."""
    strings: dict[str, String] = {}
    blocks = _blocks(lines)
    block = next(blocks, None)
    while block:
        following = next(blocks, None)
        first, text = block[0][0], "\n".join(line for _, line in block)
        kind = START.match(text)
        own = _parsed(text) if _STRING.search(text) else Library()
        strings |= own.strings_dict
        is_string = _STRING.match(text) and not own.entries
        if kind and kind.group("kind").lower() not in _NO_ENTRY and not is_string:
            yield from _items(file, first, text, strings.values(), last=following is None)
        block = following


def _blocks(lines: Iterable[tuple[int, str]]) -> Iterator[NumberedLines]:
    """The file cut before each "@kind{" that begins a line."""
    block: NumberedLines = []
    size = 0
    for number, line in lines:
        if START.match(line):
            if block:
                yield block
            block, size = [], 0
        elif not block:
            continue
        size += len(line) + 1
        if size <= _LONGEST_BLOCK:
            block.append((number, line))
    if block:
        yield block


def _parsed(text: str, strings: Iterable[String] = ()) -> Library:
    library = Library(list(strings))
    found = parse_string(text, parse_stack=[])
    kept = [_block(b) for before, b in pairwise([None, *found.blocks]) if b and not _aside(before)]
    library.add(kept, fail_on_duplicate_key=False)
    for middleware in default_parse_stack():
        library = middleware.transform(library)
    return library


def _aside(before: Block | None) -> bool:
    """Whether what stands before a block in its line makes it part of a remark: "% @article{"."""
    return isinstance(before, ImplicitComment) and not before.comment.endswith(("}", ")"))


def _block(block: Block) -> Block:
    """A block, and for one with a repeated field the entry as it stands."""
    if isinstance(block, DuplicateFieldKeyBlock) and block.ignore_error_block is not None:
        return block.ignore_error_block
    return block


def _items(
    file: str, first: int, text: str, strings: Iterable[String], last: bool
) -> Iterator[Record | Problem]:
    """Mostly one: entries may share a line."""
    library = _parsed(text, strings)
    for entry in library.entries:
        yield entries.item(file, _entry(entry, first))
    failed = [block for block in library.failed_blocks if not _repeats_a_string(block)]
    if _STRING.match(text) or (library.entries and not failed):
        return
    broken, line = (failed[0].raw, failed[0].start_line) if failed else (text, 0)
    key = _KEY.search(broken or "")
    name = f"“{key.group(1)[:60]}”" if key else "that begins here"
    place = f"{file}:{first + (line or 0)}"
    if last and failed and text.count("{") > text.count("}"):
        reason = f"The file ends inside the BibTeX entry {name}, or a bracket is missing."
        yield Unread(place, reason)
    else:
        reason = f"The BibTeX entry {name} is not well formed; check its brackets and commas."
        yield Problem(place, reason)


def _repeats_a_string(block: ParsingFailedBlock) -> bool:
    return isinstance(block.ignore_error_block, String)


def _entry(entry: Entry, first: int) -> entries.Entry:
    values: dict[str, list[str]] = {}
    at = first + (entry.start_line or 0)
    for field in entry.fields:
        name = field.key.lower()
        values.setdefault(name, []).append(str(field.value))
        if name == "abstract":
            at = first + field.start_line

    def value(*names: str) -> str:
        # Where a field stands twice, the longer is the whole one.
        held = (max(values.get(name, [""]), key=len).strip() for name in names)
        return next(filter(None, held), "")

    eprint = value("eprint") if "arxiv" in value("archiveprefix", "eprinttype").lower() else ""
    return entries.Entry(
        line=at,
        abstract=_plain(value("abstract")),
        title=_plain(value("title")),
        authors=_authors(" and ".join(values.get("author", []))),
        year=value("year", "date"),
        venue=_plain(
            value("journal", "journaltitle", "booktitle", "publisher", "school", "institution")
        ),
        url=_unescaped(value("url", "link")),
        doi=_unescaped(value("doi")),
        arxiv=eprint
        or next(
            (
                text
                for name in ("journal", "note", "number")
                if (text := value(name)).lower().startswith("arxiv:")
            ),
            "",
        ),
        ids=[entry.key],
    )


def _authors(field: str) -> list[str]:
    names = []
    for name in split_multiple_persons_names(" ".join(field.split())):
        if name == "others":
            continue
        if name.startswith("{") and name.endswith("}"):
            names.append(_plain(name))
            continue
        parts = parse_single_name_into_parts(name, strict=False)
        names.append(_plain(" ".join([*parts.first, *parts.von, *parts.last, *parts.jr])))
    return names


def _plain(value: str) -> str:
    """A value without the braces that only protect capitals; signs that it prints are plain."""
    if "{" not in value and "\\" not in value:
        return value
    value = _PRINTED.sub(_standing, value)
    # Layer by layer, as commands may stand in one another.
    for _ in range(_MOST_LAYERS):
        rendered = without_latex(value)
        if rendered == value:
            break
        value = rendered
    return value.replace("{", "").replace("}", "").translate(_SIGNS)


def _standing(match: re.Match[str]) -> str:
    return _STANDING[match["brace"] or SIGNS[match["name"]]]


def _unescaped(value: str) -> str:
    return re.sub(r"\\([%&#_$~{}])", r"\1", value.replace(r"{\textasciitilde}", "~")).strip("{}")
