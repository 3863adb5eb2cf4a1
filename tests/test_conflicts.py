"""One id on clearly different papers: they stay apart, and both places are named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_samples import adds_up, contents, placed, record, run, write_jsonl

from ingest.papers.identity import clash
from ingest.records import Record

TITLES = [
    "Sparse attention for protein folding", "Coral reefs under warming seas",
    "Proofs of termination by ranking functions", "Bargaining among strangers online",
]  # fmt: skip
ABSTRACTS = [
    "Folding proteins asks for attention over thousands of residues; sparse kernels halve its cost "
    "and keep accuracy on benchmark structures of every family.",
    "Surveys from ships and satellites show that bleaching follows heat waves, and that shaded "
    "lagoons shelter young colonies for several seasons.",
    "Programs terminate where some measure falls with each loop; synthesis finds such measures "
    "by solving linear constraints from invariants.",
    "Negotiators who never met concede faster when messages carry names, an experiment with "
    "two thousand volunteers finds.",
]
EDITED = [text.replace(";", ",") + " Code and data are public." for text in ABSTRACTS]


def paper(number: int, line: int = 1, edited: bool = False, **fields: str) -> Record:
    text = (EDITED if edited else ABSTRACTS)[number]
    known = {"title": TITLES[number], "arxiv_id": "2401.00001"} | fields
    return record(text, line, **known)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (paper(1), True),
        (paper(0, edited=True), False),  # an edited abstract
        (paper(0, title="Attention that scales to whole proteomes"), False),  # a published title
        (record(ABSTRACTS[1], title=TITLES[0]), False),  # rewritten under the same title
        (record(ABSTRACTS[1]), False),  # no title tells them apart
        (record(ABSTRACTS[0][:60], title=TITLES[1]), False),  # cut off
    ],
)
def test_two_records_clash_only_where_title_and_abstract_both_differ(
    other: Record, expected: bool
) -> None:
    assert clash(paper(0), other) is clash(other, paper(0)) is expected


def entries(*numbers: int) -> list[dict[str, object]]:
    return [
        {"id": f"row{n}", "title": TITLES[n], "abstract": ABSTRACTS[n], "arxiv_id": "2401.00001"}
        for n in numbers
    ]


def test_a_wrong_id_column_loses_no_paper_and_both_places_are_named(
    tmp_path: Path, askpapers: Callable[..., Ran]
) -> None:
    file = write_jsonl(tmp_path / "wrong.jsonl", entries(0, 1, 2, 3))
    index = tmp_path / "index"
    tally = run(index, file)
    assert (tally.added, tally.merged, adds_up(tally)) == (4, 0, True)
    named = {problem.source: problem.reason for problem in tally.problems}
    assert sorted(named) == [f"{file}:{line}" for line in (1, 2, 3, 4)]
    assert f"arxiv:2401.00001 is also that of {file}:1 and 2 more" in named[f"{file}:2"]
    held = contents(index)["papers"]
    assert {one["title"] for one in held} == set(TITLES)
    assert all(one["paper_id"].startswith("abs:") for one in held)
    again = run(index, file)
    assert (again.unchanged, again.problems) == (4, ())
    shown = askpapers("ingest", write_jsonl(tmp_path / "w2.jsonl", entries(0)), "--index", index)
    assert shown.code == 0
    assert "Its id arxiv:2401.00001 is also that of" in shown.out


def test_an_id_belongs_to_the_paper_that_is_left_when_the_others_are_corrected(
    tmp_path: Path,
) -> None:
    file = write_jsonl(tmp_path / "wrong.jsonl", entries(0, 1))
    run(tmp_path / "index", file)
    write_jsonl(file, entries(0))
    run(tmp_path / "index", file, prune=True)
    assert [one["paper_id"] for one in contents(tmp_path / "index")["papers"]] == [
        "arxiv:2401.00001"
    ]


def test_a_later_version_joins_the_paper_that_it_is_of(tmp_path: Path) -> None:
    run(tmp_path / "index", write_jsonl(tmp_path / "wrong.jsonl", entries(0, 1)))
    version = entries(1)[0] | {"abstract": EDITED[1]}
    tally = run(tmp_path / "index", write_jsonl(tmp_path / "version.jsonl", [version]))
    assert (tally.added, tally.merged) == (0, 1)


Held = set[tuple[str, str, tuple[str, ...], tuple[str, ...]]]


def held(batches: list[list[Record]]) -> Held:
    """Id, title, aliases and sources of each paper after these batches."""
    return {(p.paper_id, p.title, p.aliases, tuple(sorted(p.sources))) for p in placed(batches)}


@st.composite
def records(draw: st.DrawFn) -> list[Record]:
    return [
        paper(
            draw(st.integers(0, 2)),
            line,
            edited=draw(st.booleans()),
            arxiv_id=draw(st.sampled_from(["2401.00001", "2401.00002", ""])),
            doi=draw(st.sampled_from(["", "", "10.1/a"])),
        )
        for line in range(1, draw(st.integers(2, 5)) + 1)
    ]


@settings(max_examples=40)
@given(records(), st.data())
def test_records_that_clash_are_placed_alike_in_any_order(
    found: list[Record], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(found))
    cut = data.draw(st.integers(0, len(order)))

    def shape(papers: Held) -> set[tuple[str, tuple[str, ...]]]:
        return {(paper_id, sources) for paper_id, _, _, sources in papers}

    assert shape(held([order[:cut], order[cut:]])) == shape(held([found]))


def test_a_disputed_id_is_not_shown_as_that_of_a_paper() -> None:
    papers = placed([[paper(0, doi="10.1/a"), paper(1, 2, doi="10.1/a", arxiv_id="2401.00002")]])
    shown = {(p.title, p.identifier("doi"), p.identifier("arxiv")) for p in papers}
    assert shown == {(TITLES[0], "", "2401.00001"), (TITLES[1], "", "2401.00002")}


def test_an_id_belongs_to_the_paper_that_is_left_when_the_other_is_removed(
    tmp_path: Path, askpapers: Callable[..., Ran]
) -> None:
    index = tmp_path / "index"
    run(index, write_jsonl(tmp_path / "wrong.jsonl", entries(0, 1)))
    gone = next(one for one in contents(index)["papers"] if one["title"] == TITLES[1])
    assert askpapers("papers", "--remove", gone["paper_id"], "--index", index).code == 0
    left = contents(index)["papers"]
    assert [(one["paper_id"], one["title"]) for one in left] == [("arxiv:2401.00001", TITLES[0])]
    assert contents(index)["papers in text"] == ["arxiv:2401.00001"]


def _chain(folder: Path) -> list[Path]:
    """Four papers in a file each, of which each disputes an id with the next."""
    one, two, three, four = entries(0, 1, 2, 3)
    held = [
        one, two | {"doi": "10.1000/a"}, three | {"doi": "10.1000/a", "arxiv_id": "2401.00003"},
        four | {"arxiv_id": "2401.00003"},
    ]  # fmt: skip
    return [write_jsonl(folder / f"{n}.jsonl", [entry]) for n, entry in enumerate(held)]


def test_an_id_that_a_third_paper_carries_stays_disputed_when_one_is_removed(
    tmp_path: Path, askpapers: Callable[..., Ran]
) -> None:
    index = tmp_path / "index"
    run(index, *_chain(tmp_path))
    gone = next(one for one in contents(index)["papers"] if one["title"] == TITLES[0])
    assert askpapers("papers", "--remove", gone["paper_id"], "--index", index).code == 0
    ids = {one["title"]: one["paper_id"] for one in contents(index)["papers"]}
    assert ids[TITLES[1]] == "arxiv:2401.00001"
    assert ids[TITLES[2]].startswith("abs:")
    assert ids[TITLES[3]].startswith("abs:")


def test_an_id_that_a_third_paper_carries_stays_disputed_when_one_is_edited(
    tmp_path: Path,
) -> None:
    index, files = tmp_path / "index", _chain(tmp_path)
    run(index, *files)
    write_jsonl(files[0], [entries(0)[0] | {"abstract": EDITED[0]}])
    run(index, *files)
    ids = [one["paper_id"] for one in contents(index)["papers"]]
    assert [paper_id.partition(":")[0] for paper_id in ids] == ["abs"] * 4
