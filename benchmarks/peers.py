"""Other ways to answer the same cases on the same corpus, scored by the same measures.

    python benchmarks/peers.py

Peers: LlamaIndex's CitationQueryEngine and a plain query engine over a VectorStoreIndex, both with
our embedding and an extractive "model" that repeats one sentence of each source that it is given,
the first or the one nearest to the question; and BM25 alone, which quotes its best papers. Each
reads three sources, and sees a case's history as earlier questions put before the question.
Prints a Markdown table.
"""

# ruff: noqa: E402
from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# The project, not this folder, whose files have the names of packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from llama_index.core import Document, VectorStoreIndex
from llama_index.core.base.llms.types import CompletionResponse, LLMMetadata
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_completion_callback
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import CitationQueryEngine

from app.answer import Answer, Citation, Quote
from app.engine import Engine
from app.llamaindex import PaperEmbedding
from app.settings import Settings
from app.support.score import THRESHOLD, support
from eval.dataset.case_files import load
from eval.dataset.corpora import CASES, at_hand, engine_for
from eval.running.run import Ask, run
from ingest.records import Paper
from ingest.text.sentences import sentence_spans
from ingest.text.terms import content_words, stems

SOURCES = 3
MEASURES = ("citation_validity", "paper_f1", "key_fact_recall", "abstention_accuracy")
SOURCE = re.compile(r"Source (\d+):\n(.*?)(?=\nSource \d+:|\n------|\Z)", re.DOTALL)
CONTEXT = re.compile(r"-{5,}\n(.*?)\n-{5,}", re.DOTALL)
EMPTY = "Empty Response"


Pick = Callable[[str, str], str]
"""(text, question) -> one sentence of the text."""


def first_sentence(text: str, _: str = "") -> str:
    """The first sentence of a text in one line."""
    return sentences(text)[0]


def nearest_sentence(text: str, question: str) -> str:
    """The sentence that shares the most content words with the question, the first of equals."""
    asked = set(stems(content_words(question)))
    return max(sentences(text), key=lambda said: len(asked & set(stems(content_words(said)))))


def sentences(text: str) -> list[str]:
    """The sentences of a text in one line."""
    flat = " ".join(text.split())
    return [flat[start:end] for start, end in sentence_spans(flat)] or [flat]


class Repeating(CustomLLM):
    """A "model" that repeats a sentence of each source in its prompt, with the source's number."""

    pick: Any

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=100_000, num_output=1_000, model_name="repeating")

    @llm_completion_callback()
    def complete(self, prompt: str, **_: Any) -> CompletionResponse:
        body = CONTEXT.findall(prompt)[-1]
        question = prompt.rpartition("Query: ")[2].partition("\nAnswer:")[0]
        numbered = [(f" [{n}]", text) for n, text in SOURCE.findall(body)]
        plain = [("", part) for part in body.split("\n\n") if part.strip()]
        said = [f"{self.pick(text, question)}{mark}" for mark, text in numbered or plain]
        return CompletionResponse(text=" ".join(said[:SOURCES]))

    @llm_completion_callback()
    def stream_complete(self, prompt: str, **_: Any) -> Any:
        yield self.complete(prompt)


def documents(papers: Sequence[Paper]) -> list[Document]:
    """A document a paper: title, abstract; its id is the paper's."""
    return [
        Document(
            text=paper.abstract,
            id_=paper.paper_id,
            metadata={"title": paper.title},
            # The title is embedded; in the prompt it would stand under the wrong source's label.
            excluded_llm_metadata_keys=["title"],
        )
        for paper in papers
    ]


def llamaindex(papers: Sequence[Paper], citing: bool, pick: Pick) -> Ask:
    """A LlamaIndex query engine as something that can be asked."""
    shelf = {paper.paper_id: paper for paper in papers}
    splitter = SentenceSplitter(chunk_size=1024, chunk_overlap=0, tokenizer=str.split)
    index = VectorStoreIndex.from_documents(
        documents(papers), embed_model=PaperEmbedding(), transformations=[splitter]
    )
    model = Repeating(pick=pick)
    engine: Any
    if citing:
        engine = CitationQueryEngine.from_args(
            index,
            llm=model,
            similarity_top_k=SOURCES,
            text_splitter=splitter,
        )
    else:
        engine = index.as_query_engine(llm=model, similarity_top_k=SOURCES)

    def ask(question: str, history: Sequence[str]) -> Answer:
        response = engine.query(" ".join((*history, question)))
        cited = [shelf[found.node.ref_doc_id] for found in response.source_nodes]
        return answered(question, str(response), cited)

    return ask


def bm25(engine: Engine, papers: Sequence[Paper], pick: Pick) -> Ask:
    """The text index alone: a sentence of each of its three best papers."""
    shelf = {paper.paper_id: paper for paper in papers}

    def ask(question: str, history: Sequence[str]) -> Answer:
        wanted = stems(content_words(" ".join((*history, question))))
        found = engine.index.lexicon.search(wanted, SOURCES)
        cited = [shelf[paper_id] for paper_id, _ in found]
        said = [f"{pick(p.abstract, question)} [{n}]" for n, p in enumerate(cited, 1)]
        return answered(question, " ".join(said) or EMPTY, cited)

    return ask


def answered(question: str, text: str, sources: Sequence[Paper]) -> Answer:
    """An answer from marked text. What its engine found nothing for counts as an abstention.

    An engine that marks nothing cites all that it read, since that is all a reader gets from it.
    """
    if not text.strip() or text.strip() == EMPTY:
        return Answer(question, text, "lookup", strength="none")
    marked = sorted({int(n) for n in re.findall(r"\[(\d+)\]", text)})
    numbers = [n for n in marked if n <= len(sources)] or range(1, len(sources) + 1)
    citations = [Citation(n, sources[n - 1], quotes(sources[n - 1])) for n in numbers]
    return Answer(question, text, "lookup", citations=tuple(citations))


def quotes(paper: Paper) -> tuple[Quote, ...]:
    start, end = next(iter(sentence_spans(paper.abstract)))
    return (Quote(paper.abstract[start:end], start, end),)


def main() -> None:
    """Asks everyone every case and prints the table."""
    cases = load([CASES])
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=Path(folder) / "index", mode="extractive")
        with engine_for(at_hand()[0], settings) as engine:
            papers = engine.index.catalog.papers()
            print(f"| {len(cases)} cases | {' | '.join(MEASURES)} | passed | seconds |")
            print("| --- |" + " --- |" * (len(MEASURES) + 2))
            for how, pick in (("first", first_sentence), ("nearest", nearest_sentence)):
                peers = {
                    "LlamaIndex CitationQueryEngine": llamaindex(papers, True, pick),
                    "LlamaIndex VectorStoreIndex query engine": llamaindex(papers, False, pick),
                    "BM25 alone": bm25(engine, papers, pick),
                }
                for name, ask in peers.items():
                    print(row(f"{name}, {how} sentence", ask, cases, papers), flush=True)
            print(row("askpapers", engine.ask, cases, papers))


def row(name: str, ask: Ask, cases: Any, papers: Sequence[Paper]) -> str:
    ask(cases[0].question, ())  # what is loaded once does not count
    report = run(cases, ask, papers, support=support, threshold=THRESHOLD, corpus="sample")
    figures = [report.means[name].mean for name in (*MEASURES, "passed")]
    shown = " | ".join("-" if value is None else f"{value:.3f}" for value in figures)
    return f"| {name} | {shown} | {sum(report.seconds.values()):.1f} |"


if __name__ == "__main__":
    main()
