"""A LlamaIndex node postprocessor that puts one paper first, or fails as it is told."""

from __future__ import annotations

from typing import Any

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

asked: list[tuple[str, list[NodeWithScore]]] = []


class Preferring(BaseNodePostprocessor):
    paper_id: str = ""
    fault: str = ""
    api_key: str = ""
    keeps: int = 100

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        asked.append((query_bundle.query_str if query_bundle else "", nodes))
        if self.fault == "raise":
            raise RuntimeError(f"the key {self.api_key} is no good")
        if self.fault == "nonsense":
            nonsense: Any = [None]
            return nonsense
        return sorted(nodes, key=lambda one: one.node.node_id != self.paper_id)[: self.keeps]
