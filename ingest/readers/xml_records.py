"""Elements of a large XML file, one record at a time, with their lines. Entities are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from ingest.readers.lines import Lines
from ingest.readers.problems import Unread

# XML 1.0 forbids these even where a person's file has them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECLARATION = re.compile(r"^\ufeff?\s*(<\?xml[^>]*\?>)?")
_DEEPEST = 200
_LARGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """A record element, its first line, and the line of its abstract (of itself if it has none)."""

    element: Element
    line: int


class _TooDeep(ValueError):
    """A record nested beyond what any real file has, or larger than any paper."""


class _Collector(ContentHandler):
    def __init__(
        self, records: frozenset[str], abstracts: frozenset[str], here: Callable[[], int | None]
    ) -> None:
        super().__init__()
        self._here = here
        self._records, self._abstracts = records, abstracts
        self._open: list[Element] = []
        self._line = 0
        self._size = 0
        self.found: list[Found] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        name = name.rpartition(":")[2]
        if not self._open and name not in self._records:
            return
        element = Element(name, dict(attrs.items()))
        if not self._open:
            self._line, self._size = self._here() or 1, 0
        elif len(self._open) == 1 and name in self._abstracts:
            self._line = self._here() or self._line
        if self._open:
            self._open[-1].append(element)
        if len(self._open) >= _DEEPEST:
            raise _TooDeep
        self._open.append(element)

    def characters(self, content: str) -> None:
        if not self._open:
            return
        self._size += len(content)
        if self._size > _LARGEST:
            raise _TooDeep
        element = self._open[-1]
        if len(element):
            element[-1].tail = (element[-1].tail or "") + content
        else:
            element.text = (element.text or "") + content

    def endElement(self, name: str) -> None:  # noqa: ARG002
        if self._open:
            element = self._open.pop()
            if not self._open:
                self.found.append(Found(element, self._line))


def elements(
    file: str, lines: Lines, records: frozenset[str], abstracts: frozenset[str]
) -> Iterator[Found | Unread]:
    """The elements named in `records`, outermost first met, in order; at most one problem, last."""
    parser = create_parser()
    collector = _Collector(records, abstracts, parser.getLineNumber)
    parser.setContentHandler(collector)
    number = 1
    try:
        for number, line in lines:
            # Decoded already, so the encoding that the file declares no longer holds.
            text = _DECLARATION.sub("", line) if number == 1 else line
            parser.feed(_FORBIDDEN.sub("", text) + "\n")
            yield from collector.found
            collector.found.clear()
        parser.close()
    except DefusedXmlException:
        yield Unread(
            f"{file}:{number}",
            "The file defines XML entities, with which a small file can fill a whole disk; "
            "it was not read further.",
        )
    except _TooDeep:
        yield Unread(
            f"{file}:{number}",
            "An entry here is nested too deeply or far too large; the file was not read further.",
        )
    except SAXParseException as error:
        yield Unread(
            f"{file}:{error.getLineNumber() or number}",
            f"The XML is broken here ({error.getMessage()}); the rest of the file was left out.",
        )
    yield from collector.found


def text_in(element: Element | None) -> str:
    """All text inside an element; formulas in LaTeX are put between dollar signs."""
    if element is None:
        return ""
    parts = [element.text or ""]
    for child in element:
        inner = text_in(child)
        parts += [f"${inner}$" if child.tag == "tex-math" else inner, child.tail or ""]
    return "".join(parts)
