"""A sentence is backed by an abstract, or it is said what the abstract lacks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.support.alignment import Vectors
from app.support.features import FEATURES
from app.support.negation import agreement
from app.support.numbers_names import missing_names, missing_numbers, names, numbers
from app.support.score import (
    LEAST,
    LEAST_WORDS,
    THRESHOLD,
    Support,
    backed,
    features,
    gap,
    strays,
    support,
)
from ingest.text.sentences import sentences
from ingest.text.terms import words

HARBOR = (
    "Tide tables are slow to compute. We present HarborNet, a graph neural network that predicts "
    "tides for 1,250 harbors. HarborNet reduces the mean error by 12.5\\% and runs on three GPUs. "
    "It improves forecasts of storm surges without any retraining."
)
BAKERY = (
    "We study how sourdough starters ferment at low temperatures. A sparse mixture model (SMM) "
    "explains the growth of the yeast. The SMM does not need labelled samples."
)


def test_a_verbatim_sentence_scores_one_in_any_case_spacing_and_punctuation() -> None:
    claim = "harbornet reduces the   MEAN error by 12.5% and runs on three GPUs"
    found = support(claim, [BAKERY, HARBOR])
    assert (found.score, found.abstract) == (1.0, 1)
    assert HARBOR[found.start : found.end].startswith("HarborNet reduces")


def test_the_score_is_the_formula_of_the_module() -> None:
    claim, abstract = "copper pipes rust quickly", "Copper pipes rust badly."
    row = features(claim, abstract, None)
    chance = backed(row)
    more = 0.5 * chance**0.3 * row["overlap"] ** 0.7
    assert tuple(row) == FEATURES
    least = row["overlap"] >= LEAST and row["words said"] >= LEAST_WORDS
    assert support(claim, [abstract]).score == pytest.approx(
        0.5 * (least and chance >= THRESHOLD) + more
    )


def test_a_gap_is_the_heaviest_stretch_of_what_is_lacking() -> None:
    weight = np.full(4, 0.25, dtype=np.float32)
    lacking = np.array([0.4, -1.0, 0.5, 0.5], dtype=np.float32)
    assert gap(lacking, weight) == pytest.approx(0.25 * (0.5 + 0.5) * 2)
    assert gap(-np.ones(4, dtype=np.float32), weight) == 0


def test_a_part_strays_where_another_text_says_it_and_this_one_does_not() -> None:
    claim = "HarborNet predicts tides for harbors and explains the growth of the yeast."
    assert strays(claim, HARBOR, BAKERY)
    assert not strays("HarborNet predicts tides for 1,250 harbors.", HARBOR, BAKERY)
    assert not strays(claim, HARBOR, HARBOR)
    assert not strays("", HARBOR, BAKERY)


def test_word_vectors_credit_a_word_of_like_meaning() -> None:
    def embed(texts: Sequence[str]) -> Vectors:
        rows = {"quickly": (1, 0), "fast": (1, 0)}
        return np.array([rows.get(text, (0, 1)) for text in texts], dtype=np.float32)

    plain = support("copper pipes rust quickly", ["Copper pipes rust fast."])
    likened = support("copper pipes rust quickly", ["Copper pipes rust fast."], embed)
    assert plain.score < likened.score < 1


def test_a_sound_paraphrase_is_supported() -> None:
    claim = "HarborNet is a graph neural network which predicts the tides of 1250 harbors."
    found = support(claim, [HARBOR])
    assert found.score >= THRESHOLD
    assert not (found.missing_numbers)
    assert not (found.missing_names)
    best = HARBOR[found.start : found.end]
    assert not agreement(claim, [best])[1]


def test_a_changed_number_is_named_and_brings_the_claim_below_the_threshold() -> None:
    found = support("HarborNet reduces the mean error by 14.5% and runs on three GPUs.", [HARBOR])
    assert found.missing_numbers == ("14.5%",)
    assert found.score < THRESHOLD


def test_an_invented_name_is_named_and_brings_the_claim_below_the_threshold() -> None:
    found = support("TideFormer reduces the mean error by 12.5% and runs on three GPUs.", [HARBOR])
    assert found.missing_names == ("TideFormer",)
    assert found.score < THRESHOLD


@pytest.mark.parametrize(
    "claim",
    [
        "The SMM needs no labelled samples, and it improves forecasts of storm surges.",
        "HarborNet is a graph neural network that ferments sourdough starters at low temperatures.",
    ],
)
def test_a_claim_spliced_from_two_abstracts_is_backed_by_neither(claim: str) -> None:
    assert support(claim, [HARBOR]).score < THRESHOLD
    assert support(claim, [BAKERY]).score < THRESHOLD


def test_a_claim_about_another_paper_is_not_supported() -> None:
    assert support("A sparse mixture model explains the growth of the yeast.", [HARBOR]).score < 0.3


@pytest.mark.parametrize(
    ("claim", "cue"),
    [
        ("HarborNet does not improve forecasts of storm surges.", "not"),
        ("HarborNet worsens forecasts of storm surges.", "worsens"),
    ],
)
def test_a_turned_claim_names_its_cue_and_is_not_supported(claim: str, cue: str) -> None:
    found = support(claim, [HARBOR])
    assert agreement(claim, sentences(HARBOR))[1] == cue
    assert found.score < THRESHOLD


def test_a_dropped_negation_is_noticed() -> None:
    claim = "The SMM does need labelled samples."
    found = support(claim, [BAKERY])
    assert agreement(claim, [BAKERY[found.start : found.end]])[1]
    assert found.score < THRESHOLD


def test_negation_on_both_sides_agrees() -> None:
    same, cue = agreement("It never needs labels", ["It needs no labels"])
    assert same > 0.5
    assert cue == ""


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("It does not modify the parameters", "The parameters are not modified"),
        ("It is not only accurate", "It is accurate"),
        ("Behavior matters less for later tokens", "Later tokens follow"),
        ("It needs less time than large models, and large models win", "Large models win"),
        ("Without labels, accuracy grows", "Accuracy grows"),
    ],
)
def test_a_cue_reaches_no_further_than_its_phrase(claim: str, evidence: str) -> None:
    same, _ = agreement(claim, [evidence])
    assert same > 0


def test_two_turns_cancel_out() -> None:
    same, _ = agreement("It does not reduce the error", ["The error grows"])
    assert same == 1.0


def test_long_and_short_forms_that_the_abstract_defines_are_the_same_words() -> None:
    found = support("The sparse mixture model does not need samples with labels.", [BAKERY])
    assert found.score >= THRESHOLD
    assert BAKERY[found.start : found.end].startswith("The SMM")


@pytest.mark.parametrize(
    ("claim", "evidence", "missing"),
    [
        ("It keeps nine tenths of the accuracy", "at least 90% of the accuracy", ()),
        ("It keeps two thirds of them", "66.7% of them", ()),
        ("It keeps two thirds of them", "33% of them", ("two thirds",)),
        ("It keeps 50% of them", "half of them", ()),
        ("It keeps three quarters", "0.75 of it", ()),
        ("Half of them stay", "56% of them", ()),
    ],
)
def test_a_spelled_fraction_is_one_number(
    claim: str, evidence: str, missing: tuple[str, ...]
) -> None:
    assert missing_numbers(claim, evidence) == missing


def test_an_ending_is_no_part_of_a_name() -> None:
    assert missing_names("It is an ID-free and CLIP-based model", "IDs are dropped for CLIP") == ()
    assert missing_names("It is a GMViT-mini model", "GMViT is a model") == ("GMViT-mini",)


def test_nothing_is_supported_by_nothing() -> None:
    empty = Support(0.0)
    assert support("", [HARBOR]) == support(" .!", [HARBOR]) == empty
    assert support("A claim.", []) == support("A claim.", ["", "  "]) == empty


def test_the_earliest_of_equal_abstracts_is_named() -> None:
    assert support("Bread is good.", ["", "Bread is good.", "Bread is good."]).abstract == 1


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("1000 videos", "1,000 videos"),
        ("two models", "2 models"),
        ("2 models", "both models"),
        ("56 percent", "56\\%"),
        ("a rate of 0.56", "a rate of 56%"),
        ("1.2 million rows", "1.2M rows"),
        ("about 170 papers", "we survey 173 papers"),
        ("87%", "87.4%"),
        ("47 GB", "from 47GB to 3GB"),
        ("3 and GPT-4 and F1", "three"),
    ],
)
def test_numbers_written_otherwise_are_the_same(claim: str, evidence: str) -> None:
    assert missing_numbers(claim, evidence) == ()


@pytest.mark.parametrize(
    ("claim", "evidence", "missing"),
    [
        ("16 models", "15 models", ("16",)),
        ("about 180 papers", "170 papers", ("180",)),
        ("cut from 47 GB to 10 GB", "from 47GB to 3GB", ("10",)),
        ("1,211 videos and 1,211 hours", "1,210 videos", ("1,211",)),
        ("five sets", "three sets", ("five",)),
        ("8.74%", "87.4%", ("8.74%",)),
    ],
)
def test_other_numbers_are_missing(claim: str, evidence: str, missing: tuple[str, ...]) -> None:
    assert missing_numbers(claim, evidence) == missing


@pytest.mark.parametrize(
    ("claim", "evidence", "missing"),
    [
        ("It reaches more than 90% accuracy", "It reaches 87% accuracy", ("90%",)),
        ("It reaches more than 90% accuracy", "It reaches 93% accuracy", ()),
        ("It included at least 100 patients", "It included 92 patients", ("100",)),
        ("It included no fewer than 100 patients", "It included 108 patients", ()),
        ("It loses under 10%", "It loses 10.6%", ("10%",)),
        ("It loses no more than 10%", "It loses 9.6%", ()),
        ("It needs < 10 ms", "It needs 10.4 ms", ("10",)),
        ("It can recover 90% of them", "It finds 87% of them", ("90%",)),
        ("It needs about 10 ms", "It needs 10.4 ms", ()),
    ],
)
def test_a_bound_is_met_from_its_own_side_alone(
    claim: str, evidence: str, missing: tuple[str, ...]
) -> None:
    assert missing_numbers(claim, evidence) == missing


@pytest.mark.parametrize(
    ("claim", "evidence", "missing"),
    [
        ("More than 5% relapsed", "Fewer than 5% relapsed", (">5%",)),
        ("More than five relapsed", "Fewer than 5 relapsed", (">five",)),
        ("It needs at least 1,000 steps", "It needs < 1000 steps", (">1,000",)),
        ("At most 5% relapsed", "No more than 5% relapsed", ()),
        ("More than 5% relapsed", "About 5% relapsed", ()),
        ("More than 5% relapsed, later under 5%", "Fewer than 5%, of men over 5%", ()),
    ],
)
def test_a_bound_from_the_other_side_is_missing(
    claim: str, evidence: str, missing: tuple[str, ...]
) -> None:
    assert missing_numbers(claim, evidence) == missing


@pytest.mark.parametrize(
    ("claim", "evidence", "missing"),
    [
        ("500 people", "12,500 people", ("500",)),
        ("12 people", "12,500 people", ("12",)),
        ("10 users", "10 million users", ("10",)),
        ("7 billion parameters", "a 7B model", ()),
        ("a 7-billion-parameter model", "a 7B model", ()),
        ("a 7B model", "a 7-billion-parameter model", ()),
        ("the best 5 of them", "top-5 accuracy", ()),
        ("Covid 19", "COVID-19", ()),
        ("2 phases", "its 2nd phase", ()),
        ("3 dimensions", "3D shapes", ()),
    ],
)
def test_a_part_of_a_number_is_no_number(
    claim: str, evidence: str, missing: tuple[str, ...]
) -> None:
    assert missing_numbers(claim, evidence) == missing


def test_numbers_of_any_length_are_read() -> None:
    huge, fine = "about 1" + "0" * 400, "0." + "0" * 400 + "1"
    assert missing_numbers(huge, huge) == missing_numbers(fine, fine) == ()
    assert len(missing_numbers(f"{huge} and 7.5", "none")) == 2


def test_names_are_capitalised_within_a_sentence_or_look_like_names() -> None:
    text = "Models such as GPT-4, iALP and Gemma beat LoRA. They run in Paris on 47GB."
    assert names(text) == ("GPT-4", "iALP", "Gemma", "LoRA", "Paris")
    assert [number.value for number in numbers(text)] == [47.0]


def test_names_are_known_in_other_spellings_and_by_their_long_form() -> None:
    evidence = "Multimodal large language models like Gpt4 use retrieval-augmented generation."
    assert missing_names("The MLLMs with RAG include GPT-4 and Gemini", evidence) == ("Gemini",)


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("BERT", "RoBERTa is pretrained"),
        ("LoRA", "an exploration of tuning"),
        ("Spain", "this pain is chronic"),
        ("GPT-4", "GPT-40 is newer"),
    ],
)
def test_letters_within_other_words_are_no_name(name: str, evidence: str) -> None:
    assert missing_names(f"We compare with {name}", evidence) == (name,)


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("GraphRAG", "Graph RAG is quick"),
        ("Graph-RAG", "GraphRAGs are quick"),
        ("Covid19", "COVID-19 spread"),
        ("COVID-19", "Covid19 spread"),
        ("DNAs", "rat cDNAs were found"),
        ("Africa", "African plants grow"),
        ("mmHg", "at 140/90mmHg or more"),
        ("GPT-4", "我们使用GPT4模型"),
        ("的GPT4", "我们的GPT4模型"),
    ],
)
def test_a_name_is_known_where_whole_words_make_it_up(name: str, evidence: str) -> None:
    assert names(f"We compare with {name}") == (name,)
    assert missing_names(f"We compare with {name}", evidence) == ()


PIECES = [
    *sentences(HARBOR),
    *sentences(BAKERY),
    "Not so.",
    "$x. y$",
    "12 of NASA",
    "你好。",
    "\n\n",
    "a",
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=6).map(" ".join))


# Three abstracts are read nine times by the cross-encoder, beside other tests.
@given(TEXTS, st.lists(TEXTS, max_size=3))
@example("not x", ["!", "x"])
def test_scores_lie_between_zero_and_one_and_offsets_in_the_abstract(
    claim: str, abstracts: list[str]
) -> None:
    found = support(claim, abstracts)
    assert 0 <= found.score <= 1
    assert (found.abstract is None) == (not words(claim) or not "".join(abstracts).strip())
    if found.abstract is not None:
        assert 0 <= found.start <= found.end <= len(abstracts[found.abstract])


@given(TEXTS)
def test_every_sentence_of_an_abstract_is_backed_by_it(abstract: str) -> None:
    for sentence in sentences(abstract):
        if words(sentence):
            assert support(sentence, ["Another abstract.", abstract]).score == 1.0
