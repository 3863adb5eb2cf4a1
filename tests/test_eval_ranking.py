"""Ranking measures by hand and against ir-measures; files of queries and judgements."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.scoring.retrieval import (
    evaluate,
    ndcg_at,
    read_qrels,
    read_queries,
    recall_at,
    reciprocal_rank,
    score_ranking,
)
from ingest.errors import UsageError
from ingest.records import Paper


def test_recall_is_the_share_of_relevant_papers_in_the_first_k() -> None:
    grades = {"a": 1, "b": 2, "c": 0, "d": 1}
    assert recall_at(2, ["c", "b", "a"], grades) == 1 / 3
    assert recall_at(3, ["c", "b", "a"], grades) == 2 / 3
    assert recall_at(5, [], grades) == 0.0
    assert recall_at(5, ["a"], {"a": 0}) is None


def test_ndcg_discounts_by_rank_and_normalises_by_the_best_order() -> None:
    grades = {"a": 2, "b": 1}
    found = ndcg_at(10, ["x", "b", "a"], grades)
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    assert found == pytest.approx((1 / math.log2(3) + 2 / math.log2(4)) / ideal)
    assert ndcg_at(10, ["a", "b"], grades) == 1.0
    assert ndcg_at(10, [], grades) == 0.0
    assert ndcg_at(10, ["a"], {}) is None


def test_the_ideal_list_is_no_longer_than_what_is_relevant_or_k() -> None:
    assert ndcg_at(10, ["a"], {"a": 1}) == 1.0
    assert ndcg_at(1, ["a"], {"a": 1, "b": 1}) == 1.0


def test_the_reciprocal_rank_is_that_of_the_first_relevant_paper() -> None:
    assert reciprocal_rank(["x", "y", "a", "b"], {"a": 1, "b": 1}) == 1 / 3
    assert reciprocal_rank(["x"], {"a": 1}) == 0.0
    assert reciprocal_rank(["x"], {"a": 0}) is None


def test_random_rankings_agree_with_ir_measures() -> None:
    ir_measures = pytest.importorskip("ir_measures", reason="ir-measures is not installed")
    names = ["R@5", "R@20", "R@100", "nDCG@10"]
    wanted = {ir_measures.parse_measure(name): name for name in names} | {ir_measures.RR: "MRR"}
    chance = random.Random(7)
    for _ in range(200):
        papers = [f"p{n}" for n in range(150)]
        judged = chance.sample(papers, chance.randint(1, 30))
        grades = {paper: chance.randint(0, 3) for paper in judged} | {papers[0]: 1}
        ranking = chance.sample(papers, chance.randint(1, 100))
        scored = {paper: float(-rank) for rank, paper in enumerate(ranking)}
        theirs = ir_measures.calc_aggregate(list(wanted), {"q": grades}, {"q": scored})
        ours = score_ranking(ranking, grades)
        for measure, value in theirs.items():
            assert ours[wanted[measure]] == pytest.approx(value, abs=1e-9), wanted[measure]


MERGED = Paper("doi:10.1/m", "Merged.", "Merged", source_ids=("one", "two"), aliases=("abs:old",))
PLAIN = Paper("abs:plain", "Plain.", "Plain", source_ids=("three",))


def search(text: str, limit: int) -> Sequence[Paper]:
    assert limit == 100
    return {"merged": [PLAIN, MERGED], "nothing": []}[text]


def test_judgements_find_papers_by_any_of_their_ids() -> None:
    queries = {"q1": "merged", "q2": "nothing", "q3": "merged", "q4": "merged"}
    qrels = {
        "q1": {"one": 1, "two": 1},
        "q2": {"three": 1},
        "q3": {"abs:old": 1, "not in the index": 1},
    }
    found = evaluate(queries, qrels, search, [MERGED, PLAIN])
    assert list(found.rows) == ["q1", "q2", "q3", "q4"]
    assert [row["R@5"] for row in found.rows.values()] == [1.0, 0.0, 0.5, None]
    assert [row["MRR"] for row in found.rows.values()] == [0.5, 0.0, 0.5, None]
    assert (found.means["R@5"].mean, found.means["R@5"].n, found.means["R@5"].unscored) == (
        0.5,
        3,
        1,
    )
    assert found.as_json()["queries"]["q2"]["nDCG@10"] == 0.0


def test_queries_and_judgements_are_read(tmp_path: Path) -> None:
    queries, qrels = tmp_path / "queries.jsonl", tmp_path / "qrels.tsv"
    queries.write_text('{"id": 1, "text": "night"}\n\n{"id": "b", "text": "day"}\n')
    qrels.write_text("query-id\tcorpus-id\trelevance\n1\tone\t2\n1\ttwo\t0\nb\tone\t1\n")
    assert read_queries(queries) == {"1": "night", "b": "day"}
    assert read_qrels(qrels) == {"1": {"one": 2, "two": 0}, "b": {"one": 1}}
    qrels.write_text("1\t0\tone\t1\n")
    assert read_qrels(qrels) == {"1": {"one": 1}}


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no queries"), ("\n{}\n", ":2: a query is"), ("[1]", ":1: a query is"), ("x", ":1:")],
)
def test_bad_queries_are_named_by_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError, match=said):
        read_queries(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no judgements"),
        ("query-id\tcorpus-id\trelevance\n", "no judgements"),
        ("q\tp\t1\nq\tp\tyes\n", ":2: a judgement is"),
        ("h\th\th\n1\n", ":2: a judgement is"),
    ],
)
def test_bad_judgements_are_named_by_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_text(text)
    with pytest.raises(UsageError, match=said):
        read_qrels(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.tsv"):
        read_qrels(tmp_path / "nowhere.tsv")
