"""An "or" joins alternatives: papers on either are listed."""

from __future__ import annotations

from pathlib import Path

import pytest
from answering_samples import opened
from hypothesis import given
from hypothesis import strategies as st
from ingest_samples import entry, run, write_jsonl

from app.extractive.either import on_either
from app.understanding.alternatives import MOST, joined, nearest_words, whole_runs
from app.understanding.parse import parse
from app.understanding.question import Question, Word
from app.understanding.tokens import tokens

TEXTS = st.lists(
    st.sampled_from(["bees", "honey", "or", ",", "tides", "of", "and", "(", "x-rays"]), max_size=12
)


def said(text: str, *telling: str) -> Question:
    """A list whose topic is these words of a text."""
    topic = tuple(map(Word, telling))
    return Question(text, "list", words=topic, joined=joined(tokens(text), topic))


def topics(found: list[Question]) -> list[str]:
    return [" ".join(word.text for word in one.words) for one in found]


@pytest.mark.parametrize(
    ("text", "words", "whole", "nearest"),
    [
        ("bees or tides", "bees tides", ["bees", "tides"], ["bees", "tides"]),
        ("bees, wasps, or tides", "bees wasps tides", ["bees", "wasps", "tides"],
         ["bees", "wasps", "tides"]),
        ("autistic children or adults", "autistic children adults",
         ["autistic children", "adults"], ["autistic children", "autistic adults"]),
        ("tides of ports or rivers", "tides ports rivers",
         ["tides ports", "tides rivers"], ["tides ports", "tides rivers"]),
        ("mice or rats with fever or pain", "mice rats fever pain",
         ["mice fever", "mice pain", "rats fever", "rats pain"],
         ["mice fever", "mice pain", "rats fever", "rats pain"]),
        ("bees with or without hives", "bees hives", [], []),
        ("bees and tides", "bees tides", [], []),
        ("or bees", "bees", [], []),
    ],
)  # fmt: skip
def test_each_alternative_is_a_topic_with_what_it_shares_with_the_others(
    text: str, words: str, whole: list[str], nearest: list[str]
) -> None:
    question = said(text, *words.split())
    assert topics(whole_runs(question)) == whole
    assert topics(nearest_words(question)) == nearest


def test_words_that_are_no_topic_any_more_join_nothing() -> None:
    question = said("bees or tides", "bees", "tides")
    left = Question(question.text, "list", words=(Word("bees"),), joined=question.joined)
    assert whole_runs(left) == nearest_words(left) == []


def test_only_questions_on_papers_have_alternatives() -> None:
    assert parse("Which papers are about bees or tides?", 2026).joined == ((("bees",), ("tides",)),)
    assert parse("How many bees or wasps did HarborNet count?", 2026).joined == ()


@given(TEXTS)
def test_no_alternative_is_empty_or_has_a_word_of_its_own(given_: list[str]) -> None:
    text = " ".join(given_)
    telling = dict.fromkeys(w for one in given_ for w in one.split("-") if w.isalpha())
    question = said(text, *(one for one in telling if one not in ("or", "of", "and")))
    own = {word.text for word in question.words}
    for found in (whole_runs(question), nearest_words(question)):
        assert len(found) <= MOST
        assert all(one.words and own.issuperset(w.text for w in one.words) for one in found)
        assert not any(one.joined for one in found)


def test_a_paper_on_one_alternative_is_surer_than_one_on_none() -> None:
    question = said("bees or tides", "bees", "tides")
    asked = {"bees": {"a": 0.9, "b": 0.01}, "tides": {"c": 0.9}}
    whole = {"a": 0.3, "b": 0.3}
    found = on_either(question, whole, lambda one: asked[one.words[0].text])
    assert set(found) == {"a", "b", "c"}
    assert found["a"] > 0.3 > found["b"]
    assert found["c"] > 0.01


def test_without_an_or_nothing_else_is_asked() -> None:
    def never(_: Question) -> dict[str, float]:
        raise AssertionError

    assert on_either(said("bees", "bees"), {"a": 0.4}, never) == {"a": 0.4}


def studies(count: int, thing: str, place: str) -> list[dict[str, object]]:
    """Papers on one thing."""
    return [
        entry(
            at,
            id=f"{thing} {at}",
            title=f"Study {at} of {thing}",
            abstract=f"We study {thing}. In region {at} the number of {thing} fell over ten years. "
            f"Our survey gives counts for {place} from {at} sites.",
        )
        for at in range(1, count + 1)
    ]


def test_a_library_on_two_things_lists_and_counts_both(tmp_path: Path) -> None:
    records = [*studies(10, "honey bees", "hives"), *studies(10, "harbor seals", "coasts")]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", records))
    with opened(tmp_path / "index") as engine:
        answer = engine.ask("Which papers are about honey bees or harbor seals?")
        count = engine.ask("How many papers are about honey bees or harbor seals?")
    assert sum(citation.sure for citation in answer.citations) == 20
    assert "20 papers" in count.text


@pytest.mark.parametrize("others", [0, 30])
def test_nine_in_ten_papers_of_a_large_library_on_one_topic_are_sure(
    tmp_path: Path, others: int
) -> None:
    records = [*studies(150, "honey bees", "hives"), *studies(others, "harbor seals", "coasts")]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", records))
    with opened(tmp_path / "index") as engine:
        count = engine.ask("How many papers are about honey bees?")
    assert 135 <= int(count.text.split()[0]) <= 150
