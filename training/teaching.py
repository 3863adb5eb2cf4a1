"""The cross-encoder's network: taught with torch, stored as ONNX in 8 bits."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import BertWordPieceTokenizer
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoModel

from app.support.cross_encoder import LONGEST, Asks
from ingest.embedding.encoder import DIMENSIONS, VOCABULARY

if TYPE_CHECKING:
    from cross_encoder import Pair

EPOCHS, BATCH, RATE, WARM = 2.0, 32, 8e-5, 0.06
# Batches are made of pairs of like length, among so many.
_POOL = 40 * BATCH
OPSET = 17

# Tokens, types, what is asked, the label.
Row = tuple[list[int], list[int], int, float]


class Reader(torch.nn.Module):
    """A transformer over both texts, the mean of its tokens, and an output for what is asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.model = AutoModel.from_pretrained(
            folder, attn_implementation="eager",
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )  # fmt: skip
        self.head = torch.nn.Linear(DIMENSIONS, len(Asks))

    def forward(
        self, tokens: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> torch.Tensor:
        found = self.model(input_ids=tokens, attention_mask=mask, token_type_ids=types)
        kept = mask.unsqueeze(-1).to(found.last_hidden_state.dtype)
        odds: torch.Tensor = self.head((found.last_hidden_state * kept).sum(1) / kept.sum(1))
        return odds


def taught(pairs: Sequence[Pair], folder: Path) -> Reader:
    """The published weights in a folder, taught on these pairs; the table of words stays."""
    torch.manual_seed(1)
    chance = random.Random(1)
    model, rows = Reader(folder), _rows(pairs)
    model.model.embeddings.requires_grad_(False)
    learned = [p for p in model.model.parameters() if p.requires_grad]
    groups = [{"params": learned, "lr": RATE}, {"params": model.head.parameters(), "lr": 10 * RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = int(EPOCHS * len(rows) / BATCH)
    warm = int(WARM * steps) + 1
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / warm) * max(0.0, 1 - step / steps)
    )
    started, loss = time.monotonic(), 0.0
    for step, batch in zip(range(steps), _batches(rows, chance), strict=False):
        tokens, mask, types, asks, labels = _padded(batch)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            odds = model(tokens, mask, types)
        own = odds.float()[torch.arange(len(batch)), asks]
        cost = binary_cross_entropy_with_logits(own, labels)
        cost.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        loss = 0.98 * loss + 0.02 * cost.item()
        if step % 100 == 99:
            rate = (step + 1) * BATCH / (time.monotonic() - started)
            print(f"{step + 1}/{steps} {loss:.3f} {rate:.0f}/s", file=sys.stderr, flush=True)
    return model.eval()


def store(model: Reader, folder: Path, to: Path) -> None:
    """The model as ONNX, in 8 bits of which the weights take 7 (see `encoder.py`)."""
    tokens, whole = torch.ones(2, 16, dtype=torch.long), folder / "whole.onnx"
    axes = {0: "pair", 1: "token"}
    torch.onnx.export(
        model, (tokens, tokens, torch.zeros_like(tokens)), str(whole), opset_version=OPSET,
        dynamo=False, input_names=["tokens", "mask", "types"], output_names=["odds"],
        dynamic_axes={"tokens": axes, "mask": axes, "types": axes},
    )  # fmt: skip
    quantize_dynamic(
        whole, to, weight_type=QuantType.QInt8, per_channel=True,
        reduce_range=True, op_types_to_quantize=["MatMul", "Gather"],
    )  # fmt: skip


def _rows(pairs: Sequence[Pair]) -> list[Row]:
    tokenizer: Any = BertWordPieceTokenizer(str(VOCABULARY))
    tokenizer.enable_truncation(LONGEST)
    given = tokenizer.encode_batch([(one.text, one.passage) for one in pairs])
    return [
        (one.ids, one.type_ids, int(pair.asks), float(pair.label))
        for one, pair in zip(given, pairs, strict=True)
    ]


def _batches(rows: Sequence[Row], chance: random.Random) -> Iterator[Sequence[Row]]:
    """Without end: each time all rows in a new order."""
    while True:
        order = chance.sample(range(len(rows)), len(rows))
        batches = []
        for begin in range(0, len(order), _POOL):
            pool = sorted(order[begin : begin + _POOL], key=lambda at: len(rows[at][0]))
            batches += [pool[at : at + BATCH] for at in range(0, len(pool), BATCH)]
        chance.shuffle(batches)
        yield from ([rows[at] for at in batch] for batch in batches)


def _padded(batch: Sequence[Row]) -> tuple[torch.Tensor, ...]:
    longest = max(len(row[0]) for row in batch)
    shape = (len(batch), longest)
    tokens, mask, types = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    for at, (ids, kinds, _, _) in enumerate(batch):
        tokens[at, : len(ids)] = torch.tensor(ids)
        types[at, : len(ids)] = torch.tensor(kinds)
        mask[at, : len(ids)] = 1
    asks, labels = (torch.tensor([row[at] for row in batch]) for at in (2, 3))
    return tokens, mask, types, asks, labels
