"""Small libraries for the tests of ingestion, and what an index holds, in a form to compare."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ingest.catalog import Catalog, Entry
from ingest.index import Index
from ingest.opening import opened as opened_at
from ingest.papers.placing import Placing
from ingest.pipeline import ingest
from ingest.records import Paper, Record, Source, Tally
from ingest.servers.stores import EMBEDDED, Servers
from ingest.settings import IngestSettings
from ingest.stores.forward_index import Text, code

SETTINGS = IngestSettings(_env_file=None)
_TOPICS = "graph video speech protein traffic galaxy legal music crystal weather robot code".split()
_ACTS = "denoise rank caption segment forecast translate align compress verify retrieve".split()
_MEANS = "contrastive diffusion symbolic spectral federated causal sparse neural modular".split()
_SYLLABLES = "ba ce di fo gu ha ke li mo nu pa re si to vu wa xe yi zo".split()
_FILL = (
    "baseline benchmark encoder signal labels noise training inference budget memory latency "
    "accuracy robust transfer sample domain context module objective dataset user study"
).split()


def abstract(number: int) -> str:
    """An abstract of four sentences, another one for each number, the same in every run."""
    chance = random.Random(number)
    name = f"{chance.choice(_TOPICS)[:3].upper()}Net{number}"
    act, means, topic = chance.choice(_ACTS), chance.choice(_MEANS), chance.choice(_TOPICS)
    # Made-up words, so that two abstracts have no more words in common than two real ones.
    middle = " ".join("".join(chance.choices(_SYLLABLES, k=3)) for _ in range(24))
    return (
        f"Methods that {act} {topic} data fail in case {number}. We propose {name}, a {means} "
        f"model that can {act} {topic} records. It uses {middle}. "
        f"On {chance.randint(2, 9)} datasets {name} is {chance.randint(1, 40)}% better."
    )


def title(number: int) -> str:
    """A title that is clearly unlike those of other numbers."""
    chance = random.Random(number + 10_000)
    words = [*chance.sample(_MEANS, 2), chance.choice(_TOPICS), *chance.sample(_FILL, 3)]
    return f"{' '.join(words).capitalize()} {number}"


def entry(number: int, **fields: object) -> dict[str, object]:
    """A record of a JSONL file: id, title and abstract of a number, and what is given."""
    known = {"id": f"p{number}", "title": title(number), "abstract": abstract(number)}
    return {key: value for key, value in (known | fields).items() if value is not None}


def record(text: str, line: int = 1, file: str = "a.txt", **fields: Any) -> Record:
    return Record(Source(file, line), text, **fields)


def write_jsonl(file: Path, entries: Iterable[Mapping[str, object]]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in entries)
    file.write_text("".join(lines), encoding="utf-8")
    return file


def servers_of(_: Path) -> Servers:
    """The servers that hold the index of a folder; `test_on_servers` names some."""
    return EMBEDDED


def opened(folder: Path) -> Index:
    """The index of a folder, wherever its test puts it."""
    return opened_at(folder, None, servers_of(folder))


def run(folder: Path, *paths: Path, **options: Any) -> Tally:
    """One ingest of these paths into the index of a folder."""
    index = opened(folder)
    try:
        return ingest(paths, index, SETTINGS, **options)
    finally:
        index.close()


def adds_up(tally: Tally) -> bool:
    parts = (tally.added, tally.updated, tally.unchanged, tally.merged, tally.skipped)
    return tally.read == sum(parts)


def contents(folder: Path, words: Iterable[str] = ()) -> dict[str, Any]:
    """Papers, chunks, vectors and text hits of an index, whatever the order of arrival."""
    index = opened(folder)
    try:
        catalog, ids = index.catalog, index.catalog.paper_ids()
        chunk_ids = index.vectors.chunk_ids()
        vectors = index.vectors.vectors_of(chunk_ids)
        return {
            "papers": [_sorted(paper.as_json()) for paper in catalog.papers(ids)],
            "chunks": catalog.chunk_places(catalog.chunk_ids()),
            "chunk ids in vectors": chunk_ids,
            "vectors": {i: [round(float(x), 4) for x in v] for i, v in vectors.items()},
            "papers in text": index.lexicon.paper_ids(),
            "numbers": {i: _numbers(index, i) for i in index.lexicon.paper_ids()},
            "hits": {word: sorted(index.lexicon.containing([[word]])) for word in words},
            "pending": catalog.pending(),
        }
    finally:
        index.close()


def _numbers(index: Index, paper_id: str) -> list[list[float]]:
    """What ranking reads of a paper."""
    text, meanings = index.lexicon.text([paper_id]), index.lexicon.meanings([paper_id])
    vectors = np.concatenate([meanings.titles, meanings.chunks]).ravel().round(3)
    return [
        numbers.tolist()
        for numbers in (text.terms, text.sentences, meanings.spans.ravel(), vectors)
    ]


def _sorted(paper: dict[str, Any]) -> dict[str, Any]:
    return paper | {"sources": sorted(paper["sources"]), "source_ids": sorted(paper["source_ids"])}


def text_of(papers: Sequence[Sequence[Sequence[str]]]) -> Text:
    """The numbers of papers given as sentences of stems, made without any file."""
    sentences = [sentence for paper in papers for sentence in paper]
    starts = np.cumsum([0, *map(len, sentences)])[:-1]
    firsts = np.cumsum([0, *map(len, papers)])[:-1]
    terms = np.array([code(term) for one in sentences for term in one], dtype=np.uint32)
    return Text(terms, starts, firsts)


def placed(batches: Iterable[Sequence[Record]]) -> list[Paper]:
    """The papers that records become, batch after batch, in a catalog of their own."""
    with tempfile.TemporaryDirectory() as scratch:
        catalog = Catalog(Path(scratch) / "catalog.sqlite")
        for batch in batches:
            placing = Placing(catalog, batch)
            for one in batch:
                placing.add(one)
            with catalog.transaction() as writing:
                groups = placing.changed()
                writing.save([Entry(g.paper(), g.records, g.replaces) for g in groups])
        papers = catalog.papers()
        catalog.close()
    return papers
