"""The second process says what this one would, and its end is no harm."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from ingest_samples import abstract, record, title

from ingest.embedding.models import StaticEmbedding
from ingest.papers.analysis import Analysis, Chunking, analyse
from ingest.papers.analysis_process import Analyst
from ingest.papers.merging import merge
from ingest.records import Paper
from ingest.stores.learn_relatives import Lesson, learned

CHUNKING = Chunking(2000, 1)


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    return [merge([record(abstract(n), n, title=title(n))]) for n in range(60)]


@pytest.fixture
def analyst() -> Iterator[Analyst]:
    with Analyst(CHUNKING, StaticEmbedding(), worth_it=20) as made:
        yield made


def _same(one: Analysis, other: Analysis) -> bool:
    plain = [
        (list(given.chunks), given.names, given.authors, given.leaves) for given in (one, other)
    ]
    return plain[0] == plain[1] and np.array_equal(one.vectors, other.vectors)


def test_the_second_process_says_what_this_one_says(analyst: Analyst, papers: list[Paper]) -> None:
    underway = [analyst.analyse(papers[start : start + 30]) for start in (0, 30)]
    assert analyst.child is not None
    embedding = StaticEmbedding()
    for start, found in zip((0, 30), underway, strict=True):
        assert _same(found.result(60), analyse(papers[start : start + 30], CHUNKING, embedding))


def test_the_second_process_learns_what_this_one_learns(
    analyst: Analyst, papers: list[Paper]
) -> None:
    chunks = analyst.analyse(papers).result(60).chunks
    assert analyst.child is not None
    embedding = StaticEmbedding()
    lesson = Lesson(papers, chunks, len(papers))
    there, here = analyst.learn(lesson, embedding).result(60), learned(lesson, embedding)
    assert (there.places, there.mean_length) == (here.places, here.mean_length)
    assert len(here.places) > 20
    assert np.array_equal(there.rows, here.rows)


def test_few_papers_are_not_worth_a_process(analyst: Analyst, papers: list[Paper]) -> None:
    assert len(analyst.analyse(papers[:5]).result(60).chunks) == 5
    assert analyst.child is None


def test_the_work_of_a_process_that_dies_is_done_here(
    analyst: Analyst, papers: list[Paper]
) -> None:
    analyst.analyse(papers).result(60)
    child = analyst.child
    assert child is not None
    child.kill()
    child.wait()
    assert _same(analyst.analyse(papers).result(60), analyse(papers, CHUNKING, StaticEmbedding()))


def test_no_process_is_left_behind(papers: list[Paper]) -> None:
    with suppress(KeyError), Analyst(CHUNKING, StaticEmbedding(), worth_it=20) as analyst:
        analyst.analyse(papers)
        child = analyst.child
        raise KeyError
    assert child is not None
    assert child.poll() is not None


def test_a_paper_travels_between_processes_unchanged(papers: list[Paper]) -> None:
    assert pickle.loads(pickle.dumps(papers)) == papers
