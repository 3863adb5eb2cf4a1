"""What decides whether an answer is good, identified by its own source."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
DECIDING = ("app/support", "eval/scoring", "eval/gate")
"""Folders whose code scores, passes and gates: a weaker rule is another rule."""

_ABOUT_SCORERS = ("agreement.py", "human_labels.py")


@cache
def rules_fingerprint() -> str:
    """Every deciding module with eight hex digits of its code, as "path=digits", in one line."""
    files = sorted(file for folder in DECIDING for file in (ROOT / folder).glob("*.py"))
    told = (f"{f.relative_to(ROOT).as_posix()}={_digits(f)}" for f in files if _decides(f))
    return " ".join(told)


def _decides(file: Path) -> bool:
    return file.name not in _ABOUT_SCORERS


def _digits(file: Path) -> str:
    return hashlib.sha256(code_of(file.read_text("utf-8")).encode()).hexdigest()[:8]


def code_of(source: str) -> str:
    """Python source without docstrings, comment lines and empty lines: prose decides nothing."""
    prose: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            prose.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(source.splitlines(), 1)
    return "\n".join(
        line.rstrip()
        for number, line in lines
        if number not in prose and line.strip() and not line.lstrip().startswith("#")
    )


def changed_rules(old: str, new: str) -> list[str]:
    """The modules that two fingerprints tell apart, sorted."""
    before, after = (dict(_pairs(told)) for told in (old, new))
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _pairs(told: str) -> list[tuple[str, str]]:
    return [(name, digits) for name, _, digits in (part.partition("=") for part in told.split())]
