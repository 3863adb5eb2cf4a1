"""Retrieval scored against relevance judgements: recall@k, nDCG@10 and MRR."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from eval.records import Mean
from eval.scoring.statistics import mean_of
from ingest.errors import UsageError
from ingest.json_text import parsed
from ingest.records import Json, Paper

Qrels = dict[str, dict[str, int]]
Search = Callable[[str, int], Sequence[Paper]]

DEPTH = 100
_CUTS = (5, 20, 100)


def recall_at(k: int, ranking: Sequence[str], grades: Mapping[str, int]) -> float | None:
    """|relevant ∩ first k| / |relevant|, relevant meaning a grade above 0; `None` without any."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant & set(ranking[:k])) / len(relevant) if relevant else None


def ndcg_at(k: int, ranking: Sequence[str], grades: Mapping[str, int]) -> float | None:
    """DCG@k / ideal DCG@k with DCG@k = Σ grade_i / log2(i + 1), i from 1.

    Järvelin and Kekäläinen 2002, with linear gains as in trec_eval; the ideal list holds
    min(k, relevant) papers. `None` without relevant papers.
    """
    ideal = sorted((grade for grade in grades.values() if grade > 0), reverse=True)
    gains = [max(0, grades.get(name, 0)) for name in ranking[:k]]
    return _dcg(gains) / _dcg(ideal[:k]) if ideal else None


def _dcg(gains: Sequence[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int]) -> float | None:
    """1 / rank of the first relevant paper, 0 if none is ranked; `None` without relevant papers."""
    if not any(grade > 0 for grade in grades.values()):
        return None
    hits = (rank for rank, name in enumerate(ranking, 1) if grades.get(name, 0) > 0)
    return next((1 / rank for rank in hits), 0.0)


def score_ranking(ranking: Sequence[str], grades: Mapping[str, int]) -> dict[str, float | None]:
    """Every measure of one ranking (best first, no repeats) under the name people say."""
    return {
        **{f"R@{k}": recall_at(k, ranking, grades) for k in _CUTS},
        "nDCG@10": ndcg_at(10, ranking, grades),
        "MRR": reciprocal_rank(ranking, grades),
    }


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Per-query measures in query order, and their means."""

    rows: Mapping[str, Mapping[str, float | None]]
    means: Mapping[str, Mean]

    def as_json(self) -> Json:
        return {
            "means": {name: asdict(mean) for name, mean in self.means.items()},
            "queries": {name: dict(row) for name, row in self.rows.items()},
        }


def evaluate(
    queries: Mapping[str, str],
    qrels: Qrels,
    search: Search,
    papers: Collection[Paper],
    progress: Callable[[str], None] = lambda _: None,
) -> Retrieval:
    """Rankings of `search(text, 100)` (best first) scored for every query, in query order.

    A judged id is matched with source ids, paper ids and aliases; two that were merged into one
    paper count once, with the higher grade. Judged ids that no paper carries stay relevant and
    unfound. Queries without a relevant paper are unscored.
    """
    owners = _owners(papers)
    rows = {}
    for query_id, text in queries.items():
        grades: dict[str, int] = {}
        for name, grade in qrels.get(query_id, {}).items():
            paper_id = owners.get(name, name)
            grades[paper_id] = max(grade, grades.get(paper_id, 0))
        ranking = [paper.paper_id for paper in search(text, DEPTH)]
        scores = score_ranking(list(dict.fromkeys(ranking)), grades)
        rows[query_id] = {k: None if v is None else round(v, 6) for k, v in scores.items()}
        progress(query_id)
    names = score_ranking([], {})
    return Retrieval(rows, {name: mean_of(row[name] for row in rows.values()) for name in names})


def _owners(papers: Collection[Paper]) -> dict[str, str]:
    """Paper ids by every id that a record may be called by; a paper's own id wins."""
    owners = {name: p.paper_id for p in papers for name in (*p.source_ids, *p.aliases)}
    return owners | {paper.paper_id: paper.paper_id for paper in papers}


def read_queries(path: Path) -> dict[str, str]:
    """Query texts by id, in file order, from JSONL lines `{"id", "text"}`."""
    queries = {}
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = parsed(line)
            queries[str(entry["id"])] = str(entry["text"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f'{path}:{number}: a query is {{"id": ..., "text": ...}}.') from error
    if not queries:
        raise UsageError(f"{path}: there are no queries in this file.")
    return queries


def read_qrels(path: Path) -> Qrels:
    """Grades by query id and paper id, from tab-separated `query-id corpus-id relevance`.

    The first line is a header; TREC's four columns (a 0 in the second) are read as well.
    """
    qrels: Qrels = {}
    rows = csv.reader(_text(path).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    for number, row in enumerate(rows, 1):
        if not row or (number == 1 and not row[-1].strip().lstrip("-").isdigit()):
            continue
        try:
            grade = int(row[-1])
            query_id, paper_id = row[0], row[2 if len(row) == 4 else 1]
        except (ValueError, IndexError) as error:
            raise UsageError(
                f"{path}:{number}: a judgement is query-id, corpus-id and relevance, in tabs."
            ) from error
        qrels.setdefault(query_id, {})[paper_id] = grade
    if not qrels:
        raise UsageError(f"{path}: there are no judgements in this file.")
    return qrels


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as UTF-8 text ({error}).") from error
