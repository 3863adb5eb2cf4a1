"""What ranking reads of each paper, as numbers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_samples import SETTINGS, abstract, entry, run, text_of, write_jsonl

from ingest.errors import IndexMismatch
from ingest.index import Index
from ingest.opening import open_filled
from ingest.pipeline import rebuild_all
from ingest.records import Paper
from ingest.stores.forward_index import NO_MEANING, Meaning, Sheets, code, packed
from ingest.stores.lexicon import Lexicon
from ingest.text.sentences import sentences
from ingest.text.terms import content_words, stems

_TERM = st.sampled_from(["graph", "nois", "推荐", "owl", "3d", ""])
_SENTENCES = st.lists(st.lists(_TERM, max_size=4), min_size=1, max_size=4)
_ID = st.text(min_size=1, max_size=9)
_PAPERS = st.dictionaries(_ID, st.tuples(_SENTENCES, st.integers(0, 3)), min_size=1, max_size=5)
_DIMENSIONS = 6


def _meaning(chunks: int, seed: int) -> Meaning:
    rows = np.random.default_rng(seed).normal(size=(chunks + 1, _DIMENSIONS)).astype(np.float32)
    return Meaning(rows[0], rows[1:], [(10 * i, 10 * i + 7) for i in range(chunks)])


@settings(max_examples=60)
@given(_PAPERS, st.randoms(use_true_random=False))
def test_what_is_packed_is_read_back_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, papers: dict[str, tuple[list[list[str]], int]],
    random: np.random.Generator,
) -> None:  # fmt: skip
    sheets = Sheets(tmp_path_factory.mktemp("sheets") / "a.bin")
    meanings = {i: _meaning(chunks, n) for n, (i, (_, chunks)) in enumerate(papers.items())}
    made = {i: packed(i, papers[i][0], meanings[i]) for i in papers}
    places = dict(zip(papers, sheets.append(list(made.values())), strict=True))
    sheets.flush()
    sheets.reload()
    ids = list(papers)
    random.shuffle(ids)  # type: ignore[arg-type]
    asked = [places[i] for i in ids]
    assert [sheets.paper_id(place) for place in asked] == ids
    found, expected = sheets.text(asked), text_of([papers[i][0] for i in ids])
    for name in ("terms", "sentences", "papers"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
    read = sheets.meanings(asked)
    assert np.allclose(read.titles, [meanings[i].title for i in ids], atol=2e-3)
    assert np.allclose(read.chunks, np.concatenate([meanings[i].chunks for i in ids]), atol=2e-3)
    assert read.spans.tolist() == [list(span) for i in ids for span in meanings[i].spans]
    assert read.owners.tolist() == [n for n, i in enumerate(ids) for _ in meanings[i].spans]


def test_stems_have_their_own_codes() -> None:
    assert code("graph") == code("graph") != code("graphs")
    assert 0 <= code("推荐") < 2**32


def test_no_papers_give_no_numbers(tmp_path: Path) -> None:
    sheets = Sheets(tmp_path / "a.bin")
    sheets.reload()
    assert len(sheets.text([]).terms) == len(sheets.meanings([]).titles) == 0


def test_part_of_a_sheet_that_a_killed_run_left_harms_no_later_one(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(b"\x01\x02\x03")
    sheets = Sheets(file)
    (place,) = sheets.append([packed("one", [["graph"]], NO_MEANING)])
    sheets.flush()
    sheets.reload()
    assert sheets.paper_id(place) == "one"
    assert sheets.text([place]).terms.tolist() == [code("graph")]


def test_a_reader_keeps_its_state_until_it_opens_again(tmp_path: Path) -> None:
    writer = Lexicon(tmp_path / "words")
    writer.write([Paper("one", "Graphs are denoised.", "On graphs")])
    writer.commit()
    reader = Lexicon(tmp_path / "words")
    writer.write([Paper("one", "Owls hunt.", "On owls"), Paper("two", "Mice hide.", "On mice")])
    writer.commit()
    assert reader.held(["two", "one"]) == ["one"]
    assert reader.text(["one"]).terms.tolist() == [code(t) for t in ("graph", "graph", "denois")]
    later = Lexicon(tmp_path / "words")
    assert later.held(["two", "one"]) == ["two", "one"]
    assert later.text(["one"]).terms.tolist() == [code(t) for t in ("owl", "owl", "hunt")]


def test_a_paper_that_was_taken_out_has_no_sheet(tmp_path: Path) -> None:
    lexicon = Lexicon(tmp_path / "words")
    lexicon.write([Paper("one", "Graphs are denoised.", "On graphs")])
    lexicon.commit()
    assert lexicon.held(["one"]) == ["one"]
    lexicon.remove(["one"])
    lexicon.commit()
    assert lexicon.held(["one"]) == []


def test_a_file_that_is_cut_short_says_what_to_run(tmp_path: Path) -> None:
    lexicon = Lexicon(tmp_path / "words")
    lexicon.write([Paper("one", "Graphs are denoised.", "On graphs")])
    lexicon.commit()
    file = tmp_path / "words" / "sheets.bin"
    for size in (file.stat().st_size - 4, 8):
        os.truncate(file, size)
        damaged = Lexicon(tmp_path / "words")
        with pytest.raises(IndexMismatch, match="askpapers ingest --rebuild"):
            damaged.text(["one"])


def test_an_index_holds_the_terms_and_vectors_of_its_papers(sample_index: Path) -> None:
    index = open_filled(sample_index)
    try:
        papers = index.catalog.papers()
        assert len(papers) > 40
        _agrees(index, papers)
    finally:
        index.close()


def test_numbers_follow_edits_and_removals_and_a_rebuild(tmp_path: Path) -> None:
    entries = [entry(n, title=f"On {n}", abstract=abstract(n)) for n in range(4)]
    file = write_jsonl(tmp_path / "a.jsonl", entries)
    run(tmp_path / "index", file)
    changed = entry(1, title="On owls", abstract=f"Owls hunt mice. {abstract(9)}")
    write_jsonl(file, [entries[0], changed, entries[2]])
    run(tmp_path / "index", file, prune=True)
    index = Index(tmp_path / "index")
    try:
        for _ in range(2):
            papers = index.catalog.papers()
            assert len(papers) == 3
            assert any(paper.title == "On owls" for paper in papers)
            _agrees(index, papers)
            rebuild_all(index, SETTINGS)
    finally:
        index.close()


def _agrees(index: Index, papers: Sequence[Paper]) -> None:
    """Whether the numbers of these papers are those that their texts give."""
    ids = [paper.paper_id for paper in papers]
    assert index.lexicon.held([*ids, "nobody"]) == ids
    found = index.lexicon.text(ids)
    titles = ["" if paper.title_derived else paper.title for paper in papers]
    expected = text_of(
        [
            [stems(content_words(text)) for text in (title, *sentences(paper.abstract))]
            for title, paper in zip(titles, papers, strict=True)
        ]
    )
    assert np.array_equal(found.terms, expected.terms)
    assert np.array_equal(found.sentences, expected.sentences)
    assert np.array_equal(found.papers, expected.papers)
    meanings = index.lexicon.meanings(ids)
    embedded = index.embedding.embed([paper.title for paper in papers])
    assert np.allclose(meanings.titles, embedded, atol=1e-3)
    chunks = [row for i in ids for row in index.catalog.chunks([i])[i]]
    stored = index.vectors.vectors_of([chunk_id for chunk_id, _, _ in chunks])
    assert np.allclose(meanings.chunks, [stored[i] for i, _, _ in chunks], atol=1e-3)
    assert meanings.spans.tolist() == [[start, end] for _, start, end in chunks]
