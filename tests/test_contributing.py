"""The guide for contributors names what is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_every_file_that_the_guide_names_exists() -> None:
    named = re.findall(r"`((?:app|ingest|eval|training|benchmarks)/[\w./]+)`", GUIDE)
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_room_of_the_house_stands_in_the_guide() -> None:
    rooms = {
        path.parent.name
        for package in ("app", "ingest", "eval")
        for path in (ROOT / package).glob("*/__init__.py")
    }
    assert [room for room in sorted(rooms) if f"      {room}/" not in GUIDE] == []
