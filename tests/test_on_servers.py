"""What holds of an index in a folder holds of one on servers: the same tests, on real servers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import ingest_samples
import pytest
from store_servers import ChromaRun, Postgres
from test_pipeline import (  # noqa: F401
    folder,
    library,
    test_a_record_can_show_that_two_stored_papers_are_one,
    test_an_edit_takes_its_record_away_from_a_paper_that_others_describe,
    test_an_edited_abstract_leaves_nothing_stale_and_keeps_its_old_id,
    test_equal_abstracts_under_clearly_different_titles_never_merge,
    test_lines_that_only_moved_are_unchanged,
    test_prune_takes_out_what_files_no_longer_hold_and_says_which,
    test_row_numbers_that_moved_on_do_not_mix_papers_up,
    test_the_same_files_again_change_nothing,
)

from ingest.servers.stores import Servers


@pytest.fixture(params=["both", "database", "chroma"], autouse=True)
def _on_servers(
    request: pytest.FixtureRequest,
    postgres: Postgres,
    chroma_run: ChromaRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mode = str(request.param)

    def servers_of(place: Path) -> Servers:
        name = "s" + hashlib.sha256(str(place).encode()).hexdigest()[:20]
        return Servers(
            database="" if mode == "chroma" else postgres.url(name),
            chroma="" if mode == "database" else chroma_run.url,
            retries=0,
        )

    monkeypatch.setattr(ingest_samples, "servers_of", servers_of)
