"""A question to papers, over the sample corpus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_samples import abstract, entry, run, write_jsonl

from app.engine import Engine
from app.retrieval.search import retrieve, translated
from app.settings import Settings
from ingest.index import Index
from ingest.opening import open_filled
from ingest.text.sentences import sentences

_QUERY = st.lists(
    st.sampled_from(
        "graph denoising recommendation colour blind people causal 3D LLMs owl papers on".split()
    ),
    max_size=5,
).map(" ".join)


@pytest.fixture(scope="module")
def index(sample_index: Path) -> Iterator[Index]:
    opened = open_filled(sample_index)
    yield opened
    opened.close()


@settings(max_examples=20)
@given(_QUERY, st.integers(-1, 60))
def test_at_most_so_many_papers_come_best_first_and_the_same_twice(
    index: Index, query: str, limit: int
) -> None:
    found = retrieve(index, query, limit)
    assert len(found) <= max(0, limit)
    assert len({passage.paper.paper_id for passage in found}) == len(found)
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert retrieve(index, query, limit) == found
    assert retrieve(index, query, 60)[: len(found)] == found


@settings(max_examples=10)
@given(_QUERY)
def test_a_passage_is_a_stretch_of_its_abstract(index: Index, query: str) -> None:
    for passage in retrieve(index, query, 5):
        assert passage.text
        assert 0 <= passage.start < passage.end <= len(passage.paper.abstract)


def test_the_frame_of_a_question_moves_no_score_in_the_engine_either(sample_index: Path) -> None:
    engine = Engine(sample_index, Settings(_env_file=None))
    scores = [
        [(found.paper.paper_id, found.score) for found in engine.search(query, 20)]
        for query in ("graph denoising", "Which papers are about graph denoising?")
    ]
    engine.index.close()
    assert scores[0] == scores[1]


def test_equal_scores_go_by_paper_id(tmp_path: Path) -> None:
    # Two words change places, so that every word counts the same in both.
    abstracts = ("owls hear mice at night.", "hear owls mice at night.")
    entries = [
        entry(n, title="Owls", abstract=f"{start} {abstract(1)}", doi=f"10.1234/{'ba'[n]}")
        for n, start in enumerate(abstracts)
    ]
    run(tmp_path / "index", write_jsonl(tmp_path / "a.jsonl", entries))
    opened = open_filled(tmp_path / "index")
    try:
        found = retrieve(opened, "owls at night", 5)
        assert [p.paper.paper_id for p in found] == ["doi:10.1234/a", "doi:10.1234/b"]
        assert found[0].score == found[1].score
        assert retrieve(opened, "owls at night", 1) == found[:1]
    finally:
        opened.close()


def test_a_paper_is_the_best_one_for_its_own_first_sentence(index: Index) -> None:
    papers = index.catalog.papers(index.catalog.paper_ids())
    assert len(papers) > 40
    others = [
        paper.title
        for paper in papers
        if retrieve(index, sentences(paper.abstract)[0], 1)[0].paper != paper
    ]
    assert others == []


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("blind people", "EgoBlind"),
        ("Which papers denoise multimedia recommendation?", "IBMRec"),
        ("unsafe outputs of score-based generators", "Moderating the Generalization"),
        ("colour of greyscale photos from sound", "Audio-Infused"),
    ],
)
def test_the_paper_that_is_meant_comes_first(index: Index, query: str, title: str) -> None:
    assert retrieve(index, query, 1)[0].paper.title.startswith(title)


@pytest.mark.parametrize("query", ["", "what is it", "?!"])
def test_a_query_about_nothing_finds_nothing(index: Index, query: str) -> None:
    assert retrieve(index, query, 5) == []


def test_only_a_word_that_the_corpus_lacks_is_translated(index: Index) -> None:
    lexicon = index.lexicon
    assert lexicon.document_frequency("greyscal") == 0 < lexicon.document_frequency("grayscal")
    assert translated(lexicon, ["greyscale", "owls"]) == ["greyscale", "grayscale", "owls"]
    assert translated(lexicon, ["grayscale"]) == ["grayscale"]


def test_the_ten_nearest_chunks_are_those_of_an_exact_search(index: Index) -> None:
    ids = index.vectors.chunk_ids()
    stored = index.vectors.vectors_of(ids)
    rows = np.stack([stored[i] for i in ids])
    queries = np.concatenate([rows, index.embedding.embed(["graph noise", "blind people", "owl"])])
    for query in queries:
        cosines = rows @ query
        tenth = np.sort(cosines)[-10]
        hits = index.vectors.nearest(query, 10)
        assert len(hits) == 10
        assert all(cosines[ids.index(hit.chunk_id)] >= tenth - 1e-5 for hit in hits)
