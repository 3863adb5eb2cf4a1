"""What ranking reads of each paper, as numbers, in one file beside the text index.

A sheet is a run of 32-bit words at a place that the text index stores with the paper, so that a
sheet is found exactly where its paper is. The file only grows: what nothing points to any more, of
papers that were removed or of a run that was killed, stays until a rebuild begins a new file.

Words of a sheet: five counts (bytes of the id, sentences, terms, chunks, words of a vector), the
id, the length of each sentence, the codes of the terms, start and end of each chunk, then the
vectors of the title and of each chunk in half precision.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.models import Vectors
from ingest.text.memoize import Remembered

Words = NDArray[np.uint32]
Ints = NDArray[np.int64]

_HEAD = 5
_BYTES = 4


_CODES = Remembered(lambda stem: crc32(stem.encode()), 100_000)


def code(stem: str) -> int:
    """The 32-bit code of a stem. Two of 100,000 stems share one by chance."""
    return _CODES[stem]


@dataclass(frozen=True, slots=True)
class Meaning:
    """Unit vectors of a paper's title and chunks, a row a chunk, and the chunks' offsets."""

    title: Vectors
    chunks: Vectors
    spans: Sequence[tuple[int, int]]


NO_MEANING = Meaning(np.zeros(0, np.float32), np.zeros((0, 0), np.float32), ())


@dataclass(frozen=True, slots=True)
class Text:
    """Codes of the content terms of some papers in a row, and where sentences and papers begin.

    `sentences` are starts into `terms`, `papers` starts into `sentences`. The first "sentence" of
    a paper is its real title, which may be empty.
    """

    terms: Words
    sentences: Ints
    papers: Ints


@dataclass(frozen=True, slots=True)
class Meanings:
    """Vectors of some papers: a row of `titles` a paper; `owners` are the papers of the chunks."""

    titles: Vectors
    chunks: Vectors
    spans: Ints
    owners: Ints


def packed(paper_id: str, sentences: Sequence[Sequence[str]], meaning: Meaning) -> bytes:
    """The sheet of a paper with these content terms, its title first."""
    name = paper_id.encode()
    terms = list(map(_CODES.__getitem__, chain.from_iterable(sentences)))
    rows = [meaning.title, *meaning.chunks]
    width = (len(meaning.title) + 1) // 2
    vectors = np.zeros((len(rows), 2 * width), dtype="<f2")
    vectors[:, : len(meaning.title)] = rows
    counts = (len(name), len(sentences), len(terms), len(meaning.spans), width)
    spans = (place for span in meaning.spans for place in span)
    return b"".join(
        (
            array("I", counts).tobytes(),
            name + bytes(-len(name) % _BYTES),
            array("I", (*map(len, sentences), *terms, *spans)).tobytes(),
            vectors.tobytes(),
        )
    )


class Sheets:
    """The sheets of one index. Its reader sees what was flushed when it was last reloaded."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._words: Words = np.zeros(0, dtype=np.uint32)

    def reload(self) -> None:
        """See what has been flushed so far."""
        size = self._file.stat().st_size // _BYTES if self._file.is_file() else 0
        if size:
            # A plain view: each access to a memory map itself costs more.
            self._words = np.asarray(np.memmap(self._file, "<u4", "r", shape=(size,)))

    def append(self, sheets: Sequence[bytes]) -> list[int]:
        """Store sheets; returns their places, in order."""
        with self._file.open("ab") as file:
            # A run that was killed may have left part of a word.
            file.write(bytes(-file.tell() % _BYTES))
            begin = file.tell()
            file.write(b"".join(sheets))
        ends = accumulate(map(len, sheets), initial=begin)
        return [end // _BYTES for end in ends][:-1]

    def flush(self) -> None:
        """Make what was appended durable, before anything points to it."""
        if self._file.is_file():
            with self._file.open("ab") as file:
                os.fsync(file.fileno())

    def paper_id(self, place: int) -> str:
        """The id of the paper whose sheet begins here."""
        begin = place + _HEAD
        self._check(begin)
        size = int(self._words[place])
        end = begin - (-size // _BYTES)
        self._check(end)
        return self._words[begin:end].tobytes()[:size].decode()

    def text(self, places: Sequence[int]) -> Text:
        """The terms of the papers whose sheets begin here, in their order."""
        begins = np.asarray(places, dtype=np.int64)
        names, sentences, terms, _, _ = self._heads(begins).T
        begins = begins + _HEAD + _wide(names)
        lengths = self._stretches(begins, sentences)
        found = self._stretches(begins + sentences, terms)
        return Text(found, _starts(lengths), _starts(sentences))

    def meanings(self, places: Sequence[int]) -> Meanings:
        """The vectors of the papers whose sheets begin here, in their order."""
        begins = np.asarray(places, dtype=np.int64)
        names, sentences, terms, chunks, widths = self._heads(begins).T
        begins = begins + _HEAD + _wide(names) + sentences + terms
        spans = self._stretches(begins, 2 * chunks).astype(np.int64).reshape(-1, 2)
        halves = self._stretches(begins + 2 * chunks, (1 + chunks) * widths).view("<f2")
        width = 2 * int(widths.max(initial=0))
        rows = halves.reshape(int((1 + chunks).sum()), width).astype(np.float32)
        is_title = np.zeros(len(rows), dtype=bool)
        is_title[_starts(1 + chunks)] = True
        owners = np.repeat(np.arange(len(places)), chunks)
        return Meanings(rows[is_title], rows[~is_title], spans, owners)

    def _stretches(self, begins: Ints, lengths: Ints) -> Words:
        """The words of stretches that begin here and are so long, one after the other."""
        ends = (begins + lengths).tolist()
        parts = [self._words[a:b] for a, b in zip(begins.tolist(), ends, strict=True)]
        return np.concatenate(parts) if parts else self._words[:0]

    def _heads(self, begins: Ints) -> Ints:
        """The counts of sheets. Raises ValueError where the file does not hold them whole."""
        self._check((begins + _HEAD).max(initial=0))
        heads: Ints = self._words[begins[:, None] + np.arange(_HEAD)].astype(np.int64)
        # Each by itself first: damaged counts may be too large to be added up.
        self._check(_wide(heads).max(initial=0))
        names, sentences, terms, chunks, widths = heads.T
        ends = begins + _HEAD + _wide(names) + sentences + terms + 2 * chunks
        self._check((ends + (1 + chunks) * widths).max(initial=0))
        return heads

    def _check(self, end: int) -> None:
        if end > len(self._words):
            raise ValueError(f"{self._file.name} is cut short")


def _wide(count: Ints) -> Ints:
    """How many words so many bytes take."""
    words: Ints = -(-count // _BYTES)
    return words


def _starts(lengths: NDArray[Any]) -> Ints:
    """Where each stretch begins when stretches of these lengths follow each other."""
    starts: Ints = np.cumsum(lengths, dtype=np.int64) - lengths
    return starts
