"""Our retriever, engine, model and embedding as LlamaIndex components, for any program.

engine = Engine(Path(".askpapers/index"), load(Settings))
nodes = PaperRetriever(engine, limit=5).retrieve("denoising social graphs")
response = PaperQueryEngine(answers=engine).query("What is SGIL?")
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from typing import Any, Protocol

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
)
from llama_index.core.base.response.schema import Response
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import ConfigDict, PrivateAttr, SkipValidation

from app.answer import Answer
from app.engine import Engine
from app.integrations.nodes import node
from app.integrations.tracing import queried, response
from app.llm.choice import chat_model
from app.llm.model import Model
from app.llm.protocol import Piece, Request
from app.settings import Settings
from ingest.embedding.models import StaticEmbedding


class Answers(Protocol):
    """What answers questions: an engine, or what stands in for one."""

    def stream(self, question: str, history: Sequence[str]) -> Iterator[Answer]: ...


class PaperRetriever(BaseRetriever):
    """The hybrid retriever: a node a paper, best first, its text the paper's best passage.

    Scores are the blend of BM25 and cosines, higher is better, comparable within one query.
    """

    def __init__(self, engine: Engine, limit: int = 10) -> None:
        super().__init__()
        self._engine = engine
        self._limit = limit

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return list(map(node, self._engine.search(query_bundle.query_str, self._limit)))


class PaperQueryEngine(CustomQueryEngine):
    """The engine: its response carries the `[n]` markers, its nodes are the cited papers.

    Tracers of LlamaIndex see each question as one tree of spans.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    answers: SkipValidation[Answers]

    def stream(self, question: str, history: Sequence[str]) -> Generator[Answer, None, None]:
        """Answers that grow; the last one is complete. Closing it stops the model."""
        return queried(question, self.answers.stream(question, history))

    def custom_query(self, query_str: str) -> Response:
        *_, answer = self.stream(query_str, ())
        return response(answer)


class ServerLLM(CustomLLM):
    """The model of our settings: with its further addresses, tries and limits of time.

    Closing a stream ends the request at the server. Raises ServerError.
    """

    _model: Model = PrivateAttr()
    _settings: Settings = PrivateAttr()

    def __init__(self, settings: Settings, **more: Any) -> None:
        super().__init__(**more)
        self._settings = settings
        self._model = chat_model(settings)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(
            context_window=self._settings.context_window,
            num_output=self._settings.max_tokens,
            model_name=self._model.name,
            is_chat_model=True,
        )

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **_: Any) -> ChatResponse:
        text = self._model.complete(_request(messages))
        return ChatResponse(message=ChatMessage(role="assistant", content=text))

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **_: Any) -> ChatResponseGen:
        return _responses(self._model.stream(_request(messages)))

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        del formatted
        return CompletionResponse(text=self._model.complete(_request([_said(prompt)])))

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **_: Any
    ) -> CompletionResponseGen:
        del formatted
        pieces = _responses(self._model.stream(_request([_said(prompt)])))
        return (CompletionResponse(text=str(p.message.content), delta=p.delta) for p in pieces)


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


def _said(text: str) -> ChatMessage:
    return ChatMessage(role="user", content=text)


def _request(messages: Sequence[ChatMessage]) -> Request:
    return Request([{"role": m.role.value, "content": m.content or ""} for m in messages])


def _responses(pieces: Generator[Piece, None, None]) -> ChatResponseGen:
    """The answer so far with each piece of text."""
    text = ""
    with closing(pieces):
        for piece in pieces:
            if piece.text:
                text += piece.text
                message = ChatMessage(role="assistant", content=text)
                yield ChatResponse(message=message, delta=piece.text)
