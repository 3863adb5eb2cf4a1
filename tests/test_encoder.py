"""The encoder that reads the best candidates once more."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.engine import Engine
from app.retrieval.closeness import read
from app.retrieval.search import Ranking, unranked
from app.settings import Settings
from ingest.embedding.choice import chosen
from ingest.embedding.encoder import encoded
from ingest.index import Index
from ingest.pipeline import ingest


def test_a_text_has_one_vector_whatever_stands_beside_it() -> None:
    long = "A long sentence about the age of stars. " * 40
    alone = encoded(["Bees dance."])
    among = encoded([long, "Bees dance.", "Snow."])
    assert alone.shape == (1, 384)
    assert (among[1] == alone[0]).all()
    assert np.allclose(np.linalg.norm(among, axis=1), 1, atol=1e-5)


def test_no_texts_have_no_vectors() -> None:
    assert encoded([]).shape == (0, 384)


def test_the_order_of_words_changes_a_vector() -> None:
    one, other = encoded(["The dog bit the man.", "The man bit the dog."])
    assert one @ other < 0.999


def test_words_of_other_roots_that_mean_the_same_are_nearer_than_strangers() -> None:
    asked, near, far = encoded(
        ["people who cannot see", "Navigation aids for blind pedestrians.", "Prices of wheat."]
    )
    assert asked @ near > asked @ far + 0.2


def test_only_leading_candidates_are_read_and_the_others_count_as_the_farthest(
    sample: Engine,
) -> None:
    papers = sample.index.catalog.papers()[:6]
    given = Ranking.of([unranked(paper.paper_id) for paper in papers])
    found = read(sample.index, given, papers[0].title, 2, [papers[2].paper_id])
    closeness = [one.closeness for one in found]
    assert [one.paper_id for one in found] == [one.paper_id for one in given]
    assert max(closeness[:3]) == closeness[0] > 0.6
    assert set(closeness[3:]) == {min(closeness[:3])}
    assert found[0].nearness.behind == 0
    assert all(one.nearness.behind >= 0 for one in found)


def test_candidates_of_which_none_leads_stay_as_they_are(sample: Engine) -> None:
    given = Ranking.of([unranked(sample.index.catalog.papers()[0].paper_id)])
    assert list(read(sample.index, given, "graphs", 0)) == list(given)


def test_an_index_can_be_embedded_with_the_encoder(tmp_path: Path) -> None:
    papers = tmp_path / "papers.jsonl"
    papers.write_text(
        '{"title": "Guides", "abstract": "Navigation aids for blind pedestrians were built."}\n'
        '{"title": "Wheat", "abstract": "Prices of wheat were predicted from weather."}\n'
    )
    using = Settings(embedding="minilm")
    index = Index(tmp_path / "index", chosen(using))
    ingest([papers], index, using)
    vector = index.question_vector("people who cannot see")
    assert vector is not None
    [nearest] = index.vectors.nearest(vector, 1)
    [paper] = index.catalog.papers([nearest.paper_id])
    assert paper.title == "Guides"
    index.close()
