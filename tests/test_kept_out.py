"""What is kept out of files, and what is merged, is told as long as it is so."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from ingest_samples import entry, record, run, write_jsonl
from page_samples import CORAL, HOSTILE, HOSTILE_FILE, ScriptedEngine

from app import open_engine
from app.holdings import Holdings
from app.ui import shelf
from ingest.catalog import writing
from ingest.index import Index
from ingest.papers.reasons import why_one
from ingest.readers import uploaded
from ingest.records import Problem

SHORT = entry(9, abstract="")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def _held(folder: Path) -> Holdings:
    engine = open_engine(folder)
    try:
        return engine.holdings()
    finally:
        engine.close()


def _generation(folder: Path) -> int:
    with closing(Index(folder)) as index:
        return index.generation


def test_problems_stay_until_their_file_is_read_again(folder: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "in" / "one.jsonl", tmp_path / "in" / "two.jsonl"
    run(folder, write_jsonl(one, [entry(1), SHORT]))
    first = _held(folder).problems
    assert [problem.source for problem in first] == [f"{one}:2"]
    run(folder, write_jsonl(two, [SHORT, entry(2), SHORT]))
    assert [p.source for p in _held(folder).problems] == [f"{one}:2", f"{two}:1", f"{two}:3"]
    before = _generation(folder), (folder / "catalog.sqlite").read_bytes()
    run(folder, one, two)
    assert before == (_generation(folder), (folder / "catalog.sqlite").read_bytes())
    run(folder, write_jsonl(one, [entry(1)]), two)
    assert [p.source for p in _held(folder).problems] == [f"{two}:1", f"{two}:3"]
    two.unlink()
    run(folder, one.parent, prune=True)
    assert all("taken out" in problem.reason for problem in _held(folder).problems)


def test_of_many_problems_the_newest_stay(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MOST_PROBLEMS", 5)
    run(folder, write_jsonl(tmp_path / "a.jsonl", [entry(1), *[SHORT] * 4]))
    run(folder, write_jsonl(tmp_path / "b.jsonl", [entry(2), *[SHORT] * 3]))
    places = [Path(problem.source).name for problem in _held(folder).problems]
    assert places == ["a.jsonl:4", "a.jsonl:5", "b.jsonl:2", "b.jsonl:3", "b.jsonl:4"]


def test_papers_are_counted_by_file_and_merged_ones_tell_why(folder: Path, tmp_path: Path) -> None:
    run(folder, write_jsonl(tmp_path / "a.jsonl", [entry(1, doi="10.1145/1"), entry(2), entry(3)]))
    run(folder, write_jsonl(tmp_path / "b.jsonl", [entry(1, doi="10.1145/1"), entry(4)]))
    held = _held(folder)
    assert list(held.by_file.values()) == [3, 2]
    ((paper, why),) = held.merged
    assert (paper.title, why, held.merged_in_all) == (
        entry(1)["title"], "the same DOI 10.1145/1 and the same abstract", 1,
    )  # fmt: skip
    engine = open_engine(folder)
    papers, count = engine.shelf("", 9, list(held.by_file)[1])
    assert {paper.title for paper in papers} == {entry(1)["title"], entry(4)["title"]}
    assert count == 2
    engine.close()


def test_the_reason_for_one_paper_is_what_its_records_share() -> None:
    text = "We count kelp. " * 9
    one = record(text, doi="10.1145/1", arxiv_id="2401.00001")
    assert why_one([one, record("Other", doi="10.1145/1")]) == "the same DOI 10.1145/1"
    assert why_one([one, record(text)]) == "the same abstract"
    assert why_one([record(text), record(text + "More.")]) == "nearly the same abstract"
    both = why_one([one, record("Other", arxiv_id="2401.00001"), record("More", doi="10.1145/1")])
    assert both == "the same DOI 10.1145/1 and the same arXiv id 2401.00001"


# Uploads


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("papers.bib", "upload:papers.bib"),
        ("../../etc/passwd", "upload:passwd"),
        ("C:\\Users\\me\\x.ris", "upload:x.ris"),
        ("", "upload:papers"),
        ("../", "upload:papers"),
        ("a\nb\x1b[31m\u2028.bib", "upload:a\\x0ab\\x1b[31m\\xe2\\x80\\xa8.bib"),
        ("\ud800.bib", "upload:?.bib"),
        ("<img src=x onerror=alert(1)>.bib", "upload:<img src=x onerror=alert(1)>.bib"),
        ("x" * 999, "upload:" + "x" * 200),
    ],
)
def test_an_upload_is_called_by_its_own_name_and_opened_by_none(
    tmp_path: Path, name: str, called: str
) -> None:
    file = write_jsonl(tmp_path / "upload", [entry(1)])
    (one,) = uploaded(file, name)
    assert (one.name, one.path) == (called, file)


def test_a_file_that_comes_again_is_an_edit_of_the_one_before(folder: Path, tmp_path: Path) -> None:
    def put(*entries: dict[str, object], place: str) -> tuple[int, ...]:
        file = write_jsonl(tmp_path / place, entries)
        tally = run(folder, *uploaded(file, "mine.jsonl"))  # type: ignore[arg-type]
        return tally.added, tally.updated, tally.unchanged, tally.merged

    assert put(entry(1), entry(2), place="one") == (2, 0, 0, 0)
    assert put(entry(1), entry(2), place="two") == (0, 0, 2, 0)
    assert put(entry(1), entry(2, year=2020), entry(3), place="three") == (1, 1, 1, 0)
    assert list(_held(folder).by_file) == ["upload:mine.jsonl"]


# What is shown


def test_files_are_called_by_as_much_of_their_path_as_tells_them_apart() -> None:
    files = ["/home/me/a/x.bib", "/home/me/b/x.bib", "/home/me/y.zip!in/z.ris", "upload:x.bib", "-"]
    assert list(shelf.labels(files).values()) == [
        "a/x.bib", "b/x.bib", "y.zip!in/z.ris", "x.bib (uploaded)", "standard input",
    ]  # fmt: skip


def test_what_was_merged_and_kept_out_is_told_without_folders_and_without_markup() -> None:
    held = ScriptedEngine().holdings()
    told = shelf.merged(held) + shelf.kept_out(held) + shelf.files(held.by_file, "reefs.txt")
    assert "<script" not in told
    assert "<img" not in told
    assert "/papers/" not in told.replace("&#47;", "/")
    place = "Its id doi:10.1145/1 is also that of /home/me/papers/a.bib:5, under another title."
    (problem,) = (Problem("/home/me/b.bib:2", place),)
    shown = shelf.kept_out(Holdings(problems=(problem,))).replace("&#47;", "/")
    assert "home" not in shown
    assert "doi&#58;10&#46;1145/1" in shown
    assert shelf.merged(Holdings()) == shelf.kept_out(Holdings()) == shelf.files({}, "") == ""


def test_a_removal_is_offered_for_all_that_a_search_finds_or_for_none() -> None:
    whole = shelf.found([CORAL, HOSTILE], 2, HOSTILE_FILE, removable=True)
    assert "Remove these 2 papers" in whole
    assert "<img" not in whole
    assert "Remove" not in shelf.found([CORAL], 2, removable=True), "not all of them are shown"
    assert "Remove" not in shelf.found([CORAL], 1)
