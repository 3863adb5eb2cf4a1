"""What people say of answers: what is kept of it, where it survives, and the drafts made of it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Ran
from ingest_samples import run
from page_samples import CORAL, HOSTILE_TEXT, KELP, ScriptedEngine, abstention, listing, lookup

from app import open_engine
from app.engine import Engine
from app.settings import Settings
from app.ui.chat import Turn, Turns
from app.ui.judged import judged
from app.ui.wishes import Wish
from eval.dataset.case_files import load_with_drafts
from eval.dataset.from_feedback import as_yaml, proposals
from eval.dataset.paper_phrases import check
from eval.records import Case
from ingest.backup import backup, restore
from ingest.catalog import Catalog, Feedback
from ingest.catalog.examining import findings
from ingest.embedding.models import StaticEmbedding
from ingest.errors import IndexBusy, IndexDamaged, UsageError
from ingest.index import Index
from ingest.mending import mend
from ingest.papers.analysis import Chunking
from ingest.writer_lock import only_writer

CHUNKING, ENCODER = Chunking(2000, 1), StaticEmbedding()
UP = Feedback("a" * 32, "2026-11-21T10:00:00+00:00", "What is CoralNet?", True,
              cited=(CORAL.paper_id,), answer="CoralNet maps reefs from the air. [1]")  # fmt: skip
DOWN = replace(UP, token="b" * 32, liked=False, history=("Which reefs?",), comment=HOSTILE_TEXT)


@pytest.fixture
def folder(sample_index: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_index, tmp_path / "index"))


def _kept(folder: Path) -> list[Feedback]:
    with closing(Catalog(folder / "catalog.sqlite")) as catalog:
        return catalog.feedback()


def _keep(folder: Path, *given: Feedback) -> None:
    engine = open_engine(folder)
    for one in given:
        engine.keep(one)
    engine.close()


# What is kept


def test_feedback_is_kept_whole_and_changed_by_its_token_alone(folder: Path) -> None:
    _keep(folder, UP, DOWN, replace(UP, liked=False, missing="KelpCount"))
    assert _kept(folder) == [replace(UP, liked=False, missing="KelpCount"), DOWN]


def test_an_index_that_was_judged_is_whole_and_sealed_and_is_ingested_as_before(
    folder: Path,
) -> None:
    _keep(folder, UP)
    with closing(Index(folder, ENCODER)) as index:
        index.check_files()
        sealed = index.catalog.seal.read()
        assert sealed is not None
        assert sealed.files
        assert findings(index.catalog, derived=True) == []
    assert run(folder, Path("ingest/corpus/abstracts-1.txt").resolve()).unchanged == 10
    assert _kept(folder) == [UP]


def test_while_papers_are_written_feedback_waits_and_is_told_so(folder: Path) -> None:
    engine = Engine(folder, Settings(_env_file=None, lock_seconds=0.1))
    with only_writer(folder, 1), pytest.raises(IndexBusy):
        engine.keep(UP)
    engine.keep(UP)
    engine.close()
    assert _kept(folder) == [UP]


def test_feedback_is_in_a_backup_and_comes_back_with_it(folder: Path, tmp_path: Path) -> None:
    _keep(folder, UP, DOWN)
    backup(folder, tmp_path / "kept.sqlite")
    restore(tmp_path / "new", tmp_path / "kept.sqlite", CHUNKING, ENCODER)
    assert _kept(tmp_path / "new") == [UP, DOWN]


def test_feedback_is_saved_from_a_broken_catalog(folder: Path) -> None:
    _keep(folder, UP, DOWN)
    file = folder / "catalog.sqlite"
    content = bytearray(file.read_bytes())
    content[:100] = bytes(100)
    file.write_bytes(content)
    (folder / "catalog.sqlite-wal").unlink(missing_ok=True)
    with pytest.raises(IndexDamaged):
        Index(folder, ENCODER)
    assert mend(folder, CHUNKING, ENCODER).kept is not None
    assert _kept(folder) == [UP, DOWN]


def test_feedback_that_was_changed_on_the_disk_is_found_and_never_read(folder: Path) -> None:
    _keep(folder, UP)
    with sqlite3.connect(folder / "catalog.sqlite") as database:
        database.execute("UPDATE feedback SET liked = 0")
    database.close()
    with pytest.raises(IndexDamaged):
        _kept(folder)
    with closing(Catalog(folder / "catalog.sqlite")) as catalog:
        assert findings(catalog) == ["1 feedbacks are not as they were given"]


def test_a_catalog_of_the_format_before_gets_the_tables_and_loses_nothing(folder: Path) -> None:
    with sqlite3.connect(folder / "catalog.sqlite") as database:
        database.executescript(
            "DROP TABLE feedback; DROP TABLE problems;"
            "UPDATE meta SET value = '3' WHERE key = 'format';"
        )
    database.close()
    _keep(folder, UP)
    assert _kept(folder) == [UP]
    with closing(Catalog(folder / "catalog.sqlite")) as catalog:
        assert catalog.count() == 47


# From a wish of the page


def _turns() -> Turns:
    return (
        Turn("Which reefs?", "done", listing("Which reefs?", 3)),
        Turn("What is CoralNet?", "done", lookup()),
        Turn("broken", "failed", error="The server is down."),
    )


def test_what_is_kept_is_the_question_its_answer_and_what_was_said_and_not_by_whom() -> None:
    wish = Wish(do="judge", turn=2, numbers=[2, 9], missing=" Kelp \n Net ", text="no\n")
    found = judged(_turns(), wish)
    assert found is not None
    turns, given = found
    assert (turns[1].liked, turns[1].token) == (False, given.token)
    assert (turns[0], turns[2]) == (_turns()[0], _turns()[2])
    assert given.history == ("Which reefs?",)
    assert given.cited == (CORAL.paper_id, KELP.paper_id)
    assert (given.wrong, given.missing, given.comment) == ((KELP.paper_id,), "Kelp Net", "no")
    again = judged(turns, Wish(do="judge", turn=2, liked=True))
    assert again is not None
    assert again[1].token == given.token


@pytest.mark.parametrize("wish", [Wish(do="judge", turn=0), Wish(do="judge", turn=3),
                                  Wish(do="judge", turn=4), Wish(do="ask", turn=2)])  # fmt: skip
def test_only_answers_are_judged(wish: Wish) -> None:
    assert judged(_turns(), wish) is None


def test_a_token_that_is_none_of_ours_is_not_taken_from_a_browser() -> None:
    turns = (replace(_turns()[1], token="'; DROP TABLE feedback"),)
    found = judged(turns, Wish(do="judge", turn=1))
    assert found is not None
    assert found[1].token != turns[0].token
    assert len(found[1].token) == 32


# Drafts


def _draft(*given: Feedback) -> tuple[Case, str]:
    (one,) = proposals(given, [CORAL, KELP])
    return one.case, "\n".join(one.told)


NOT = replace(UP, liked=False)


@pytest.mark.parametrize(
    ("given", "papers", "tag"),
    [
        (UP, (CORAL.paper_id,), "helpful"),
        (NOT, (CORAL.paper_id,), "not-helpful"),
        (replace(NOT, wrong=(CORAL.paper_id,)), (), "wrong-paper"),
        (replace(NOT, wrong=(CORAL.paper_id,), missing="kelp [7] in drone images"),
         (KELP.paper_id,), "wrong-paper"),
        (replace(NOT, missing=KELP.paper_id), (CORAL.paper_id, KELP.paper_id), "missing-paper"),
        (replace(NOT, missing="images of nothing"), (CORAL.paper_id,), "missing-paper"),
        (replace(NOT, not_said=True), (), "not-in-the-abstract"),
        (replace(UP, abstained=True), (), "helpful"),
        (replace(NOT, cited=("abs:gone",)), (), "not-helpful"),
        (replace(NOT, kind="smalltalk"), (CORAL.paper_id,), "not-helpful"),
    ],
)  # fmt: skip
def test_a_draft_expects_what_was_said_and_is_sound(
    given: Feedback, papers: tuple[str, ...], tag: str
) -> None:
    case, _ = _draft(given)
    assert case.draft
    assert case.papers == papers
    assert case.answerable is bool(papers)
    assert tag in case.tags
    assert check([case], [CORAL, KELP]) == []


def test_what_a_person_has_to_finish_stands_above_the_draft() -> None:
    _, told = _draft(replace(NOT, missing="something else", cited=("abs:gone",)))
    assert "Missing paper: something else. That names no paper, or several." in told
    assert "abs:gone, which is no longer in the index" in told
    assert "name them, if any do" in told


def test_one_question_makes_one_draft_whoever_judged_it() -> None:
    case, told = _draft(UP, replace(NOT, token="c" * 32, question=" what is CORALNET ?"))
    assert "not-helpful" in case.tags
    assert told.count("helpful.") == 2
    assert len(proposals([UP, DOWN], [CORAL])) == 2, "another conversation asks something else"


def test_drafts_are_a_case_file_whatever_people_wrote(tmp_path: Path) -> None:
    breaks = "a\nb\r- id: c\x85- id: d\u2028e\x00\x07\x1b[0m"
    given = [
        replace(DOWN, question=f"{HOSTILE_TEXT}?", comment=breaks, missing=breaks),
        replace(UP, history=(breaks,), answer=HOSTILE_TEXT, kind=breaks),
    ]
    file = tmp_path / "feedback.yaml"
    file.write_text(as_yaml(proposals(given, [CORAL, KELP])), "utf-8")
    cases = load_with_drafts([file])
    assert len(cases) == 2
    assert all(case.draft for case in cases)


def test_the_command_writes_drafts_that_check_accepts_once_they_are_finished(
    folder: Path, askpapers: Callable[..., Ran], tmp_path: Path
) -> None:
    nothing = askpapers("eval", "from-feedback", "--index", folder)
    assert nothing.code == 2
    assert "thumbs" in nothing.err
    with closing(Catalog(folder / "catalog.sqlite")) as catalog:
        sgil = catalog.resolve(catalog.paper_ids()[0])
    assert sgil
    _keep(folder, replace(UP, cited=(sgil,)), replace(DOWN, cited=(sgil,), not_said=True))
    made = askpapers("eval", "from-feedback", "--index", folder)
    assert (made.code, made.err.split(".")[0]) == (0, "2 drafts are in feedback")
    assert askpapers("eval", "from-feedback", "--index", folder).code == 2, "nothing is overwritten"
    file = tmp_path / "feedback.yaml"
    waiting = askpapers("eval", "check", "--index", folder, "--cases", file)
    assert "All 2 cases are drafts" in waiting.err
    file.write_text(file.read_text("utf-8").replace("  draft: true\n", ""), "utf-8")
    finished = askpapers("eval", "check", "--index", folder, "--cases", file)
    assert (finished.code, "2 cases are sound" in finished.out) == (0, True)


# The handler


def test_two_visitors_judge_apart_and_a_busy_catalog_is_told() -> None:
    from app.serving.turnstile import Turnstile
    from app.ui.chat import Conversation
    from app.ui.handlers import Handlers

    engine = ScriptedEngine()
    handlers = Handlers(engine, Turnstile())
    turns = (Turn("Glaciers?", "done", abstention("?")),)
    first, second = (Conversation(turns, known=True) for _ in range(2))
    sent = '{"do": "judge", "turn": 1, "liked": true}'
    assert str(handlers.judge(sent, first)[1]).endswith(" kept")
    assert (first.turns[0].liked, second.turns[0].liked) == (True, None)
    handlers.judge(sent, second)
    assert len({given.token for given in engine.kept}) == 2
    engine.is_busy = True
    assert str(handlers.judge(sent.replace("true", "false"), first)[1]).endswith("not kept")
    assert first.turns[0].liked is True
    with pytest.raises(UsageError):
        engine.keep(UP)
