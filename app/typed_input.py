"""What is typed after a command, or stands in a batch file, as clean text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.errors import UsageError
from ingest.json_text import parsed


def batch_entries(file: Path, needed: str) -> Iterator[dict[str, Any]]:
    """The objects of a batch file, all checked before the first is used."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(f"The batch file {file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The batch file {file} is not text in UTF-8.") from error
    entries = []
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            entry = parsed(text)
        except ValueError:
            entry = None
        if not isinstance(entry, dict) or not isinstance(entry.get(needed), str):
            raise UsageError(f'{file}:{number} is not a JSON object with "id" and "{needed}".')
        entries.append(entry)
    return iter(entries)


def earlier_questions(value: object, file: Path) -> tuple[str, ...]:
    """The history of an entry. Raises UsageError where it is no list of texts."""
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise UsageError(f'In {file} a "history" is not a list of questions.')
    return tuple(map(clean, value))


def joined_words(typed: list[str] | None) -> str:
    """The text of an argument, whether it was typed in quotes or not."""
    return clean(" ".join(typed or ()))


def clean(typed: str) -> str:
    """The text without the halves of characters that bytes outside of UTF-8 leave."""
    return typed.encode("utf-8", "replace").decode("utf-8")
