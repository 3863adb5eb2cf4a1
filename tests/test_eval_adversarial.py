"""Free paraphrases against near-copies with a turned fact: what the frozen scorer sees."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from eval.scoring import frozen_support
from eval.scoring.claims import record_text
from eval.scoring.frozen_support import frozen_scorer
from eval.scoring.human_labels import meta
from ingest.index import Index
from ingest.records import Json, Paper

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Fixed:
    score: float


@pytest.fixture(scope="module")
def papers(sample_index: Path) -> Sequence[Paper]:
    index = Index(sample_index)
    found = tuple(index.catalog.papers())
    index.close()
    return found


def _measured(name: str, papers: Sequence[Paper], folder: Path) -> Json:
    """A file of pairs as labelled claims, and what the frozen scorer makes of them."""
    lines = []
    for pair in yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8")):
        (paper,) = (p for p in papers if pair["paper"] in p.title or pair["paper"] in p.abstract)
        for which, label in (("sound", 1), ("flawed", 0)):
            claim = {"claim": pair[which], "context": record_text(paper), "kind": pair["kind"]}
            lines.append(json.dumps({**claim, "supported": label}))
    file = folder / f"{name}.jsonl"
    file.write_text("\n".join(lines), "utf-8")
    frozen = frozen_scorer(record_text(paper) for paper in papers)
    return meta(
        file, lambda claim, records: Fixed(frozen(claim, records)),
        threshold=frozen_support.THRESHOLD,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "seen", "kept", "auroc"),
    [
        # The first part rewords so freely that hardly a word is shared: no overlap can keep that.
        ("adversarial_pairs", 0.7, 0.0, 0.55),
        ("adversarial_pairs_second", 0.75, 0.85, 0.7),
    ],
)
def test_most_turned_facts_are_seen_and_it_is_known_which_are_not(
    name: str, seen: float, kept: float, auroc: float, papers: Sequence[Paper], tmp_path: Path
) -> None:
    found = _measured(name, papers, tmp_path)
    for kind, row in found["kinds"].items():
        seen_of, kept_of = f"{row['seen']} of {row['wrong']}", f"{row['kept']} of {row['sound']}"
        print(f"{kind:11} {seen_of} seen, {kept_of} kept")
    totals = {key: sum(row[key] for row in found["kinds"].values()) for key in ("seen", "kept")}
    pairs = found["n"] / 2
    assert totals["seen"] >= seen * pairs
    assert totals["kept"] >= kept * pairs
    assert found["auroc"] >= auroc
    # A cue for a swapped cause there is none: that is a judge's to see.
    blind = {kind for kind, row in found["kinds"].items() if row["wrong"] > 2 and not row["seen"]}
    assert blind <= {"cause", "name"}
