from __future__ import annotations

import pytest
from ingest_samples import record

from ingest.papers.merging import merge
from ingest.text.titles import LONGEST, derived_title, method_name

_NAMED = (
    "Recommenders suffer from noise. To this end, we propose Social Graph Invariant Learning "
    "(SGIL), a framework that denoises graphs. Experiments show that SGIL wins."
)


def test_the_method_and_its_expansion_make_the_title() -> None:
    assert method_name(_NAMED) == "SGIL"
    assert derived_title(_NAMED) == "SGIL: Social Graph Invariant Learning"


def test_a_name_without_expansion_is_told_with_what_it_is() -> None:
    text = (
        "Video models are slow. We present FastClip, a pruned encoder for long videos. "
        "FastClip is twice as fast."
    )
    assert method_name(text) == "FastClip"
    assert derived_title(text).startswith("FastClip: ")


def test_a_name_that_the_paper_only_uses_is_not_its_own() -> None:
    text = "BERT and GPT-4 are widely used. This paper studies how users read tables."
    assert method_name(text) == ""


def test_a_name_inside_a_longer_word_is_not_that_name() -> None:
    text = "We propose NetA-based pruning called PruneX. PruneX halves the cost of NetA."
    assert method_name(text) == "PruneX"


@pytest.mark.parametrize("text", [_NAMED, "word " * 200, "摘要", "x"])
def test_a_derived_title_is_short_and_marked(text: str) -> None:
    paper = merge([record(text.strip())])
    assert paper.title_derived
    assert 0 < len(paper.title) <= LONGEST
