from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingest.errors import IndexMismatch, UsageError
from ingest.index import Index
from ingest.stores.disk_errors import damaged
from ingest.stores.learn_relatives import Lesson, keep
from ingest.stores.relatives import EMPTY


def test_a_store_that_fails_on_a_full_disk_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = damaged(tmp_path, "vectors", "Failed to apply logs")
    assert isinstance(usual, IndexMismatch)
    assert "--rebuild" in str(usual)
    whole = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(
        "ingest.stores.disk_errors.shutil.disk_usage", lambda _: whole._replace(free=4096)
    )
    full = damaged(tmp_path, "vectors", "Failed to apply logs")
    assert not isinstance(full, IndexMismatch)
    assert "make room, then run the same command again" in str(full)
    # What is derived may be left half written, and only this heals it then.
    assert "where that does not do, askpapers ingest --rebuild" in str(full)


def test_relatives_for_which_there_is_no_room_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index(tmp_path / "index")

    def cramped(*_: object) -> None:
        raise OSError("5170176 requested and 40896 written")

    monkeypatch.setattr("ingest.stores.relatives.np.save", cramped)
    with pytest.raises(UsageError, match=r"disk .* is full .* make room"):
        keep(index, Lesson([], [], 0), EMPTY)
    index.close()
