"""Which words of a corpus stand for each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.embedding.models import StaticEmbedding, Vectors
from ingest.opening import open_filled
from ingest.stores.forward_index import code
from ingest.stores.relatives import EMPTY, Relatives, learn, load, save
from ingest.text.terms import stem

_EMBED = StaticEmbedding().embed
_PAPERS = [
    "owls hunt mice".split(),
    "owls hunt voles".split(),
    "galaxies emit radio waves".split(),
    "galaxies emit light".split(),
]
_WORDS = st.lists(st.sampled_from("owls graph noise galaxy music".split()), max_size=5)


def _learned(papers: list[list[str]]) -> Relatives:
    vectors = _EMBED([" ".join(words) for words in papers])
    return learn(zip(papers, vectors, strict=True), _EMBED)


def _axis(place: int) -> Vectors:
    row = np.zeros(256, dtype=np.float32)
    row[place] = 1
    return row


def _dot(relatives: Relatives, one: str, other: str) -> float:
    first, second = relatives.vectors([one, other], _EMBED)
    return float(first @ second)


@settings(max_examples=50)
@given(st.lists(_WORDS, min_size=1, max_size=5))
def test_learning_the_same_papers_twice_gives_the_same(papers: list[list[str]]) -> None:
    one, other = _learned(papers), _learned(papers)
    assert one.places == other.places
    assert one.mean_length == other.mean_length >= 1
    assert np.array_equal(one.rows, other.rows)


@settings(max_examples=50)
@given(st.lists(_WORDS, min_size=1, max_size=5))
def test_there_is_a_row_a_stem_no_longer_than_one(papers: list[list[str]]) -> None:
    learned = _learned(papers)
    assert set(learned.places) == {stem(word) for words in papers for word in words}
    assert learned.rows.shape == (len(learned.places), 512)
    assert np.all(np.linalg.norm(learned.rows.astype(np.float32), axis=1) <= 1.002)


def test_words_of_the_same_papers_are_nearer_than_without_a_corpus() -> None:
    learned = _learned(_PAPERS)
    assert _dot(learned, "owl", "hunt") > _dot(EMPTY, "owl", "hunt") + 0.3
    assert _dot(learned, "owl", stem("galaxies")) < _dot(EMPTY, "owl", stem("galaxies")) - 0.3
    assert _dot(learned, "owl", "owl") == pytest.approx(1, abs=5e-3)


def test_a_stem_that_no_paper_holds_has_its_word_and_no_context() -> None:
    (row,) = _learned(_PAPERS).vectors(["music"], _EMBED)
    assert np.allclose(row[:256], _EMBED(["music"])[0] * 0.5**0.5)
    assert not row[256:].any()
    assert _learned(_PAPERS).vectors([], _EMBED).shape == (0, 512)


def test_near_to_a_word_are_the_learned_stems_of_that_cosine() -> None:
    learned = _learned(_PAPERS)
    stems = list(learned.places)
    wanted = [*stems[:3], "music"]
    cosines = learned.vectors(wanted, _EMBED) @ learned.vectors(stems, _EMBED).T
    for (codes, found), row in zip(learned.near(wanted, _EMBED, 0.25), cosines, strict=True):
        near = {code(one): cosine for one, cosine in zip(stems, row, strict=True) if cosine >= 0.25}
        assert dict(zip(codes.tolist(), found, strict=True)) == pytest.approx(near, abs=1e-3)
    assert not len(EMPTY.near(["owl"], _EMBED, 0.25)[0][0])


def test_among_some_stems_the_near_ones_are_those_of_all_that_are_among_them() -> None:
    learned = _learned(_PAPERS)
    some = np.unique(np.array([code(one) for one in [*list(learned.places)[::2], "music"]]))
    (among, near), (all_, every) = (
        learned.near(["owls"], _EMBED, 0.25, codes)[0] for codes in (some.astype(np.uint32), None)
    )
    wanted = {c: v for c, v in zip(all_.tolist(), every, strict=True) if c in set(some.tolist())}
    assert dict(zip(among.tolist(), near, strict=True)) == pytest.approx(wanted, abs=1e-6)


def test_a_word_is_compared_with_all_stems_once() -> None:
    learned, asked = _learned(_PAPERS), []

    def embed(words: Sequence[str]) -> Vectors:
        asked.extend(words)
        return _EMBED(words)

    first = learned.near(["music", "owl"], embed, 0.25)
    again = learned.near(["owl", "music"], embed, 0.25)
    assert asked == ["music"]
    assert [codes.tolist() for codes, _ in first] == [codes.tolist() for codes, _ in again[::-1]]


def test_the_mean_length_is_that_of_the_papers() -> None:
    assert _learned([["a"] * 2, ["b"] * 6]).mean_length == 4
    assert learn([], _EMBED) is EMPTY


def test_the_context_of_a_common_word_is_of_papers_from_first_to_last() -> None:
    early = [(["owl", f"e{i}"], _axis(0)) for i in range(65)]
    late = [(["owl", f"l{i}"], _axis(1)) for i in range(65)]
    others = [([f"o{i}"], _axis(2)) for i in range(130)]
    learned = learn([*early, *late, *others], _EMBED)
    (row,) = learned.vectors(["owl"], _EMBED)
    context = row[256:] / 0.5**0.5
    assert np.linalg.norm(context) == pytest.approx(1, abs=2e-3)
    assert context[0] == pytest.approx(context[1], abs=0.05)
    assert context[0] > 0.3
    assert context[2] < 0


def test_what_is_saved_is_loaded_and_a_second_save_replaces_it(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "relatives"
    assert load(folder) is EMPTY
    for papers in (_PAPERS, _PAPERS[:1]):
        learned = _learned(papers)
        save(learned, folder)
        found = load(folder)
        assert (found.places, found.mean_length) == (learned.places, learned.mean_length)
        assert np.array_equal(found.rows, learned.rows)
    assert [path.name for path in folder.parent.iterdir()] == ["relatives"]


def test_an_index_has_the_relatives_of_its_papers(sample_index: Path) -> None:
    index = open_filled(sample_index)
    try:
        codes = set(index.lexicon.text(index.lexicon.paper_ids()).terms.tolist())
        assert codes == {code(one) for one in index.relatives.places}
        assert index.relatives.mean_length > 20
    finally:
        index.close()


def test_what_is_near_is_told_though_the_cache_is_cleared_meanwhile() -> None:
    learned = _learned(_PAPERS)
    alone = learned.near(["owls", "galaxies"], _EMBED, 0.1)
    learned.near(["owls"], _EMBED, 0.1)

    def clearing(texts: Sequence[str]) -> Vectors:
        learned._near.clear()
        return _EMBED(texts)

    found = learned.near(["owls", "zzz"], clearing, 0.1)
    assert [codes.tolist() for codes, _ in found[:1]] == [codes.tolist() for codes, _ in alone[:1]]
