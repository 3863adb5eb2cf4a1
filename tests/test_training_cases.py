"""The collections of strangers that teach the reader: their papers, and what is asked."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from eval.dataset.case_files import load
from eval.dataset.corpora import PICKED, Corpus, data_folder, picked_corpus

KEPT = Path(__file__).parents[1] / "training" / "cases"


def _corpora() -> list[Corpus]:
    return [picked_corpus(file) for file in sorted(KEPT.glob("*.txt"))]


def test_what_teaches_has_other_papers_than_what_the_gate_asks() -> None:
    gated = {one for file in PICKED.glob("*.txt") for one in picked_corpus(file).picked}
    corpora = _corpora()
    assert len(corpora) >= 20
    for corpus in corpora:
        assert len(corpus.picked) >= 100
        assert not gated & set(corpus.picked), corpus.name


def test_every_paper_that_a_stranger_asks_for_is_in_the_collection(data_dir: Path) -> None:
    titles: dict[Path, dict[str, str]] = {}
    for corpus in _corpora():
        [source] = corpus.files
        if source not in titles:
            file = data_dir / source.relative_to(data_folder())
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                titles[source] = {str(one["id"]): one["title"] for one in map(json.loads, lines)}
        held = {titles[source][one] for one in corpus.picked}
        cases = load([corpus.cases])
        assert len(cases) >= 80
        for case in cases:
            assert held >= {*case.papers, *case.acceptable}, (corpus.name, case.id)
            assert case.papers or not case.answerable or case.kind == "metadata"
