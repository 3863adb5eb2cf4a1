"""A detail is answered by the sentence that holds it, or the detail that is missing is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from answering_samples import (
    HARBOR_NET,
    TEXT_SCORING,
    TIDE_SAMPLING,
    cited,
    opened,
)
from ingest_samples import run, write_jsonl

from app.engine import Engine
from app.extractive import messages as reasons
from app.extractive.lookup import define
from app.retrieval.scaling import scaled
from app.understanding.entities import Entity
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
    ("question", "absent"),
    [
        ("What learning rate does HarborNet use?", "learning rate"),
        ("What batch size was BeeCount trained with?", "batch size"),
        ("How many cameras does BeeCount need?", "cameras"),
    ],
)
def test_a_detail_that_the_abstract_lacks_is_refused_and_named(
    engine: Engine, question: str, absent: str
) -> None:
    answer = engine.ask(question)
    assert answer.abstained
    assert not answer.citations
    named = answer.closest[0].title
    assert answer.reason == (
        f"The abstract of “{named}” does not say: it has nothing on “{absent}”."
    )


@pytest.mark.parametrize(
    "question", ["What is OwlNet?", "How fast is OwlNet?", "Compare BeeCount and OwlNet"]
)
def test_a_name_that_no_abstract_holds_is_refused(engine: Engine, question: str) -> None:
    answer = engine.ask(question)
    assert answer.abstained
    assert answer.reason == "None of the 7 abstracts mentions “OwlNet”."


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
def test_off_topic_and_nonsense_are_refused(sample: Engine, question: str) -> None:
    answer = sample.ask(question)
    assert answer.abstained
    assert answer.reason
    assert not answer.sentences
    assert not answer.citations


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How do vision-impaired persons get help from clips they film?", "EgoBlind"),
        ("Can machines spot forged faces?", "Systematic survey of generalizable detection"),
    ],
)
def test_a_paraphrase_is_answered_with_a_note(sample: Engine, question: str, title: str) -> None:
    answer = sample.ask(question)
    assert not answer.abstained
    assert title in cited(answer)[0]
    assert answer.notes == (reasons.BY_MEANING,)


def test_an_answer_in_the_words_of_the_abstract_has_no_note(engine: Engine) -> None:
    assert engine.ask("What slows yeast?").notes == ()


def test_a_cause_is_told_though_it_repeats_no_word_of_the_question(tmp_path: Path) -> None:
    abstract = (
        "Bread riots worried Alba, a town of bakers. Bread riots began in spring. Bread riots were "
        "short. We count 60 bread riots of Alba. Hail and high tolls were the main factors."
    )
    papers = [{"title": "Bread Riots", "abstract": abstract}]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", papers))
    with opened(tmp_path / "index") as engine:
        answer = engine.ask("What triggered the bread riots in Alba?")
    assert "Hail and high tolls" in answer.text


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


def test_the_bar_rises_with_the_number_of_papers_between_its_two_ends() -> None:
    bars = [scaled(papers, 0.2, 0.8) for papers in (1, 50, 500, 5_000, 50_000)]
    assert bars == pytest.approx([0.2, 0.2, 0.5, 0.8, 0.8])


def test_a_topic_that_no_paper_meets_whole_is_refused_rather_than_stretched(
    tmp_path: Path,
) -> None:
    run(tmp_path / "index", write_jsonl(tmp_path / "a.jsonl", [HARBOR_NET, TEXT_SCORING]))
    with opened(tmp_path / "index") as engine:
        answer = engine.ask("Which papers are about volcanic ash on alpine glaciers in winter?")
    assert answer.abstained
    assert answer.total_matching == 0
