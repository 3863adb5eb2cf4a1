"""What is counted, dated, cut or chosen is told as it is, and so is what lies outside of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from answering_samples import cited, opened
from ingest_samples import run, write_jsonl

from app.choices import Choices
from app.engine import Engine
from app.extractive.constraints import gives_code, links
from app.retrieval.topicality import weighted
from app.understanding.parse import parse
from app.understanding.question import Asked, Word
from ingest.records import Paper

SALT = {
    "title": "Salt in School Meals",
    "authors": ["Ann Lee"],
    "year": 2021,
    "abstract": "School meals hold much salt. We measured the salt of school meals in 40 kitchens "
    "of Norway. Kitchens with a cook cut the salt of school meals by 12%.",
}
SUGAR = {
    "title": "Sugar in School Meals",
    "authors": ["Bo Chen"],
    "year": 2023,
    "abstract": "School meals hold much sugar. We asked cooks of 15 kitchens in Kenya how they "
    "sweeten school meals. Fruit instead of sugar was eaten as gladly.",
}
FISH = {
    "title": "Fish in School Meals",
    "abstract": "Fish is rare in school meals. Serving it once a week was liked by most pupils "
    "who eat school meals.",
}
WASTE = {
    "title": "Waste of School Meals",
    "authors": ["Ann Lee", "Cy Dove"],
    "year": 2018,
    "abstract": "Half of all school meals are thrown away. Smaller plates halve the waste of "
    "school meals. The trial is registered at https://trials.example/12.",
}
MEALS = (SALT, SUGAR, FISH, WASTE)


@pytest.fixture(scope="module")
def meals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("meals")
    run(folder / "index", write_jsonl(folder / "papers.jsonl", MEALS))
    with opened(folder / "index") as engine:
        yield engine


def test_from_a_year_on_a_topic_is_that_year_alone(meals: Engine) -> None:
    answer = meals.ask("Which papers from 2021 on school meals are there?")
    assert cited(answer) == [SALT["title"]]
    assert answer.filters == {"since": 2021, "until": 2021}


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("Which papers from 2021 on recommendation are there?", 2021, 2021),
        ("papers from 2020 on that use graphs", 2020, None),
        ("papers from 2020 on by Ann Lee", 2020, None),
        ("papers published from 2021 on about malaria", 2021, None),
        ("papers from 2019 on", 2019, None),
    ],
)
def test_from_a_year_on_goes_on_unless_a_topic_follows(
    text: str, since: int, until: int | None
) -> None:
    filters = parse(text, 2026).filters
    assert (filters.since, filters.until) == (since, until)


def test_other_years_of_a_follow_up_take_the_place_of_all_years_before(meals: Engine) -> None:
    before = "Which papers on school meals are from 2021?"
    assert cited(meals.ask("And since 2022?", [before])) == [SUGAR["title"]]
    assert cited(meals.ask("And before 2020?", [before])) == [WASTE["title"]]


def test_a_record_of_a_paper_that_hardly_matches_is_no_answer(meals: Engine) -> None:
    answer = meals.ask("When was the paper on meals for astronauts in orbit published?")
    assert answer.strength != "answered"
    assert answer.text.startswith(answer.reason or "?")


def test_a_paper_that_is_named_and_of_other_years_than_are_chosen_is_not_replaced(
    meals: Engine,
) -> None:
    put = Asked(f"Who wrote “{SALT['title']}”?", choices=Choices(since=2022))
    answer = meals.ask(put.text, [])
    assert "Ann Lee" in answer.text
    answer = list(meals.stream(put))[-1]
    assert answer.abstained
    assert "not dated from 2022 or later" in answer.text
    assert "Bo Chen" not in answer.text


def test_what_was_chosen_beside_an_earlier_question_does_not_outlive_it(meals: Engine) -> None:
    before = Asked("Which papers are about school meals?", choices=Choices(since=2022, most=1))
    answer = list(meals.stream(Asked("And about waste?"), [before]))[-1]
    assert cited(answer) == [WASTE["title"]]
    assert not answer.filters


def test_a_detail_of_several_papers_is_looked_up_in_each(meals: Engine) -> None:
    history = ["Which papers are about salt or sugar in school meals?"]
    answer = meals.ask("In how many kitchens were these studies done?", history)
    assert "40 kitchens" in answer.text
    assert "15 kitchens" in answer.text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("List phase 3 studies of malaria vaccines", None),
        ("Which COVID-19 papers use chest X-rays?", None),
        ("Show me GPT-4 papers", None),
        ("papers that compare two studies", None),
        ("Show me 3 papers on salt", 3),
        ("Show me 5-10 papers on malaria vaccines", 10),
        ("Which authors have written three papers on bees?", None),
        ("Who are the top 5 authors on bees?", 5),
        ("give me two studies of salt", 2),
    ],
)
def test_a_number_that_belongs_to_the_topic_is_not_how_many_are_wanted(
    text: str, wanted: int | None
) -> None:
    assert parse(text, 2026).wanted == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Which papers deal with guideline implementation?",
        "Which papers deal with the genetic code?",
        "Which papers help hospitals with policy implementation?",
    ],
)
def test_code_that_is_the_topic_is_no_filter(text: str) -> None:
    assert not parse(text, 2026).filters.code


@pytest.mark.parametrize(
    "text",
    [
        "papers with source code",
        "papers that release datasets and code",
        "papers with a public implementation",
        "Which papers share their code?",
    ],
)
def test_code_of_the_papers_is_a_filter(text: str) -> None:
    assert parse(text, 2026).filters.code == "linked"


def test_only_an_address_beside_a_word_for_code_or_of_a_place_for_code_links_code() -> None:
    assert links("Our implementation is at https://lab.example/x.")
    assert links("See github.com/owls/count.")
    assert links("The toolkit is available at https://anonymous.4open.science/r/owls.")
    assert not links("The trial is registered at https://trials.example/12.")


def test_a_link_in_the_sentence_behind_that_on_code_is_one_of_code() -> None:
    told = "Code is available. See https://bats.example/echo for it."
    assert gives_code(Paper("abs:1", told, "Bats"), "linked")
    assert not gives_code(Paper("abs:1", str(WASTE["abstract"]), "Waste"), "linked")


def test_thanks_with_a_name_are_small_talk_whatever_years_are_chosen(engine: Engine) -> None:
    put = Asked("Thanks, HarborNet is great!", choices=Choices(since=2025))
    assert list(engine.stream(put))[-1].kind == "smalltalk"


def test_a_name_that_papers_of_the_chosen_years_tell_of_is_answered_from_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("years")
    own = {
        "title": "TideCast: Tides for Harbors",
        "year": 2015,
        "abstract": "We present TideCast, which forecasts tides by tables.",
    }
    later = {
        "title": "Harbors Seen by Radar",
        "year": 2024,
        "abstract": "TideCast forecasts tides by tables. We compare TideCast with radar images.",
    }
    run(folder / "index", write_jsonl(folder / "papers.jsonl", [own, later]))
    with opened(folder / "index") as library:
        put = Asked("What is TideCast?", choices=Choices(since=2022))
        answer = list(library.stream(put))[-1]
    assert cited(answer) == [later["title"]]


def test_an_export_that_is_cut_counts_all_that_match_and_tells_its_filters(meals: Engine) -> None:
    answer = meals.ask("Export the first 2 papers on school meals since 2018 as BibTeX")
    assert answer.total_matching == 3
    assert len(answer.citations) == 2
    assert answer.filters == {"since": 2018}
    assert any("2 of 3 matching papers" in note for note in answer.notes)


def test_the_newest_papers_say_how_many_cannot_be_placed_in_time(meals: Engine) -> None:
    answer = meals.ask("List the papers on school meals, newest first")
    assert cited(answer)[0] == SUGAR["title"]
    assert any("1 matching paper has no recorded year" in note for note in answer.notes)


def test_an_overview_marks_each_paper_that_only_perhaps_belongs(sample: Engine) -> None:
    answer = sample.ask("Give me an overview of user interests")
    lines = [line for line in answer.text.splitlines() if line.startswith("- ")]
    marked = [line for line in lines if line.startswith("- perhaps ")]
    assert len(marked) == sum(not citation.sure for citation in answer.citations)
    assert 0 < len(marked) < len(lines)


def test_a_record_that_lacks_what_others_have_is_told(meals: Engine) -> None:
    answer = meals.ask("Who wrote these papers?", ["Which papers are about fish in school meals?"])
    told = answer.text + " ".join(answer.notes)
    assert f"The record of “{FISH['title']}” names no authors." in told


def test_an_acronym_is_as_rare_as_the_rarest_word_of_what_it_stands_for(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("acronym")
    told = [f"Human hands turn {what} at work." for what in ("valves", "wheels", "keys", "knobs")]
    told.append("Human computer interaction (HCI) is taught to pilots.")
    run(folder / "index", write_jsonl(folder / "p.jsonl", [{"abstract": one} for one in told]))
    with opened(folder / "index") as library:
        [short], [common] = (weighted(library.index, [Word(one)]) for one in ("hci", "human"))
    assert short.weight > 2 * common.weight


def test_in_a_small_collection_on_one_topic_all_papers_are_on_it(meals: Engine) -> None:
    answer = meals.ask("Which papers are about school meals?")
    assert answer.total_matching == len(MEALS)
    assert meals.ask("Which papers are about honey bees?").abstained


def test_a_title_made_from_the_abstract_is_marked_in_a_reference(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("untitled")
    entry = {"abstract": "We present SwimVG, a network that finds fish in film of rivers."}
    run(folder / "index", write_jsonl(folder / "papers.jsonl", [entry]))
    with opened(folder / "index") as library:
        answer = library.ask("How do I cite SwimVG?")
    assert "(a title made from the abstract)" in answer.text
