"""Papers, answers and an engine for the tests of the page."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from app.answer import Answer, Citation, Passage, Quote, Sentence
from app.extractive.assemble import bullet
from app.extractive.messages import WHICH
from app.holdings import Holdings
from app.serving.service import Service
from app.suggesting.introduction import Example, Introduction, Job
from app.ui import server as serving
from app.ui.chat import Engine
from app.ui.desk import Desk
from app.understanding.question import Asked
from ingest.catalog import Feedback
from ingest.errors import IndexBusy, ServerError
from ingest.records import Paper, Problem

EXAMPLES = ["Which papers are about reefs?", "What is CoralNet?"]
CORPUS_LINE = "3 papers · sample corpus - run `askpapers ingest FOLDER` to use your own"
SERVER_DOWN = "The model server did not answer: start it, or unset OPENAI_BASE_URL."

CORAL = Paper(
    paper_id="abs:000000000001",
    abstract="CoralNet maps reefs from the air. It finds 91% of bleached corals. Code is public.",
    title="CoralNet: Mapping Reefs from the Air",
    authors=("Ada Reef", "Ben Shoal"),
    year=2024,
    venue="Ocean Letters",
    url="https://example.org/coralnet",
    sources=("/papers/reefs.txt:4",),
)
KELP = Paper(
    paper_id="abs:000000000002",
    abstract="We count kelp [7] in drone images. Counting is hard in surf.",
    title="We count kelp in drone images",
    title_derived=True,
)
HOSTILE_TEXT = (
    "<script>window.pwned=1</script> <img src='http://evil.invalid/a.png' onerror='window.pwned=2'>"
    " ![x](http://evil.invalid/b.png) [click](javascript:window.pwned=3) http://evil.invalid/c"
    ' <a href="http://evil.invalid">a</a> www.evil.invalid mail@evil.invalid [7] `code` *em*'
    " %%%LATEX_BLOCK_0%%% <style>body{display:none}</style> {{value}} ${value} &lt; |a|b|"
    " <svg onload='window.pwned=4'> </details></article></section> \\(a<b\\) $5 and $6"
)
HOSTILE_FILE = "upload:<img src=x onerror='window.pwned=9'>\"&.bib"
HOSTILE = Paper(
    paper_id="abs:000000000003",
    abstract=HOSTILE_TEXT + " The end.",
    title="Title <b onclick='window.pwned=5'>\"bold\"</b>",
    authors=("<i>Eve</i>", '"><script>window.pwned=6</script>'),
    url="javascript:window.pwned=7",
)


def quote(paper: Paper, text: str) -> Quote:
    start = paper.abstract.index(text)
    return Quote(text, start, start + len(text))


def lookup(question: str = "What is CoralNet?") -> Answer:
    first, second = "CoralNet maps reefs from the air.", "We count kelp [7] in drone images."
    return Answer(
        question,
        f"{first} [1]\nWe count kelp (7) in drone images. [2]",
        "lookup",
        sentences=(Sentence(first, (1,)), Sentence(second, (2,))),
        citations=(
            Citation(1, CORAL, (quote(CORAL, first),), ("authors",)),
            Citation(2, KELP, (quote(KELP, second),)),
        ),
    )


def listing(question: str, count: int = 9) -> Answer:
    text = "It finds 91% of bleached corals."
    papers = [
        replace(CORAL, paper_id=f"abs:{n}", title=f"Reef paper {n}", year=2024 - n % 7)
        for n in range(count)
    ]
    lines = [f"{bullet(paper)}{text} [{n}]" for n, paper in enumerate(papers, 1)]
    return Answer(
        question,
        "\n".join([f"{count} papers match:", *lines]),
        "list",
        citations=tuple(
            Citation(n, paper, (quote(paper, text),)) for n, paper in enumerate(papers, 1)
        ),
        total_matching=count,
        filters={"since": 2023, "authors": ["Ada Reef", "Ben Shoal"]},
    )


def abstention(question: str) -> Answer:
    reason = "No abstract mentions glaciers."
    return Answer(
        question, "The abstracts do not say.", "lookup", "none", reason, closest=(CORAL, KELP)
    )


def unclear(question: str) -> Answer:
    return Answer(question, WHICH, "lookup", "none", WHICH, closest=(CORAL, HOSTILE))


def comparison(question: str) -> Answer:
    method, result = "CoralNet maps reefs from the air.", "It finds 91% of bleached corals."
    task = "We count kelp [7] in drone images."
    return Answer(
        question,
        f"**CoralNet**\n- Method: {method} [1]\n- Result: {result} [1]\n\n"
        "**Kelp**\n- Method: We count kelp (7) in drone images. [2]",
        "compare",
        citations=(
            Citation(1, CORAL, (quote(CORAL, method), quote(CORAL, result))),
            Citation(2, KELP, (quote(KELP, task),)),
        ),
    )


def hostile(question: str) -> Answer:
    citation = Citation(1, HOSTILE, (Quote(HOSTILE_TEXT, 0, len(HOSTILE_TEXT)),))
    text = f"{HOSTILE_TEXT} [1]\n- {HOSTILE_TEXT} [1]\n> quote\n    code\n| a | b |\n|---|---|"
    return Answer(
        question,
        text,
        "lookup",
        citations=(citation,),
        notes=(HOSTILE_TEXT,),
        filters={"<b>topic": HOSTILE_TEXT},
    )


class ScriptedEngine:
    """Answers by the first word of the question, a line at a time; `asked` keeps what came in.

    "wait …" answers nothing after its first line until `go` is set, "late …" nothing at all before
    that; "many …" lists 25 papers.
    """

    held = 3
    model = ""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.without: list[tuple[str, ...]] = []
        self.put: list[Asked] = []
        self.go = threading.Event()
        self.closed = threading.Event()
        self.kept: list[Feedback] = []
        self.is_busy = False
        self.gone: set[str] = set()

    def compare(self, question: str, paper_ids: Sequence[str]) -> Answer:
        self.asked.append((question, tuple(paper_ids)))
        return comparison(question)

    def search(self, _query: str, limit: int) -> list[Passage]:
        return [Passage(paper, 1.0, 0, 10) for paper in self.papers()][:limit]

    def papers(self) -> list[Paper]:
        return [CORAL, KELP, HOSTILE]

    def paper(self, name: str) -> Paper | None:
        return next((paper for paper in self.papers() if paper.paper_id == name), None)

    def shelf(self, text: str, most: int, file: str = "") -> tuple[list[Paper], int]:
        held = [HOSTILE] if file == HOSTILE_FILE else [CORAL, KELP] if file else self.papers()
        found = [paper for paper in held if text.lower() in paper.abstract.lower()]
        return found[:most], len(found)

    def holdings(self) -> Holdings:
        return Holdings(
            self.papers_by_year(),
            {"/papers/reefs.txt": 2, HOSTILE_FILE: 1},
            ((CORAL, "the same DOI 10.1/reef"), (HOSTILE, HOSTILE_TEXT)),
            2,
            (Problem(f"{HOSTILE_FILE}:3", f"It is no abstract: {HOSTILE_TEXT}"),),
        )

    def keep(self, given: Feedback) -> None:
        if self.is_busy:
            raise IndexBusy("Another program is writing.")
        self.kept.append(given)

    def held_of(self, paper_ids: Sequence[str]) -> dict[str, Paper]:
        """All but those that `gone` names."""
        held = {paper.paper_id: paper for paper in self.papers()}
        return {one: held.get(one, CORAL) for one in paper_ids if one not in self.gone}

    def papers_by_year(self) -> dict[int | None, int]:
        return {2021: 2, 2024: 1, None: 2}

    def introduction(self) -> Introduction:
        jobs: tuple[Job, ...] = ("Find", "Explain")
        examples = tuple(map(Example, jobs, EXAMPLES))
        return Introduction(3, 2021, 2024, ("coral reefs", HOSTILE_TEXT), examples)

    def follow_ups(
        self, put: Asked, _history: Sequence[Asked], answer: Answer
    ) -> tuple[Asked, ...]:
        """The examples; after "unclear …" the same question about the closest papers."""
        if answer.reason == WHICH:
            return tuple(Asked(put.text, about=paper.paper_id) for paper in answer.closest)
        return tuple(Asked(example) for example in EXAMPLES if example != put.text)

    def changed_by(self, put: Asked, _history: Sequence[Asked]) -> tuple[str, ...]:
        return tuple(put.choices.told(name) for name in put.choices.made)

    def stream(
        self, question: str | Asked, history: Sequence[str | Asked] = ()
    ) -> Iterator[Answer]:
        put = question if isinstance(question, Asked) else Asked(question)
        question = put.text
        self.asked.append((question, tuple(getattr(one, "text", str(one)) for one in history)))
        self.without.append(put.without)
        self.put.append(put)
        word = question.split(maxsplit=1)[0].lower()
        if word == "broken":
            raise ServerError(SERVER_DOWN)
        if word == "late":
            self.go.wait(timeout=20)
        if word == "bug":
            raise ZeroDivisionError("a bug")
        make: dict[str, Callable[[str], Answer]] = {
            "which": listing,
            "glaciers": abstention,
            "hostile": hostile,
            "wait": listing,
            "many": lambda text: listing(text, 25),
            "compare": comparison,
            "unclear": unclear,
        }
        yield from self._lines(make.get(word, lookup)(question), waiting=word == "wait")

    def _lines(self, answer: Answer, *, waiting: bool) -> Iterator[Answer]:
        lines = answer.text.splitlines()
        try:
            for end in range(1, len(lines)):
                yield replace(answer, text="\n".join(lines[:end]))
                if waiting:
                    self.go.wait(timeout=20)
            yield answer
        finally:
            self.closed.set()


@contextmanager
def served(
    engine: Engine,
    allowed: Sequence[str] = (),
    service: Service | None = None,
    desk: Desk | None = None,
) -> Iterator[str]:
    """The address of the page, which is served in a thread for the time of the block."""
    announced: queue.Queue[str] = queue.Queue()
    with serving.listen("127.0.0.1", 0) as listener:
        chosen = service or Service(allowed=allowed)
        web = serving.application(engine, CORPUS_LINE, chosen, desk)
        server = serving.server(web, lambda: announced.put(serving.address(listener)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield announced.get(timeout=60)
        finally:
            if isinstance(engine, ScriptedEngine):
                engine.go.set()
            server.should_exit = True
            thread.join(timeout=30)
