"""Work side by side comes back in order, and an unfinished run is taken up only where it may be."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.answer import Answer
from eval.records import Case, Row
from eval.running.checkpoint import Kept, code_fingerprint, run_key
from eval.running.parallel import in_order
from eval.running.run import run
from ingest.records import Paper

MOTH = Paper("abs:moth", "Moths see lamps.\u2028They fly.", "Moths")
CASES = [Case(f"c{n}", f"What do owls eat, {n}?", answerable=False) for n in range(6)]


class Scored:
    score = 0.0


def rows(kept: Kept | None = None, asked: list[str] | None = None, workers: int = 1) -> list[Row]:
    heard = [] if asked is None else asked

    def ask(question: str, _: object) -> Answer:
        heard.append(question)
        return Answer(question, "Not said.\u2028", "lookup", strength="none")

    report = run(
        CASES, ask, [MOTH], support=lambda *_: Scored(), threshold=0.5, kept=kept,
        workers=workers,
    )  # fmt: skip
    return list(report.rows)


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    def slow_first(n: int) -> int:
        time.sleep(0.02 if n == 0 else 0)
        return n * n

    assert list(in_order(slow_first, range(8), workers)) == [n * n for n in range(8)]


def test_workers_do_work_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=5)
    assert len(list(in_order(lambda _: together.wait(), range(3), 3))) == 3


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failure_comes_out_and_the_rest_is_left_undone(workers: int) -> None:
    begun = []

    def fails(n: int) -> None:
        begun.append(n)
        time.sleep(0.01)
        if n == 0:
            raise ValueError(n)

    with pytest.raises(ValueError, match="0"):
        list(in_order(fails, range(50), workers))
    assert len(begun) < 20


def test_kept_rows_are_not_asked_again_and_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "out/unfinished.jsonl"
    first = rows(Kept(file, "key"))
    asked: list[str] = []
    assert rows(Kept(file, "key"), asked) == first == rows(workers=4)
    assert asked == []


def test_rows_of_other_code_or_settings_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "unfinished.jsonl"
    rows(Kept(file, run_key({"code": "a"})))
    assert len(Kept(file, run_key({"code": "a"}))) == 6
    assert len(Kept(file, run_key({"code": "b"}))) == 0
    assert len(Kept(file, run_key({"code": "a"}))) == 0


def test_a_case_that_expects_something_else_is_asked_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "unfinished.jsonl", "key")
    first = rows(kept)[0]
    kept = Kept(tmp_path / "unfinished.jsonl", "key")
    assert kept.get(first.id, first.digest) is not None
    assert kept.get(first.id, replace(first, digest="other").digest) is None


def test_a_line_that_was_cut_off_costs_one_case(tmp_path: Path) -> None:
    file = tmp_path / "unfinished.jsonl"
    first = rows(Kept(file, "key"))
    file.write_text(file.read_text("utf-8")[:-40], "utf-8")
    asked: list[str] = []
    assert rows(Kept(file, "key"), asked) == first
    assert asked == [CASES[-1].question]
    assert len(Kept(file, "key")) == 6


def test_a_finished_run_leaves_nothing(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "unfinished.jsonl", "key")
    rows(kept)
    kept.done()
    assert list(tmp_path.iterdir()) == []


def test_the_code_fingerprint_follows_code_and_word_lists_only(tmp_path: Path) -> None:
    package = tmp_path / "app"
    package.mkdir()
    (package / "a.py").write_text("x = 1")
    seen = [code_fingerprint(tmp_path, ("app",))]
    (package / "a.pyc").write_text("compiled")
    assert code_fingerprint(tmp_path, ("app",)) == seen[0]
    for name, text in (("a.py", "x = 2"), ("words.txt", "one"), ("b.py", "")):
        (package / name).write_text(text)
        seen.append(code_fingerprint(tmp_path, ("app",)))
    assert len(set(seen)) == 4
