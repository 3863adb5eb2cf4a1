"""Any LlamaIndex node postprocessor as the reranker: the class that ASKPAPERS_RERANKER names."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.postprocessor.types import BaseNodePostprocessor

from app.answer import Passage
from app.integrations.nodes import node
from app.retrieval.reranking import Order, RerankingFailed
from app.settings import Settings
from ingest.integrations import arguments, made, told


def order(settings: Settings) -> Order:
    """The order that the postprocessor gives. Raises SettingsError if it cannot be made."""
    named, values = settings.reranker or "", arguments(settings.reranker_args)
    postprocessor: BaseNodePostprocessor = made(
        named, values, "ASKPAPERS_RERANKER", BaseNodePostprocessor
    )

    def ordered(question: str, passages: Sequence[Passage]) -> list[str]:
        try:
            found = postprocessor.postprocess_nodes(list(map(node, passages)), query_str=question)
            return [one.node.node_id for one in found]
        except Exception as error:  # noqa: BLE001 - a postprocessor may raise anything
            raise RerankingFailed(f"The reranker {named} failed{told(error, values)}.") from None

    return ordered
