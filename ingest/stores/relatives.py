"""Which words of a corpus stand for each other: a vector a stem, learned from the corpus itself.

Two stems are related when both their static word vectors and the papers that they occur in are
alike (a generalised translation model, after Rekabsaz et al., CIKM 2016). The vector of a stem is
its word vector beside its context vector, each of length sqrt(1/2), so that the dot product of two
is the mean of the two cosines. A context vector is the mean of the centred vectors of the papers
that hold the stem.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.models import StaticEmbedding, Vectors
from ingest.stores.forward_index import Words, code
from ingest.text.terms import stem

# Beyond this many papers the context of a word does not change any more.
MOST_PAPERS = 5_000
_PAPERS_A_STEM = 64
_STEMS_AT_ONCE = 100
_ROWS_AT_ONCE = 8_192
_MOST_WORDS = 2_000
_HALF = np.float32(0.5**0.5)

Embed = Callable[[Sequence[str]], Vectors]
Near = tuple[Words, Vectors]


@dataclass(frozen=True, slots=True)
class Relatives:
    """Stems with their vectors, one row each, and the mean length of a paper in content words."""

    places: dict[str, int]
    rows: NDArray[np.float16]
    mean_length: float
    _codes: Words = field(init=False, repr=False, compare=False)
    _order: NDArray[np.int64] = field(init=False, repr=False, compare=False)
    # The same words come in many questions.
    _near: dict[str, Near] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        codes = np.fromiter(map(code, self.places), dtype=np.uint32, count=len(self.places))
        order = np.argsort(codes, kind="stable")
        object.__setattr__(self, "_codes", codes[order])
        object.__setattr__(self, "_order", order)

    def is_whole(self) -> bool:
        """Whether there is a row a stem, which there is not where a file was lost."""
        return self is not EMPTY and len(self.places) == len(self.rows)

    def near(
        self, words: Sequence[str], embed: Embed, least: float, among: Words | None = None
    ) -> list[Near]:
        """For each word the codes of the stems that are as near as `least`, with their cosines.

        `among` are the codes, in order, beside which no others are asked for: a part takes less
        time than all. A stem that was not learned is near to none: its word alone could make it a
        relative of strength 0.05 at most.
        """
        key = {word: f"{least} {word}" for word in words}
        # Looked up once: another thread may clear the cache meanwhile.
        kept = {word: self._near.get(key[word]) for word in key}
        known = {word: near for word, near in kept.items() if near is not None}
        missing = [word for word in key if word not in known]
        found = self._nearest(missing, embed, least, among) if missing else []
        known |= dict(zip(missing, found, strict=True))
        if missing and among is None:
            if len(self._near) + len(missing) > _MOST_WORDS:
                self._near.clear()
            self._near.update((key[word], known[word]) for word in missing)
        return [known[word] for word in words]

    def _nearest(
        self, words: Sequence[str], embed: Embed, least: float, among: Words | None
    ) -> list[Near]:
        own = self.vectors(words, embed)
        at = np.arange(len(self._codes)) if among is None else self._held(among)
        rows = np.asarray(self.rows)  # a plain view: each access to a memory map itself costs more
        # In parts: as floats of full size all rows take 50 MB.
        parts = [
            own @ rows[self._order[at[first : first + _ROWS_AT_ONCE]]].astype(np.float32).T
            for first in range(0, len(at), _ROWS_AT_ONCE)
        ]
        cosines = np.concatenate([np.zeros((len(words), 0), np.float32), *parts], axis=1)
        near = [np.flatnonzero(row >= least) for row in cosines]
        return [(self._codes[at[p]], row[p]) for p, row in zip(near, cosines, strict=True)]

    def _held(self, codes: Words) -> NDArray[np.int64]:
        """The places of those of these codes that were learned."""
        at = np.searchsorted(self._codes, codes)
        inside = at < len(self._codes)
        at, codes = at[inside], codes[inside]
        return np.asarray(at[self._codes[at] == codes], dtype=np.int64)

    def vectors(self, words: Sequence[str], embed: Embed) -> Vectors:
        """A row a word; one whose stem was not learned has its word vector and no context."""
        found = np.zeros((len(words), self.rows.shape[1]), dtype=np.float32)
        places = np.array([self.places.get(stem(one), -1) for one in words], dtype=np.int64)
        known = places >= 0
        found[known] = self.rows[places[known]]
        unknown = np.flatnonzero(~known).tolist()
        if unknown:
            own = embed([words[i] for i in unknown])
            found[unknown, : own.shape[1]] = own * _HALF
        return found


# Without a corpus every word has its own vector only.
EMPTY = Relatives({}, np.zeros((0, 2 * StaticEmbedding.dimensions), dtype=np.float16), 1.0)


def learn(papers: Iterable[tuple[Sequence[str], Vectors]], embed: Embed) -> Relatives:
    """Relatives of the papers, given as their content words and their unit vectors."""
    stems: dict[str, int] = {}
    surface: list[str] = []
    owners: list[NDArray[np.int64]] = []
    vectors: list[Vectors] = []
    total = 0
    for words, vector in papers:
        held = {stem(word): word for word in reversed(words)}
        for new in [one for one in held if one not in stems]:
            stems[new] = len(stems)
            surface.append(held[new])
        owners.append(np.fromiter(map(stems.__getitem__, held), np.int64, len(held)))
        vectors.append(vector)
        total += len(words)
    if not vectors:
        return EMPTY
    rows = np.empty((len(stems), 2 * vectors[0].shape[0]), dtype=np.float16)
    for first, context in _contexts(owners, np.stack(vectors), len(stems)):
        part = slice(first, first + len(context))
        rows[part] = np.hstack([embed(surface[part]), context]) * _HALF
    return Relatives(stems, rows, max(1.0, total / len(vectors)))


def _contexts(
    owners: Sequence[NDArray[np.int64]], vectors: Vectors, stems: int
) -> Iterator[tuple[int, Vectors]]:
    """Unit mean, a stem, of the centred vectors of up to 64 papers that hold it, spread evenly.

    Comes in parts, each with the number of its first stem: all at once they fill the memory.
    """
    centred = vectors - vectors.mean(axis=0)
    term = np.concatenate(owners)
    paper = np.repeat(np.arange(len(owners)), [len(held) for held in owners])
    order = np.argsort(term, kind="stable")
    term, paper = term[order], paper[order]
    frequency = np.bincount(term, minlength=stems)
    rank = np.arange(len(term)) - np.concatenate([[0], np.cumsum(frequency)[:-1]])[term]
    share = np.minimum(frequency, _PAPERS_A_STEM)[term] / frequency[term]
    kept = np.floor((rank + 1) * share) > np.floor(rank * share)
    term, paper = term[kept], paper[kept]
    begins = np.searchsorted(term, np.arange(stems + 1))
    for low in range(0, stems, _STEMS_AT_ONCE):
        high = min(low + _STEMS_AT_ONCE, stems)
        gathered = centred[paper[begins[low] : begins[high]]]
        total = np.add.reduceat(gathered, begins[low:high] - begins[low], axis=0)
        length = np.linalg.norm(total, axis=1, keepdims=True)
        yield low, np.asarray(total / np.where(length > 0, length, 1), dtype=np.float32)


def save(relatives: Relatives, folder: Path) -> None:
    """Store under a folder, which appears whole or not at all."""
    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    np.save(draft / "rows.npy", relatives.rows)
    stored = {"mean_length": relatives.mean_length, "stems": list(relatives.places)}
    (draft / "stems.json").write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def load(folder: Path) -> Relatives:
    """What `save` stored, its rows mapped from the disk; no relatives where nothing is stored."""
    if not (folder / "stems.json").is_file():
        return EMPTY
    stored = json.loads((folder / "stems.json").read_text(encoding="utf-8"))
    rows = np.load(folder / "rows.npy", mmap_mode="r")
    return Relatives({s: i for i, s in enumerate(stored["stems"])}, rows, stored["mean_length"])
