from __future__ import annotations

from pathlib import Path

import pytest
from ingest_samples import abstract, text_of

from ingest.errors import IndexMismatch
from ingest.records import Paper
from ingest.stores.lexicon import Lexicon


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    made = Lexicon(tmp_path / "words")
    made.write(
        [
            Paper("one", "Graphs are denoised. LLMs rank items.", "On graphs", authors=("Le Wu",)),
            Paper("two", "Videos are captioned by graph networks.", "Derived", True),
            Paper("three", "推荐系统的研究", "Chinese"),
        ]
    )
    made.commit()
    return made


def test_words_find_papers_in_any_inflection(lexicon: Lexicon) -> None:
    assert [i for i, _ in lexicon.search(["graph"], 5)] == ["one", "two"]
    assert lexicon.containing([["denois"]]) == {"one"}
    assert lexicon.containing([["rank", "item"]]) == {"one"}
    assert lexicon.containing([["item", "rank"]]) == set()
    assert lexicon.search([], 5) == []


def test_papers_that_hold_all_of_some_terms_are_found_at_once(lexicon: Lexicon) -> None:
    assert lexicon.holding(["graph"]) == {"one", "two"}
    assert lexicon.holding(["graph", "denois", "graph"]) == {"one"}
    assert lexicon.holding(["graph", "protein"]) == lexicon.holding([]) == set()


def test_the_real_title_counts_and_a_derived_one_does_not(lexicon: Lexicon) -> None:
    assert lexicon.search(["deriv"], 5) == []
    (first, second) = lexicon.search(["graph"], 5)
    assert first[0] == "one"
    assert first[1] > second[1]


def test_authors_and_unspaced_scripts_are_found(lexicon: Lexicon) -> None:
    assert [i for i, _ in lexicon.search(["wu"], 5)] == ["one"]
    assert lexicon.containing([["推荐"]]) == {"three"}


def test_terms_of_a_paper_come_by_sentence_after_its_title(lexicon: Lexicon) -> None:
    papers = [[["graph"], ["graph", "denois"], ["llm", "rank", "item"]]]
    found, expected = lexicon.text(["one"]), text_of(papers)
    assert found.terms.tolist() == expected.terms.tolist()
    assert found.sentences.tolist() == expected.sentences.tolist()
    assert lexicon.held(["nobody", "two"]) == ["two"]


def test_nothing_is_seen_before_the_commit(lexicon: Lexicon, tmp_path: Path) -> None:
    other = Lexicon(tmp_path / "words")
    lexicon.write([Paper("four", abstract(1), "T")])
    lexicon.remove(["one"])
    assert (lexicon.count(), other.count()) == (3, 3)
    lexicon.commit()
    assert lexicon.paper_ids() == ["four", "three", "two"]
    assert other.paper_ids() == ["one", "three", "two"]
    assert Lexicon(tmp_path / "words").count() == 3


def test_as_many_papers_as_are_asked_for_are_of_those_that_hold_a_phrase(lexicon: Lexicon) -> None:
    every = lexicon.containing([["graph"], ["item"]])
    assert every == {"one", "two"}
    for most in (1, 2, 3):
        some = lexicon.containing([["graph"], ["item"]], most=most)
        assert some <= every
        assert len(some) == min(most, len(every))


def test_writing_again_replaces(lexicon: Lexicon) -> None:
    lexicon.write([Paper("one", "Proteins fold.", "On proteins")])
    lexicon.commit(last=False)
    assert lexicon.containing([["denois"]]) == set()
    assert lexicon.containing([["protein"]]) == {"one"}
    assert lexicon.count() == 3


def test_a_damaged_index_says_what_to_run(tmp_path: Path) -> None:
    Lexicon(tmp_path / "words").commit()
    (tmp_path / "words" / "meta.json").write_text("{")
    with pytest.raises(IndexMismatch, match="askpapers ingest --rebuild"):
        Lexicon(tmp_path / "words")
