from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_samples import abstract, record

from ingest.papers.identity import (
    digest,
    find_arxiv,
    find_doi,
    fingerprint,
    head,
    is_boilerplate,
    letters,
    names_of,
    same_text,
    titles_differ,
)


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("https://doi.org/10.1145/3397271.3401063", "10.1145/3397271.3401063"),
        ("DOI: 10.1000/ABC.def).", "10.1000/abc.def"),
        (
            "10.1002/(SICI)1097-4571(199006)41:6<391::AID-ASI1>3.0.CO;2-9",
            "10.1002/(sici)1097-4571(199006)41:6<391::aid-asi1>3.0.co;2-9",
        ),
        ("10.1061/(ASCE)0733-9445(1997)123:11(1036)", "10.1061/(asce)0733-9445(1997)123:11(1036)"),
        ("(<10.1061/123:11(1036)>).", "10.1061/123:11(1036)"),
        ("<b>10.1000/abc</b>", "10.1000/abc"),
        ("10.48550/arXiv.2401.00001", ""),
        ("no doi here", ""),
    ],
)
def test_a_doi_is_found_in_any_spelling_and_arxivs_own_do_not_count(text: str, doi: str) -> None:
    assert find_doi(text) == doi


@pytest.mark.parametrize(
    ("text", "arxiv"),
    [
        ("arXiv:2401.00001v3", "2401.00001"),
        ("http://arxiv.org/abs/2401.00001v1", "2401.00001"),
        ("https://arxiv.org/pdf/cs/0112017", "cs/0112017"),
        ("10.48550/arXiv.2401.00001", "2401.00001"),
        ("2401.00001", ""),
    ],
)
def test_an_arxiv_id_is_found_without_its_version(text: str, arxiv: str) -> None:
    assert find_arxiv(text) == arxiv


@given(st.text())
def test_letters_are_the_folded_letters_and_digits(text: str) -> None:
    folded = unicodedata.normalize("NFKC", text).casefold()
    assert letters(text) == "".join(c for c in folded if c.isalnum())


@given(st.text(min_size=1))
def test_case_and_spacing_do_not_change_the_fingerprint(text: str) -> None:
    assert fingerprint(text) == fingerprint(f"  {' '.join(text.split())}  ".replace(" ", "\n "))


def test_names_come_strongest_first() -> None:
    found = names_of(record("An abstract.", doi="10.1/a", arxiv_id="2401.00001"))
    assert [name.split(":")[0] for name in found] == ["doi", "arxiv", "abs"]
    assert found[-1] == f"abs:{fingerprint('An abstract.')}"


def test_every_field_counts_for_the_digest_and_the_line_does_not() -> None:
    first = record("A.", line=1, title="T")
    assert digest(first) == digest(record("A.", line=9, title="T"))
    edits = ({"title": "U"}, {"year": 2024}, {"venue": "V"}, {"authors": ("A B",)}, {"url": "u"})
    assert len({digest(record("A.", **edit)) for edit in edits} | {digest(first)}) == 6


def test_near_duplicates_are_the_same_text() -> None:
    whole = abstract(1)
    assert same_text(whole, whole.upper())
    assert same_text(whole, whole.replace(". ", ".\n\n").replace(",", " ,"))
    assert same_text(whole, whole[: len(whole) * 2 // 3])
    assert same_text(whole, whole.replace("better", "beter"))
    assert head(whole) == head(whole[:150])


@given(st.integers(0, 500), st.integers(501, 1000))
def test_other_papers_are_other_texts(one: int, other: int) -> None:
    assert not same_text(abstract(one), abstract(other))


def test_a_short_text_has_a_key_of_its_own() -> None:
    assert head("Short one.") == head("short ONE")
    assert head("Short one.") != head("Short one more.")
    assert head("…") == ""


@pytest.mark.parametrize(
    "text", ["No abstract available.", "N/A", "null", "Abstract", "[no abstract]", "Withdrawn."]
)
def test_what_only_says_that_there_is_no_abstract_is_boilerplate(text: str) -> None:
    assert is_boilerplate(text)
    assert not is_boilerplate(abstract(1))


def test_titles_differ_only_where_they_are_clearly_of_other_papers() -> None:
    assert titles_differ("Graph denoising for recommendation", "A survey of protein folding")
    assert not titles_differ("Graph Denoising", "graph  denoising.")
    assert not titles_differ("Graph Denoising", "Graph Denoising: A Subtitle")
    assert not titles_differ("", "A survey of protein folding")
