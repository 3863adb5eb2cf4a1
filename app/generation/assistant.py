"""The model's part in answering: full questions, written answers, judged lists."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from app.answer import Answer
from app.choices import Strictness
from app.generation.list_judge import ListJudge
from app.generation.pipeline import Writer
from app.generation.prompts import TokenGauge
from app.generation.rewrite import rewritten
from app.generation.task import Task, shown_meanwhile
from app.llm.choice import chat_model
from app.llm.deadline import Deadline
from app.settings import Settings
from app.support.alignment import Embed
from ingest.errors import ServerError
from ingest.records import Paper

# Kinds that a model writes, and kinds that it judges; the others stay as the code answers them.
WRITTEN = ("lookup", "definition", "compare")
JUDGED = ("list", "count")


class Assistant:
    """One chat model at work for one engine."""

    def __init__(self, settings: Settings, embed: Embed | None) -> None:
        self.model = chat_model(settings)
        # What is shown names the model that answers, whichever setting chose it.
        settings = settings.model_copy(update={"chat_model": self.model.name})
        gauge = TokenGauge()
        self._writer = Writer(settings, self.model, gauge, embed)
        self._lists = ListJudge(settings, self.model, gauge)

    def full_question(
        self, question: str, history: Sequence[str], before: Answer, deadline: Deadline
    ) -> Generator[Answer, None, tuple[str, str]]:
        """Returns a follow-up as a full question, or "", and why the model failed, or "".

        `before` answered last. Yields an answer without text while it waits.
        """
        titles = [citation.paper.title for citation in before.citations]
        note = "The question is read together with those before it …"
        waiting = Answer(question, "", "lookup", notes=(note,))
        work = rewritten(self.model, question, history, titles, deadline)
        try:
            return (yield from shown_meanwhile(work, waiting)), ""
        except ServerError as error:
            return "", str(error)

    def answers(
        self,
        question: str,
        extractive: Answer,
        papers: Sequence[Paper],
        deadline: Deadline,
        *,
        strictness: Strictness = "normal",
        wanted: int | None = None,
    ) -> Generator[Answer, None, None]:
        """Growing answers; the last is complete. `papers` may answer the question, best first.

        A list shows as many papers as are `wanted`.
        """
        chosen = tuple({paper.paper_id: paper for paper in papers}.values())
        task = Task(question, extractive.kind, chosen, extractive, deadline, strictness, wanted)
        if extractive.kind in WRITTEN:
            yield from self._writer.write(task)
        elif extractive.kind in JUDGED:
            yield from self._lists.judge(task)
        else:
            yield extractive
