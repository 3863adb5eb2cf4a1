"""The words of a question that say how papers are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.retrieval.query_cleaning import topic_of, without_opening
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import words

_CONTENT = st.lists(st.sampled_from("graph cloud music protein denoising owls".split()), min_size=1)
_FRAMES = (
    "",
    "Could you recommend a study on ",
    "Are there any papers that propose ",
    "Please point me to research about ",
    "I am looking for literature that discusses ",
)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Could you recommend a study on graph denoising?", "graph denoising"),
        ("Which papers investigate fairness in diagnosis?", "fairness diagnosis"),
        ("What research has been done on owls?", "owls"),
        ("hashing", "hashing"),
    ],
)
def test_the_frame_is_left_out(question: str, topic: str) -> None:
    assert topic_of(question) == topic.split()


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Which search engines are studied?", "search engines"),
        ("Could you point me to point clouds?", "point clouds"),
        ("point cloud registration", "point cloud registration"),
        ("How does matter differ from literature?", "matter differ literature"),
    ],
)
def test_a_word_that_may_open_a_question_stays_where_it_is_the_topic(
    question: str, topic: str
) -> None:
    assert topic_of(question) == topic.split()


def test_every_sentence_loses_its_own_frame() -> None:
    assert topic_of("Is there a paper on hashing? Please give research on music.") == [
        "hashing",
        "music",
    ]


def test_a_question_of_frame_words_alone_keeps_them() -> None:
    assert topic_of("recommend papers") == ["recommend", "papers"]
    assert topic_of("what is it") == []
    assert topic_of("") == []


@given(_CONTENT, st.sampled_from(_FRAMES), st.sampled_from(["", "?", ".", " ?"]))
def test_the_topic_does_not_depend_on_the_frame(
    content: list[str], frame: str, ending: str
) -> None:
    assert topic_of(f"{frame}{' '.join(content)}{ending}") == content


def test_behind_the_opening_every_word_is_kept() -> None:
    question = "Which papers study models that have no idea? Please find work on doubt."
    assert without_opening(question) == ["models", "that", "have", "no", "idea", "doubt"]
    assert without_opening("Are there any papers on it?") == []


@given(st.text(max_size=120))
def test_a_topic_is_a_part_of_the_question_without_stop_words(question: str) -> None:
    rest = iter(words(question))
    for word in topic_of(question):
        assert word not in STOP_WORDS
        assert word in rest, "a word of the topic is not in the question, or not in this order"
