"""Our retriever, engine and embedding as LlamaIndex components, to plug into other programs.

engine = Engine(Path(".askpapers/index"), load(Settings))
nodes = PaperRetriever(engine, limit=5).retrieve("denoising social graphs")
response = PaperQueryEngine(answers=engine).query("What is SGIL?")
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.response.schema import Response
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from pydantic import ConfigDict, PrivateAttr

from app.engine import Engine
from app.records import Citation, Passage
from ingest.embedding.models import StaticEmbedding
from ingest.records import Paper


class PaperRetriever(BaseRetriever):
    """The hybrid retriever: a node a paper, best first, its text the paper's best passage.

    Scores are the blend of BM25 and cosines, higher is better, comparable within one query.
    """

    def __init__(self, engine: Engine, limit: int = 10) -> None:
        super().__init__()
        self._engine = engine
        self._limit = limit

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(found) for found in self._engine.search(query_bundle.query_str, self._limit)]


class PaperQueryEngine(CustomQueryEngine):
    """The engine: its response carries the `[n]` markers, its nodes are the cited papers."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    answers: Engine

    def custom_query(self, query_str: str) -> Response:
        answer = self.answers.ask(query_str)
        return Response(
            response=answer.text,
            source_nodes=[_cited(citation) for citation in answer.citations],
            metadata={"abstained": answer.abstained, "reason": answer.reason, "kind": answer.kind},
        )


class PaperEmbedding(BaseEmbedding):
    """The static embedding that an index is made with by default: unit vectors, no network."""

    _model: StaticEmbedding = PrivateAttr(default_factory=StaticEmbedding)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"model_name": StaticEmbedding().identity, **settings})

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return [[float(value) for value in row] for row in self._model.embed(texts)]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


def _node(passage: Passage) -> NodeWithScore:
    return _made(passage.paper, passage.text, passage.start, passage.end, passage.score)


def _cited(citation: Citation) -> NodeWithScore:
    quotes = citation.quotes
    text = " … ".join(quote.text for quote in quotes) or citation.paper.title
    bounds = (quotes[0].start, quotes[0].end) if quotes else (0, 0)
    return _made(citation.paper, text, *bounds, None, number=citation.number)


def _made(
    paper: Paper, text: str, start: int, end: int, score: float | None, **more: object
) -> NodeWithScore:
    metadata = {
        "paper_id": paper.paper_id,
        "title": paper.title,
        "authors": _joined(paper.authors),
        "year": paper.year,
        "url": paper.url,
        **more,
    }
    node = TextNode(
        id_=paper.paper_id, text=text, start_char_idx=start, end_char_idx=end, metadata=metadata
    )
    return NodeWithScore(node=node, score=score)


def _joined(names: Sequence[str]) -> str:
    return "; ".join(names)
