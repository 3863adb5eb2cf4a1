"""Corpora that are assembled from ids: what is picked, what is told, which cases belong to them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from conftest import DATA_DIR, ROOT

from app.settings import Settings
from eval.dataset import corpora
from eval.dataset.case_files import load
from eval.dataset.corpora import (
    CASES,
    PICKED,
    Corpus,
    asked,
    at_hand,
    engine_for,
    picked_corpus,
    skipped,
)
from eval.dataset.paper_phrases import check
from eval.gate.absent import not_gated
from eval.records import KINDS
from eval.running.checkpoint import code_fingerprint
from ingest.errors import UsageError

PICKED_NAMES = sorted(file.stem for file in PICKED.glob("*.txt"))
KEPT_NAMES = sorted(file.stem for file in PICKED.glob("*.jsonl"))
NAMES = ["sample", "seeds", *KEPT_NAMES, *PICKED_NAMES]
RECORDS = [
    {"id": f"x:{number}", "title": f"On {topic}", "abstract": f"We study {topic} in great detail."}
    for number, topic in enumerate(["glaciers", "tides", "moraines"])
]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with one file of three records, and two of them picked as `ice`."""
    with gzip.open(tmp_path / "all.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(record) + "\n" for record in RECORDS)
    picked = tmp_path / "picked"
    picked.mkdir()
    (picked / "ice.txt").write_text("# all.jsonl.gz\nx:0\nx:2\n", encoding="utf-8")
    monkeypatch.setenv("ASKPAPERS_DATA", str(tmp_path))
    monkeypatch.setattr(corpora, "PICKED", picked)
    return tmp_path


def test_a_corpus_holds_the_picked_records_and_no_other(data: Path) -> None:
    corpus = {corpus.name: corpus for corpus in at_hand()}["ice"]
    assert not corpus.ours
    with engine_for(corpus, Settings(index=data / "home" / "index")) as engine:
        titles = {paper.title for paper in engine.index.catalog.papers()}
    assert titles == {"On glaciers", "On moraines"}


def test_corpora_of_one_file_read_it_once(data: Path) -> None:
    (data / "picked" / "sea.txt").write_text("# all.jsonl.gz\nx:1\n", encoding="utf-8")
    ice, sea = (corpus for corpus in at_hand() if corpus.picked)
    settings = Settings(index=data / "home" / "index")
    with engine_for(ice, settings):
        (data / "all.jsonl.gz").unlink()
    with engine_for(sea, settings) as engine:
        assert [paper.title for paper in engine.index.catalog.papers()] == ["On tides"]


def test_runs_touch_no_folder_beside_the_index_nor_each_other(data: Path) -> None:
    corpus = {corpus.name: corpus for corpus in at_hand()}["ice"]
    mine = data / "eval" / "ice" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("kept", encoding="utf-8")
    settings = Settings(index=data / "my-index")
    with engine_for(corpus, settings) as one, engine_for(corpus, settings) as two:
        for engine in (one, two):
            assert len(engine.index.catalog.papers()) == 2
            assert [found.paper.title for found in engine.search("glaciers", 1)] == ["On glaciers"]
    assert mine.read_text("utf-8") == "kept"


def test_a_picked_record_that_is_gone_is_named(data: Path) -> None:
    (data / "picked" / "ice.txt").write_text("# all.jsonl.gz\nx:0\nx:9\n", encoding="utf-8")
    corpus = picked_corpus(data / "picked" / "ice.txt")
    settings = Settings(index=data / "home" / "index")
    gone = pytest.raises(UsageError, match=r"1 records of the corpus ice .* x:9")
    with gone, engine_for(corpus, settings):
        pass


def test_an_id_that_stands_twice_is_refused(data: Path) -> None:
    file = data / "picked" / "ice.txt"
    file.write_text("# all.jsonl.gz\nx:0\nx:2\nx:0\n", encoding="utf-8")
    with pytest.raises(UsageError, match="x:0 stands in it more than once"):
        picked_corpus(file)


def test_absent_data_leaves_the_sample_and_says_what_was_skipped(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "ice" not in skipped()
    assert "seeds" in skipped()
    monkeypatch.setenv("ASKPAPERS_DATA", str(data / "nowhere"))
    assert [corpus.name for corpus in at_hand()] == ["sample"]
    assert "seeds, ice" in skipped()
    assert str(data / "nowhere") in skipped()


def test_a_collection_of_our_own_is_at_hand_everywhere_and_never_fitted_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASKPAPERS_DATA", str(tmp_path))
    found = {corpus.name: corpus for corpus in at_hand()}
    assert list(found) == ["sample", "heritage"]
    assert found["heritage"].held_out
    assert found["heritage"].ours
    assert not found["sample"].held_out


def test_a_run_without_the_texts_says_what_it_did_not_gate(data: Path) -> None:
    (data / "all.jsonl.gz").unlink()
    code = code_fingerprint(ROOT, ("ingest", "app"))
    baseline = data / "baseline.json"
    for engine, told in ((code, False), ("0" * 16, True)):
        held = {name: {"provenance": {"engine": engine}} for name in ("seeds", "ice")}
        baseline.write_text(json.dumps({"corpora": held}), "utf-8")
        assert ("blessed with other code: seeds, ice" in not_gated(baseline)) is told
    assert "Skipped" in not_gated(data / "none.json")


def test_case_files_run_on_the_corpus_they_are_about(tmp_path: Path) -> None:
    shared, own = Corpus("sample", ()), Corpus("ice", (), cases=tmp_path / "ice")
    assert asked([shared, own], None) == [shared, own]
    assert asked([shared, own], [tmp_path / "ice" / "lists.yaml"]) == [own]
    assert asked([shared, own], [CASES / "lists.yaml"]) == [shared]
    assert asked([shared, own], [tmp_path / "mine.yaml"]) == [shared]


@pytest.mark.parametrize("name", ["heritage", *PICKED_NAMES])
def test_every_follow_up_has_a_twin_that_asks_for_the_same_in_full(name: str) -> None:
    cases = {case.id: case for case in load([PICKED / name])}
    conversations = [case for case in cases.values() if case.history]
    assert len(conversations) >= (3 if name in KEPT_NAMES else 4)
    for case in conversations:
        twin = cases[f"{case.id}-in-full"]
        assert not twin.history
        assert (twin.papers, twin.acceptable, twin.facts) == (
            case.papers,
            case.acceptable,
            case.facts,
        )


@pytest.mark.parametrize("name", NAMES)
def test_the_cases_of_each_corpus_are_sound(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKPAPERS_DATA", str(DATA_DIR))
    corpus = {corpus.name: corpus for corpus in at_hand()}.get(name)
    if corpus is None:
        pytest.skip(f"the texts of {name} are not here")
    with engine_for(corpus, Settings(index=tmp_path / "index")) as engine:
        papers = engine.index.catalog.papers()
    if corpus.picked:
        assert len(papers) == len(corpus.picked)
    assert check(load([corpus.cases]), papers) == []


def test_the_sample_is_asked_questions_of_every_sort() -> None:
    cases = load([CASES])
    assert len(cases) >= 150
    groups = {case.group for case in cases}
    assert groups == {*KINDS, "follow-up", "unanswerable"}
    assert any(case.id.startswith("hostile-") for case in cases)
