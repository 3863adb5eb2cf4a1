"""A detail is answered by the sentences that hold it, or the nearest ones claim no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from answering_samples import TIDE_SAMPLING, cited, opened
from ingest_samples import run, write_jsonl

from app.engine import Engine
from app.extractive.lookup import MOST_SENTENCES, define, described, likeliest
from app.extractive.sentences import SentenceReader
from app.retrieval.search import unranked
from app.retrieval.similarity import WordMatcher
from app.retrieval.topicality import meant
from app.settings import Settings
from app.understanding.entities import Entity, Linked
from app.understanding.reading import read_alone
from ingest.records import Paper


def paper(number: int, abstract: str) -> Paper:
    return Paper(f"x:{number}", abstract, f"Paper {number}")


def entity(name: str, *papers: Paper, own: bool = True) -> Entity:
    return Entity(name, tuple(one.paper_id for one in papers), own, (), (0, len(name)))


@pytest.mark.parametrize(
    ("question", "title", "words"),
    [
        ("How does HarborNet predict tides?", "HarborNet: Tides from Graphs", "graph neural"),
        ("What slows yeast?", "Cold Dough", "Salt slows the yeast further."),
        ("How can essays be graded fairly?", "Grading Essays Fairly", "makes grades fair"),
    ],
)
def test_a_detail_is_answered_by_the_paper_that_holds_it(
    engine: Engine, question: str, title: str, words: str
) -> None:
    answer = engine.ask(question)
    assert cited(answer) == [title]
    assert words in answer.text


@pytest.mark.parametrize(
    "question",
    ["How does HarborNet predict tides?", "What slows yeast?", "What is BeeCount?"],
)
def test_an_answer_is_few_sentences_each_quoted_verbatim(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.strength == "answered"
    assert answer.reason is None
    assert 0 < len(answer.sentences) <= MOST_SENTENCES + 1
    quotes = {quote.text for citation in answer.citations for quote in citation.quotes}
    assert {sentence.text for sentence in answer.sentences} <= quotes


DETAILS = [
    ("What batch size was BeeCount trained with?", "BeeCount: Counting Honey Bees at the Hive"),
    ("How many cameras does BeeCount need?", "BeeCount: Counting Honey Bees at the Hive"),
]


@pytest.mark.parametrize(("question", "title"), DETAILS)
def test_a_detail_that_the_abstract_lacks_is_said_to_be_missing(
    engine: Engine, question: str, title: str
) -> None:
    answer = engine.ask(question)
    assert answer.strength == "nearest"
    assert answer.abstained
    assert [paper.title for paper in answer.closest] == [title]
    assert (answer.reason or "").startswith(f"The abstract of “{title}” does not ")


@pytest.mark.parametrize(("question", "title"), DETAILS)
def test_the_nearest_sentences_follow_their_reason_and_are_cited(
    engine: Engine, question: str, title: str
) -> None:
    answer = engine.ask(question)
    reason, _, shown = answer.text.partition("\n\n")
    assert reason == answer.reason
    assert answer.sentences
    assert all(sentence.text in shown for sentence in answer.sentences)
    assert cited(answer) == [title]


def test_what_is_nearest_is_no_sentence_of_the_reason(engine: Engine) -> None:
    answer = engine.ask(DETAILS[0][0])
    assert answer.reason not in {sentence.text for sentence in answer.sentences}


def test_the_nearest_claims_no_matching_papers(engine: Engine) -> None:
    assert engine.ask(DETAILS[0][0]).total_matching is None


def test_a_missing_word_is_named(engine: Engine) -> None:
    assert "“cameras”" in (engine.ask("How many cameras does BeeCount need?").reason or "")


@pytest.mark.parametrize(
    "question", ["What is OwlNet?", "How fast is OwlNet?", "Compare BeeCount and OwlNet"]
)
def test_a_name_that_no_abstract_holds_is_refused(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.strength == "none"
    assert answer.reason == "None of the 7 abstracts mentions “OwlNet”."
    assert not answer.citations


def test_a_side_that_says_more_than_an_unknown_name_is_looked_for(engine: Engine) -> None:
    answer = engine.ask("Compare BeeCount with the Zanzibari cohort of mice")
    assert answer.strength == "nearest"
    assert answer.reason == "None of the 7 abstracts mentions “Zanzibari”. Nearest to it:"
    assert "BeeCount: Counting Honey Bees at the Hive" in cited(answer)


def test_a_slip_in_a_name_is_mended_with_a_note(engine: Engine) -> None:
    answer = engine.ask("How does HarborNett predict tides?")
    assert cited(answer) == ["HarborNet: Tides from Graphs"]
    assert answer.notes == ("Read “HarborNett” as “HarborNet”.",)


@pytest.mark.parametrize(
    "question",
    [
        "What is the boiling point of tungsten?",
        "How long does lasagne stay in the oven?",
        "Who won the football cup?",
        "asdf qwer zxcv",
        "?!",
    ],
)
def test_off_topic_and_nonsense_are_never_answered(sample: Engine, question: str) -> None:
    answer = sample.ask(question)
    assert answer.abstained
    assert answer.reason
    assert answer.text.startswith(answer.reason)


@pytest.mark.parametrize("question", ["Who won the football cup?", "How long does lasagne bake?"])
def test_where_nothing_is_near_the_closest_papers_are_named_and_none_is_cited(
    engine: Engine, question: str
) -> None:
    answer = engine.ask(question)
    assert answer.strength == "none"
    assert not answer.sentences
    assert not answer.citations
    assert 0 < len(answer.closest) <= 3
    assert all(paper.title in answer.text for paper in answer.closest)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How do vision-impaired persons get help from clips they film?", "EgoBlind"),
        ("Can machines spot forged faces?", "Systematic survey of generalizable detection"),
    ],
)
def test_a_paraphrase_finds_its_paper(sample: Engine, question: str, title: str) -> None:
    answer = sample.ask(question)
    assert answer.strength != "none"
    assert title in cited(answer)[0]


def test_a_cause_is_told_where_one_is_asked_for(tmp_path: Path) -> None:
    abstract = (
        "Bread riots worried Alba, a town of bakers. Bread riots began in spring. Bread riots were "
        "short. We count 60 riots. Alba rose because of hail, which led to hunger."
    )
    papers = [{"title": "Bread Riots", "abstract": abstract}]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", papers))
    with opened(tmp_path / "index") as engine:
        answer = engine.ask("Why did the bread riots in Alba happen?")
    assert "because of hail" in answer.text


def test_an_answer_names_its_paper_where_a_name_has_several(tmp_path: Path) -> None:
    papers = [
        {"title": "Spinning Task", "abstract": "We present WoolCup, a contest of spinning wheels."},
        {
            "title": "Alba at WoolCup",
            "abstract": "We present WoolCup wheels. Our wheel came first.",
        },
    ]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", papers))
    with opened(tmp_path / "index") as engine:
        answer = engine.ask("Which wheel came first in WoolCup?")
    assert answer.text.startswith("**Alba at WoolCup**: ")


def test_definitions_give_every_meaning_of_an_acronym(tmp_path: Path) -> None:
    fish = (
        "Robot fish swim badly. We propose Active Tail Steering (ATS), which turns a robot fish. "
        "It was measured in a river."
    )
    sea = str(TIDE_SAMPLING["abstract"])
    file = write_jsonl(tmp_path / "a.jsonl", [TIDE_SAMPLING, {"title": "Fish", "abstract": fish}])
    run(tmp_path / "index", file)
    with opened(tmp_path / "index") as engine:
        answer = engine.ask("What is ATS?")
    assert sorted(cited(answer)) == ["Fish", "Sampling the Sea"]
    quotes = {quote.text for one in answer.citations for quote in one.quotes}
    assert quotes == {sea.split(". ")[1] + ".", fish.split(". ")[1] + "."}


def test_two_papers_with_one_meaning_define_it_once() -> None:
    first = paper(1, "We use Adaptive Tide Sampling (ATS). ATS is cheap.")
    second = paper(2, "Adaptive tide sampling (ATS) came earlier. It is old.")
    third = paper(3, "Automatic Text Scoring (ATS) grades essays.")
    lines = define(entity("ATS", first, second, third, own=False), [first, second, third])
    assert [line.paper for line in lines] == [first, third]


def test_an_own_name_is_told_with_the_sentences_about_it() -> None:
    one = paper(1, "Tides turn. We propose TideNet. TideNet is small. It is fast. TideNet wins.")
    lines = define(entity("TideNet", one), [one])
    assert [line.words for line in lines] == [
        "We propose TideNet.", "TideNet is small.", "TideNet wins.",
    ]  # fmt: skip


def test_a_name_is_not_found_inside_a_longer_one() -> None:
    one = paper(1, "TideNet-XL is large. We propose TideNet here.")
    (line,) = define(entity("TideNet", one, own=False), [one])
    assert line.words == "We propose TideNet here."


def test_a_paper_that_is_only_named_is_told_by_what_it_does() -> None:
    one = paper(
        1, "Tides turn. We propose a calm schedule. Buoys send data. It improved calm by 9%."
    )
    lines = described(one, Linked())
    assert [line.words for line in lines] == [
        "We propose a calm schedule.",
        "It improved calm by 9%.",
    ]


def test_a_lower_bar_turns_the_nearest_into_an_answer(tmp_path: Path) -> None:
    run(tmp_path / "index", write_jsonl(tmp_path / "a.jsonl", [TIDE_SAMPLING]))
    asked = "How long does the battery of a buoy with Adaptive Tide Sampling last in winter?"
    strengths = []
    for bar in (0.0, 1.0):
        engine = Engine(tmp_path / "index", Settings(_env_file=None, answered_from=bar))
        strengths.append(engine.ask(asked).strength)
        engine.index.close()
    assert strengths == ["answered", "nearest"]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How long before they leave does it warn the keeper?", "HiveHum: Hearing a Swarm"),
        ("By how much do the tables err less on the coasts?", "HarborNet: Tides from Graphs"),
        ("What becomes of the life of a battery?", "Sampling the Sea"),
    ],
)
def test_of_papers_that_words_leave_in_doubt_the_one_that_is_read_to_answer_is_meant(
    engine: Engine, question: str, title: str
) -> None:
    reader = SentenceReader(engine.index, WordMatcher(engine.index.embedding))
    wanted = reader.wanted(
        read_alone(question, engine.index, Settings(_env_file=None)).question, Linked()
    )
    wrote = ("HiveHum", "HarborNet", "Sampling the Sea", "WaggleNet")
    papers = [one for one in engine.index.catalog.papers() if one.title.startswith(wrote)]
    alike = [(unranked(one.paper_id), one) for one in papers]
    chances = likeliest(reader, wanted, alike, frozenset())
    assert len(set(meant([one for one, _ in alike], frozenset()).tolist())) == 1
    assert papers[int(chances.argmax())].title.startswith(title)


def test_a_paper_that_is_named_is_meant_whatever_others_tell(engine: Engine) -> None:
    reader = SentenceReader(engine.index, WordMatcher(engine.index.embedding))
    asked = read_alone("What does HarborNet do?", engine.index, Settings(_env_file=None))
    wanted = reader.wanted(asked.question, asked.linked)
    found = [(unranked(one.paper_id), one) for one in engine.index.catalog.papers()]
    named = {one.paper_id for one in engine.index.catalog.papers() if "HarborNet" in one.title}
    chances = likeliest(reader, wanted, found, named)
    assert chances.tolist() == meant([one for one, _ in found], named).tolist()
