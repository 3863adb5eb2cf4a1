"""The sentence that answers ranks first, and a counted thing needs its number beside it."""

from __future__ import annotations

import pytest

from app.engine import Engine
from app.extractive.sentences import Evidence, EvidenceFinder, Wanted
from app.retrieval.similarity import WordMatcher
from app.settings import Settings
from app.understanding.reading import read_alone
from app.understanding.targets import topic_words
from ingest.records import Paper

SHOP = Paper(
    "x:1",
    "Fishmongers throw much away. The study covers 1,200 videos of 31 markets. A scale weighs "
    "each crate in 2 seconds. Because ice melts, cod spoils by noon. Graph Ice Boxes (GIB) keep "
    "cod cold. A GIB lasts long.",
    "Cod in Markets",
)


@pytest.fixture(scope="module")
def finder(engine: Engine) -> EvidenceFinder:
    return EvidenceFinder(engine.index, WordMatcher(engine.index.embedding))


@pytest.fixture(scope="module")
def wanted(engine: Engine, finder: EvidenceFinder) -> Wants:
    return Wants(engine, finder)


class Wants:
    """What a question wants, read over the library."""

    def __init__(self, engine: Engine, finder: EvidenceFinder) -> None:
        self._engine, self._finder = engine, finder

    def __call__(self, text: str) -> Wanted:
        asked = read_alone(text, self._engine.index, Settings(_env_file=None))
        return self._finder.wanted(asked.question, asked.linked)


def with_number(found: list[Evidence]) -> list[str]:
    return [evidence.text for evidence in found if evidence.numbers]


def test_the_sentence_that_answers_ranks_first(finder: EvidenceFinder, wanted: Wants) -> None:
    found = finder.sentences(wanted("What spoils cod by noon?"), [SHOP])
    assert found[0].text == "Because ice melts, cod spoils by noon."
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_every_sentence_is_verbatim_and_ranked_once(finder: EvidenceFinder, wanted: Wants) -> None:
    found = finder.sentences(wanted("What keeps cod cold?"), [SHOP])
    assert sorted(one.start for one in found) == sorted({one.start for one in found})
    assert " ".join(one.text for one in sorted(found, key=lambda e: e.start)) == SHOP.abstract


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("How many videos are there of cod?", ["The study covers 1,200 videos of 31 markets."]),
        ("How many markets are there for cod?", ["The study covers 1,200 videos of 31 markets."]),
        ("How many crates are there of cod?", []),
        ("How many fishmongers were asked about cod?", []),
    ],
)
def test_a_counted_thing_needs_its_number_before_it(
    finder: EvidenceFinder, wanted: Wants, question: str, texts: list[str]
) -> None:
    want = wanted(question)
    assert want.number
    assert want.counted
    assert with_number(finder.sentences(want, [SHOP])) == texts


def test_a_sentence_without_a_wanted_number_is_not_marked_for_its_digits(
    finder: EvidenceFinder, wanted: Wants
) -> None:
    assert with_number(finder.sentences(wanted("What do markets film?"), [SHOP])) == []


def test_a_count_is_refused_where_the_paper_counts_other_things(engine: Engine) -> None:
    assert "340 videos" in engine.ask("How many videos was BeeCount tested on?").text
    assert engine.ask("How many beekeepers was BeeCount tested on?").abstained


def test_names_of_the_question_are_not_among_its_words(wanted: Wants) -> None:
    assert wanted("What error does HarborNet have?").words == ("error",)


def test_the_thing_asked_for_is_read_off_the_question(wanted: Wants) -> None:
    assert wanted("Which batch size does HarborNet use?").asked == ("batch", "size")
    assert wanted("Does HarborNet win?").asked == ()


def test_a_question_why_wants_a_cause(finder: EvidenceFinder, wanted: Wants) -> None:
    want = wanted("Why does cod go bad?")
    assert want.cause
    assert not wanted("When does cod go bad?").cause
    assert finder.sentences(want, [SHOP])[0].text.startswith("Because ice melts")


def test_an_acronym_is_found_by_its_words_in_the_same_abstract(
    finder: EvidenceFinder, wanted: Wants
) -> None:
    found = {one.text: one for one in finder.sentences(wanted("ice boxes that last"), [SHOP])}
    assert found["A GIB lasts long."].coverage > found["Fishmongers throw much away."].coverage
    assert found["A GIB lasts long."].coverage == pytest.approx(1.0)


def test_coverage_is_whole_for_no_words_and_grows_with_the_text(
    finder: EvidenceFinder, wanted: Wants
) -> None:
    want = wanted("How do storms move buoys?")
    none, some, all_ = (
        finder.coverage(want, text) for text in ("qqq", "storms", "storms move the buoys")
    )
    assert 0.0 == none < some < all_ <= 1.0
    assert finder.coverage(wanted("What is HarborNet?"), "qqq") == 1.0


def test_a_word_occurs_in_any_of_its_forms(finder: EvidenceFinder) -> None:
    assert finder.occurs("harbor")
    assert finder.occurs("harbors")
    assert not finder.occurs("glacier")


def test_the_topic_of_a_question_is_its_words_without_the_frame() -> None:
    assert topic_words("Which papers are about honey bees and honey?") == ("honey", "bees")
    assert topic_words("What is it?") == ()


TRIAL = Paper(
    "x:2",
    "BACKGROUND: Warm socks prevent colds in small trials. METHODS: 80 owls wore socks for a week. "
    "RESULTS: As many owls caught colds. CONCLUSION: Warm socks do not prevent colds.",
    "Socks for Owls",
)


def test_findings_answer_before_backgrounds(finder: EvidenceFinder, wanted: Wants) -> None:
    found = finder.sentences(wanted("Do warm socks prevent colds?"), [TRIAL])
    assert found[0].text == "CONCLUSION: Warm socks do not prevent colds."


def test_user_ratings_are_no_users(finder: EvidenceFinder, wanted: Wants) -> None:
    shop = Paper("x:3", "It has 800 user ratings. A three-level scale is used.", "Shop")
    assert with_number(finder.sentences(wanted("How many users are there?"), [shop])) == []
    found = with_number(finder.sentences(wanted("How many levels are there?"), [shop]))
    assert found == ["A three-level scale is used."]


def test_a_phrase_is_found_in_other_words(finder: EvidenceFinder, wanted: Wants) -> None:
    asked = wanted("Do heart attacks spare fishmongers?")
    said = finder.coverage(asked, "Myocardial infarction spares fishmongers.")
    assert said > 0.8
    assert finder.coverage(asked, "It spares fishmongers.") <= 0.5


@pytest.mark.parametrize(
    "question",
    [
        "Telling kinds of cod apart by eye",
        "How did dread of ice begin?",
    ],
)
def test_what_only_begins_like_a_part_of_a_thing_is_not_asked_for(
    wanted: Wants, question: str
) -> None:
    assert wanted(question).asked == ()


def test_a_verb_and_its_object_are_not_asked_for(wanted: Wants) -> None:
    assert wanted("What triggered the floods in the markets?").asked == ()
    assert wanted("Which scale weighs the crates?").asked == ("scale",)


def test_a_superlative_said_again_answers(finder: EvidenceFinder, wanted: Wants) -> None:
    said = "Faults of crates annoy us. The most common faults are leaks."
    asked = wanted("What are the most common faults of the crates?")
    assert finder.sentences(asked, [Paper("x:2", said, "Cod")])[0].text.startswith("The most")


def test_a_figure_says_more_than_in_real_time(finder: EvidenceFinder, wanted: Wants) -> None:
    paper = Paper(
        "x:3",
        "We sort cod by eye in real time. The sorter runs at 13 frames per second.",
        "Sorting Cod",
    )
    found = finder.sentences(wanted("How fast does the cod sorter run?"), [paper])
    assert "13 frames" in found[0].text


def test_numbers_are_words_of_any_size_and_may_count_instances(
    finder: EvidenceFinder, wanted: Wants
) -> None:
    question = wanted("How many buoys were seen?")
    kept = "We saw thirteen red buoys."
    assert finder.sentences(question, [Paper("x:1", kept, "")])[0].numbers
    assert finder.sentences(question, [Paper("x:2", "It holds 8,200 buoy instances.", "")])[
        0
    ].numbers
    assert not finder.sentences(question, [Paper("x:3", "It holds 8,200 buoy ropes.", "")])[
        0
    ].numbers


def test_a_thing_of_a_kind_is_told_by_its_own_name(finder: EvidenceFinder, wanted: Wants) -> None:
    abstract = "A bridge is watched for cracks. The cameras hang from the Long Reef Bridge."
    first = finder.sentences(
        wanted("Which bridge do the cameras watch?"), [Paper("x:1", abstract, "")]
    )
    assert "Reef" in first[0].text
