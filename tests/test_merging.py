from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_samples import abstract, record

from ingest.papers.identity import fingerprint
from ingest.papers.merging import merge

_RECORDS = st.lists(
    st.builds(
        record,
        text=st.integers(1, 400).map(lambda n: abstract(1)[:n]).filter(str.strip),
        line=st.integers(1, 99),
        title=st.sampled_from(["", "A title", "A longer title"]),
        authors=st.sampled_from([(), ("A B",), ("A B", "C D"), ("Anna B", "C D")]),
        year=st.sampled_from([None, 2023, 2024]),
        venue=st.sampled_from(["", "X", "Y"]),
        doi=st.sampled_from(["", "10.1/a", "10.1/b"]),
        arxiv_id=st.sampled_from(["", "2401.00001"]),
        source_ids=st.sampled_from([(), ("k1",), ("k2",)]),
    ),
    min_size=1,
    max_size=5,
)


@given(_RECORDS, st.randoms())
def test_any_order_of_records_gives_the_same_paper(records: list, chance: object) -> None:
    shuffled = list(records)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = merge(records), merge(shuffled)
    plain = {"sources": (), "source_ids": ()}
    assert replace(one, **plain) == replace(other, **plain)
    assert sorted(one.sources) == sorted(other.sources)
    assert sorted(one.source_ids) == sorted(other.source_ids)


@given(_RECORDS)
def test_a_merged_paper_answers_to_every_name_of_its_records(records: list) -> None:
    paper = merge(records, ["abs:former"])
    names = {paper.paper_id, *paper.aliases}
    assert "abs:former" in names
    assert {f"doi:{r.doi}" for r in records if r.doi} <= names
    assert {f"abs:{fingerprint(r.abstract)}" for r in records} <= names
    assert paper.paper_id not in paper.aliases


def test_a_doi_comes_before_an_arxiv_id_before_the_abstract() -> None:
    text = abstract(1)
    plain, arxiv = record(text), record(text, arxiv_id="2401.00001")
    doi = record(text, doi="10.1/a")
    assert merge([plain]).paper_id == f"abs:{fingerprint(text)}"
    assert merge([plain, arxiv]).paper_id == "arxiv:2401.00001"
    assert merge([plain, arxiv, doi]).paper_id == "doi:10.1/a"


def test_the_richest_field_of_each_record_is_kept() -> None:
    text = abstract(1)
    paper = merge(
        [
            record(text[:100], authors=("A B", "C D"), year=2024),
            record(text, line=7, title="A title", venue="X", year=2023),
        ]
    )
    assert (paper.abstract, paper.title, paper.title_derived) == (text, "A title", False)
    assert (paper.authors, paper.venue, paper.year) == (("A B", "C D"), "X", 2023)
    assert paper.sources == ("a.txt:1", "a.txt:7")


def test_a_paper_needs_a_record() -> None:
    with pytest.raises(ValueError, match="at least one record"):
        merge([])
