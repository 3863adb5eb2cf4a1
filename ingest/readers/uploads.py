"""A file that came by way of the page: read where it was put, under the name that it came with."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from ingest.readers.inputs import Input, inputs_of
from ingest.readers.naming import name_of

UPLOAD = "upload:"
_LONGEST_NAME = 200  # characters
_NAMELESS = "papers"


def uploaded(file: Path, name: str) -> list[Input]:
    """The file, or its members where it is a ZIP archive, as `upload:NAME`.

    A file of the same name that comes again is an edit of the one before, wherever it is put.
    `name` may be anything: nothing is opened by it.
    """
    place, called = name_of(file), UPLOAD + shown_name(name)

    def renamed(text: str) -> str:
        return called + text.removeprefix(place)

    return [
        replace(
            one,
            name=renamed(one.name),
            problem=one.problem and replace(one.problem, source=renamed(one.problem.source)),
        )
        for one in inputs_of(file)
    ]


def shown_name(name: str) -> str:
    """A file's own name, whatever path stands before it, in letters that can be shown."""
    last = re.split(r"[\\/]", name.encode("utf-8", "replace").decode())[-1].strip()
    return name_of(last[-_LONGEST_NAME:]) or _NAMELESS
