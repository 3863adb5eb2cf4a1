"""Words that a model says it copied from an abstract, looked up there."""

from __future__ import annotations

from app.generation.prompts import data
from ingest.text.sentences import sentence_spans

_SHORTEST_QUOTE = 15  # characters


def quoted_span(quote: object, abstract: str) -> tuple[int, int] | None:
    """The sentence of the abstract that holds a verbatim quote, or None."""
    if not isinstance(quote, str):
        return None
    sought = _read(quote).strip(' "“”')
    if len(sought) < _SHORTEST_QUOTE:
        return None
    for start, end in sentence_spans(abstract):
        sentence = _read(abstract[start:end])
        if sought in sentence or (sentence in sought and sought in _read(abstract)):
            return start, end
    return None


def _read(text: str) -> str:
    """A text as the model read it: as data, which is as long but has other brackets."""
    return " ".join(data(text).split())
