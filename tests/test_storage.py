from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingest.errors import IndexMismatch
from ingest.stores.disk_errors import damaged


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
    assert "make room" in str(full)
    assert "--rebuild" not in str(full)
