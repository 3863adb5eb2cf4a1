from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingest_samples import (
    SETTINGS,
    abstract,
    adds_up,
    contents,
    entry,
    opened,
    run,
    title,
    write_jsonl,
)

from ingest import pipeline
from ingest.errors import SourceError
from ingest.pipeline import Progress, ingest
from ingest.records import Paper


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def _papers(folder: Path) -> list[Paper]:
    index = opened(folder)
    try:
        return index.catalog.papers()
    finally:
        index.close()


def _paper(folder: Path) -> Paper:
    (paper,) = _papers(folder)
    return paper


def test_the_same_files_again_change_nothing(library: Path, folder: Path) -> None:
    write_jsonl(library / "a.jsonl", map(entry, range(30)))
    write_jsonl(library / "b.jsonl", map(entry, range(20, 40)))
    first = run(folder, library)
    before = contents(folder)
    again = run(folder, library)
    assert (first.read, first.added, first.merged) == (50, 40, 10)
    assert (again.read, again.unchanged, again.added, again.updated) == (50, 50, 0, 0)
    assert contents(folder) == before


_ENTRIES = st.lists(
    st.one_of(
        st.integers(0, 12).map(entry),
        st.integers(0, 12).map(lambda n: entry(n, id=None, title=None)),
        st.integers(0, 12).map(lambda n: entry(n, abstract=abstract(n) + " Edited.")),
        st.integers(0, 12).map(lambda n: entry(n, abstract=abstract(n)[:140])),
        st.integers(0, 12).map(lambda n: entry(n, title=title(n + 50))),
        st.integers(0, 3).map(lambda n: entry(n, doi=f"10.1000/{n}")),
        st.just({"id": "x", "abstract": ""}),
        st.just({"title": "no abstract"}),
        st.just({"abstract": "Too short."}),
    ),
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_ENTRIES, min_size=1, max_size=3))
def test_every_record_of_every_run_is_accounted_for(batches: list[list[dict[str, object]]]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder, file = Path(scratch) / "index", Path(scratch) / "a.jsonl"
        for batch in batches:  # each run finds the file edited
            write_jsonl(file, batch)
            tally = run(folder, file)
            assert adds_up(tally)
            assert tally.read == max(1, len(batch))
            held = contents(folder)
            assert held["chunk ids in vectors"] == sorted(held["chunks"])
            assert held["papers in text"] == [p["paper_id"] for p in held["papers"]]
        again = run(folder, file)
        assert (again.added, again.updated, again.merged) == (0, 0, 0)


@settings(max_examples=15)
@given(st.permutations(range(9)))
def test_papers_do_not_depend_on_the_order_of_records(order: list[int]) -> None:
    """Three papers as an export with DOI, one with arXiv id, and one with neither."""
    kinds = ({"doi": "10.1000/{}"}, {"arxiv_id": "2401.0000{}"}, {"id": None})
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "index"
        for place in order:
            number, kind = divmod(place, 3)
            extra = {k: v and v.format(number) for k, v in kinds[kind].items()}
            text = abstract(number).upper() if kind == 1 else abstract(number)
            write_jsonl(Path(scratch) / f"{place}.jsonl", [entry(number, abstract=text, **extra)])
            run(folder, Path(scratch) / f"{place}.jsonl")
        papers = _papers(folder)
    assert sorted(p.paper_id for p in papers) == [f"doi:10.1000/{n}" for n in range(3)]
    assert all(
        len(p.sources) == 3 and f"arxiv:2401.0000{p.paper_id[-1]}" in p.aliases for p in papers
    )


@pytest.mark.parametrize(
    "variant",
    [
        lambda text: text.upper(),
        lambda text: text.replace(" ", "  ").replace(". ", ".\n"),
        lambda text: text[:170],
        lambda text: text.replace(",", ";").replace(".", " ."),
        lambda text: text.replace("%", r"\%"),
        lambda text: text.replace("We propose", "We propose$\\,$"),
    ],
)
def test_near_duplicates_are_one_paper(library: Path, folder: Path, variant: object) -> None:
    changed = variant(abstract(1))  # type: ignore[operator]
    write_jsonl(library / "a.jsonl", [entry(1)])
    write_jsonl(library / "b.jsonl", [entry(1, id="other", abstract=changed)])
    tally = run(folder, library)
    assert (tally.added, tally.merged) == (1, 1)
    assert len(_paper(folder).sources) == 2


def test_a_record_can_show_that_two_stored_papers_are_one(library: Path, folder: Path) -> None:
    write_jsonl(library / "a.jsonl", [entry(1, doi="10.1000/1", title=None)])
    write_jsonl(library / "b.jsonl", [entry(2, title=None)])
    run(folder, library)
    old = [paper.paper_id for paper in _papers(folder)]
    write_jsonl(library / "c.jsonl", [entry(2, doi="10.1000/1", title=None)])
    tally = run(folder, library)
    paper = _paper(folder)
    assert (tally.merged, tally.unchanged) == (1, 2)
    assert set(old) <= {paper.paper_id, *paper.aliases}
    assert len(paper.sources) == 3
    assert len(contents(folder)["chunk ids in vectors"]) == 1


def test_an_edited_abstract_leaves_nothing_stale_and_keeps_its_old_id(
    library: Path, folder: Path
) -> None:
    entries = [entry(n, id=None, title=None) for n in range(5)]
    run(folder, write_jsonl(library / "a.jsonl", entries))
    old_id = next(p.paper_id for p in _papers(folder) if p.abstract == abstract(2))
    entries[2]["abstract"] = abstract(2).replace("We propose", "Hereby zyzzyva proposes")
    write_jsonl(library / "a.jsonl", entries)
    tally = run(folder, library)
    assert (tally.updated, tally.unchanged, tally.added) == (1, 4, 0)
    held = contents(folder, words=["zyzzyva", "propos"])
    new = next(p for p in held["papers"] if old_id in p["aliases"])
    assert "zyzzyva" in new["abstract"]
    assert held["hits"]["zyzzyva"] == [new["paper_id"]]
    assert held["chunk ids in vectors"] == sorted(held["chunks"])
    assert len(held["papers in text"]) == len(held["papers"]) == 5


def test_every_id_that_a_paper_ever_had_still_finds_it(library: Path, folder: Path) -> None:
    ids = []
    for version in range(4):
        text = abstract(1) + " More." * version
        run(folder, write_jsonl(library / "a.jsonl", [entry(1, abstract=text, title=None)]))
        ids.append(_paper(folder).paper_id)
    assert len(set(ids)) == 4
    index = opened(folder)
    assert {index.catalog.resolve(one) for one in ids} == {ids[-1]}
    index.close()


def test_an_edited_title_or_year_is_an_update(library: Path, folder: Path) -> None:
    run(folder, write_jsonl(library / "a.jsonl", [entry(1), entry(2)]))
    run_two = write_jsonl(library / "a.jsonl", [entry(1, year=2024), entry(2)])
    tally = run(folder, run_two)
    assert (tally.updated, tally.unchanged) == (1, 1)
    assert sorted(p.year or 0 for p in _papers(folder)) == [0, 2024]


def test_lines_that_only_moved_are_unchanged(library: Path, folder: Path) -> None:
    entries = [entry(n, id=None) for n in range(6)]
    run(folder, write_jsonl(library / "a.jsonl", entries))
    tally = run(folder, write_jsonl(library / "a.jsonl", [entry(9, id=None), *entries[::-1]]))
    assert (tally.unchanged, tally.added, tally.updated) == (6, 1, 0)
    by_text = {paper.abstract: paper.sources for paper in _papers(folder)}
    assert by_text[abstract(0)] == (f"{library / 'a.jsonl'}:7",)


def test_row_numbers_that_moved_on_do_not_mix_papers_up(library: Path, folder: Path) -> None:
    """A spreadsheet numbers its rows: a row put in on top gives each paper the id of the last."""
    rows = [entry(n, id=str(n), title=None) for n in range(6)]
    run(folder, write_jsonl(library / "a.jsonl", rows))
    numbers = [9, *range(6)]
    moved = [entry(n, id=str(place), title=None) for place, n in enumerate(numbers)]
    tally = run(folder, write_jsonl(library / "a.jsonl", moved))
    assert (tally.added, tally.updated) == (1, 6)
    assert sorted(p.abstract for p in _papers(folder)) == sorted(map(abstract, numbers))
    assert all(len(p.sources) == 1 for p in _papers(folder))


def test_an_edit_takes_its_record_away_from_a_paper_that_others_describe(
    library: Path, folder: Path
) -> None:
    write_jsonl(library / "a.jsonl", [entry(1, id="a")])
    write_jsonl(library / "b.jsonl", [entry(1, id="b")])
    run(folder, library)
    write_jsonl(library / "b.jsonl", [entry(2, id="b", title=title(1))])
    tally = run(folder, library)
    assert (tally.updated, tally.unchanged) == (1, 1)
    assert sorted(p.abstract for p in _papers(folder)) == sorted([abstract(1), abstract(2)])


def test_an_edit_that_repeats_another_paper_joins_it(library: Path, folder: Path) -> None:
    texts = [abstract(1), abstract(1) + " One more claim that nobody else has made so far."]
    two = [entry(n, id=str(n), title=None, abstract=abstract(n)) for n in (1, 2)]
    run(folder, write_jsonl(library / "a.jsonl", two))
    two[1] = entry(2, id="2", title=None, abstract=abstract(2)[:150], doi="10.1000/2")
    run(folder, write_jsonl(library / "a.jsonl", two))
    two[0] = entry(1, id="1", title=None, abstract=texts[1], doi="10.1000/2")
    run(folder, write_jsonl(library / "a.jsonl", two))
    assert _paper(folder).paper_id == "doi:10.1000/2"
    assert len(_paper(folder).sources) == 2


@pytest.mark.parametrize("text", [abstract(1), "A short abstract that two papers share."])
def test_equal_abstracts_under_clearly_different_titles_never_merge(
    library: Path, folder: Path, text: str
) -> None:
    twins = [entry(n, id=str(n), abstract=text) for n in (1, 2)]
    run(folder, write_jsonl(library / "a.jsonl", twins))
    assert sorted(p.title for p in _papers(folder)) == sorted([title(1), title(2)])
    run(folder, write_jsonl(library / "b.jsonl", twins[::-1]))
    assert [len(p.sources) for p in _papers(folder)] == [2, 2]
    assert len(contents(folder)["chunk ids in vectors"]) == 2


def test_the_ids_of_twins_do_not_depend_on_which_came_first(tmp_path: Path) -> None:
    twins = [entry(n, id=str(n), abstract=abstract(1)) for n in (1, 2)]
    found = []
    for name, order in (("x", twins), ("y", twins[::-1])):
        for number, one in enumerate(order):
            run(tmp_path / name, write_jsonl(tmp_path / name / f"{number}.jsonl", [one]))
        found.append({p.title: p.paper_id for p in _papers(tmp_path / name)})
    assert found[0] == found[1]


def test_boilerplate_is_kept_out_and_never_merges(library: Path, folder: Path) -> None:
    entries = [entry(n, abstract="No abstract available.") for n in range(3)]
    tally = run(folder, write_jsonl(library / "a.jsonl", [*entries, entry(7)]))
    assert (tally.skipped, tally.added) == (3, 1)
    assert len(tally.problems) == 3


def test_prune_takes_out_what_files_no_longer_hold_and_says_which(
    library: Path, folder: Path
) -> None:
    write_jsonl(library / "a.jsonl", map(entry, range(4)))
    write_jsonl(library / "b.jsonl", [entry(0)])
    run(folder, library)
    write_jsonl(library / "a.jsonl", [entry(1), entry(2)])
    kept = run(folder, library)
    assert kept.pruned == 0
    assert len(_papers(folder)) == 4
    tally = run(folder, library, prune=True)
    assert (tally.pruned, adds_up(tally)) == (1, True)
    assert any(title(3) in problem.reason for problem in tally.problems)
    assert sorted(p.title for p in _papers(folder)) == sorted(map(title, range(3)))
    held = contents(folder)
    assert held["chunk ids in vectors"] == sorted(held["chunks"])
    assert next(p for p in held["papers"] if p["title"] == title(0))["sources"] == [
        f"{library / 'b.jsonl'}:1"
    ]


def test_prune_looks_only_under_the_paths_given(library: Path, folder: Path) -> None:
    write_jsonl(library / "in" / "a.jsonl", [entry(1), entry(2)])
    write_jsonl(library / "out" / "b.jsonl", [entry(3)])
    run(folder, library)
    (library / "out" / "b.jsonl").unlink()
    write_jsonl(library / "in" / "a.jsonl", [entry(1)])
    assert run(folder, library / "in", prune=True).pruned == 1
    assert sorted(p.title for p in _papers(folder)) == sorted([title(1), title(3)])
    assert run(folder, library, prune=True).pruned == 1


def test_nothing_is_pruned_where_a_source_could_not_be_read(library: Path, folder: Path) -> None:
    write_jsonl(library / "a.jsonl", map(entry, range(3)))
    run(folder, library)
    (library / "a.jsonl").unlink()
    (library / "a.jsonl").mkdir()  # the name is there, and no file to read
    (library / "b.zip").write_bytes(b"PK\x03\x04 cut off")
    tally = run(folder, library, prune=True)
    assert tally.pruned == 0
    assert len(_papers(folder)) == 3


def test_a_file_that_was_read_to_a_limit_is_not_pruned(library: Path, folder: Path) -> None:
    run(folder, write_jsonl(library / "a.jsonl", map(entry, range(4))))
    tally = run(folder, library, prune=True, most=2)
    assert (tally.read, tally.pruned) == (2, 0)
    assert any("Nothing was pruned" in problem.reason for problem in tally.problems)


def test_a_path_that_is_not_there_is_told_before_anything_is_written(
    library: Path, folder: Path
) -> None:
    file = write_jsonl(library / "a.jsonl", [entry(1)])
    with pytest.raises(SourceError, match="no-such-folder"):
        run(folder, file, library / "no-such-folder")
    assert not _papers(folder)


def test_readers_see_a_long_run_in_steps(
    library: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_BATCH", 10)
    monkeypatch.setattr(pipeline, "_REPORTED_EVERY", 10)
    monkeypatch.setattr(pipeline, "_PUBLISHED_EVERY", 20)
    write_jsonl(library / "a.jsonl", map(entry, range(50)))
    reader, seen = opened(folder), []
    index = opened(folder)
    ingest([library], index, SETTINGS, report=lambda _: seen.append(reader.catalog.count()))
    index.close()
    reader.close()
    assert set(seen) <= {0, 20, 40}
    assert {20, 40} <= set(seen)


def test_a_broken_run_leaves_the_published_state(
    library: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder, write_jsonl(library / "a.jsonl", map(entry, range(5))))
    before = contents(folder)
    write_jsonl(library / "a.jsonl", [entry(0, abstract=abstract(0) + " New."), entry(70)])

    def fail(_: Progress) -> None:
        raise OSError("the terminal went away")

    with pytest.raises(OSError, match="terminal"):
        run(folder, library, report=fail)
    after = contents(folder)
    assert after["papers"] == before["papers"]
    assert after["pending"] or after == before
    monkeypatch.undo()
    run(folder, library)
    clean = folder.with_name("clean")
    run(clean, library)
    now, expected = contents(folder), contents(clean)
    titles = {p["title"] for p in expected["papers"]}
    assert titles <= {p["title"] for p in now["papers"]}
    assert now["pending"] == []
    assert now["chunk ids in vectors"] == sorted(now["chunks"])


def test_progress_tells_share_rate_and_time_left(library: Path, folder: Path) -> None:
    write_jsonl(library / "a.jsonl", map(entry, range(1200)))
    write_jsonl(library / "b.jsonl", [json.loads(json.dumps(entry(1)))])
    told: list[Progress] = []
    run(folder, library, report=told.append)
    shares = [now.share or 0.0 for now in told]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1
    assert shares[-1] == 1
    assert (told[-1].files_done, told[-1].read) == (2, 1201)
    halfway = Progress(0, 1, 500, 500, seconds=10.0, share=0.25)
    assert (halfway.rate, halfway.seconds_left) == (50.0, 30.0)
    assert Progress(0, 1, 0, 0).seconds_left is None


def test_another_paper_in_the_place_of_a_short_one_does_not_replace_it(
    library: Path, folder: Path
) -> None:
    short = "We study the effect of the data on the model and of the model on the data."
    long = "We study fish in the deep of the sea, and what light of the day is on the way to them."
    run(folder, write_jsonl(library / "a.jsonl", [{"abstract": short}]))
    tally = run(folder, write_jsonl(library / "a.jsonl", [{"abstract": long}]))
    assert (tally.added, tally.updated) == (1, 0)
