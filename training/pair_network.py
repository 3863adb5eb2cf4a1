"""The cross-encoder's network: what one text is to another, read together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from teaching import Transformer, padded, published, store, teach
from tokenizers import BertWordPieceTokenizer
from torch.nn.functional import binary_cross_entropy_with_logits

from app.support.cross_encoder import LONGEST, Asks
from ingest.embedding.encoder import DIMENSIONS, VOCABULARY

if TYPE_CHECKING:
    from cross_encoder import Pair

EPOCHS = 1.7

# Tokens, types, what is asked, the label.
Row = tuple[list[int], list[int], int, float]


class PairNetwork(Transformer):
    """A transformer over both texts, the mean of its tokens, and an output for what is asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.head = torch.nn.Linear(DIMENSIONS, len(Asks))

    def forward(
        self, tokens: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> torch.Tensor:
        odds: torch.Tensor = self.head(self.pieces(tokens, mask, types)[1])
        return odds

    def cost(self, batch: Sequence[Row]) -> torch.Tensor:
        """How wrong it is about these rows."""
        odds = self(*padded([row[:2] for row in batch])).float()
        asks, labels = (torch.tensor([row[at] for row in batch]) for at in (2, 3))
        own = odds[torch.arange(len(batch)), asks]
        return binary_cross_entropy_with_logits(own, labels)


def write(pairs: Sequence[Pair], to: Path) -> None:
    """Teach it these pairs and store it."""
    torch.manual_seed(1)
    with published() as folder:
        network = PairNetwork(folder)
    teach(network, _rows(pairs), network.cost, lambda row: len(row[0]), epochs=EPOCHS)
    store(network, {"odds": {0: "text"}}, to)


def _rows(pairs: Sequence[Pair]) -> list[Row]:
    tokenizer: Any = BertWordPieceTokenizer(str(VOCABULARY))
    tokenizer.enable_truncation(LONGEST)
    given = tokenizer.encode_batch([(one.text, one.passage) for one in pairs])
    return [
        (one.ids, one.type_ids, int(pair.asks), float(pair.label))
        for one, pair in zip(given, pairs, strict=True)
    ]
