"""A question to an answer, over one index: read, link, resolve, then answer by its kind."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from app.answering import comparing, listing, lookup, metadata
from app.answering.assistant import JUDGED, WRITTEN, Assistant
from app.answering.composing import Line, abstained, composed, joined, plain
from app.answering.evidence import EvidenceFinder, topic_words
from app.answering.generated import INSTEAD, noted
from app.answering.listing import Lister
from app.filters import Filters
from app.followup import Context, narrowed, points_back, resolve
from app.linking import Linked, correction, link
from app.matching import WordMatcher
from app.question import Question, read
from app.records import Answer, Passage
from app.retrieval import retrieve
from app.settings import Settings
from ingest.index import Index, open_filled
from ingest.records import Paper

# Papers whose sentences are read for a lookup that names no paper.
_READ = 6
# A list shows this many papers; its count is exact beyond it.
MOST_LISTED = 100
_SMALLTALK = (
    "I answer questions about the papers of this collection from their abstracts, and cite each. "
    "Ask what a method is, what a paper reports, which papers are on a topic, or how two compare."
)


@dataclass(frozen=True, slots=True)
class Read:
    """A question with what the corpus knows of its names, and what it points back at."""

    question: Question
    linked: Linked
    context: Context = field(default_factory=Context)


class Engine:
    """Answers questions over one index, and reopens it when another process has changed it."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Raises IndexMissing for a folder without papers, IndexMismatch for another format."""
        self._folder = folder
        self._settings = settings
        self._assistant: Assistant | None = None
        self._open(open_filled(folder))

    def _open(self, index: Index) -> None:
        self.index = index
        matcher = WordMatcher(index.embedding)
        self._finder = EvidenceFinder(index, matcher)
        self._lister = Lister(index, matcher)
        if self._settings.has_server and self._assistant is None:
            self._assistant = Assistant(self._settings, index.embedding.embed)

    def ask(self, question: str, history: Sequence[str] = ()) -> Answer:
        """The answer. `history` holds the earlier questions of the conversation, oldest first."""
        *_, answer = self.stream(question, history)
        return answer

    def search(self, query: str, limit: int) -> list[Passage]:
        """Papers nearest to a query, best first."""
        return retrieve(self.index, query, limit)

    def stream(self, question: str, history: Sequence[str] = ()) -> Iterator[Answer]:
        """Answers that grow; the last one is the answer of `ask`. Closing it stops the model."""
        started = time.perf_counter()
        if self.index.is_stale():
            self.index.close()
            self._open(open_filled(self._folder))
        with closing(self._answers(question, tuple(history))) as answers:
            for answer in answers:
                yield replace(answer, seconds={"total": round(time.perf_counter() - started, 4)})

    def _answers(self, text: str, history: tuple[str, ...]) -> Generator[Answer, None, None]:
        if self._assistant is None:
            answer = self._answer(text, self._read(text, history))
            yield from _growing(answer)
            yield answer
            return
        asked, failure = yield from self._read_with_model(text, history)
        answer = self._answer(text, asked)
        if failure:
            yield noted(answer, f"{failure} {INSTEAD}")
            return
        if asked.linked.unknown or asked.linked.unknown_authors:
            yield answer  # nothing can be known about what no abstract names
            return
        for better in self._assistant.answers(
            asked.question.text, answer, self._read_by_model(asked, answer)
        ):
            yield replace(better, question=text)

    def _answer(self, text: str, asked: Read) -> Answer:
        question = asked.question
        if not question.text:
            return abstained(
                text, "lookup", "The question is empty. Ask something about the papers."
            )
        if question.kind == "smalltalk":
            return Answer(question=text, text=_SMALLTALK, kind="smalltalk")
        answer = replace(self._by_kind(asked), question=text)
        notes = [asked.context.note] if asked.context.note else []
        return replace(answer, notes=(*notes, *answer.notes))

    def _by_kind(self, asked: Read) -> Answer:
        if asked.question.kind in ("list", "count"):
            return self._list(asked)
        if asked.question.kind == "compare":
            return self._compare(asked)
        if asked.question.kind == "metadata":
            return self._tell(asked)
        if asked.question.kind == "definition":
            return self._define(asked)
        return self._look_up(asked)

    # Reading

    def _read(self, text: str, history: tuple[str, ...]) -> Read:
        asked = self._read_alone(text)
        if not history or not points_back(asked.question, asked.linked):
            return asked
        before = self._read(history[-1], history[:-1])
        answer = self._by_kind(before) if before.question.kind != "smalltalk" else None
        if answer is None:
            return asked
        context = resolve(asked.question, asked.linked, before.question, before.linked, answer)
        if context.text:
            again = self._read_alone(context.text)
            filters = narrowed(again.question.filters, context.filters)
            return replace(again, question=replace(again.question, filters=filters))
        if asked.question.reference.scope == "only":
            asked = replace(asked, question=replace(asked.question, kind="list"))
        return replace(asked, context=replace(context, note=asked.context.note))

    def _read_with_model(
        self, text: str, history: tuple[str, ...]
    ) -> Generator[Answer, None, tuple[Read, str]]:
        """Returns the reading of the model's full question, else that of the words alone.

        And why the model failed, or "".
        """
        asked, alone = self._read(text, history), self._read_alone(text)
        certain = alone.question.reference.scope in ("nth", "set", "only")
        follows = bool(history) and points_back(alone.question, alone.linked)
        if self._assistant is None or certain or not follows:
            return asked, ""
        before = self._by_kind(self._read(history[-1], history[:-1]))
        full, failure = yield from self._assistant.full_question(text, history, before)
        again = self._read_alone(full)
        if not full or again.linked.unknown or points_back(again.question, again.linked):
            return asked, failure
        return replace(again, context=Context(note=f"Read as: “{plain(full)}”")), ""

    def _read_by_model(self, asked: Read, answer: Answer) -> list[Paper]:
        """The papers that the model may read, best first; the code has applied all filters."""
        question, most = asked.question, self._settings
        if answer.kind not in (*JUDGED, *WRITTEN) or not question.text:
            return []
        papers = [citation.paper for citation in answer.citations]
        if question.kind in JUDGED:
            if not topic_words(question.topic) or not most.judged_papers:
                return []
            near = retrieve(self.index, question.topic, most.judged_papers)
            within = asked.context.within
            fit = [p.paper for p in near if listing.passes(p.paper, question.filters)]
            fit = [p for p in fit if within is None or p in within]
            return list(dict.fromkeys([*papers, *fit]))[: max(len(papers), most.judged_papers)]
        passages, named = self._passages(asked)
        papers += [passage.paper for passage in passages]
        if not named and question.kind != "compare":
            papers += [p.paper for p in retrieve(self.index, question.text, most.prompt_papers)]
        return papers

    def _read_alone(self, text: str) -> Read:
        today = self._settings.today or date.today()
        question = read(text, today.year)
        linked = link(question.text, self.index.catalog, self.index.lexicon)
        slip = correction(linked, self.index.catalog)
        if slip:
            again = self._read_alone(question.text.replace(*slip))
            return replace(again, context=Context(note=f"Read “{slip[0]}” as “{slip[1]}”."))
        if question.kind == "list" and linked.own() and not _lists_papers(question):
            question = replace(question, kind="lookup")
        if question.kind in ("list", "count"):
            question = replace(
                question,
                topic=_without_names(question.topic, linked.authors),
                filters=replace(question.filters, authors=linked.authors),
            )
        return Read(question, linked)

    # Lists

    def _list(self, asked: Read) -> Answer:
        question, filters = asked.question, asked.question.filters
        if asked.linked.unknown_authors and not self._topical(asked):
            people = joined(asked.linked.unknown_authors)
            return self._nothing(
                asked, f"No paper in this collection is by {plain(people)}.", total=0
            )
        within = (
            None if asked.context.within is None else [p.paper_id for p in asked.context.within]
        )
        matches = self._lister.matches(question.topic, filters, within)
        notes = self._unknown_years(asked, within)
        if not matches:
            return self._nothing(asked, self._why_no_list(asked), total=0, notes=notes)
        shown = matches[:MOST_LISTED]
        if len(matches) > len(shown):
            notes = [*notes, f"The best {len(shown)} of {len(matches)} matching papers are shown."]
        lines = [
            Line(m.paper, (m.start, m.end), prefix=f"- **{plain(m.paper.title)}**: ") for m in shown
        ]
        return composed(
            question.text, question.kind, lines, lead=_lead(len(matches)), separator="\n",
            total=len(matches), filters=filters.as_dict(), notes=notes,
        )  # fmt: skip

    def _unknown_years(self, asked: Read, within: Sequence[str] | None) -> list[str]:
        filters = asked.question.filters
        if not filters.years:
            return []
        anytime = self._lister.matches(
            asked.question.topic, replace(filters, since=None, until=None), within
        )
        undated = sum(match.paper.year is None for match in anytime)
        if not undated:
            return []
        papers = "1 matching paper has" if undated == 1 else f"{undated} matching papers have"
        return [f"{papers} no recorded year and cannot be placed in time."]

    def _topical(self, asked: Read) -> bool:
        """Whether a list question has a topic beside the unknown people in it."""
        topic = _without_names(asked.question.topic, asked.linked.unknown_authors)
        return bool(topic_words(topic))

    def _why_no_list(self, asked: Read) -> str:
        filters, topic = asked.question.filters, asked.question.topic.strip()
        parts = []
        if topic_words(topic):
            parts.append(f"on “{plain(topic)}”")
        if filters.authors:
            parts.append(f"by {joined(filters.authors)}")
        if filters.years:
            parts.append(f"dated {_years(filters)}")
        if filters.code:
            parts.append(
                "that links its code" if filters.code == "linked" else "that promises its code"
            )
        place = (
            "of those papers"
            if asked.context.within is not None
            else f"of the {self.index.catalog.count()} papers"
        )
        return (
            f"None {place} is {' and '.join(parts)}."
            if parts
            else "The question names no topic to list papers by."
        )

    # One paper, or a few

    def _look_up(self, asked: Read) -> Answer:
        question, linked = asked.question, asked.linked
        if linked.unknown:
            return self._nothing(asked, _unknown(linked.unknown, self.index.catalog.count()))
        passages, named = self._passages(asked)
        found = lookup.look_up(self._finder, question, linked, passages, named)
        if found.lines:
            return composed(question.text, question.kind, found.lines)
        if named and passages:
            title = plain(passages[0].paper.title)
            return self._nothing(
                asked,
                f"The abstract of “{title}” does not say.",
                closest=[p.paper for p in passages[:3]],
            )
        return self._nothing(asked, self._off_topic(question), closest=found.papers)

    def _define(self, asked: Read) -> Answer:
        entities = asked.linked.entities
        if len(entities) == 1 and not asked.linked.unknown and not asked.context.focus:
            papers = self.index.catalog.papers(entities[0].paper_ids)
            lines = lookup.define(entities[0], papers)
            if lines:
                return composed(asked.question.text, "definition", lines)
        return self._look_up(asked)

    def _tell(self, asked: Read) -> Answer:
        question = asked.question
        if asked.linked.unknown:
            return self._nothing(asked, _unknown(asked.linked.unknown, self.index.catalog.count()))
        passages, named = self._passages(asked)
        if not named and passages:
            wanted = self._finder.wanted(question, asked.linked)
            best = passages[0].paper
            if (
                self._finder.coverage(wanted, f"{best.title} {best.abstract}")
                < lookup.TOPIC_COVERAGE
            ):
                return self._nothing(asked, self._off_topic(question))
        papers = [passage.paper for passage in passages[: len(passages) if named else 1]]
        lines = [line for paper in papers for line in metadata.tell(paper, question.attribute)]
        if lines:
            return composed(question.text, "metadata", lines)
        reason = (
            plain(metadata.missing(papers[0], question.attribute))
            if papers
            else self._off_topic(question)
        )
        return self._nothing(asked, reason, closest=papers[:3])

    def _compare(self, asked: Read) -> Answer:
        question, linked = asked.question, asked.linked
        if linked.unknown:
            return self._nothing(asked, _unknown(linked.unknown, self.index.catalog.count()))
        ids = [i for entity in linked.own() for i in entity.paper_ids]
        papers = [*asked.context.focus, *self.index.catalog.papers(list(dict.fromkeys(ids)))]
        papers = list({paper.paper_id: paper for paper in papers}.values())
        if len(papers) < 2:
            papers += [
                p for p in self._sides(question) if p.paper_id not in {q.paper_id for q in papers}
            ]
        if len(papers) < 2:
            return self._nothing(
                asked,
                "Only one side of this comparison is in the collection."
                if papers
                else self._off_topic(question),
                closest=papers,
            )
        wanted = self._finder.wanted(question, linked)
        lines = comparing.compare(self._finder, wanted, papers)
        return composed(question.text, "compare", lines)

    def _sides(self, question: Question) -> list[Paper]:
        """The best paper for each side that the question's form shows, if it is about that side."""
        found: list[Paper] = []
        for side in comparing.sides(question.text):
            passages = retrieve(self.index, side, 1)
            wanted = self._finder.wanted(replace(question, text=side, attribute=""), Linked())
            if (
                passages
                and self._finder.coverage(
                    wanted, f"{passages[0].paper.title} {passages[0].paper.abstract}"
                )
                >= lookup.NAMED_COVERAGE
            ):
                found.append(passages[0].paper)
        return found

    def _passages(self, asked: Read) -> tuple[list[Passage], bool]:
        """Papers to read, best first, and whether the question names them."""
        focus = asked.context.focus
        own = list(dict.fromkeys(i for entity in asked.linked.own() for i in entity.paper_ids))
        papers = list(focus) or self.index.catalog.papers(own)
        if papers:
            return [Passage(paper, 1.0, *listing.main_sentence(paper)) for paper in papers], True
        return retrieve(self.index, asked.question.text, _READ), False

    # Saying that there is no answer

    def _nothing(
        self,
        asked: Read,
        reason: str,
        *,
        closest: Sequence[Paper] = (),
        total: int | None = None,
        notes: Sequence[str] = (),
    ) -> Answer:
        question = asked.question
        near = closest or [p.paper for p in self._near(asked)]
        return abstained(
            question.text, question.kind, reason, near[:3],
            total=total, filters=question.filters.as_dict(), notes=notes,
        )  # fmt: skip

    def _near(self, asked: Read) -> list[Passage]:
        passages, named = self._passages(asked)
        return (
            passages
            if named
            else retrieve(self.index, asked.question.topic or asked.question.text, 3)
        )

    def _off_topic(self, question: Question) -> str:
        missing = [w for w in topic_words(question.text) if not self._finder.occurs(w)]
        if missing and len(missing) == len(topic_words(question.text)):
            return (
                f"None of the {self.index.catalog.count()} abstracts mentions {_quoted(missing)}."
            )
        return f"None of the {self.index.catalog.count()} abstracts answers this question."


def _lists_papers(question: Question) -> bool:
    """Whether the question asks for papers by that word, rather than for models, data or people."""
    return listing.asks_for_papers(question.text)


def _lead(count: int) -> str:
    return "1 paper matches:" if count == 1 else f"{count} papers match:"


def _years(filters: Filters) -> str:
    if filters.since == filters.until:
        return f"from {filters.since}"
    if filters.until is None:
        return f"from {filters.since} or later"
    return (
        f"up to {filters.until}"
        if filters.since is None
        else f"from {filters.since} to {filters.until}"
    )


def _unknown(names: Sequence[str], papers: int) -> str:
    return f"None of the {papers} abstracts mentions {_quoted(names)}."


def _quoted(names: Sequence[str]) -> str:
    return joined([f"“{plain(name)}”" for name in names[:4]])


def _without_names(text: str, names: Sequence[str]) -> str:
    lowered = text
    for name in names:
        place = lowered.lower().find(name.lower())
        if place >= 0:
            lowered = lowered[:place] + " " + lowered[place + len(name) :]
    return " ".join(lowered.split())


def _growing(answer: Answer) -> Iterator[Answer]:
    """The answer up to each of its lines."""
    lines = answer.text.split("\n")
    for count in range(1, len(lines)):
        yield replace(answer, text="\n".join(lines[:count]))
