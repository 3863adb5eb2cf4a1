"""Bad input: one clear sentence that says what to do, exit code 2, nothing lost, no traceback."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Ran

Run = Callable[..., Ran]
GOOD = '{"id": "a", "title": "Owls", "abstract": "We study how owls fly at night without sound."}'


def _told(ran: Ran, *words: str) -> str:
    """What stderr says to the person, after checking its manners."""
    said = ran.err.strip()
    assert ran.code == 2, ran
    assert "Traceback" not in ran.err + ran.out
    assert said.count("\n") == 0, said
    assert said[-1] in '."'
    assert [word for word in words if word not in said] == [], said
    return said


@pytest.fixture
def owls(askpapers: Run, tmp_path: Path) -> Path:
    """The folder of an index that holds one paper."""
    (tmp_path / "owls.jsonl").write_text(GOOD + "\n", "utf-8")
    assert askpapers("ingest", "owls.jsonl", "--index", "index").code == 0
    return tmp_path / "index"


def _titles(askpapers: Run, index: Path) -> list[str]:
    return [
        paper["title"] for paper in json.loads(askpapers("papers", "--json", "--index", index).out)
    ]


# Files


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b"", "The file is empty"),
        ("blank.jsonl", b" \n\t\n", "The file is empty"),
        ("binary.txt", bytes(range(256)) * 40, "not a text file"),
        ("prose.txt", b"Shopping list\n", "abstract"),
        ("broken.jsonl", b'{"abstract": \n', "JSON"),
        ("empty.json", b"[]", ""),
    ],
)
@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_file_without_abstracts_is_named_with_the_reason(
    askpapers: Run, owls: Path, name: str, content: bytes, reason: str, flags: tuple[str, ...]
) -> None:
    Path(name).write_bytes(content)
    ran = askpapers("ingest", name, "--index", owls, *flags)
    _told(ran, name, reason)
    if flags:
        tally = json.loads(ran.out)
        assert tally["read"] == tally["skipped"] == len(tally["problems"])
    assert _titles(askpapers, owls) == ["Owls"]


def test_a_folder_without_files_to_read_is_one_sentence(askpapers: Run, owls: Path) -> None:
    folder = Path("photos")
    folder.mkdir()
    (folder / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    (folder / ".hidden.jsonl").write_text(GOOD, "utf-8")
    _told(askpapers("ingest", folder, "--index", owls), "No file with abstracts", "README")
    assert _titles(askpapers, owls) == ["Owls"]


def test_several_useless_files_are_each_named_once(askpapers: Run) -> None:
    for name in ("one.txt", "two.txt"):
        Path(name).touch()
    ran = askpapers("ingest", "one.txt", "two.txt")
    _told(ran, "Nothing could be read")
    assert (ran.out + ran.err).count("one.txt:1: The file is empty.") == 1
    assert (ran.out + ran.err).count("two.txt:1: The file is empty.") == 1


def test_good_lines_among_bad_ones_are_kept_and_the_bad_ones_named(askpapers: Run) -> None:
    lines = [
        '{"id": 1}',
        "not json",
        GOOD,
        "[1]",
        '{"abstract": ""}',
        '{"abstract": null}',
        "",
        "7",
    ]
    Path("mixed.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    ran = askpapers("ingest", "mixed.jsonl", "--json")
    tally = json.loads(ran.out)
    assert (ran.code, ran.err, tally["added"], tally["read"]) == (0, "", 1, 7)
    places = [problem["source"].rsplit(":", 1)[1] for problem in tally["problems"]]
    assert places == ["1", "2", "4", "5", "6", "8"]
    assert all(problem["reason"].endswith(".") for problem in tally["problems"])


def test_a_missing_path_stops_before_anything_is_read(askpapers: Run, tmp_path: Path) -> None:
    (tmp_path / "owls.jsonl").write_text(GOOD, "utf-8")
    _told(askpapers("ingest", "owls.jsonl", "owl.jsonl"), "owl.jsonl", "Check the path")
    assert not (tmp_path / ".askpapers").exists()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("frobnicate",), ("frobnicate", "askpapers --help")),
        (("ask", "x", "--bogus"), ("--bogus", "askpapers ask --help")),
        (("search", "x", "--limit", "0"), ("--limit", "askpapers search --help")),
        (("search", "x", "--limit", "many"), ("--limit", "integer")),
        (("chat", "--port", "99999"), ("--port", "65535")),
        (("ingest", "x", "--max", "0"), ("--max",)),
        (("eval", "compare", "one.json"), ("AFTER", "askpapers eval compare --help")),
    ],
)
def test_a_command_that_is_typed_wrong_points_at_its_help(
    askpapers: Run, command: tuple[str, ...], words: tuple[str, ...]
) -> None:
    ran = askpapers(*command)
    _told(ran, *words)
    assert ran.out == ""


def test_nothing_named_says_what_to_type(askpapers: Run) -> None:
    _told(askpapers("ingest"), "askpapers ingest FOLDER")
    _told(askpapers("ask"), 'askpapers ask "')
    _told(askpapers("search"), 'askpapers search "')


# Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ASKPAPERS_CHUNK_CHARS", "5"),
        ("ASKPAPERS_CHUNK_OVERLAP", "much"),
        ("ASKPAPERS_PORT", "99999"),
        ("ASKPAPERS_MODE", "clever"),
        ("ASKPAPERS_TODAY", "yesterday"),
        ("OPENAI_BASE_URL", "localhost"),
    ],
)
@pytest.mark.parametrize("command", [("ask", "x"), ("doctor",)])
def test_a_setting_that_cannot_be_used_is_named_with_its_value(
    askpapers: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv(name, value)
    ran = askpapers(*command)
    _told(ran, f"{name}={value}", ".env.example")
    assert ran.out == ""


def test_a_setting_in_the_env_file_is_checked_too_and_an_empty_one_is_the_default(
    askpapers: Run, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("ASKPAPERS_PORT=\nASKPAPERS_MODE=\n", "utf-8")
    assert askpapers("doctor").code == 0
    (tmp_path / ".env").write_text("ASKPAPERS_PORT=http\n", "utf-8")
    _told(askpapers("doctor"), "ASKPAPERS_PORT=http")


# Indexes


def test_an_index_of_another_embedding_says_to_make_it_again(askpapers: Run, owls: Path) -> None:
    _change_catalog(owls, "embedding", "another-1")
    for command in (("ask", "owls?"), ("search", "owls"), ("papers",), ("ingest", "owls.jsonl")):
        _told(askpapers(*command, "--index", owls), "another-1", "askpapers ingest")


def test_an_index_of_a_newer_format_is_left_alone(askpapers: Run, owls: Path) -> None:
    _change_catalog(owls, "format", "999")
    for command in (("ask", "owls?"), ("papers",), ("ingest", "owls.jsonl")):
        _told(askpapers(*command, "--index", owls), str(owls), "999")


def _change_catalog(index: Path, name: str, value: str) -> None:
    connection = sqlite3.connect(index / "catalog.sqlite")
    with connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = ?", (value, name))
        assert connection.total_changes == 1
    connection.close()


def test_removing_a_paper_that_is_not_there_says_where_ids_are(askpapers: Run, owls: Path) -> None:
    _told(askpapers("papers", "--remove", "abs:nope", "--index", owls), "abs:nope", "--json")
    assert _titles(askpapers, owls) == ["Owls"]


def test_a_rebuild_of_nothing_says_to_ingest(askpapers: Run) -> None:
    _told(askpapers("ingest", "--rebuild", "--index", "nothing"), "askpapers ingest FOLDER")
    assert not Path("nothing").exists()


# A folder in which nothing may be written. Root may write anywhere, so it gives up that power.


def _without_power(*arguments: object, cwd: Path) -> Ran:
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root without setpriv may write everywhere: run the tests as a user")
        powers = "-dac_override,-dac_read_search"
        command = ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}", *command]
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "owls.jsonl").write_text(GOOD, "utf-8")
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    _told(_without_power("ingest", "../owls.jsonl", cwd=closed), "ermission")
    ran = _without_power("ask", "owls?", cwd=closed)
    assert "sample corpus" in ran.err.splitlines()[0]
    _told(Ran(ran.code, ran.out, ran.err.splitlines()[1]), "ermission")
    ran = _without_power("doctor", cwd=closed)
    assert ran.code == 2
    assert "ASKPAPERS_INDEX" in ran.out


def test_an_index_that_cannot_be_written_can_be_asked(owls: Path, tmp_path: Path) -> None:
    for path in (*owls.rglob("*"), owls):
        path.chmod(path.stat().st_mode & 0o555)
    before = {file: file.stat().st_mtime_ns for file in owls.rglob("*")}
    for command in (("ask", "How do owls fly?"), ("papers",)):
        ran = _without_power(*command, "--index", owls, cwd=tmp_path)
        assert (ran.code, ran.err) == (0, "")
        assert "Owls" in ran.out
    _told(_without_power("ingest", "owls.jsonl", "--index", owls, cwd=tmp_path), str(owls))
    assert {file: file.stat().st_mtime_ns for file in owls.rglob("*")} == before


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_text(GOOD, "utf-8")
    secret.chmod(0)
    _told(_without_power("ingest", secret, cwd=tmp_path), "secret.jsonl", "ermission denied")


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_an_index_that_is_a_file_is_a_sentence(askpapers: Run, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    (tmp_path / "owls.jsonl").write_text(GOOD, "utf-8")
    _told(askpapers("ingest", "owls.jsonl", "--index", place), "file")
    _told(askpapers("ask", "owls?", "--index", place), place)
    assert (tmp_path / "file").read_text("utf-8") == "mine"


@pytest.mark.parametrize("command", [("ask", "owls?"), ("papers",), ("ingest", "owls.jsonl")])
def test_a_catalog_that_is_no_database_is_a_sentence(
    askpapers: Run, owls: Path, command: tuple[str, ...]
) -> None:
    (owls / "catalog.sqlite").write_bytes(b"garbage" * 100)
    for stray in owls.glob("catalog.sqlite-*"):
        stray.unlink()
    _told(askpapers(*command, "--index", owls), str(owls))


# Questions


@pytest.mark.parametrize("blank", ["", "   ", "\n\t", "\u200b", "?"])
def test_a_question_of_nothing_is_answered_with_a_reason(
    askpapers: Run, owls: Path, blank: str
) -> None:
    ran = askpapers("ask", blank, "--json", "--index", owls)
    answer = json.loads(ran.out)
    assert (ran.code, answer["abstained"], answer["citations"]) == (0, True, [])
    assert answer["reason"]


@pytest.mark.parametrize(
    "text", ["owls fly " * 11_000, "a" * 100_000, "(" * 100_000, "[1] " * 25_000]
)
def test_a_question_of_100_kb_is_answered_in_seconds(askpapers: Run, owls: Path, text: str) -> None:
    started = time.monotonic()
    for command in ("ask", "search"):
        ran = askpapers(command, text, "--json", "--index", owls)
        assert ran.code == 0
        assert json.loads(ran.out)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mowls\x07 fly?",
        "owls \x00 fly",
        "owls \udcff fly",
        "owls \ufdd0\U0010ffff fly",
        "🦉 owls fly",
    ],
)
def test_control_characters_and_broken_bytes_in_a_question_do_no_harm(
    askpapers: Run, owls: Path, text: str
) -> None:
    for command in ("ask", "search"):
        ran = askpapers(command, text, "--json", "--index", owls)
        assert ran.code == 0
        assert "Owls" in ran.out
        assert "\x1b" not in ran.out
    assert "\x1b[31m" not in askpapers("ask", text, "--index", owls).out


def test_control_characters_of_an_abstract_never_reach_the_terminal(askpapers: Run) -> None:
    record = {
        "id": "x",
        "title": "Ow\x1b[2Jls",
        "abstract": "Owls\x07 fly \x1b]0;t\x07at night, quite silently.",
    }
    Path("hostile.jsonl").write_text(json.dumps(record), "utf-8")
    askpapers("ingest", "hostile.jsonl")
    for command in (("papers",), ("ask", "How do owls fly?"), ("search", "owls")):
        shown = askpapers(*command).out
        assert "fly" in shown or "ls" in shown
        assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)


# Batches


@pytest.mark.parametrize(
    "line", ["nonsense", "[]", '{"id": 1}', '{"id": 1, "question": 5}', '{"text": "x"}']
)
def test_a_bad_line_of_a_batch_is_told_before_the_first_answer(
    askpapers: Run, owls: Path, line: str
) -> None:
    Path("batch.jsonl").write_text('{"id": 1, "question": "owls?"}\n\n' + line + "\n", "utf-8")
    ran = askpapers("ask", "--batch", "batch.jsonl", "--index", owls)
    _told(ran, "batch.jsonl:3")
    assert ran.out == ""


@pytest.mark.parametrize("history", ['"before"', "[1]", "{}"])
def test_a_history_that_is_no_list_of_questions_is_told(
    askpapers: Run, owls: Path, history: str
) -> None:
    Path("batch.jsonl").write_text(f'{{"question": "owls?", "history": {history}}}', "utf-8")
    _told(askpapers("ask", "--batch", "batch.jsonl", "--index", owls), "batch.jsonl", "history")


def test_a_batch_file_that_cannot_be_read_is_named(askpapers: Run, owls: Path) -> None:
    _told(askpapers("ask", "--batch", "nope.jsonl", "--index", owls), "nope.jsonl", "No such file")
    Path("latin.jsonl").write_bytes(b'{"question": "\xe9t\xe9?"}')
    _told(askpapers("ask", "--batch", "latin.jsonl", "--index", owls), "latin.jsonl", "UTF-8")


# Eval


def test_eval_says_what_a_case_lacks(askpapers: Run, owls: Path) -> None:
    Path("cases.yaml").write_text("- id: a\n  question: Where?\n  papers: [kelp]\n", "utf-8")
    ran = askpapers("eval", "check", "--cases", "cases.yaml", "--index", owls)
    _told(ran, "1 problem")
    assert "kelp" in ran.out
    Path("cases.yaml").write_text("- question: {", "utf-8")
    _told(askpapers("eval", "check", "--cases", "cases.yaml", "--index", owls), "cases.yaml")
    _told(askpapers("eval", "check", "--cases", "none.yaml", "--index", owls), "none.yaml")


def test_eval_names_the_file_that_it_cannot_use(askpapers: Run, owls: Path) -> None:
    Path("bad.jsonl").write_text("nonsense\n", "utf-8")
    _told(askpapers("eval", "compare", "bad.jsonl", "bad.jsonl"), "bad.jsonl")
    _told(askpapers("eval", "meta", "bad.jsonl"), "bad.jsonl:1")
    _told(askpapers("eval", "meta", "none.jsonl"), "none.jsonl")
    ran = askpapers(
        "eval", "retrieval", "--queries", "bad.jsonl", "--qrels", "none", "--index", owls
    )
    _told(ran, "bad.jsonl")
