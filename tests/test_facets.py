"""What a paper must be about to be listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_samples import entry, run, write_jsonl

from app.retrieval.facets import FacetReader
from ingest.index import Index, open_filled
from ingest.records import Paper
from ingest.stores.lexicon import Lexicon


@pytest.fixture(scope="module")
def index(sample_index: Path) -> Iterator[Index]:
    opened = open_filled(sample_index)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def reader(index: Index) -> FacetReader:
    return FacetReader(index.catalog, index.lexicon)


@pytest.fixture
def on_robots(index: Index, tmp_path: Path) -> FacetReader:
    """Reads over forty papers on robots."""
    lexicon = Lexicon(tmp_path / "words")
    lexicon.write([Paper(f"p{i}", f"A robot swims {i} miles.", "") for i in range(40)])
    lexicon.commit()
    return FacetReader(index.catalog, lexicon)


def _names(reader: FacetReader, topic: str) -> list[set[str]]:
    """The alternatives of each facet, as words."""
    return [{" ".join(p) for p in facet.alternatives} for facet in reader.read(topic)]


@pytest.mark.parametrize(
    ("topic", "facets"),
    [
        ("LLMs for recommendation", [{"llm", "llm4rec", "larg languag model"}, {"recommend"}]),
        ("causal or counterfactual reasoning", [{"causal reason", "counterfactu reason"}]),
        ("hashing, clustering or colorization", [{"hash", "cluster", "color"}]),
        ("hashing, clustering", [{"hash"}, {"cluster"}]),
        ("GNNs", [{"gnn", "graph neural network"}]),
        ("recommender systems", [{"recommend system", "recommend", "rs"}]),
        ("CLIP models", [{"clip model", "clip"}]),
        ("evaluate or train recommenders", [{"recommend"}]),
        ("graphs or", [{"graph"}]),
        ("of the", []),
        ("", []),
    ],
)
def test_a_topic_has_facets_with_other_names(
    reader: FacetReader, topic: str, facets: list[set[str]]
) -> None:
    assert _names(reader, topic) == facets


def test_a_hyphened_word_is_one_word(reader: FacetReader) -> None:
    (hyphened,) = _names(reader, "wool-to-cloth weaving")
    assert "wool to cloth weav" in hyphened
    assert _names(reader, "wool to cloth") == [{"wool"}, {"cloth"}]
    (view,) = _names(reader, "point-of-view shots")
    assert "point of view shot" in view


def test_a_phrase_with_synonyms_is_one_thing(reader: FacetReader) -> None:
    (team,) = reader.read("are about teams of several robots")
    assert ("multi", "robot") in team.alternatives
    (facet,) = reader.read("text to image")
    assert facet.alternatives[0] == ("text", "to", "imag")
    either = reader.read("teams of robots or herds")
    assert {phrase for facet in either for phrase in facet.alternatives} >= {("herd",)}


def test_what_is_done_with_it_too_is_no_other_topic(reader: FacetReader) -> None:
    assert _names(reader, "search for owls or follow them") == _names(reader, "search for owls")


def test_a_shared_plain_adjective_goes_with_both_nouns(reader: FacetReader) -> None:
    (facet,) = reader.read("on old villages or towns")
    assert ("old", "town") in facet.alternatives
    assert ("town",) not in facet.alternatives


def test_a_phrase_without_its_last_word_may_be_another_thing(reader: FacetReader) -> None:
    (plain,) = reader.read("honey bee counting")
    assert plain.shorter == (("honey", "bee"),)
    (compound,) = reader.read("web-footed birds")
    assert compound.shorter == ()
    assert ("web", "foot") in compound.synonyms


def test_a_name_with_its_acronym_is_said_once(reader: FacetReader) -> None:
    (facet,) = reader.read("large language models (LLMs)")
    assert {("llm",), ("larg", "languag", "model")} <= set(facet.alternatives)


@pytest.mark.parametrize(
    ("topic", "contributed"),
    [
        ("propose a new dataset", True),
        ("introduce a dataset", True),
        ("a dataset of blind people", False),
        ("surveys", True),
        ("a collection of owls", False),
    ],
)
def test_a_paper_must_give_what_it_is_asked_to_propose(
    reader: FacetReader, topic: str, contributed: bool
) -> None:
    assert reader.read(topic)[0].contributed is contributed


def test_new_is_no_part_of_what_is_proposed(reader: FacetReader) -> None:
    assert _names(reader, "propose a new dataset") == [{"dataset"}]


def test_words_that_most_papers_hold_tell_none_apart(
    reader: FacetReader, on_robots: FacetReader
) -> None:
    assert on_robots.read("underwater robots")[0].words == ("underwater",)
    assert reader.read("underwater robots")[0].words == ("underwater", "robots")
    assert on_robots.read("robots")[0].words == ("robots",)


@pytest.mark.parametrize(
    ("topic", "verb", "words"),
    [
        ("treat idioms", "treat", [("idioms",)]),
        ("fly quadrotors", "fly", [("fly", "quadrotors")]),
        ("systems for translation", "", [("translation",)]),
        ("tuberculosis in people", "", [("tuberculosis",)]),
        ("novelty of scientific papers", "", [("novelty",)]),
        ("comparing wool looms", "", [("wool", "looms")]),
        ("topic models", "", [("topic", "models")]),
        ("base stations", "", [("base", "stations")]),
        ("conversational recommendation; evaluate on books", "evaluate",
         [("conversational", "recommendation"), ("books",)]),
    ],
)  # fmt: skip
def test_a_facet_is_what_tells_papers_apart(
    reader: FacetReader, topic: str, verb: str, words: list[tuple[str, ...]]
) -> None:
    found = [facet.words for facet in reader.read(topic, verb)]
    assert [tuple(w for w in one if w != "models") for one in found] == [
        tuple(w for w in one if w != "models") for one in words
    ]


def test_the_verb_of_the_question_weighs_little(reader: FacetReader) -> None:
    (facet,) = reader.read("fly quadrotors", "fly")
    assert facet.light == "fly"


def test_and_between_things_of_one_kind_asks_for_either(reader: FacetReader) -> None:
    assert len(reader.read("surveys and reviews")) == 1
    (facet,) = reader.read("coreference datasets and corpora")
    assert ("corefer", "corpora") in facet.alternatives
    assert len(reader.read("graphs and owls")) == 2


def test_an_alternative_keeps_its_own_noun(reader: FacetReader) -> None:
    (facet,) = reader.read("gripper or robot hand")
    assert {("gripper",), ("robot", "hand")} <= set(facet.alternatives)
    (facet,) = reader.read("causal or counterfactual reasoning")
    assert ("causal", "reason") in facet.alternatives


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.sampled_from("LLMs graph or and , for new survey text-to-image models ( ) of".split()),
        max_size=9,
    ).map(" ".join)
    | st.text(max_size=60)
)
def test_no_two_facets_have_a_name_in_common(reader: FacetReader, topic: str) -> None:
    seen: set[tuple[str, ...]] = set()
    for facet in reader.read(topic):
        assert facet.words
        assert all(facet.alternatives), "an empty phrase names nothing"
        assert not seen & set(facet.alternatives)
        seen |= set(facet.alternatives)


def test_the_commonest_meanings_of_an_acronym_come_first(tmp_path: Path) -> None:
    rare = "zebra zinc zoom zipline zeppelin zealot zircon zipper zodiac".split()
    texts = [f"We draw a quick {word} (QZ) by hand. It is a {word}." for word in rare]
    texts += [f"We draw a quiet zone (QZ) on {n} maps. It is good." for n in ("six", "ten")]
    entries = [entry(n, abstract=text) for n, text in enumerate(texts)]
    run(tmp_path / "index", write_jsonl(tmp_path / "a.jsonl", entries))
    opened = open_filled(tmp_path / "index")
    try:
        (facet,) = FacetReader(opened.catalog, opened.lexicon).read("QZ")
        assert facet.alternatives[:2] == (("qz",), ("quiet", "zone"))
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("topic", "verb", "words"),
    [
        ("on test generation", "", ("test", "generation")),
        ("process mining", "", ("process", "mining")),
        ("measure theory", "", ("measure", "theory")),
        ("test parsers", "test", ("parsers",)),
        ("that design and test parsers", "design", ("parsers",)),
        ("evaluating parsers", "", ("parsers",)),
    ],
)
def test_a_noun_that_is_a_verb_elsewhere_begins_a_topic(
    reader: FacetReader, topic: str, verb: str, words: tuple[str, ...]
) -> None:
    (facet,) = reader.read(topic, verb)
    assert facet.words == words


@pytest.mark.parametrize(
    ("topic", "contributed"),
    [
        ("introduce a corpus for essays", [True, False]),
        ("propose a new way to grade essays", [False]),
        ("datasets that are introduced for essays", [True, False]),
    ],
)
def test_only_what_a_paper_gives_must_be_its_own(
    reader: FacetReader, topic: str, contributed: list[bool]
) -> None:
    assert [facet.contributed for facet in reader.read(topic)] == contributed


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("how parsers choose their words", [("parsers",), ("words",)]),
        ("the errors that neural parsers bring", [("errors",), ("neural", "parsers")]),
        ("that neural parsing", [("neural", "parsing")]),
    ],
)
def test_the_verb_of_a_clause_names_no_topic(
    reader: FacetReader, topic: str, words: list[tuple[str, ...]]
) -> None:
    assert [facet.words for facet in reader.read(topic)] == words


def test_a_noun_is_shared_by_participles(reader: FacetReader) -> None:
    (facet,) = reader.read("machine-graded or retouched essays")
    assert {("machin", "grade", "essay"), ("retouch", "essay")} <= set(facet.alternatives)


def test_a_compound_that_papers_hold_stays_whole(index: Index, tmp_path: Path) -> None:
    lexicon = Lexicon(tmp_path / "words")
    texts = ["A robot that walks.", "A swimming robot."] * 20
    lexicon.write([Paper(f"p{i}", f"{text} Number {i}.", "") for i, text in enumerate(texts)])
    lexicon.commit()
    reader = FacetReader(index.catalog, lexicon)
    assert reader.read("swimming robots")[0].words == ("swimming", "robots")
    assert reader.read("underwater robots")[0].words == ("underwater",)
