"""The learned reading of a question: repeatable, complete, and right on everyday questions."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.understanding.parse import ASKED_FROM
from app.understanding.question import Act, Attribute, Refers
from app.understanding.reader import (
    LONGEST,
    MODEL,
    ROLES,
    Words,
    pieces,
    read_words,
)
from app.understanding.tokens import tokens
from ingest.embedding.encoder import session

EVERYDAY: dict[Act, tuple[str, ...]] = {
    "lookup": (
        "How accurate are the best models on EgoBlind?",
        "How many videos does EgoBlind hold?",
        "Why do owls fly silently?",
        "What dataset was HarborNet trained on?",
        "How long did the trial last?",
        "How does the gripper pick up wet glass?",
        "What accuracy does the parser reach?",
        "How many patients took part in the trial?",
        "Which languages does the parser support?",
        "Why does SGIL simulate noisy environments?",
    ),
    "definition": (
        "What is SGIL?",
        "What does SGIL stand for?",
        "Define SGIL",
        "what is a graph neural network?",
        "Explain what RLHF means",
        "What does the acronym RAG mean?",
    ),
    "list": (
        "Which papers use LLMs for recommendation?",
        "List all papers on diffusion models",
        "Show me the papers about fairness",
        "Is there anything on audio?",
        "Are there any papers on owls?",
        "I am looking for papers on hashing",
        "Find studies about sleep in teenagers",
        "Do you have papers on salt?",
        "Which studies look at bees?",
        "graph neural networks for traffic",
        "What papers were published in 2021 on tides?",
    ),
    "count": (
        "How many papers are about graphs?",
        "How many studies look at sleep?",
        "What is the number of papers on graphs?",
        "How many papers were published in 2021?",
        "Count the papers on bees",
    ),
    "compare": (
        "Compare SGIL and IBMRec",
        "What is the difference between SGIL and IBMRec?",
        "SGIL vs. IBMRec",
        "How does SGIL differ from IBMRec?",
        "Which is better, SGIL or IBMRec?",
    ),
    "metadata": (
        "Who wrote EgoBlind?",
        "When was EgoBlind published?",
        "Who are the authors of EgoBlind?",
        "In which journal did the EgoBlind paper appear?",
        "Where can I find the code of SGIL?",
        "What is the title of the paper on blind people?",
        "Give me the link to the EgoBlind paper",
        "Is the code of SGIL available?",
    ),
    "overview": (
        "Give me an overview of research on sleep apnea",
        "What is the state of the art in speech recognition?",
        "What are the main challenges of federated learning?",
        "What do we know about the causes of autism?",
        "Summarise the literature on honey bees",
    ),
    "claim": (
        "Is there evidence that vitamin D prevents colds?",
        "Is it true that coffee causes cancer?",
        "Do studies support the claim that exercise helps against depression?",
        "Is there any paper supporting the claim that bees can count?",
    ),
    "advice": (
        "What should I read first about transformers?",
        "Recommend 3 papers on sleep",
        "Which paper would you recommend to start with on causal inference?",
        "What are the most important papers on fairness?",
    ),
    "people": (
        "Who works on graph neural networks?",
        "Which authors publish on fairness?",
        "Which researchers study honey bees?",
        "Who are the leading researchers on sleep?",
    ),
    "smalltalk": ("hello", "Thank you!", "thanks a lot", "What can you do?", "good morning"),
    "order": ("Sort them by year", "newest first", "Order them by date", "Show the oldest first"),
    "export": (
        "Export these as BibTeX",
        "Give me the references in RIS",
        "Save the list as CSV",
        "Export the list to Zotero",
    ),
}
ATTRIBUTES: dict[str, Attribute] = {
    "Who are the authors of EgoBlind?": "authors",
    "Who wrote it?": "authors",
    "In which year was EgoBlind published?": "year",
    "Which journal did it appear in?": "venue",
    "What is the title of the paper on blind people?": "title",
    "Is the code of SGIL available?": "code",
    "Give me the link to the EgoBlind paper": "url",
    "What is the DOI of the EgoBlind paper?": "doi",
    "How do I cite the EgoBlind paper?": "reference",
}
REFERS: dict[str, Refers] = {
    "What is SGIL?": "none",
    "Which papers use graphs?": "none",
    "Who wrote EgoBlind?": "none",
    "Who wrote it?": "paper",
    "Is the code of this paper public?": "paper",
    "Which of them use graphs?": "papers",
    "Only those after 2020": "narrow",
    "and just the ones with code": "narrow",
    "And GMViT?": "same",
    "and in children?": "same",
    "show the rest": "more",
    "any others?": "more",
}


def _all(words: Words) -> list[object]:
    return [words.acts, words.refers, words.attributes, words.roles, words.telling]


def test_pieces_begin_where_their_tokens_do_and_know_the_names() -> None:
    found = tokens("Who wrote EgoBlind?")
    given = pieces(found)
    assert len(given.ids) == len(given.named) > len(found) + 2
    assert given.first[:3] == (1, 2, 3)
    assert set(given.named[: given.first[2]]) == {0}
    assert set(given.named[given.first[2] : given.first[3]]) == {1}
    assert given.named[given.first[3] :] == (0, 0)


def test_what_is_beyond_the_longest_is_read_as_the_last_piece_is() -> None:
    text = f"{'鯨 ' * 600}and whales"
    given, found = pieces(tokens(text)), read_words(text)
    assert len(given.ids) == len(given.named) == LONGEST
    beyond = given.first.index(LONGEST - 2)
    assert beyond < len(found.tokens) - 50
    for values in (found.roles, found.telling, found.asked):
        assert set(values[beyond:]) == {values[beyond]}


@pytest.mark.parametrize("text", ["", "  ", "?", "\u200b", "🙂 🙂", "[SEP] [CLS]", "é" * 3_000])
def test_anything_is_read(text: str) -> None:
    assert len(read_words(text).roles) == len(tokens(text))


def test_each_output_has_a_place_for_each_label() -> None:
    found = {one.name: one.shape[-1] for one in session(MODEL).get_outputs()}
    sizes = (len(get_args(one)) for one in (Act, Refers, Attribute))
    labels = dict(zip(("act", "refers", "attribute"), sizes, strict=True))
    assert found == {**labels, "role": len(ROLES), "asked": 2, "order": 2}


@settings(max_examples=50)
@given(st.text(max_size=120))
def test_any_text_is_read_with_a_role_a_token_and_probabilities(text: str) -> None:
    found = read_words(text)
    for chances in (found.acts, found.refers, found.attributes):
        assert sum(chances.values()) == pytest.approx(1, abs=1e-4)
        assert all(0 <= one <= 1 for one in chances.values())
    assert list(found.tokens) == tokens(text)
    assert len(found.tokens) == len(found.roles) == len(found.telling)
    assert all(-1e-6 <= one <= 1 for one in found.telling)


@settings(max_examples=30)
@given(st.sampled_from([text for texts in EVERYDAY.values() for text in texts]), st.text())
def test_a_reading_depends_on_its_text_alone(text: str, between: str) -> None:
    first = read_words(text)
    read_words(between)
    assert _all(read_words(text)) == _all(first)


def test_everyday_questions_cover_every_act() -> None:
    assert set(EVERYDAY) == set(get_args(Act))
    assert set(ATTRIBUTES.values()) == set(get_args(Attribute)) - {""}
    assert set(REFERS.values()) >= set(get_args(Refers))


@pytest.mark.parametrize(
    ("text", "act"), [(text, act) for act, texts in EVERYDAY.items() for text in texts]
)
def test_the_act_of_an_everyday_question(text: str, act: Act) -> None:
    acts = read_words(text).acts
    assert max(acts, key=lambda one: acts[one]) == act


@pytest.mark.parametrize(("text", "attribute"), ATTRIBUTES.items())
def test_the_attribute_that_is_asked_for(text: str, attribute: Attribute) -> None:
    chances = read_words(text).attributes
    assert max(chances, key=lambda one: chances[one]) == attribute


@pytest.mark.parametrize(("text", "refers"), REFERS.items())
def test_what_a_question_points_back_at(text: str, refers: Refers) -> None:
    chances = read_words(text).refers
    assert max(chances, key=lambda one: chances[one]) == refers


@pytest.mark.parametrize(
    ("text", "role", "runs"),
    [
        ("Which papers use LLMs for recommendation?", "topic", ["LLMs for recommendation"]),
        ("economics, markets, auctions", "topic", ["economics", "markets", "auctions"]),
        ("papers on brain rhythms such as gamma or theta", "exclude", []),
        ("Compare SGIL and IBMRec", "sides", ["SGIL", "IBMRec"]),
        ("papers on fish but not salmon", "exclude", ["salmon"]),
        ("papers without labels that recognise emotions", "exclude", ["labels"]),
        ("all except reviews", "exclude", ["reviews"]),
        ("work excluding surveys", "exclude", ["surveys"]),
        ("apart from owls", "exclude", ["owls"]),
        ("graphs but not LLMs", "exclude", ["LLMs"]),
        ("leave out the one on video", "exclude", ["video"]),
        ("which do not need labels", "exclude", ["labels"]),
        ("recommendation without LLMs", "exclude", ["LLMs"]),
        ("exceptional papers", "exclude", []),
        ("about nothing", "exclude", []),
        ("other than that", "exclude", []),
        ("which do not use LLMs", "exclude", ["LLMs"]),
        ("all of them, leaving out surveys", "exclude", ["surveys"]),
        ("studies in languages other than English", "exclude", ["English"]),
        ("papers on tides since 2019", "years", ["since 2019"]),
    ],
)
def test_the_role_of_each_word(text: str, role: str, runs: list[str]) -> None:
    assert read_words(text).runs(role) == runs


def test_a_run_holds_neighbouring_words_and_no_marks() -> None:
    found = read_words("a b, c d")
    made = Words({}, {}, {}, found.tokens, ("x", "x", "x", "y", "x"), (1.0,) * 5, (0.0,) * 5)
    assert made.runs("x") == ["a b", "d"]
    assert made.runs("x", "y") == ["a b", "c d"]
    assert made.runs("z") == []


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("What batch size was used to train OwlNet?", ["batch", "size"]),
        ("Which GPU did they use?", ["GPU"]),
        ("Where was OwlNet evaluated?", []),
    ],
)
def test_the_words_that_name_what_is_asked_for_are_known(text: str, asked: list[str]) -> None:
    found = read_words(text)
    told = zip(found.tokens, found.asked, strict=True)
    assert [token.text for token, chance in told if chance >= ASKED_FROM] == asked


@pytest.mark.parametrize(
    ("text", "asking"),
    [
        ("Which papers use LLMs for recommendation?", ("Which", "papers", "use")),
        (
            "can you show me studies that deal with LLMs and recommendation",
            ("show", "studies", "deal"),
        ),
        (
            "I need an overview of what is known on LLMs in recommendation",
            ("need", "overview", "known"),
        ),
    ],
)
def test_words_that_only_ask_tell_little(text: str, asking: tuple[str, ...]) -> None:
    found = read_words(text)
    telling = dict(zip((token.text for token in found.tokens), found.telling, strict=True))
    assert max(telling[word] for word in asking) < 0.3
    assert min(telling["LLMs"], telling["recommendation"]) > 0.7
