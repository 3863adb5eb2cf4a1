from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from ingest_samples import abstract, record

from ingest.chunking import MAX_BYTES, chunk
from ingest.papers.merging import merge
from ingest.records import Paper
from ingest.text.sentences import sentence_spans

_TEXTS = st.lists(
    st.one_of(st.integers(0, 50).map(abstract), st.text(max_size=200), st.just("字" * 3000)),
    max_size=4,
).map(" ".join)


def _paper(text: str) -> Paper:
    return Paper("abs:1", text, "T")


@given(_TEXTS, st.integers(100, 3000), st.integers(0, 5))
def test_chunks_have_exact_offsets_and_cover_the_abstract(
    text: str, size: int, overlap: int
) -> None:
    chunks = chunk(_paper(text), size, overlap)
    covered: set[int] = set()
    for made in chunks:
        assert text[made.start : made.end] == made.text
        assert len(made.text.encode()) <= MAX_BYTES
        covered.update(range(made.start, made.end))
    assert all(place in covered for place, c in enumerate(text) if not c.isspace())
    assert [c.start for c in chunks] == sorted(c.start for c in chunks)
    assert len({c.chunk_id for c in chunks}) == len(chunks)


def test_an_abstract_of_usual_length_is_one_chunk() -> None:
    text = abstract(1)
    assert [(c.start, c.end) for c in chunk(_paper(text), 2000, 1)] == [(0, len(text))]


def test_neighbours_share_a_sentence_and_end_where_sentences_end() -> None:
    text = " ".join(map(abstract, range(5)))
    chunks = chunk(_paper(text), 400, 1)
    ends = {end for _, end in sentence_spans(text)}
    assert len(chunks) > 2
    assert all(made.end in ends and len(made.text) <= 400 for made in chunks)
    assert all(a.end > b.start for a, b in pairwise(chunks))


def test_the_id_of_a_chunk_tells_paper_place_and_text() -> None:
    one, other = merge([record(abstract(1))]), merge([record(abstract(2))])
    assert chunk(one, 2000, 1) == chunk(one, 2000, 1)
    assert chunk(one, 2000, 1)[0].chunk_id != chunk(other, 2000, 1)[0].chunk_id
