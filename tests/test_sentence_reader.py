"""The sentence that answers ranks first, and a word is held in any of its forms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from app.engine import Engine
from app.extractive.sentences import SentenceReader, Wanted, share
from app.logistic import decision
from app.retrieval.search import unranked
from app.retrieval.similarity import WordMatcher
from app.settings import Settings
from app.understanding.reading import read_alone
from ingest.records import Paper

SHOP = Paper(
    "x:1",
    "Fishmongers throw much away. The study covers 1,200 videos of 31 markets. A scale weighs "
    "each crate in 2 seconds. Because ice melts, cod spoils by noon. Graph Ice Boxes (GIB) keep "
    "cod cold. A GIB lasts long.",
    "Cod in Markets",
)
FEATURES = decision("answered").features
FOUND = unranked(SHOP.paper_id)
Wants = Callable[[str], Wanted]


@pytest.fixture(scope="module")
def reader(engine: Engine) -> SentenceReader:
    return SentenceReader(engine.index, WordMatcher(engine.index.embedding))


@pytest.fixture(scope="module")
def wanted(engine: Engine, reader: SentenceReader) -> Wants:
    """What a question wants, read over the library."""

    def want(text: str) -> Wanted:
        asked = read_alone(text, engine.index, Settings(_env_file=None))
        return reader.wanted(asked.question, asked.linked)

    return want


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("What spoils cod by noon?", "Because ice melts"),
        ("How many videos does the study cover?", "The study covers 1,200 videos"),
        ("What keeps cod cold?", "Graph Ice Boxes"),
    ],
)
def test_the_sentence_that_answers_ranks_first(
    reader: SentenceReader, wanted: Wants, question: str, begins: str
) -> None:
    assert reader.read(wanted(question), SHOP).sentences[0].text.startswith(begins)


def test_every_sentence_is_verbatim_and_ranked_once(reader: SentenceReader, wanted: Wants) -> None:
    found = reader.read(wanted("What keeps cod cold?"), SHOP).sentences
    assert " ".join(one.text for one in sorted(found, key=lambda e: e.start)) == SHOP.abstract
    chances = [one.chance for one in found]
    assert chances == sorted(chances, reverse=True)
    assert all(0 <= chance <= 1 for chance in chances)


def test_a_paper_holds_what_any_of_its_sentences_does(
    reader: SentenceReader, wanted: Wants
) -> None:
    want = wanted("Which crates keep cod cold?")
    parts = [Paper("x:7", text, "") for text in ("A scale weighs crates.", "Ice keeps cod cold.")]
    whole = Paper("x:8", " ".join(part.abstract for part in parts), "")
    held = np.max([reader.read(want, part).held for part in parts], axis=0)
    assert reader.read(want, whole).held.tolist() == held.tolist()


def test_a_title_made_from_the_abstract_holds_nothing(
    reader: SentenceReader, wanted: Wants
) -> None:
    want = wanted("Which lighthouse blinks?")
    real = Paper("x:2", "Owls fly.", "Lighthouse")
    derived = Paper("x:3", "Owls fly.", "Lighthouse", title_derived=True)
    place = want.words.index("lighthouse")
    assert reader.read(want, real).held[place] == 1.0
    assert reader.read(want, derived).held[place] == 0.0


def test_names_of_papers_are_marked_among_the_words(wanted: Wants) -> None:
    want = wanted("What error does HarborNet have?")
    named = {word for word, is_named in zip(want.words, want.named, strict=True) if is_named}
    assert named == {"harbornet"}
    assert "error" in want.words


def test_a_strange_name_is_told(wanted: Wants) -> None:
    assert wanted("How fast is OwlNet?").strange
    assert not wanted("How fast is HarborNet?").strange


@pytest.mark.parametrize("text", ["storm", "storms", "stormy"])
def test_a_word_is_held_in_its_forms(reader: SentenceReader, wanted: Wants, text: str) -> None:
    want = wanted("What do storms do?")
    paper = Paper("x:4", f"The {text} passed.", "Weather")
    assert reader.read(want, paper).held[want.words.index("storms")] > 0.5


def test_an_acronym_is_held_by_its_words_in_the_same_abstract(
    reader: SentenceReader, wanted: Wants
) -> None:
    want = wanted("Which ice boxes last long?")
    assert reader.read(want, SHOP).sentences[0].text == "A GIB lasts long."


def test_the_share_is_of_the_weights_and_whole_where_nothing_is_wanted() -> None:
    weights = np.asarray([3.0, 1.0], dtype=np.float32)
    assert share(np.asarray([1.0, 0.0], dtype=np.float32), weights) == 0.75
    assert share(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.float32)) == 1.0


def test_a_paper_is_read_closely_for_the_sentence_that_tells_what_no_word_of_the_question_says(
    reader: SentenceReader, wanted: Wants
) -> None:
    paper = Paper(
        "x:5",
        "Fish shops lose much to heat. We watched 31 shops in two harbours. Cod was laid on ice "
        "9 minutes after landing. Shops that did so threw less away.",
        "Cod in fish shops",
    )
    reading = reader.read_closely(wanted("How quickly is cod chilled in fish shops?"), paper)
    assert "9 minutes" in reading.sentences[0].text
    untold = reader.read_closely(wanted("Who founded the fish shops?"), paper)
    assert reading.told > untold.told


def test_what_is_read_closely_is_some_of_what_is_read(
    reader: SentenceReader, wanted: Wants
) -> None:
    want = wanted("What keeps cod cold?")
    plain, close = reader.read(want, SHOP), reader.read_closely(want, SHOP)
    assert {one.text for one in close.sentences} <= {one.text for one in plain.sentences}
    chances = [one.chance for one in close.sentences]
    assert chances == sorted(chances, reverse=True)


def test_what_the_title_says_is_no_detail(reader: SentenceReader, wanted: Wants) -> None:
    want = wanted("How long do cod in markets last?")
    detail = FEATURES.index("detail")
    plain, titled = (
        reader.strength_row(
            want, reader.read(want, Paper("x:6", "Cod in markets.", title)), FOUND, False
        )
        for title in ("", "Cod in Markets")
    )
    assert titled[detail] < plain[detail]
