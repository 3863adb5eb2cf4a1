"""A model as a judge of answers, behind LlamaIndex's evaluator interface.

What it finds is advisory until `askpapers eval meta --judge` has shown that the model agrees with
people; from then on it may gate, where that is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from app.llm.choice import chat_model
from app.llm.model import Model
from app.llm.protocol import Request, Usage
from eval.judging.grades import CLAIM, CORRECTNESS, NUGGET, READINGS, VERSION, Grade, Scale, grade
from eval.judging.reply_cache import Message, Replies
from eval.records import Mean, Report, ResolvedCase, Row
from eval.running.parallel import in_order
from eval.scoring.claims import record_text
from eval.scoring.normalize import without_markers
from eval.scoring.statistics import mean_of
from ingest.errors import UsageError
from ingest.records import Json, Paper
from ingest.servers.endpoints import addresses, shown

if TYPE_CHECKING:
    from app.settings import Settings

Cache = Literal["live", "replay"]
SCALES = (CLAIM, CORRECTNESS, NUGGET)
MEASURES = ("claim_support", "contradictions", "answer_correctness", "nugget_recall")
"""Every measure of the judge; of contradictions fewer are better."""


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """The grades of one case with what each is about; a measure is `None` where not scored."""

    id: str
    measures: dict[str, float | None]
    grades: tuple[tuple[str, Grade], ...]

    @property
    def as_measures(self) -> dict[str, float | None]:
        """Its measures under the names by which a report holds them."""
        return {
            f"judge_{name}": None if value is None else round(value, 6)
            for name, value in self.measures.items()
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model found in a report: rows in case order, means, and replies it could not read."""

    model: str
    rows: tuple[JudgedRow, ...]
    means: dict[str, Mean]
    unparsed: int
    ungraded: int
    agreement: Mean

    def as_json(self) -> Json:
        return {"prompts": VERSION, **asdict(self)}


class Evaluator(Protocol):
    """What is used of LlamaIndex's BaseEvaluator."""

    def evaluate(
        self,
        query: str | None = None,
        response: str | None = None,
        contexts: Sequence[str] | None = None,
    ) -> Any: ...


def judge_name(settings: Settings) -> str:
    """The model that judges: ASKPAPERS_JUDGE where set, else the one that writes."""
    return settings.judge_model or settings.chat_model


def kept_replies(settings: Settings, cache: Cache, repeat: int = READINGS) -> Replies:
    """The replies of the judge beside the index, asked from the server where `cache` is live.

    Raises UsageError where a live judge has no server, ServerError where that is dead. A replay
    without a server takes the replies of the one that was asked last.
    """
    folder, name = settings.index.parent / "judge", judge_name(settings)
    known = _Servers(folder)
    server = _server(settings) if settings.is_configured else known.of(name)
    kept = Replies(
        folder, name, VERSION, settings.temperature, server=server, seed=settings.seed,
        repeat=repeat,
    )  # fmt: skip
    if cache == "replay":
        return kept
    if not settings.is_configured:
        raise UsageError(
            "A judge needs a model server: set OPENAI_BASE_URL or OPENAI_API_KEY, or use the "
            "kept replies with --judge-cache replay."
        )
    known.remember(name, server)
    usage = Usage()
    models = [_seeded(settings, reading, usage) for reading in range(repeat)]

    def ask(messages: Sequence[Message], reading: int) -> str:
        return models[reading].complete(Request(messages, model=name))

    return replace(kept, ask=ask, usage=usage)


def _seeded(settings: Settings, reading: int, usage: Usage) -> Model:
    """A model that reads with a seed of its own, where seeds are set at all."""
    seed = None if settings.seed is None else settings.seed + reading
    model = chat_model(settings.model_copy(update={"seed": seed}))
    model.usage = usage
    return model


def _server(settings: Settings) -> str:
    return " ".join(map(shown, addresses(settings.openai_base_url)))


@dataclass(frozen=True, slots=True)
class _Servers:
    """Which server was asked last for each judge, kept beside its replies."""

    folder: Path

    @property
    def _file(self) -> Path:
        return self.folder / "servers"

    def of(self, model: str) -> str:
        return self._known().get(model, "")

    def remember(self, model: str, server: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        known = {**self._known(), model: server}
        text = "".join(f"{name}\t{at}\n" for name, at in sorted(known.items()))
        self._file.write_text(text, encoding="utf-8")

    def _known(self) -> dict[str, str]:
        lines = self._file.read_text("utf-8").splitlines() if self._file.is_file() else []
        return {name: at for name, _, at in (line.partition("\t") for line in lines)}


def evaluators(replies: Replies) -> dict[str, Evaluator]:
    """A LlamaIndex evaluator for each scale, by its name.

    `evaluate(query, response, contexts)` returns an EvaluationResult with the score, the last
    reply as feedback, `passing` for the best grade, `invalid_result` where no verdict could be
    read, and all readings in `grade`.
    """
    from llama_index.core.evaluation import BaseEvaluator, EvaluationResult

    class Graded(EvaluationResult):
        grade: Grade

    class ScaleEvaluator(BaseEvaluator):
        def __init__(self, scale: Scale) -> None:
            self.scale = scale

        def evaluate(
            self,
            query: str | None = None,
            response: str | None = None,
            contexts: Sequence[str] | None = None,
            **_: Any,
        ) -> Graded:
            found = grade(
                self.scale, query or "", response or "", contexts or (), replies.reply,
                replies.repeat,
            )  # fmt: skip
            unread = found.verdict is None
            return Graded(
                query=query,
                response=response,
                contexts=contexts,
                passing=None if unread else found.verdict == self.scale.best,
                score=found.score,
                feedback=found.readings[-1].reply,
                invalid_result=unread,
                invalid_reason="The replies hold no verdict to go by." if unread else None,
                grade=found,
            )

        async def aevaluate(
            self,
            query: str | None = None,
            response: str | None = None,
            contexts: Sequence[str] | None = None,
            **more: Any,
        ) -> Graded:
            return await asyncio.to_thread(self.evaluate, query, response, contexts, **more)

        # The prompts belong to a version that kept replies are bound to: they cannot be changed.
        def _get_prompts(self) -> dict[str, Any]:
            return {}

        def _update_prompts(self, prompts: dict[str, Any]) -> None:
            if prompts:
                raise UsageError("The prompts of this evaluator cannot be changed.")

    return {scale.name: ScaleEvaluator(scale) for scale in SCALES}


@dataclass(frozen=True, slots=True)
class _Task:
    row: str
    scale: Scale
    about: str
    query: str
    response: str
    contexts: tuple[str, ...]


def judge(
    report: Report,
    cases: Sequence[ResolvedCase],
    papers: Sequence[Paper],
    replies: Replies,
    *,
    workers: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> Judged:
    """The model's grades of every answer in a report, in case order.

    Each factual sentence is graded against the records it cites, the answer against the case's
    reference, and each fact against the answer. An abstention from an answerable case scores 0
    unread; unanswerable cases and sentences without citations are left to the other measures.
    Raises ServerError when the server fails: replies so far are kept, and the next run goes on.
    """
    shelf = {paper.paper_id: paper for paper in papers}
    by_id = {resolved.case.id: resolved for resolved in cases}
    tasks = [task for row in report.rows for task in _tasks(row, by_id[row.id], shelf)]
    judges = evaluators(replies)
    found: dict[str, list[tuple[str, Grade]]] = {row.id: [] for row in report.rows}

    def work(task: _Task) -> Grade:
        judge = judges[task.scale.name]
        result: Any = judge.evaluate(task.query, task.response, task.contexts)
        return result.grade  # type: ignore[no-any-return]

    for task, graded in zip(tasks, in_order(work, tasks, workers), strict=True):
        found[task.row].append((task.about, graded))
        progress(task.row)
    rows = tuple(_judged(row, by_id[row.id], found[row.id]) for row in report.rows)
    grades = [graded for row in rows for _, graded in row.grades]
    return Judged(
        replies.model,
        rows,
        {name: mean_of(row.measures[name] for row in rows) for name in MEASURES},
        sum(graded.unparsed for graded in grades),
        sum(graded.verdict is None for graded in grades),
        mean_of(graded.agreement for graded in grades),
    )


def _tasks(row: Row, resolved: ResolvedCase, shelf: dict[str, Paper]) -> Iterator[_Task]:
    if row.abstained or not row.answerable:
        return
    said = without_markers(row.answer)
    for line in row.sentences:
        records = tuple(record_text(shelf[cited]) for cited in line.cited if cited in shelf)
        if records:
            yield _Task(row.id, CLAIM, line.text, row.question, line.text, records)
    if row.reference:
        yield _Task(row.id, CORRECTNESS, row.reference, row.question, said, (row.reference,))
    for fact in resolved.case.facts:
        yield _Task(row.id, NUGGET, fact[0], row.question, said, (" / ".join(fact),))


def _judged(row: Row, resolved: ResolvedCase, grades: list[tuple[str, Grade]]) -> JudgedRow:
    refused = row.abstained and row.answerable
    claims = [graded for _, graded in grades if graded.scale == CLAIM.name]
    right = [graded for _, graded in grades if graded.scale == CORRECTNESS.name]
    nuggets = [graded for _, graded in grades if graded.scale == NUGGET.name]
    verdicts = [graded.verdict for graded in claims if graded.verdict is not None]
    against = [float(found == "contradicts") for found in verdicts]
    measures = {
        "claim_support": mean_of(graded.score for graded in claims).mean,
        "contradictions": mean_of(against).mean,
        "answer_correctness": _or_refused(right, refused and bool(row.reference)),
        "nugget_recall": _or_refused(nuggets, refused and bool(resolved.case.facts)),
    }
    return JudgedRow(row.id, measures, tuple(grades))


def _or_refused(grades: Sequence[Grade], refused: bool) -> float | None:
    return 0.0 if refused else mean_of(graded.score for graded in grades).mean
