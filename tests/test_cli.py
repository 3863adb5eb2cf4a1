"""The command line: its contract with people, pipes and programs."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from conftest import ROOT, Ran

Run = Callable[..., Ran]
COMMANDS = (
    "ingest", "ask", "search", "papers", "chat", "mcp", "password", "backup", "restore", "doctor",
    "eval",
)  # fmt: skip
QUESTION = "Où est “SGIL” 图?"
EVAL_COMMANDS = (
    "run", "check", "bless", "sweep", "export", "draft", "from-feedback", "compare", "trend",
    "retrieval", "meta",
)  # fmt: skip
ABSTRACTS = (
    "We present OwlNet, a network that hears mice under snow. It finds 93% of them.",
    "Kelp forests grow back after storms. We count them from space with two satellites.",
    "A survey of 40 bakeries shows that sourdough rises faster near the sea in summer.",
)


def _process(*arguments: object, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        cwd=more.pop("cwd", ROOT), capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), **dict(more.pop("env", {}))},  # type: ignore[call-overload]
    )  # fmt: skip


@pytest.fixture
def abstracts(tmp_path: Path) -> Path:
    folder = tmp_path / "abstracts"
    folder.mkdir()
    lines = [{"id": f"p{n}", "title": f"Paper {n}", "abstract": a} for n, a in enumerate(ABSTRACTS)]
    (folder / "three.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return folder


# Help


def test_help_answers_in_a_second_and_imports_nothing_heavy() -> None:
    code = (
        "import sys, app.cli\nsys.argv = ['askpapers', '--help']\n"
        "try:\n    app.cli.main()\nfinally:\n"
        "    print(sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    _process("--help")  # compiles what is not compiled yet
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert time.perf_counter() - started < 1
    heavy = {"gradio", "chromadb", "llama_index", "tantivy", "sqlalchemy", "wordllama", "numpy"}
    assert heavy & set(re.findall(r"'(\w+)'", done.stderr)) == set()
    assert "typer" in done.stderr


@pytest.mark.parametrize(("group", "names"), [((), COMMANDS), (("eval",), EVAL_COMMANDS)])
def test_help_lists_every_command_in_whole_sentences(
    askpapers: Run, monkeypatch: pytest.MonkeyPatch, group: tuple[str, ...], names: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = askpapers(*group, "--help")
    assert (ran.code, ran.err) == (0, "")
    listed = re.findall(r"^  ([\w-]+)  +(.+)$", ran.out.split("Commands:")[1], re.MULTILINE)
    assert tuple(name for name, _ in listed) == names
    assert all(line.endswith(".") and not line.endswith("..") for _, line in listed)
    assert ran.out.startswith(" ".join(["Usage: askpapers", *group]))


@pytest.mark.parametrize(
    "command", [*((c,) for c in COMMANDS), *(("eval", c) for c in EVAL_COMMANDS)]
)
def test_every_option_has_a_help_text(askpapers: Run, command: tuple[str, ...]) -> None:
    options = askpapers(*command, "--help").out.split("Options:")[1].split("Commands:")[0]
    entries = re.split(r"\n  (?=-)", options)[1:]
    assert entries
    assert [entry for entry in entries if not re.search(r"\s{2,}\S*[a-zA-Z]{2}", entry)] == []


@pytest.mark.parametrize("package", ["app", "ingest", "eval"])
def test_each_package_starts_the_same_command_line(package: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", package, "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Usage: askpapers" in done.stdout


# Asking


def test_an_answer_shows_its_markers_its_papers_and_where_they_were_read(
    askpapers: Run, sample_index: Path
) -> None:
    ran = askpapers("ask", "What is SGIL?", "--index", sample_index)
    assert (ran.code, ran.err) == (0, "")
    text, _, sources = ran.out.partition("\n\n")
    numbers = {int(number) for number in re.findall(r"\[(\d+)\]", text)}
    assert numbers == {int(n) for n in re.findall(r"^\[(\d+)\] ", sources, re.MULTILINE)} != set()
    assert "SGIL" in text
    assert re.search(r"\.txt:\d+$", sources, re.MULTILINE)


def test_a_question_needs_no_quotes(askpapers: Run, sample_index: Path) -> None:
    quoted = askpapers("ask", "What is SGIL?", "--index", sample_index)
    assert askpapers("ask", "What", "is", "SGIL?", "--index", sample_index) == quoted
    assert askpapers("search", "a", "b", "--json", "--index", sample_index).out.count('"a b"') == 1


def test_json_answers_hold_the_contract_and_nothing_else_is_on_stdout(
    askpapers: Run, sample_index: Path
) -> None:
    ran = askpapers(
        "ask", "How accurate are the best models on EgoBlind?", "--json", "--index", sample_index
    )
    answer = json.loads(ran.out)
    assert set(answer) == {
        "question", "answer", "kind", "strength", "abstained", "reason", "closest", "sentences",
        "citations", "total_matching", "filters", "mode", "notes", "seconds",
    }  # fmt: skip
    assert set(answer["citations"][0]) == {
        "number", "paper_id", "title", "title_derived", "authors", "year", "url", "sources",
        "source_ids", "quotes", "fields",
    }  # fmt: skip
    held = json.loads(askpapers("papers", "--json", "--index", sample_index).out)
    abstracts = {paper["paper_id"]: paper["abstract"] for paper in held}
    quotes = [(abstracts[c["paper_id"]], q) for c in answer["citations"] for q in c["quotes"]]
    assert quotes
    assert all(abstract[q["start"] : q["end"]] == q["text"] for abstract, q in quotes)


@pytest.mark.parametrize(
    ("question", "strength"),
    [("What is ZyphraNet?", "none"), ("What batch size was SwimVG trained with?", "nearest")],
)
def test_an_abstention_ends_with_0_and_gives_its_reason(
    askpapers: Run, sample_index: Path, question: str, strength: str
) -> None:
    ran = askpapers("ask", question, "--json", "--index", sample_index)
    answer = json.loads(ran.out)
    assert (ran.code, answer["abstained"], answer["strength"]) == (0, True, strength)
    assert answer["reason"]
    assert bool(answer["citations"]) is (strength == "nearest")


def test_history_tells_what_a_question_points_at(askpapers: Run, sample_index: Path) -> None:
    question = ("ask", "Who wrote it?", "--json", "--index", sample_index)
    alone = json.loads(askpapers(*question).out)
    following = askpapers(*question, "--history", "How many videos does EgoBlind comprise?")
    assert "Junbin Xiao" in json.loads(following.out)["answer"]
    assert "Junbin Xiao" not in alone["answer"]


def test_a_batch_answers_every_line_under_its_id(
    askpapers: Run, sample_index: Path, tmp_path: Path
) -> None:
    batch = tmp_path / "questions.jsonl"
    lines = [
        {"id": 7, "question": "What is SGIL?"},
        {"id": "x", "question": "And who wrote it?", "history": ["What is EgoBlind?"]},
        {"question": "   "},
    ]
    batch.write_text("\n\n".join(json.dumps(line) for line in lines), "utf-8")
    ran = askpapers("ask", "--batch", batch, "--index", sample_index)
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [answer["id"] for answer in answers] == [7, "x", None]
    single = json.loads(askpapers("ask", "What is SGIL?", "--json", "--index", sample_index).out)
    assert {**answers[0], "id": 0, "seconds": 0} == {**single, "id": 0, "seconds": 0}
    assert "Junbin Xiao" in answers[1]["answer"]
    assert answers[2]["abstained"]


def test_search_results_come_best_first_and_no_more_than_asked_for(
    askpapers: Run, sample_index: Path
) -> None:
    ran = askpapers("search", "graph denoising", "--limit", 3, "--json", "--index", sample_index)
    found = json.loads(ran.out)
    scores = [result["score"] for result in found["results"]]
    assert found["query"] == "graph denoising"
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert set(found["results"][0]) == {"paper_id", "title", "score", "sources", "source_ids"}
    shown = askpapers("search", "graph denoising", "--limit", 3, "--index", sample_index).out
    assert [re.escape(r["title"]) in re.escape(shown) for r in found["results"]] == [True] * 3


def test_a_search_batch_prints_one_object_a_line(
    askpapers: Run, sample_index: Path, tmp_path: Path
) -> None:
    batch = tmp_path / "queries.jsonl"
    batch.write_text('{"id": "1", "text": "graphs"}\n{"id": "2", "text": "audio"}\n', "utf-8")
    ran = askpapers("search", "--batch", batch, "--limit", 2, "--index", sample_index)
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert [(one["id"], one["query"], len(one["results"])) for one in found] == [
        ("1", "graphs", 2),
        ("2", "audio", 2),
    ]


# Which index


def test_the_sample_answers_while_the_own_index_is_empty_and_says_so(
    askpapers: Run, abstracts: Path
) -> None:
    first = askpapers("papers", "--json")
    assert len(json.loads(first.out)) == 47
    assert first.err.count("sample corpus") == 1
    assert askpapers("ingest", abstracts).code == 0
    own = askpapers("papers", "--json")
    assert [paper["title"] for paper in json.loads(own.out)] == ["Paper 0", "Paper 1", "Paper 2"]
    assert own.err == ""


@pytest.mark.parametrize("command", [("ask", "x"), ("search", "x"), ("papers",), ("chat",)])
def test_a_named_index_without_papers_is_never_replaced_by_the_sample(
    askpapers: Run, command: tuple[str, ...]
) -> None:
    ran = askpapers(*command, "--index", "nothing-here")
    assert (ran.code, ran.out) == (2, "")
    assert "askpapers ingest FOLDER --index nothing-here" in ran.err
    assert not Path("nothing-here").exists()


def test_the_index_of_the_environment_is_the_default(
    askpapers: Run, abstracts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKPAPERS_INDEX", "elsewhere")
    askpapers("ingest", abstracts)
    assert len(json.loads(askpapers("papers", "--index", "elsewhere", "--json").out)) == 3
    assert not Path(".askpapers").exists()


# Ingesting


def _tally(ran: Ran) -> dict[str, int]:
    counts = json.loads(ran.out)
    parts = ("added", "updated", "unchanged", "merged", "skipped")
    assert counts["read"] == sum(counts[part] for part in parts)
    return {name: counts[name] for name in ("read", *parts, "pruned") if counts[name]}


def test_ingesting_again_changes_nothing(askpapers: Run, abstracts: Path) -> None:
    assert _tally(askpapers("ingest", abstracts, "--json")) == {"read": 3, "added": 3}
    assert _tally(askpapers("ingest", abstracts, "--json")) == {"read": 3, "unchanged": 3}


def test_max_bounds_what_is_read_and_the_next_run_goes_on(askpapers: Run, abstracts: Path) -> None:
    assert _tally(askpapers("ingest", abstracts, "--max", 2, "--json")) == {"read": 2, "added": 2}
    assert _tally(askpapers("ingest", abstracts, "--json")) == {
        "read": 3,
        "added": 1,
        "unchanged": 2,
    }


def test_prune_takes_out_what_the_files_no_longer_hold(askpapers: Run, abstracts: Path) -> None:
    askpapers("ingest", abstracts)
    file = abstracts / "three.jsonl"
    file.write_text("".join(file.read_text("utf-8").splitlines(keepends=True)[:2]), "utf-8")
    assert _tally(askpapers("ingest", abstracts, "--json")) == {"read": 2, "unchanged": 2}
    pruned = _tally(askpapers("ingest", abstracts, "--prune", "--json"))
    assert pruned == {"read": 2, "unchanged": 2, "pruned": 1}


def test_rebuild_makes_the_index_anew_without_the_files(askpapers: Run, abstracts: Path) -> None:
    askpapers("ingest", abstracts)
    shutil.rmtree(abstracts)
    before = askpapers("search", "owls in the snow", "--json")
    ran = askpapers("ingest", "--rebuild", "--json")
    assert (ran.code, _tally(ran)) == (0, {})
    assert "3 papers" in ran.err
    assert askpapers("search", "owls in the snow", "--json") == before


def test_a_removed_paper_is_gone_until_its_file_is_read_again(
    askpapers: Run, abstracts: Path
) -> None:
    askpapers("ingest", abstracts)
    paper_id = json.loads(askpapers("papers", "--json").out)[0]["paper_id"]
    removed = askpapers("papers", "--remove", paper_id)
    assert (removed.code, removed.out) == (0, "")
    assert paper_id in removed.err
    assert paper_id not in askpapers("search", "OwlNet mice", "--json").out
    assert len(json.loads(askpapers("papers", "--json").out)) == 2
    assert _tally(askpapers("ingest", abstracts, "--json"))["added"] == 1


def test_papers_in_a_pipe_are_fields_between_tabs(askpapers: Run, abstracts: Path) -> None:
    askpapers("ingest", abstracts)
    rows = [line.split("\t") for line in askpapers("papers").out.splitlines() if "\t" in line]
    assert [row[1:] for row in rows] == [["-", "-", f"Paper {n}"] for n in range(3)]


def test_papers_json_holds_the_contract(askpapers: Run, sample_index: Path) -> None:
    held = json.loads(askpapers("papers", "--json", "--index", sample_index).out)
    assert len(held) == 47
    assert all(
        set(paper) == {
            "paper_id", "aliases", "title", "title_derived", "authors", "year", "venue", "url",
            "sources", "source_ids", "abstract",
        }
        for paper in held
    )  # fmt: skip
    assert sum(not paper["title_derived"] for paper in held) == 10
    assert sum(len(paper["sources"]) == 2 for paper in held) == 3


# Real processes


def test_a_pipe_sees_no_progress_bar_and_a_terminal_does(abstracts: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app", "ingest", str(abstracts), "--index"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    piped = subprocess.run(
        [*command, str(tmp_path / "a")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=True,
    )
    assert piped.stderr == b""
    assert b"3 added" in piped.stdout
    terminal, other_end = pty.openpty()
    subprocess.run(
        [*command, str(tmp_path / "b")],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=other_end, check=True,
    )  # fmt: skip
    os.close(other_end)
    shown = b""
    with suppress(OSError):  # the end of what a closed terminal holds
        while part := os.read(terminal, 4096):
            shown += part
    os.close(terminal)
    assert b"3 records" in shown


def test_a_reader_that_leaves_early_sees_no_traceback(sample_index: Path, tmp_path: Path) -> None:
    command = f'"{sys.executable}" -m app papers --json --index "{sample_index}" | head -1'
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("[\n", "")


def test_ctrl_c_says_how_to_go_on_and_the_next_run_does(tmp_path: Path) -> None:
    many = tmp_path / "many.jsonl"
    text = "Study {0} measures how fern {0} bends in wind {1} and finds a law with factor {0}."
    records = ({"id": n, "abstract": text.format(n, n * n)} for n in range(60_000))
    many.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    command = [sys.executable, "-m", "app", "ingest", str(many), "--index", str(tmp_path / "index")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    _wait_until_it_reads(running.pid, many)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said.strip().count("\n") == 0
    assert "run the same command again" in said
    again = _process(
        "ingest", many, "--index", tmp_path / "index", "--max", 600, "--json", cwd=tmp_path
    )
    assert (again.returncode, json.loads(again.stdout)["skipped"]) == (0, 0)


def _wait_until_it_reads(pid: int, file: Path) -> None:
    """Until a process holds the file open: before that, a Ctrl-C meets a program that starts."""
    held = Path(f"/proc/{pid}/fd")
    until = time.monotonic() + (60 if held.is_dir() else 2)
    while time.monotonic() < until:
        with suppress(OSError):  # what it closes meanwhile
            if any(one.resolve() == file for one in held.iterdir()):
                break
        time.sleep(0.02)
    time.sleep(0.3)


def test_json_in_a_pipe_is_utf_8_whatever_the_terminal_speaks(
    sample_index: Path, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "ask", QUESTION, "--json", "--index", sample_index],
        cwd=tmp_path, capture_output=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert json.loads(done.stdout.decode("utf-8"))["question"] == QUESTION


def test_eval_check_and_run_score_cases_of_ones_own(
    askpapers: Run, sample_index: Path, tmp_path: Path
) -> None:
    cases = tmp_path / "cases.yaml"
    cases.write_text(
        "- id: sgil\n  question: What does SGIL stand for?\n  kind: definition\n  papers: [SGIL]\n"
        '  facts: ["Social Graph Invariant Learning"]\n',
        "utf-8",
    )
    checked = askpapers("eval", "check", "--cases", cases, "--index", sample_index)
    assert (checked.code, checked.err) == (0, "")
    assert "1 cases are sound" in checked.out
    for folder in ("one", "two"):
        ran = askpapers("eval", "run", "--cases", cases, "--index", sample_index, "--out", folder)
        assert ran.code == 0
    assert (tmp_path / "one/results.json").read_bytes() == (
        tmp_path / "two/results.json"
    ).read_bytes()
    assert '"seconds"' not in (tmp_path / "one/results.json").read_text("utf-8")
    same = askpapers("eval", "compare", "one/results.json", "two/results.json")
    assert same.code == 0


def test_eval_retrieval_prints_each_measure(
    askpapers: Run, sample_index: Path, tmp_path: Path
) -> None:
    held = json.loads(askpapers("papers", "--json", "--index", sample_index).out)
    queries, qrels = tmp_path / "queries.jsonl", tmp_path / "qrels.tsv"
    queries.write_text('{"id": "q", "text": "social graph invariant learning"}\n', "utf-8")
    wanted = next(p["paper_id"] for p in held if p["title"].startswith("SGIL"))
    qrels.write_text(f"query-id\tcorpus-id\trelevance\nq\t{wanted}\t1\n", "utf-8")
    ran = askpapers(
        "eval",
        "retrieval",
        "--queries",
        queries,
        "--qrels",
        qrels,
        "--index",
        sample_index,
        "--json",
    )
    means = json.loads(ran.out)
    assert means["nDCG@10"]["mean"] == 1.0
    assert means["MRR"]["n"] == 1


def test_rebuild_mends_an_index_that_another_embedding_made(
    askpapers: Run, sample_index: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    shutil.copytree(sample_index, folder)
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as catalog, catalog:
        catalog.execute("UPDATE meta SET value = 'another' WHERE key = 'embedding'")
    assert "--rebuild" in askpapers("ask", "What is SGIL?", "--index", folder).err
    assert askpapers("ingest", "--rebuild", "--index", folder).code == 0
    assert askpapers("ask", "What is SGIL?", "--index", folder).code == 0
