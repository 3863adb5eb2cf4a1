"""Write the sentence encoder of the installation: all-MiniLM-L6-v2 as ONNX, in 8 bits.

What has to be installed, `teaching.py` says. The weights take 7 of their 8 bits, so that processors
with and without instructions for products of bytes come to the same sums.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from teaching import OPSET, published, shorten
from transformers import AutoModel

FOLDER = Path(__file__).resolve().parent.parent / "ingest" / "embedding"


class Mean(torch.nn.Module):
    """A text's vector: the mean over its tokens, of length 1."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        found = self.model(input_ids=tokens, attention_mask=mask).last_hidden_state
        kept = mask.unsqueeze(-1).float()
        return torch.nn.functional.normalize((found * kept).sum(1) / kept.sum(1), dim=1)


def main() -> None:
    """Unpack, check, trace, shorten to 8 bits."""
    with published() as folder:
        model = Mean(AutoModel.from_pretrained(folder, attn_implementation="eager").eval())
        tokens = torch.ones(2, 16, dtype=torch.long)
        whole = folder / "whole.onnx"
        torch.onnx.export(
            model, (tokens, tokens), str(whole), opset_version=OPSET, dynamo=False,
            input_names=["tokens", "mask"], output_names=["vector"],
            dynamic_axes={"tokens": {0: "text", 1: "token"}, "mask": {0: "text", 1: "token"}},
        )  # fmt: skip
        shorten(whole, FOLDER / "encoder.onnx")
        pieces = json.loads((folder / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
        (FOLDER / "encoder.txt").write_text("\n".join(sorted(pieces, key=pieces.get)), "utf-8")
    print(FOLDER / "encoder.onnx")


if __name__ == "__main__":
    main()
