"""Answers in sentences of the abstracts, by the kind of the question. No model is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.extractive import comparison as comparing
from app.extractive import lookup, metadata
from app.extractive import messages as reasons
from app.extractive.assemble import Line, abstained, composed, joined, plain
from app.extractive.lists import Lister, main_sentence
from app.extractive.sentences import EvidenceFinder, Wanted, widened
from app.records import Answer, Passage
from app.retrieval.scaling import scaled
from app.retrieval.search import retrieve
from app.retrieval.similarity import WordMatcher
from app.retrieval.trace import bring_up
from app.settings import Settings
from app.understanding.entities import Linked
from app.understanding.parse import Question
from app.understanding.reading import Read, without_names
from app.understanding.targets import topic_words
from ingest.index import Index
from ingest.records import Paper

# Papers whose sentences are read for a lookup that names no paper.
_READ = 6
# A list shows this many papers; its count is exact beyond it.
MOST_LISTED = 100
# The paper just spoken of may hold so much less of a question's words than another.
_PREFERRED = 0.1
_ALL = re.compile(r"\b(?:all|every)\b", re.I)


class Extractive:
    """Answers questions over one index."""

    def __init__(self, index: Index, settings: Settings) -> None:
        self._index = index
        self._weights = settings.weights
        self._bars = (settings.near_few, settings.near_many)
        matcher = WordMatcher(index.embedding)
        self._finder = EvidenceFinder(index, matcher)
        self._lister = Lister(index, matcher, settings.weights)

    def answer(self, asked: Read) -> Answer:
        """The answer to a question of any kind but smalltalk."""
        kind = asked.question.kind
        if kind in ("list", "count"):
            return self._list(asked)
        if kind == "compare":
            return self._compare(asked)
        if kind == "metadata":
            return self._tell(asked)
        if kind == "definition":
            return self._define(asked)
        return self._look_up(asked)

    def passages(self, asked: Read) -> tuple[list[Passage], bool]:
        """Papers to read, best first, and whether the question names them."""
        own = list(dict.fromkeys(i for entity in asked.linked.own() for i in entity.paper_ids))
        papers = list(asked.context.focus) or self._index.catalog.papers(own)
        if papers:
            bring_up(papers)
            return [Passage(paper, 1.0, *main_sentence(paper)) for paper in papers], True
        query = widened(self._index.lexicon, asked.question.text)
        return self._retrieve(query, _READ), False

    def tells(self, asked: Read, paper: Paper) -> bool:
        """Whether a paper holds the question's words nearly as well as the best other one."""
        wanted = self._finder.wanted(asked.question, asked.linked)
        best = [passage.paper for passage in self._retrieve(asked.question.text, 3)]
        here, *others = (
            self._finder.coverage(wanted, f"{one.title} {one.abstract}") for one in (paper, *best)
        )
        return here >= lookup.NAMED_COVERAGE and here >= max(others, default=0.0) - _PREFERRED

    def _retrieve(self, query: str, limit: int) -> list[Passage]:
        return retrieve(self._index, query, limit, self._weights)

    # Lists

    def _list(self, asked: Read) -> Answer:
        question, filters = asked.question, asked.question.filters
        strangers = asked.linked.unknown_authors
        if strangers and not topic_words(without_names(question.topic, strangers)):
            reason = f"No paper in this collection is by {plain(joined(strangers))}."
            return self._nothing(asked, reason, total=0)
        focus = asked.context.within
        within = None if focus is None else [paper.paper_id for paper in focus]
        everything = not question.topic.strip() and _ALL.search(question.text)
        topic = "all" if everything else question.topic
        matches = self._lister.matches(topic, filters, within, question.verb)
        bring_up(match.paper for match in matches)
        notes = self._undated(asked, within)
        if not matches and question.bare:
            return self._look_up(replace(asked, question=replace(question, kind="lookup")))
        if not matches:
            near = None if focus is not None or filters.as_dict() else self._nearly(asked)
            return near or self._no_list(asked, notes)
        shown = matches[:MOST_LISTED]
        if len(matches) > len(shown):
            notes = [*notes, f"The best {len(shown)} of {len(matches)} matching papers are shown."]
        lines = [_listed(Line(match.paper, (match.start, match.end))) for match in shown]
        return composed(
            question.text, question.kind, lines, lead=reasons.lead(len(matches)), separator="\n",
            total=len(matches), filters=filters.as_dict(), notes=notes,
        )  # fmt: skip

    def _nearly(self, asked: Read) -> Answer | None:
        """The papers that come near a topic of many parts which none meets whole."""
        question = asked.question
        if asked.linked.unknown:
            return None
        wanted = self._finder.wanted(question, Linked())
        lines = lookup.nearest(self._finder, wanted, self._retrieve(question.text, _READ))
        if not lines:
            return None
        return composed(
            question.text, question.kind, [_listed(line) for line in lines],
            lead="Nearest to the question:", separator="\n", total=len(lines),
            notes=[reasons.NEAREST],
        )  # fmt: skip

    def _undated(self, asked: Read, within: Sequence[str] | None) -> list[str]:
        """A note on the papers that a filter on years left out for want of a year."""
        question = asked.question
        if not question.filters.years:
            return []
        anytime = replace(question.filters, since=None, until=None)
        matches = self._lister.matches(question.topic, anytime, within, question.verb)
        undated = sum(match.paper.year is None for match in matches)
        return [reasons.undated(undated)] if undated else []

    def _no_list(self, asked: Read, notes: Sequence[str]) -> Answer:
        of = f"of the {self._index.catalog.count()} papers"
        of = of if asked.context.within is None else "of those papers"
        reason = reasons.no_list(asked.question.topic, asked.question.filters, of)
        return self._nothing(asked, reason, total=0, notes=notes)

    # One paper, or a few

    def _look_up(self, asked: Read) -> Answer:
        question = asked.question
        if asked.linked.unknown:
            return self._unknown(asked)
        passages, named = self.passages(asked)
        # Chosen on questions asked of their own corpus and of other corpora.
        enough = scaled(self._finder.papers, *self._bars)
        found = lookup.look_up(self._finder, question, asked.linked, passages, named, enough)
        if found.lines:
            notes = [reasons.BY_MEANING] if found.by_meaning else []
            return composed(question.text, question.kind, found.lines, notes=notes)
        if not named:
            return self._nothing(asked, self._off_topic(question), closest=found.papers)
        papers = [passage.paper for passage in passages]
        reason = reasons.not_said(papers[0].title, found.absent)
        return self._nothing(asked, reason, closest=papers)

    def _define(self, asked: Read) -> Answer:
        entities = asked.linked.entities
        if len(entities) == 1 and not asked.linked.unknown and not asked.context.focus:
            papers = self._index.catalog.papers(entities[0].paper_ids)
            bring_up(papers)
            lines = lookup.define(entities[0], papers)
            if lines:
                return composed(asked.question.text, "definition", lines)
        return self._look_up(asked)

    def _tell(self, asked: Read) -> Answer:
        """An attribute of the record of the paper that is named, or that the question describes."""
        question = asked.question
        if asked.linked.unknown:
            return self._unknown(asked)
        passages, named = self.passages(asked)
        papers = [passage.paper for passage in passages]
        if not named:
            wanted = self._finder.wanted(question, asked.linked)
            papers = [p for p in papers[:1] if self._is_about(p, wanted, lookup.TOPIC_COVERAGE)]
        lines = [line for paper in papers for line in metadata.tell(paper, question.attribute)]
        if lines:
            return composed(question.text, "metadata", lines)
        if not papers:
            return self._nothing(asked, self._off_topic(question))
        reason = plain(metadata.missing(papers[0], question.attribute))
        return self._nothing(asked, reason, closest=papers)

    def _compare(self, asked: Read) -> Answer:
        question = asked.question
        if asked.linked.unknown:
            return self._unknown(asked)
        named = asked.linked.own()
        if len(named) < 2 and not asked.context.focus:
            named = (*named, *asked.linked.mentioned)
        ids = [i for entity in named for i in entity.paper_ids]
        papers = [*asked.context.focus, *self._index.catalog.papers(list(dict.fromkeys(ids)))]
        if len({paper.paper_id for paper in papers}) < 2:
            papers += self._sides(question)
        sides = list({paper.paper_id: paper for paper in papers}.values())
        bring_up(sides)
        if len(sides) < 2 and not named and not comparing.sides(question.text):
            # "Salt or sugar, which is sweeter?" may be told by one paper.
            return self._look_up(asked)
        if len(sides) < 2:
            reason = reasons.ONE_SIDE if sides else self._off_topic(question)
            return self._nothing(asked, reason, closest=sides)
        wanted = self._finder.wanted(question, asked.linked)
        return composed(question.text, "compare", comparing.compare(self._finder, wanted, sides))

    def _sides(self, question: Question) -> list[Paper]:
        """The best paper for each side that the question's form shows, if it is about that side."""
        found: list[Paper] = []
        for side in comparing.sides(question.text):
            wanted = self._finder.wanted(replace(question, text=side, attribute=""), Linked())
            best = [passage.paper for passage in self._retrieve(side, 1)]
            found += [p for p in best if self._is_about(p, wanted, lookup.NAMED_COVERAGE)]
        return found

    def _is_about(self, paper: Paper, wanted: Wanted, least: float) -> bool:
        return self._finder.coverage(wanted, f"{paper.title} {paper.abstract}") >= least

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
        near = closest or self._closest(asked)
        return abstained(
            question.text, question.kind, reason, near[:3],
            total=total, filters=question.filters.as_dict(), notes=notes,
        )  # fmt: skip

    def _closest(self, asked: Read) -> list[Paper]:
        passages, named = self.passages(asked)
        if not named:
            passages = self._retrieve(asked.question.topic or asked.question.text, 3)
        return [passage.paper for passage in passages]

    def _unknown(self, asked: Read) -> Answer:
        count = self._index.catalog.count()
        return self._nothing(asked, reasons.unknown(asked.linked.unknown, count))

    def _off_topic(self, question: Question) -> str:
        topic, count = topic_words(question.text), self._index.catalog.count()
        missing = [word for word in topic if not self._finder.occurs(word)]
        if missing and len(missing) == len(topic):
            return reasons.unknown(missing, count)
        return f"None of the {count} abstracts answers this question."


def _listed(line: Line) -> Line:
    return replace(line, prefix=f"- **{plain(line.paper.title)}**: ")
