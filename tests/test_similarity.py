"""How well one text covers the words of another."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.retrieval.similarity import (
    WordMatcher,
    idf,
)
from ingest.embedding.models import StaticEmbedding, Vectors
from ingest.records import Paper
from ingest.stores.lexicon import Lexicon

_WORDS = (
    "noise denoising learning unlearning learned recommendation recommender gpt3 gpt4 music "
    "picture image fast quick personalized personal graph graphs owl"
).split()
_TERMS = st.lists(st.sampled_from("abc"), max_size=8)


@pytest.fixture(scope="module")
def matcher() -> WordMatcher:
    return WordMatcher(StaticEmbedding())


@pytest.mark.parametrize(
    ("wanted", "given_word", "low", "high"),
    [
        ("randomised", "randomized", 0.97, 0.97),
        ("behaviour", "behaviors", 0.97, 0.97),
        ("parser", "parsing", 0.97, 0.97),
        ("gripper", "microgripper", 0.85, 0.95),
        ("analyses", "analysis", 0.97, 1.0),
        ("bipedal", "biped", 0.85, 0.95),
        ("learning", "learned", 1, 1),
        ("graph", "graphs", 1, 1),
        ("fast", "quick", 0.65, 0.95),
        ("noise", "denoising", 0.8, 0.95),
        ("fine", "define", 0, 0),
        ("sign", "designed", 0, 0),
        ("classification", "classroom", 0.65, 0.95),
        ("learning", "unlearning", 0, 0),
        ("gpt4", "gpt3", 0, 0),
        ("graph", "owl", 0, 0),
    ],
)
def test_how_well_a_word_stands_for_another(
    matcher: WordMatcher, wanted: str, given_word: str, low: float, high: float
) -> None:
    found = float(matcher.similarity([wanted], [given_word])[0])
    assert low - 1e-6 <= found <= high + 1e-6


@settings(max_examples=50)
@given(st.lists(st.sampled_from(_WORDS), max_size=4), st.lists(st.sampled_from(_WORDS), max_size=6))
def test_similarity_is_the_best_of_the_table(wanted: list[str], held: list[str]) -> None:
    matcher = WordMatcher(StaticEmbedding())
    table = matcher.table(wanted, held)
    assert list(table) == list(dict.fromkeys(held))
    for row in table.values():
        assert row.shape == (len(wanted),)
        assert all(value == 0 or 0.65 - 1e-6 <= value <= 1 for value in row)
    best = [max((table[word][i] for word in held), default=0) for i in range(len(wanted))]
    assert matcher.similarity(wanted, held).tolist() == pytest.approx(best)


@settings(max_examples=50)
@given(st.permutations(_WORDS))
def test_what_was_asked_before_does_not_change_a_table(order: list[str]) -> None:
    used, fresh = WordMatcher(StaticEmbedding()), WordMatcher(StaticEmbedding())
    for word in order:
        used.table([word], order[:3])
    before, after = fresh.table(_WORDS, _WORDS), used.table(_WORDS, _WORDS)
    assert all(np.allclose(before[word], after[word], atol=1e-5) for word in _WORDS)


def test_a_rarer_word_weighs_more_and_every_word_counts(tmp_path: Path) -> None:
    lexicon = Lexicon(tmp_path / "words")
    lexicon.write([Paper(f"p{i}", "Graphs." if i else "Graphs of owls.", "") for i in range(9)])
    lexicon.commit()
    assert idf(lexicon, "unheard") > idf(lexicon, "owl") > idf(lexicon, "graph")
    assert idf(lexicon, "graphs") == idf(lexicon, "graph") == 0.2


def test_idf_of_an_empty_index_is_a_weight(tmp_path: Path) -> None:
    assert idf(Lexicon(tmp_path / "words"), "graph") >= 0.2


@settings(max_examples=30)
@given(st.lists(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=5), max_size=6))
def test_what_was_compared_before_changes_no_comparison(asked: list[list[str]]) -> None:
    kept = WordMatcher(StaticEmbedding())
    for wanted in asked:
        found, alone = (m.table(wanted, _WORDS[: 3 * len(wanted)])
                        for m in (kept, WordMatcher(StaticEmbedding())))  # fmt: skip
        assert list(found) == list(alone)
        assert all(np.allclose(found[word], alone[word], atol=1e-5) for word in alone)


def test_two_threads_that_bring_new_words_get_the_vectors_of_their_own() -> None:
    plain = StaticEmbedding()
    meet = threading.Barrier(2, timeout=1)

    class Slow(StaticEmbedding):
        def embed(self, texts: Sequence[str]) -> Vectors:
            with suppress(threading.BrokenBarrierError):  # one at a time is what is wanted
                meet.wait()
            return plain.embed(texts)

    shared = WordMatcher(Slow())
    told = [(["owl"], ["bird", "galaxy"]), (["fast"], ["quick", "harbor"])]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda words: shared.table(*words), told))
    for (wanted, given_words), table in zip(told, found, strict=True):
        alone = WordMatcher(plain).table(wanted, given_words)
        assert {word: float(row[0]) for word, row in table.items()} == pytest.approx(
            {word: float(row[0]) for word, row in alone.items()}
        )
