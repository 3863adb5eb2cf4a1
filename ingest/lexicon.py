"""The text index in tantivy. Sole owner of it; its types do not leave this module.

Fields hold terms that `ingest.terms` has already stemmed, separated by spaces, so that the index
and every other part of the program agree on what a word is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from ingest.names import folded
from ingest.records import Paper
from ingest.sentences import sentences
from ingest.storage import damaged
from ingest.terms import STOP_WORDS, stem, words

_WRITER_BYTES = 64_000_000
# A word of the title counts as often as this many of the abstract.
_TITLE_WEIGHT = 2
# "ranked" holds content words for scores; "phrases" holds every word, so that distances are true.
_RANKED, _PHRASES = "ranked", "phrases"


class Lexicon:
    """Words to papers, for one index. One process at a time may call the writing methods."""

    def __init__(self, folder: Path) -> None:
        """Open or create. Raises IndexMismatch for one with other fields, or that is damaged."""
        self._folder = folder
        with self._telling():
            folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(_schema(), path=str(folder))
            self._index.reload()
            self._searcher = self._index.searcher()
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
        hits = self._searcher.search(Query.boolean_query(queries), limit, count=False).hits
        return [(self._paper_id(address), float(score)) for score, address in hits]

    def containing(self, phrases: Sequence[Sequence[str]], slop: int = 0) -> set[str]:
        """All papers that hold at least one of these phrases in title or abstract.

        A phrase is a sequence of terms; `slop` words may stand between them.
        """
        queries = [(Occur.Should, self._phrase(list(phrase), slop)) for phrase in phrases if phrase]
        if not queries or not self.count():
            return set()
        query = Query.const_score_query(Query.boolean_query(queries), 1.0)
        hits = self._searcher.search(query, self.count(), count=False).hits
        return {self._paper_id(address) for _, address in hits}

    def terms_of(self, paper_ids: Sequence[str]) -> dict[str, list[list[str]]]:
        """Content terms of each paper by sentence; the first "sentence" is the real title."""
        if not paper_ids:
            return {}
        query = Query.term_set_query(self._index.schema, "paper_id", list(paper_ids))
        hits = self._searcher.search(query, len(paper_ids), count=False).hits
        documents = [self._searcher.doc(address) for _, address in hits]
        return {
            str(document["paper_id"][0]): [
                line.split() for line in bytes(document["sentences"][0]).decode().split("\n")
            ]
            for document in documents
        }

    def document_frequency(self, term: str) -> int:
        """How many papers hold a term in title or abstract; recently deleted papers may count."""
        return int(self._searcher.doc_freq(_PHRASES, term))

    def vocabulary(self, prefix: str, limit: int) -> list[str]:
        """Terms of titles and abstracts that begin so, the commonest first."""
        found = self._searcher.terms_with_prefix(_PHRASES, prefix, limit=limit)
        return [str(term) for term, _ in found]

    # Writing

    def write(self, papers: Sequence[Paper]) -> None:
        """Store papers in place of older entries with the same id; seen after `commit`."""
        self.remove([paper.paper_id for paper in papers])
        with self._telling():
            writer = self._writing()
            for paper in papers:
                writer.add_document(_document(paper))

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
                self._writer.commit()
                if last:
                    self._writer.wait_merging_threads()
                    self._writer = None
            self._index.reload()
            self._searcher = self._index.searcher()

    def paper_ids(self) -> list[str]:
        """Ids of all papers in the index, sorted."""
        if not self.count():
            return []
        hits = self._searcher.search(Query.all_query(), self.count(), count=False).hits
        return sorted(self._paper_id(address) for _, address in hits)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turns tantivy's errors into sentences for a person."""
        try:
            yield
        except (ValueError, OSError) as error:
            raise damaged(self._folder, "text index", str(error)[:200]) from error

    def _writing(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(_WRITER_BYTES, 1)
        return self._writer

    def _phrase(self, phrase: list[str], slop: int) -> Query:
        if len(phrase) == 1:
            return Query.term_query(self._index.schema, _PHRASES, phrase[0], "freq")
        return Query.phrase_query(self._index.schema, _PHRASES, list(phrase), slop)

    def _paper_id(self, address: tantivy.DocAddress) -> str:
        return str(self._searcher.doc(address)["paper_id"][0])


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_bytes_field("sentences", stored=True)
    builder.add_text_field("paper_id", stored=True, tokenizer_name="raw", index_option="basic")
    for field, option in ((_RANKED, "freq"), (_PHRASES, "position"), ("authors", "freq")):
        builder.add_text_field(field, tokenizer_name="whitespace", index_option=option)
    return builder.build()


def _document(paper: Paper) -> tantivy.Document:
    # A derived title repeats the abstract; indexing it would count its words twice.
    title = "" if paper.title_derived else paper.title
    lines = [words(text) for text in (title, *sentences(paper.abstract))]
    heading, *body = [[stem(word) for word in line if word not in STOP_WORDS] for line in lines]
    return tantivy.Document(
        sentences="\n".join(" ".join(line) for line in (heading, *body)).encode(),
        paper_id=paper.paper_id,
        ranked=" ".join([*heading * _TITLE_WEIGHT, *(term for line in body for term in line)]),
        phrases=" ".join(stem(word) for line in lines for word in line),
        authors=" ".join(word for name in paper.authors for word in folded(name)),
    )
