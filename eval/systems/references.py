"""The list of sources that some answers end in, apart from what they say."""

from __future__ import annotations

import re

from eval.systems.replies import Source, bare

_HEADING = re.compile(
    r"^\W*(?:sources?|references?|citations?|bibliography|works cited|cited papers|literature"
    r"|footnotes?|papers cited)\W*$",
    re.I,
)
_INLINE = re.compile(r"^\W*(?:sources?|references?|citations?)\**\s*:\s*(?=\[?\^?\d)", re.I)
_ENTRY = re.compile(
    r"^\s*(?:[-*•]\s+)?(?:\[\^?(\d{1,3})\]|\((\d{1,3})\)|(\d{1,3})[.)])\s*:?\s*(.+)$"
)
_DEFINITION = re.compile(r"^\s*\[(?:\^(\d{1,3})\]:?|(\d{1,3})\]:)\s*(.+)$")


def without_references(text: str) -> tuple[str, tuple[Source, ...]]:
    """What an answer says, and the sources that it lists below under their numbers.

    The list begins at a heading such as "Sources:"; Markdown's footnotes need none.
    """
    kept: list[str] = []
    listed: list[Source] = []
    inside = False
    for line in text.splitlines():
        opened = _INLINE.match(line)
        if opened or _HEADING.match(line):
            inside = True
            listed += _entries(line[opened.end() :]) if opened else ()
        elif definition := _DEFINITION.match(line):
            listed.append(bare(definition[3], int(definition[1] or definition[2])))
        elif inside and (entry := _ENTRY.match(line)):
            listed.append(bare(entry[4], int(entry[1] or entry[2] or entry[3])))
        elif inside and line.strip():
            return text, ()  # what follows the heading is no list of sources
        elif not inside:
            kept.append(line)
    return "\n".join(kept).strip(), tuple(listed)


def _entries(line: str) -> list[Source]:
    """The entries of "[1] A title; [2] Another"."""
    parts = re.split(r"[;,]?\s*\[\^?(\d{1,3})\]\s*:?\s*", line)
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return [bare(said.strip(" ;,"), int(number)) for number, said in pairs if said.strip(" ;,")]
