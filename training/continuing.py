"""Examples for the decision "continues": questions asked after one that a paper has answered.

Each file of `follow-ups` is one writer's, over the papers of the same file of `lists`: of each
line, `about` are asked of the paper just spoken of, which they do not name, and `new` of another.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from pathlib import Path

from app.engine import Engine
from app.extractive.candidates import Candidates
from app.extractive.sentences import SentenceReader
from app.retrieval.similarity import WordMatcher
from app.settings import Settings
from app.understanding.followups import may_continue, points_back
from app.understanding.reading import read_alone
from ingest.embedding.choice import chosen
from ingest.index import Index
from ingest.pipeline import ingest
from ingest.records import Paper
from ingest.settings import embedded
from training.cross_encoder import records
from training.examples import FEATURES, Collected, Examples

HERE = Path(__file__).parent
WRITTEN, LISTS = HERE / "follow-ups", HERE / "lists"
LABELS = ("belongs", "arguable", "near")
# There are three questions about a paper for one about another.
NEW = 3.0


def collect() -> dict[str, Collected]:
    """The examples of each writer."""
    papers, found = records(), {}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=Path(folder) / "index", mode="extractive")
        for file in sorted(WRITTEN.glob("*.jsonl")):
            topics = _lines(LISTS / file.name)
            among = sorted({name for one in topics for kind in LABELS for name in one[kind]})
            source, index = Path(folder) / file.name, Path(folder) / file.stem
            told = (json.dumps({**papers[name], "id": name}) + "\n" for name in among)
            source.write_text("".join(told), encoding="utf-8")
            index.mkdir()
            with closing(Index(index, chosen(settings))) as empty:
                ingest((source,), empty, settings)
            engine = Engine(index, embedded(settings))
            examples = {name: Examples() for name in FEATURES}
            _add(engine, settings, _lines(file), examples["continues"])
            engine.index.close()
            found[f"follow-ups {file.stem}"] = examples
    return found


def _add(engine: Engine, settings: Settings, lines: list[dict], into: Examples) -> None:
    reader = SentenceReader(engine.index, WordMatcher(engine.index.embedding))
    candidates = Candidates(engine.index, settings)
    by_id = {one: paper for paper in engine.index.catalog.papers() for one in paper.source_ids}

    def add(text: str, paper: Paper, label: bool) -> None:
        asked = read_alone(text, engine.index, settings)
        wanted = reader.wanted(asked.question, asked.linked)
        if points_back(asked) or not may_continue(asked) or not wanted.words:
            return
        rivals = candidates.rivals(asked, paper)
        row = reader.continuing_row(wanted, asked.question.alone, paper, rivals)
        into.add(row, label, 1.0 if label else NEW, text)

    for line in lines:
        paper = by_id[line["id"]]
        for text in line["about"]:
            add(text, paper, True)
        add(line["new"]["q"], paper, False)


def _lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
