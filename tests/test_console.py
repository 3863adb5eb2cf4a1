"""What the terminal shows: whole lines, text taken literally, nothing extra in a pipe."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace

import pytest
from rich.cells import cell_len

from app.answer import Answer, Citation, Passage, Quote
from app.doctor import Check
from app.ui import terminal as console
from ingest.pipeline import Progress
from ingest.records import Paper, Problem, Tally

LONG = "Counting kelp forests from space with two satellites and a patient field crew of divers"
PAPER = Paper(
    "doi:10.1234/a-rather-long-identifier-of-a-paper", "Kelp grows back [7] after storms.",
    f"{LONG} [bold]", authors=("Åsa Öberg", "B. Sea", "C. Reef", "D. Tide"), year=2024,
    sources=("/data/kelp.txt:3",),
)  # fmt: skip
DERIVED = Paper("abs:0123456789ab", "Owls fly.", "OwlNet", title_derived=True, sources=("o.txt:1",))
ANSWER = Answer(
    "Does kelp grow back?", "**Kelp**: it grows back (7) after storms. [1]", "lookup",
    citations=(Citation(1, PAPER, (Quote(PAPER.abstract, 0, 33),)),),
    notes=("One [red] note.",),
)  # fmt: skip


class Terminal(io.StringIO):
    """A stream that says it is a terminal, 80 columns wide."""

    def isatty(self) -> bool:
        return True

    def shown(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.getvalue())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    return Terminal()


def test_an_answer_in_a_pipe_is_a_line_for_each_paragraph(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.answer(ANSWER)
    assert capsys.readouterr().out.splitlines() == [
        "Kelp: it grows back (7) after storms. [1]",
        "",
        f"[1] {LONG} [bold]. Åsa Öberg, B. Sea, C. Reef et al. 2024",
        "    /data/kelp.txt:3",
        "Note: One [red] note.",
    ]


def test_on_a_terminal_the_lines_of_a_source_stand_under_its_title(terminal: Terminal) -> None:
    with redirect_stdout(terminal):
        console.answer(ANSWER)
    lines = terminal.shown().split("[1] Counting")[1].splitlines()
    assert all(cell_len(line) <= 80 for line in lines)
    assert lines[1].startswith("    ")
    assert lines[1][4] != " "
    assert not any(line != line.rstrip() for line in lines)


def test_a_derived_title_says_that_it_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    console.passages([Passage(DERIVED, 1.234, 0, 9)])
    out = capsys.readouterr().out
    assert out == " 1. OwlNet (title made from the abstract)  (1.23)\n    Owls fly.\n"
    console.papers([DERIVED])
    assert "* OwlNet\n" in capsys.readouterr().out


def test_a_long_passage_is_cut_and_an_empty_search_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = Paper("abs:1", "kelp " * 100, "Kelp")
    console.passages([Passage(long, 1.0, 0, 500)])
    assert capsys.readouterr().out.splitlines()[1] == "    " + ("kelp " * 40)[:199] + "…"
    console.passages([])
    assert capsys.readouterr().out == "Nothing was found.\n"


def test_a_table_of_papers_fits_the_terminal_with_one_line_a_paper(terminal: Terminal) -> None:
    with redirect_stdout(terminal):
        console.papers([PAPER, DERIVED])
    lines = terminal.shown().splitlines()
    assert lines[0].split() == ["id", "year", "authors", "title"]
    assert all(cell_len(line) <= 80 for line in lines)
    assert lines[1].startswith("doi:10.1234/a-rather-long-i…  2024  Åsa Öberg et al.  Counting")
    assert lines[2].split() == ["abs:0123456789ab", "-", "-", "*", "OwlNet"]


def test_papers_in_a_pipe_are_whole_and_between_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    console.papers([PAPER, DERIVED])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split("\t") == [PAPER.paper_id, "2024", "Åsa Öberg et al.", PAPER.title]
    assert "2 papers. By year: unknown 1, 2024 1." in lines
    assert "     1 from /data/kelp.txt" in lines


def test_a_file_that_holds_a_paper_twice_counts_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    console.papers([replace(DERIVED, sources=("a.bib:1", "a.bib:9", "b.bib:1"))])
    lines = capsys.readouterr().out.splitlines()
    assert "1 paper. By year: unknown 1." in lines
    assert lines[-3:-1] == ["     1 from a.bib", "     1 from b.bib"]


def test_a_tally_names_what_happened_and_the_first_twenty_problems(
    capsys: pytest.CaptureFixture[str],
) -> None:
    problems = tuple(Problem(f"a.txt:{n}", "The record has no abstract.") for n in range(23))
    console.tally(
        Tally(read=1223, added=1200, skipped=23, problems=problems, seconds=2.345).as_json()
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1,223 read, 1,200 added, 23 skipped in 2.3 s"
    assert lines[1] == "  skipped a.txt:0: The record has no abstract."
    assert len(lines) == 22
    assert lines[-1] == "… and 3 more; --json lists them all."


def test_a_pruned_paper_and_a_note_are_not_called_skipped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    problems = tuple(Problem(f"a.txt:{n}", f"Reason {n}.") for n in range(3))
    console.tally(Tally(read=2, added=1, skipped=1, pruned=1, problems=problems).as_json())
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  skipped a.txt:0: Reason 0.",
        "  pruned a.txt:1: Reason 1.",
        "  a.txt:2: Reason 2.",
    ]


def test_papers_show_the_words_that_their_titles_share(capsys: pytest.CaptureFixture[str]) -> None:
    titles = ("Graphs of owls", "Owl graphs", "Ranking graphs", "A model of 1984")
    console.papers([Paper(f"p{n}", "Text.", title) for n, title in enumerate(titles)])
    assert "Words of most titles: graphs 3, owl 2." in capsys.readouterr().out.splitlines()


def test_each_check_that_failed_says_what_mends_it(capsys: pytest.CaptureFixture[str]) -> None:
    console.checks(
        [Check("index", True, "fine", "unused"), Check("server", False, "dead", "Start it.")]
    )
    assert capsys.readouterr().out.splitlines() == [
        "ok      index: fine",
        "PROBLEM server: dead",
        "        Start it.",
    ]


def test_progress_moves_on_a_terminal_and_is_silent_in_a_pipe(terminal: Terminal) -> None:
    pipe = io.StringIO()
    for stream in (terminal, pipe):
        with redirect_stderr(stream), console.progress() as report:
            report(Progress(1, 2, 1500, 1400))
            report(Progress(2, 2, 3000, 2800))
    assert "2/2" in terminal.shown()
    assert "3,000 records, 2,800 papers" in terminal.shown()
    assert pipe.getvalue() == ""


def test_a_reference_has_one_full_stop_after_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    paper = Paper("abs:2", "Kelp.", "What is next?", authors=("A. Reef",), url="https://kelp.org")
    console.passages([Passage(paper, 1.0, 0, 5)])
    first = capsys.readouterr().out.splitlines()[0]
    assert first == " 1. What is next? A. Reef. https://kelp.org  (1.00)"


def test_json_keeps_letters_and_a_line_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    console.document({"title": "Größe"})
    console.line({"title": "a\nb 图"})
    console.tell("A sentence.")
    out, err = capsys.readouterr()
    assert "Größe" in out
    assert json.loads(out.splitlines()[-1]) == {"title": "a\nb 图"}
    assert err == "A sentence.\n"
