"""The relevance of candidate papers to a question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_samples import text_of
from numpy.typing import NDArray

from app.retrieval.ranking import (
    DEFAULT,
    Scores,
    Term,
    Weights,
    related,
    score,
    words_of,
)
from ingest.embedding.models import StaticEmbedding
from ingest.stores.relatives import Relatives

Sentences = Sequence[Sequence[str]]
_EMBEDDING = StaticEmbedding()
_NO_CORPUS = Relatives({}, np.zeros((0, 512), dtype=np.float16), 6.0)
_FILL = ("owl", "music", "galaxi")
_SENTENCE = st.lists(st.sampled_from(["graph", "nois", "color", "owl", "music"]), max_size=4)
_CANDIDATE = st.lists(_SENTENCE, min_size=1, max_size=4)


def _found(
    terms: Sequence[Term],
    candidates: Sequence[Sentences],
    chunk: Sequence[float] | None = None,
    title: Sequence[float] | None = None,
    weights: Weights = DEFAULT,
) -> Scores:
    zeros = [0.0] * len(candidates)
    return score(
        terms,
        text_of(candidates),
        np.asarray(zeros if chunk is None else chunk, dtype=np.float32),
        np.asarray(zeros if title is None else title, dtype=np.float32),
        _NO_CORPUS,
        _EMBEDDING.embed,
        weights,
    )


def _scores(
    words: Sequence[str | tuple[str, float]],
    candidates: Sequence[Sentences],
    chunk: Sequence[float] | None = None,
    title: Sequence[float] | None = None,
    weights: Weights = DEFAULT,
) -> NDArray[np.float32]:
    terms = [Term(w, 1.0) if isinstance(w, str) else Term(*w) for w in words]
    return _found(terms, candidates, chunk, title, weights).score


def _better(words: Sequence[str | tuple[str, float]], one: Sentences, other: Sentences) -> bool:
    first, second = _scores(words, [one, other])
    return bool(first > second + 1e-3)


@settings(max_examples=50)
@given(st.data())
def test_the_order_of_the_candidates_changes_no_score(data: st.DataObject) -> None:
    candidates = data.draw(st.lists(_CANDIDATE, min_size=1, max_size=6))
    cosines = data.draw(
        st.lists(st.floats(-1, 1), min_size=len(candidates), max_size=len(candidates))
    )
    order = data.draw(st.permutations(range(len(candidates))))
    words = ["graph", "noise", "colour"]
    plain = _scores(words, candidates, cosines)
    mixed = _scores(words, [candidates[i] for i in order], [cosines[i] for i in order])
    assert np.allclose(plain[list(order)], mixed, atol=1e-5)


@settings(max_examples=50)
@given(st.lists(_CANDIDATE, min_size=1, max_size=6))
def test_a_score_of_words_alone_is_between_zero_and_its_two_parts(
    candidates: list[list[list[str]]],
) -> None:
    found = _scores(["graph", "noise"], candidates)
    assert np.all(found >= 0)
    assert np.all(found <= 1.4 + 1e-5)


@settings(max_examples=50)
@given(st.lists(_CANDIDATE, min_size=1, max_size=4), st.integers(0, 3))
def test_an_empty_sentence_changes_no_score(candidates: list[list[list[str]]], place: int) -> None:
    longer = [[*c[: place + 1], [], *c[place + 1 :]] for c in candidates]
    plain, padded = _scores(["graph", "noise"], candidates), _scores(["graph", "noise"], longer)
    assert np.allclose(plain, padded, atol=1e-6)


def test_without_words_or_candidates_the_cosines_are_the_score() -> None:
    found = _scores([], [[["owl"]], [["music"]]], [0.5, 0.1], [0.2, 0.4])
    assert found.tolist() == pytest.approx(
        [DEFAULT.paper * 0.5 + DEFAULT.title * 0.2, DEFAULT.paper * 0.1 + DEFAULT.title * 0.4]
    )
    assert _scores(["graph"], []).tolist() == []


def test_a_paper_that_holds_no_word_of_the_question_has_its_cosines_only() -> None:
    found = _scores(["graph"], [[[], ["graph"]], [[], list(_FILL)]], [0.3, 0.3])
    assert found[1] == pytest.approx(DEFAULT.paper * 0.3)
    assert found[0] > found[1]


def test_a_word_counts_more_in_the_title() -> None:
    assert _better(["graph"], [["graph"], ["owl"]], [["owl"], ["graph"]])


def test_a_word_counts_more_when_it_comes_more_often_and_in_a_shorter_paper() -> None:
    assert _better(["graph"], [[], ["graph", "graph", "owl"]], [[], ["graph", "music", "owl"]])
    assert _better(["graph"], [[], ["graph"]], [[], ["graph"], list(_FILL)])


def test_a_rarer_word_of_the_question_counts_more() -> None:
    assert _better([("graph", 0.2), ("owl", 3.0)], [[], ["owl"]], [[], ["graph"]])


def test_words_count_more_in_one_sentence_than_in_two() -> None:
    together = [[], ["graph", "nois"], ["music", "owl"]]
    assert _better(["graph", "noise"], together, [[], ["graph", "music"], ["nois", "owl"]])


def test_a_synonym_counts_less_than_the_word_and_more_than_none() -> None:
    assert _better(["tumour"], [[], ["tumour"]], [[], ["cancer"]])
    assert _better(["tumour"], [[], ["cancer"]], [[], ["owl"]])


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=8))
def test_strength_of_related_stems_is_at_most_half_and_grows_with_the_cosine(
    cosines: list[float],
) -> None:
    strength = related(np.sort(np.asarray(cosines, dtype=np.float32)))
    assert np.all((strength >= 0) & (strength <= 0.5))
    assert np.all(np.diff(strength) >= 0)


def test_strength_begins_at_a_quarter_and_ends_at_one_half() -> None:
    found = related(np.asarray([-1, 0.25, 0.625, 1], dtype=np.float32))
    assert found.tolist() == pytest.approx([0, 0, 0.125, 0.5])


def test_each_weight_is_that_of_its_own_part() -> None:
    candidates = [[["graph"], ["owl"]]]

    def of(paper: float, title: float, sentence: float) -> float:
        weights = Weights(paper, title, sentence)
        return float(_scores(["graph"], candidates, [0.5], [0.25], weights)[0])

    words = of(0, 0, 0)
    assert words == pytest.approx(1)
    assert of(2, 0, 0) == pytest.approx(words + 2 * 0.5)
    assert of(0, 2, 0) == pytest.approx(words + 2 * 0.25)
    assert of(0, 0, 2) == pytest.approx(words + 2 * 1.0)


@settings(max_examples=50)
@given(st.lists(_CANDIDATE, min_size=1, max_size=6))
def test_what_is_held_lies_between_the_weakest_word_and_one(
    candidates: list[list[list[str]]],
) -> None:
    found = _found([Term("graph", 1.0), Term("noise", 3.0)], candidates)
    # The best sentence holds no more than the paper does.
    for low, high in ((found.weakest, found.held), (found.sentence, found.held)):
        assert np.all(low <= high + 1e-5)
    assert np.all(found.weakest >= 0)
    assert np.all(found.held <= 1 + 1e-5)


def test_a_paper_holds_by_all_sentences_what_its_best_sentence_holds_less_of() -> None:
    found = _found([Term("graph", 1.0), Term("owl", 3.0)], [[["graph"], ["owl"]], [["owl"]]])
    assert found.held.tolist() == pytest.approx([1, 0.75], abs=0.05)
    assert found.sentence.tolist() == pytest.approx([0.75, 0.75], abs=0.05)
    assert found.weakest[0] == pytest.approx(1)
    assert found.weakest[1] < 0.2


def test_a_phrase_that_stands_for_a_word_counts_as_the_word_does() -> None:
    plain = [Term("gnn", 1.0)]
    spelt = [Term("gnn", 1.0, (("graph", "network"),))]
    candidates = [[["graph", "network"]], [["graph", "owl"]]]
    assert _found(plain, candidates).held[0] < 0.5
    both = _found(spelt, candidates).held
    assert both[0] == pytest.approx(1)
    assert both[1] < 0.5


def test_the_words_of_terms_come_once_with_those_of_their_phrases() -> None:
    terms = [Term("gnn", 1.0, (("graph", "network"),)), Term("graph", 2.0)]
    assert words_of(terms) == ["gnn", "graph", "network"]
    assert terms[0].phrases == (("gnn",), ("graph", "network"))
