"""The documents say what the program does: settings, commands, targets, links, the example."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import typer.main
from conftest import ROOT, Ran

from app.cli import cli
from app.settings import Settings
from ingest.settings import variable

README = (ROOT / "README.md").read_text("utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
PLUGIN = (ROOT / "eval/pytest_plugin.py").read_text("utf-8")
NAMES = {variable(name, Settings): name for name in Settings.model_fields}


def _default(name: str) -> str:
    """A default as a person writes it: "" for none, 30 for 30.0."""
    value = Settings.model_fields[name].default
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _meaning(name: str) -> str:
    return Settings.model_fields[name].description or ""


# Settings


def test_the_env_example_holds_every_setting_with_its_meaning_and_default() -> None:
    entries = re.findall(r"^# (.+)\n([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE)
    written = {variable: (meaning, default) for meaning, variable, default in entries}
    expected = {variable: (_meaning(name), _default(name)) for variable, name in NAMES.items()}
    assert written == expected
    assert len(entries) == len(written) == len(re.findall(r"^\S+=", EXAMPLE, re.MULTILINE))


def test_a_copy_of_the_env_example_changes_nothing() -> None:
    copied = Settings(_env_file=ROOT / ".env.example")  # type: ignore[call-arg]
    assert copied == Settings(_env_file=None)  # type: ignore[call-arg]


def test_the_readme_holds_every_setting_with_its_meaning_and_default() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*)`|–) \| (.+) \|$", README, re.MULTILINE)
    written = {variable: (meaning, default) for variable, default, meaning in rows}
    expected = {variable: (_meaning(name), _default(name)) for variable, name in NAMES.items()}
    assert written == expected
    assert len(rows) == len(written)


def test_no_document_names_a_setting_that_there_is_none_of() -> None:
    also_known = {"ASKPAPERS_DATA", "ASKPAPERS_BROWSER_REQUIRED", "ASKPAPERS_"}
    for file in _documents():
        named = set(re.findall(r"\b(?:ASKPAPERS|OPENAI)_[A-Z_]*", file.read_text("utf-8")))
        assert named - NAMES.keys() - also_known == set(), file.name


# Commands and targets


def _commands() -> list[str]:
    """Every command as it is typed, such as "eval run"."""
    group = typer.main.get_command(cli)
    names = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        names += [f"{name} {below}" for below in inner] if inner else [name]
    return names


def test_the_readme_explains_every_command_and_no_other() -> None:
    word = "[a-z]+(?:-[a-z]+)*"
    rows = re.findall(rf"^\| `askpapers ({word}(?: {word})*)\b[^`]*` \|", README, re.MULTILINE)
    assert sorted(rows) == sorted(_commands())


def test_every_option_in_the_documents_is_one_of_the_program() -> None:
    group = typer.main.get_command(cli)
    # pytest's own option parser holds those of the plugin.
    options = {"--help", *re.findall(r'"(--askpapers-[a-z]+)"', PLUGIN)}
    waiting = list(group.commands.values())  # type: ignore[attr-defined]
    for command in waiting:
        waiting += list(getattr(command, "commands", {}).values())
        options |= {name for param in command.params for name in param.opts}
    for file in _documents():
        lines = [x for x in file.read_text("utf-8").splitlines() if "pip" not in x]
        used = set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*\b", "\n".join(lines)))
        assert used - options == set(), file.name


def test_the_readme_lists_every_make_target_as_make_help_does() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):.*?## (.+)$", makefile, re.MULTILINE)
    assert re.findall(r"^\| `make ([a-z]+)` \| (.+) \|$", README, re.MULTILINE) == targets
    named = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(_code(README))))
    assert named <= {target for target, _ in targets}


# Text


def _documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def _code(text: str) -> list[str]:
    return re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_every_relative_link_leads_to_a_file() -> None:
    links = 0
    for file in _documents():
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text("utf-8")):
            if "://" not in target:
                assert (file.parent / target).exists(), f"{file.name}: {target}"
                links += 1
    assert links >= 4


def test_every_file_named_in_the_readme_is_there() -> None:
    named = set(re.findall(r"`((?:app|ingest|eval|docs|tests|benchmarks)/[\w./-]+)`", README))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    versions = re.findall(r"^## \[([^\]]+)\]", CHANGELOG, re.MULTILINE)
    assert next(v for v in versions if v != "Unreleased") == project["version"]
    entries = re.findall(r"^- .*$", CHANGELOG, re.MULTILINE)
    assert entries
    assert all(entry.endswith(".") for entry in entries)


def test_the_versions_of_python_in_the_readme_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == ">=3.11,<3.14"
    assert "Python 3.11, 3.12 or 3.13" in README


@pytest.mark.parametrize(
    "path", [ROOT / ".env.example", *sorted(_documents())], ids=lambda path: path.name
)
def test_documents_hold_no_path_of_one_machine(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"(?<![\w.])/(?:home|root|tmp|work|Users|usr|var)/", text)


# The examples


def _examples() -> list[tuple[str, str]]:
    found = re.findall(r'^\$ askpapers ask "([^"\n]+)"\n(.*?)(?=^\$ |^```)', README, re.M | re.S)
    assert len(found) >= 2
    return found


@pytest.mark.parametrize(("question", "shown"), _examples())
def test_the_readme_shows_what_the_program_prints(
    askpapers: Callable[..., Ran], sample_index: Path, question: str, shown: str
) -> None:
    printed = askpapers("ask", question, "--index", sample_index).out.replace(f"{ROOT}/", "")
    assert shown.split() == printed.split(), f"README.md should show:\n{printed}"


def test_the_llamaindex_example_of_the_readme_runs(
    sample_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = next(code for code in _code(README) if "PaperQueryEngine" in code)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".askpapers").mkdir()
    (tmp_path / ".askpapers" / "index").symlink_to(sample_index)
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)
    assert "SGIL" in str(names["response"])
    assert len(names["nodes"]) == 5  # type: ignore[arg-type]
    names["engine"].index.close()  # type: ignore[attr-defined]


def test_the_python_example_of_the_readme_runs(
    sample_index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    example = next(code for code in _code(README) if "engine.ask(" in code)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".askpapers").mkdir()
    (tmp_path / ".askpapers" / "index").symlink_to(sample_index)
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)
    assert "SGIL" in capsys.readouterr().out
    assert len(names["found"]) == 5  # type: ignore[arg-type]
    names["engine"].close()  # type: ignore[attr-defined]


def test_every_shell_example_is_valid_shell() -> None:
    examples = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert examples
    for example in examples:
        subprocess.run(["sh", "-n", "-c", example], check=True)
