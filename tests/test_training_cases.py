"""The collections that teach the answering: what strangers ask of them, and of which papers."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from eval.dataset.case_files import load
from eval.dataset.corpora import PICKED, picked_corpus

ASKED = sorted((Path(__file__).parents[1] / "training" / "later" / "cases").glob("*.txt"))


def test_what_teaches_has_other_papers_than_what_the_gate_asks() -> None:
    gated = {one for file in PICKED.glob("*.txt") for one in picked_corpus(file).picked}
    assert len(ASKED) >= 20
    for file in ASKED:
        picked = picked_corpus(file).picked
        assert len(picked) >= 100
        assert not gated & set(picked), file


def test_every_paper_that_a_stranger_asks_for_is_in_the_collection(data_dir: Path) -> None:
    titles: dict[str, dict[str, str]] = {}
    for file in ASKED:
        name = file.read_text("utf-8").splitlines()[0].removeprefix("#").strip()
        if name not in titles:
            with gzip.open(data_dir / name, "rt", encoding="utf-8") as lines:
                titles[name] = {str(one["id"]): one["title"] for one in map(json.loads, lines)}
        held = {titles[name][one] for one in picked_corpus(file).picked}
        cases = load([file.with_suffix("")])
        assert len(cases) >= 80
        for case in cases:
            assert held >= {*case.papers, *case.acceptable}, (file.stem, case.id)
            assert case.papers or not case.answerable or case.kind == "metadata"
