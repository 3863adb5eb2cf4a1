"""The text index in tantivy. Sole owner of it; its types do not leave this module.

Fields hold terms that `ingest.text.terms` has already stemmed, separated by spaces, so that the
index and every other part of the program agree on what a word is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Query

from ingest.records import Paper
from ingest.stores.disk_errors import damaged
from ingest.stores.forward_index import NO_MEANING, Meaning, Meanings, Sheets, Text, packed
from ingest.text.people import folded
from ingest.text.sentences import sentences
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stems, words

_WRITER_BYTES = 32_000_000
# A word of the title counts as often as this many of the abstract.
_TITLE_WEIGHT = 2
# "ranked" holds content words for scores; "phrases" holds every word, so that distances are true.
_RANKED, _PHRASES = "ranked", "phrases"
_SHEETS = "sheets.bin"
_NONE: Mapping[str, Meaning] = {}


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the index keeps of a paper: its sheet, and its terms in each field."""

    paper_id: str
    sheet: bytes
    ranked: str
    phrases: str
    authors: str


_INDEXED = ("paper_id", _RANKED, _PHRASES, "authors")


class Lexicon:
    """Words to papers, for one index. One process at a time may call the writing methods."""

    def __init__(self, folder: Path, before_writing: Callable[[], None] = lambda: None) -> None:
        """Open or create. Raises IndexMismatch for one with other fields, or that is damaged."""
        self._folder = folder
        self._before_writing = before_writing
        with self._telling():
            folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(_schema(), path=str(folder))
            self._sheets = Sheets(folder / _SHEETS)
            self._reload()
        self._writer: tantivy.IndexWriter | None = None

    def count(self) -> int:
        """Papers in the index."""
        return int(self._searcher.num_docs)

    # Reading

    def search(self, query_terms: Sequence[str], limit: int) -> list[tuple[str, float]]:
        """Paper ids with BM25 scores (k1 = 1.2, b = 0.75) over title and abstract, best first.

        The names of authors count too, so that a name typed as a query finds its papers.
        """
        queries = [
            (Occur.Should, Query.term_query(self._index.schema, field, term, "freq"))
            for term in dict.fromkeys(query_terms)
            for field in (_RANKED, "authors")
        ]
        if not queries or limit < 1:
            return []
        hits = self._hits(Query.boolean_query(queries), limit)
        ids = self._ids([address for _, address in hits])
        return [(paper_id, float(hit[0])) for paper_id, hit in zip(ids, hits, strict=True)]

    def containing(
        self, phrases: Sequence[Sequence[str]], slop: int = 0, most: int | None = None
    ) -> set[str]:
        """All papers, or any `most`, that hold one of these phrases in title or abstract.

        A phrase is a sequence of terms; `slop` words may stand between them.
        """
        queries = [(Occur.Should, self._phrase(list(phrase), slop)) for phrase in phrases if phrase]
        if not queries or not self.count():
            return set()
        query = Query.const_score_query(Query.boolean_query(queries), 1.0)
        hits = self._hits(query, most or self.count())
        return set(self._ids([address for _, address in hits]))

    def holding(self, stems: Sequence[str]) -> set[str]:
        """All papers that hold every one of these terms in title or abstract; none for no terms."""
        if not stems or not self.count():
            return set()
        every = [(Occur.Must, self._phrase([one], 0)) for one in dict.fromkeys(stems)]
        query = Query.const_score_query(Query.boolean_query(every), 1.0)
        return set(self._ids([address for _, address in self._hits(query, self.count())]))

    def held(self, paper_ids: Sequence[str]) -> list[str]:
        """Those of these papers that the index holds, in their order."""
        missing = [paper_id for paper_id in paper_ids if paper_id not in self._places]
        if missing:
            query = Query.term_set_query(self._index.schema, "paper_id", missing)
            hits = self._hits(query, len(missing))
            self._ids([address for _, address in hits])
        return [paper_id for paper_id in paper_ids if paper_id in self._places]

    def text(self, paper_ids: Sequence[str]) -> Text:
        """The content terms of those of these papers that the index holds, by sentence."""
        with self._telling():
            return self._sheets.text([self._places[i] for i in self.held(paper_ids)])

    def meanings(self, paper_ids: Sequence[str]) -> Meanings:
        """The vectors of those of these papers that the index holds."""
        with self._telling():
            return self._sheets.meanings([self._places[i] for i in self.held(paper_ids)])

    def document_frequency(self, term: str) -> int:
        """How many papers hold a term in title or abstract; recently deleted papers may count."""
        with self._telling():
            return int(self._searcher.doc_freq(_PHRASES, term))

    def vocabulary(self, prefix: str, limit: int) -> list[str]:
        """Terms of titles and abstracts that begin so, the commonest first."""
        with self._telling():
            found = self._searcher.terms_with_prefix(_PHRASES, prefix, limit=limit)
        return [str(term) for term, _ in found]

    # Writing

    def write(self, papers: Sequence[Paper], meanings: Mapping[str, Meaning] = _NONE) -> None:
        """Store papers in place of older entries with the same id; seen after `commit`."""
        self.store([leaf(paper, meanings.get(paper.paper_id, NO_MEANING)) for paper in papers])

    def store(self, leaves: Sequence[Leaf]) -> None:
        """Store entries in place of older ones of the same papers; seen after `commit`."""
        self.remove([one.paper_id for one in leaves])
        with self._telling():
            writer = self._writing()
            places = self._sheets.append([one.sheet for one in leaves])
            for one, place in zip(leaves, places, strict=True):
                fields = {name: getattr(one, name) for name in _INDEXED}
                writer.add_document(tantivy.Document(place=place, **fields))

    def remove(self, paper_ids: Sequence[str]) -> None:
        """Take papers out; seen after `commit`."""
        with self._telling():
            writer = self._writing()
            for paper_id in paper_ids:
                writer.delete_documents_by_term("paper_id", paper_id)

    def commit(self, last: bool = True) -> None:
        """Make everything written so far durable and visible; `last` tidies up after it."""
        with self._telling():
            if self._writer is not None:
                self._sheets.flush()
                self._writer.commit()
                if last:
                    self._writer.wait_merging_threads()
                    self._writer = None
            self._reload()

    def paper_ids(self) -> list[str]:
        """Ids of all papers in the index, sorted."""
        if not self.count():
            return []
        hits = self._hits(Query.all_query(), self.count())
        return sorted(self._ids([address for _, address in hits]))

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turns tantivy's errors into sentences for a person."""
        try:
            yield
        except (ValueError, IndexError, OSError) as error:
            raise damaged(self._folder, "text index", str(error)[:200]) from error

    def _hits(self, query: Query, limit: int) -> list[tuple[Any, tantivy.DocAddress]]:
        with self._telling():
            return list(self._searcher.search(query, limit, count=False).hits)

    def _writing(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._before_writing()
            self._writer = self._index.writer(_WRITER_BYTES, 1)
        return self._writer

    def _phrase(self, phrase: list[str], slop: int) -> Query:
        if len(phrase) == 1:
            return Query.term_query(self._index.schema, _PHRASES, phrase[0], "freq")
        return Query.phrase_query(self._index.schema, _PHRASES, list(phrase), slop)

    def _reload(self) -> None:
        self._index.reload()
        self._searcher = self._index.searcher()
        # After the index: the file then holds at least what the index points to.
        self._sheets.reload()
        self._known: dict[int, str] = {}
        self._places: dict[str, int] = {}

    def _ids(self, addresses: list[tantivy.DocAddress]) -> list[str]:
        """The papers at these addresses. Ids and places that were read once are kept."""
        with self._telling():
            places: Any = self._searcher.fast_field_values("place", addresses)
            for place in places:
                if place not in self._known:
                    paper_id = self._sheets.paper_id(place)
                    self._known[place], self._places[paper_id] = paper_id, place
        return [self._known[place] for place in places]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("place", fast=True)
    builder.add_text_field("paper_id", tokenizer_name="raw", index_option="basic")
    for field, option in ((_RANKED, "freq"), (_PHRASES, "position"), ("authors", "freq")):
        builder.add_text_field(field, tokenizer_name="whitespace", index_option=option)
    return builder.build()


def leaf(paper: Paper, meaning: Meaning) -> Leaf:
    """The entry of a paper, ready to be stored."""
    # A derived title repeats the abstract; indexing it would count its words twice.
    title = paper.real_title
    lines = [words(text) for text in (title, *sentences(paper.abstract))]
    stemmed = list(map(stems, lines))
    content = [
        [stem for word, stem in zip(line, row, strict=True) if word not in STOP_WORDS]
        for line, row in zip(lines, stemmed, strict=True)
    ]
    heading, *body = content
    return Leaf(
        paper_id=paper.paper_id,
        sheet=packed(paper.paper_id, content, meaning),
        ranked=" ".join(chain(heading * _TITLE_WEIGHT, *body)),
        phrases=" ".join(chain(*stemmed)),
        authors=" ".join(word for name in paper.authors for word in folded(name)),
    )
