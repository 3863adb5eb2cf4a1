"""The reader's network: what a question is, the role of each of its words, and what orders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from teaching import Transformer, padded, published, store, teach
from torch.nn.functional import cross_entropy

from app.understanding.reader import ACTS, ATTRIBUTES, OF_QUESTIONS, OF_SENTENCES, REFERS, ROLES
from ingest.embedding.encoder import DIMENSIONS

if TYPE_CHECKING:
    from reader import Example

OUTPUTS = (*OF_QUESTIONS, *OF_SENTENCES)
EPOCHS, DROPOUT = 3.0, 0.1
SIZES = dict(zip(OUTPUTS, (len(ACTS), len(REFERS), len(ATTRIBUTES), len(ROLES), 2, 2), strict=True))
# What each output costs beside the others where it is wrong.
COSTS = dict(zip(OUTPUTS, (1.0, 0.5, 0.3, 1.0, 0.5, 1.0), strict=True))
OF_PIECES = ("role", "asked")
_UNTOLD = -100  # no label


class QuestionNetwork(Transformer):
    """A transformer over a question, with outputs for the mean of its pieces and for each."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, DROPOUT)
        heads = {name: torch.nn.Linear(DIMENSIONS, size) for name, size in SIZES.items()}
        self.heads = torch.nn.ModuleDict(heads)

    def forward(
        self, tokens: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        each, mean = self.pieces(tokens, mask, types)
        return tuple(head(each if n in OF_PIECES else mean) for n, head in self.heads.items())

    def cost(self, batch: Sequence[Example]) -> torch.Tensor:
        """How wrong it is about these questions, where they are labelled."""
        given = padded([(one.pieces.ids, one.pieces.named) for one in batch])
        total = torch.zeros(())
        for name, found in zip(OUTPUTS, self(*given), strict=True):
            labels = _labels(name, batch, given[0].shape[1])
            if (labels != _UNTOLD).any():
                scores = found.float().reshape(-1, SIZES[name])
                wrong = cross_entropy(scores, labels.reshape(-1), ignore_index=_UNTOLD)
                total = total + COSTS[name] * wrong
        return total


def write(examples: Sequence[Example], to: Path) -> None:
    """Teach it these questions and store it."""
    torch.manual_seed(1)
    with published() as folder:
        network = QuestionNetwork(folder)
    teach(network, examples, network.cost, lambda one: len(one.pieces.ids), epochs=EPOCHS)
    axes = {n: {0: "text", 1: "piece"} if n in OF_PIECES else {0: "text"} for n in OUTPUTS}
    store(network, axes, to)


def _labels(name: str, batch: Sequence[Example], longest: int) -> torch.Tensor:
    """The label of each question; of an output of pieces that of each token at its first piece."""
    if name not in OF_PIECES:
        return torch.tensor([one.labels.get(name, _UNTOLD) for one in batch])
    found = torch.full((len(batch), longest), _UNTOLD)
    for row, one in enumerate(batch):
        for at, label in zip(one.pieces.first, one.of_tokens.get(name, ()), strict=False):
            found[row, at] = label
    return found
