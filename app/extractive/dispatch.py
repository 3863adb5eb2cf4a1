"""Answers in sentences of the abstracts, by what a question wants done. No model is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.answer import Answer, Passage
from app.extractive import comparison, lookup, messages, metadata
from app.extractive.assemble import Line, abstained, composed, plain, titled
from app.extractive.candidates import Candidates
from app.extractive.constraints import lacks, passes
from app.extractive.list_answers import ListAnswers, Page
from app.extractive.lists import Lister
from app.extractive.refusals import Refusals
from app.extractive.sentences import SentenceReader
from app.extractive.sides import asked_of_each, is_detailed
from app.logistic import decision
from app.retrieval.reranking import Reranker
from app.retrieval.search import Candidate, passages
from app.retrieval.similarity import WordMatcher
from app.retrieval.trace import bring_up
from app.settings import Settings
from app.understanding.entities import Linked
from app.understanding.question import ON_PAPERS, Filters, Question
from app.understanding.reading import Read
from ingest.index import Index
from ingest.records import Paper
from ingest.text.terms import content_words, stem

# Sentences that are shown where none surely answers.
_NEAREST = 3
# Papers that a model is given to answer from.
_HANDED = 8
# So probably a question goes on about the paper just spoken of.
_CONTINUES = 0.5
# A reading less sure than this may be another.
_SURE = 0.75


class Extractive:
    """Answers questions over one index."""

    def __init__(
        self, index: Index, settings: Settings, page: Page, reranker: Reranker | None = None
    ) -> None:
        self._index = index
        self._settings = settings
        matcher = WordMatcher(index.embedding)
        self._reader = SentenceReader(index, matcher)
        self._candidates = Candidates(index, settings, reranker)
        self._refusals = Refusals(index, self._candidates)
        lister = Lister(index, matcher, settings)
        self._lists = ListAnswers(index, lister, self._reader, self._refusals, page)

    def answer(self, asked: Read) -> Answer:
        """The answer to a question."""
        question = asked.question
        if asked.context.unclear and question.act not in ("order", "export"):
            return self._refusals.which(asked)
        if asked.linked.missing and question.act not in ON_PAPERS:
            return self._refusals.nothing(asked, messages.missing(asked.linked.missing))
        talks = question.act in ON_PAPERS or question.act == "smalltalk"
        outside = [] if talks else self._candidates.outside(asked)
        if outside and (question.act == "metadata" or asked.context.focus):
            return self._refusals.nothing(asked, messages.outside(outside, asked.kept))
        on_topic = question.act in ON_PAPERS and any(one.telling for one in question.words)
        if question.unranked and not on_topic:
            return self._refusals.nothing(asked, messages.unranked(question.unranked))
        lists = self._lists
        ways: dict[str, Callable[[Read], Answer]] = {
            "list": lists.matching, "count": lists.matching, "people": lists.matching,
            "order": lists.again, "export": lists.again, "overview": lists.overview,
            "claim": lists.overview, "advice": lists.overview, "compare": self._compare,
            "metadata": self._tell, "definition": self._define, "lookup": self._look_up,
            "smalltalk": self._talk,
        }  # fmt: skip
        answer = ways[question.act](asked)
        if outside and answer.abstained:
            return self._refusals.nothing(asked, messages.outside(outside, asked.kept))
        if asked.linked.strange and answer.kind != "smalltalk":
            return self._unread(asked, answer)
        if question.unranked and not answer.abstained:
            said = messages.unranked(question.unranked)
            return replace(answer, text=f"{said} {answer.text}", strength="nearest", reason=said)
        return answer

    def _unread(self, asked: Read, answer: Answer) -> Answer:
        """That the question is not English, with what is nearest to those words that are held."""
        reason = messages.not_english(asked.linked.strange)
        lexicon = self._index.lexicon
        held = any(lexicon.document_frequency(stem(one.text)) for one in asked.question.words)
        if not held:
            return abstained(asked.question.text, answer.kind, reason)
        if not answer.citations:
            return self._refusals.nothing(asked, reason, closest=answer.closest)
        near = f"{reason} Nearest to it: {answer.text}"
        return replace(answer, text=near, strength="nearest", reason=reason)

    def passages(self, asked: Read) -> tuple[list[Passage], bool]:
        """Papers to read, best first, and whether the question names them."""
        candidates, named = self._candidates.of(asked)
        return passages(self._index, [one for one, _ in candidates[:_HANDED]]), bool(named)

    def continues(self, asked: Read, paper: Paper) -> bool:
        """Whether a question that names nothing goes on about a paper rather than about others."""
        wanted = self._reader.wanted(asked.question, asked.linked)
        if not wanted.words:
            return True
        rivals = self._candidates.rivals(asked, paper)
        row = self._reader.continuing_row(wanted, asked.question.alone, paper, rivals)
        [chance] = decision("continues").probabilities([row])
        return bool(chance >= _CONTINUES)

    # One paper, or a few

    def _found(
        self,
        asked: Read,
        candidates: Sequence[tuple[Candidate, Paper]],
        named: set[str],
        least: int = 1,
    ) -> lookup.Found:
        return lookup.look_up(
            self._reader, asked.question, asked.linked, candidates, named,
            keeps_order=self._candidates.reranker is not None, least=least,
        )  # fmt: skip

    def _look_up(self, asked: Read, least: int = 1) -> Answer:
        """The sentences that answer, of so many papers at least: of all that are meant, if few."""
        question = asked.question
        candidates, named = self._candidates.of(asked)
        candidates = _holding(candidates, asked.context.needs)
        meant = len(named) if asked.context.focus else 0
        least = max(least, min(meant, lookup.MOST_PAPERS))
        notes = [messages.read(least, meant)] if meant > least else []
        found = self._found(asked, candidates, named, least)
        lacking = _lacking(asked.context.needs, found.papers)
        # Of two sides that are compared, one that the paper does not hold is left unanswered.
        lost = set(found.absent.split())
        half = any(lost.intersection(content_words(side)) for side in question.sides)
        doubted = half or lacking
        if found.lines and self._answers(found) and not doubted:
            telling = self._telling(found) if meant > 1 else found.papers
            silent = [paper.title for paper in found.papers if paper not in telling]
            notes += [messages.silent(silent)] if silent else []
            return composed(question.text, question.kind, found.of(telling), notes=notes)
        strangers = (*asked.linked.unknown, *asked.linked.unknown_authors)
        if not found.lines or (not named and found.chance < self._settings.near_from):
            if strangers:
                return self._refusals.unknown(asked, found.papers)
            return self._refusals.off_topic(asked, found.papers)
        absent = lacking or found.absent
        reason = messages.nearest(absent)
        if strangers:
            reason = f"{messages.unknown(strangers, self._index.catalog.count())} Nearest to it:"
        elif named:
            reason = messages.not_said([paper.title for paper in found.papers], absent)
        return composed(
            question.text, question.kind, found.lines[: _NEAREST * least], lead=reason,
            strength="nearest", reason=reason, closest=found.papers, notes=notes,
        )  # fmt: skip

    def _define(self, asked: Read) -> Answer:
        entities = asked.linked.entities
        told = len(entities) == 1 and not entities[0].mentioned
        if told and not asked.linked.unknown and not asked.context.focus:
            papers = self._index.catalog.papers(entities[0].paper_ids)
            papers = [paper for paper in papers if passes(paper, asked.kept)]
            bring_up(papers)
            lines = lookup.define(entities[0], papers)
            if lines:
                return composed(asked.question.text, "definition", lines)
        return self._look_up(asked)

    def _tell(self, asked: Read) -> Answer:
        """An attribute of the record of the paper that is named, or that the question describes."""
        question = asked.question
        candidates, named = self._candidates.of(asked)
        candidates = _holding(candidates, asked.context.needs)
        found = self._found(asked, candidates, named)
        if (not named and found.chance < self._settings.near_from) or _lacking(
            asked.context.needs, found.papers
        ):
            if asked.linked.unknown:
                return self._refusals.unknown(asked, found.papers)
            return self._refusals.off_topic(asked, found.papers)
        shown = {paper.paper_id: place for place, paper in enumerate(asked.context.focus)}
        papers = [paper for _, paper in candidates] if named else list(found.papers[:1])
        papers.sort(key=lambda paper: shown.get(paper.paper_id, 0))
        told = [(paper, metadata.tell(paper, question.attribute)) for paper in papers]
        if any(lines for _, lines in told):
            words = [one.text for one in question.words if one.telling]
            sure = bool(named) or self._answers(found) or not lacks(papers[0], words)
            return self._told(asked, told, sure)
        if question.sure < _SURE and self._answers(found):
            # "Where was it evaluated?" is told by the abstract, if by anything.
            return composed(question.text, "lookup", found.lines)
        reason = plain(metadata.missing(papers[0], question.attribute))
        known = metadata.beside(papers[0], question.attribute)
        if known:
            return composed(
                question.text, "metadata", known, lead=reason,
                strength="nearest", reason=reason, closest=papers,
            )  # fmt: skip
        return self._refusals.nothing(asked, reason, closest=papers)

    def _told(
        self, asked: Read, told: Sequence[tuple[Paper, Sequence[Line]]], sure: bool
    ) -> Answer:
        """What the records of papers tell, under their titles but for one that is meant surely."""
        question, papers = asked.question, [paper for paper, _ in told]
        alone = sure and len(told) == 1
        lines = [line for paper, own in told for line in (own if alone else titled(paper, own))]
        silent = [paper for paper, own in told if not own]
        reason = None if sure else messages.NEAREST_PAPER
        return composed(
            question.text, "metadata", lines, lead=reason or "",
            notes=metadata.silent(silent, question.attribute),
            strength="answered" if sure else "nearest", reason=reason,
            closest=() if sure else papers,
        )  # fmt: skip

    def _telling(self, found: lookup.Found) -> list[Paper]:
        """Those of the papers that were read for a detail which surely tell it."""
        bar = self._settings.answered_from
        read = zip(found.papers, found.chances, strict=False)
        return [paper for paper, chance in read if chance >= bar]

    def _answers(self, found: lookup.Found) -> bool:
        """Whether what was found is as sure as an answer has to be."""
        return found.chance >= self._settings.answered_from

    def _compare(self, asked: Read) -> Answer:
        question, linked = asked.question, asked.linked
        sides, called = self._named(asked), [entity.name for entity in linked.own()]
        if len(sides) < 2:
            sides, called = sides | self._described(asked), [*called, *question.sides]
        kept = [side for side in sides.values() if passes(side[0], asked.kept)]
        papers = [paper for paper, _ in kept]
        bring_up(papers)
        if len(kept) < 2 and _is_unknown(question.sides, linked.unknown):
            return self._refusals.unknown(asked, papers)
        if len(kept) < 2:
            # "Salt or sugar, which is sweeter?" may be told by one paper, or by two.
            return self._look_up(asked, least=2)
        detailed = is_detailed(question, called)
        read = [
            (paper, self._reader.wanted(about, Linked()) if detailed else None)
            for paper, about in kept
        ]
        most = comparison.MOST_SIDES
        return composed(
            question.text, "compare", comparison.compare(self._reader, read),
            notes=[messages.compared(most, len(read))] if len(read) > most else (),
        )  # fmt: skip

    def side_by_side(self, text: str, papers: Sequence[Paper]) -> Answer:
        """These papers compared, whatever a question about them would find."""
        bring_up(papers)
        lines = comparison.compare(self._reader, [(paper, None) for paper in papers])
        return composed(text, "compare", lines)

    def _named(self, asked: Read) -> dict[str, tuple[Paper, Question]]:
        """The papers that are named or were shown, by their ids, with what is asked of each."""
        shown = (*asked.context.focus, *(asked.context.within or ()))
        found = {paper.paper_id: (paper, asked.question) for paper in shown}
        own = asked.linked.own()
        apart = asked_of_each(asked.question, [entity.name for entity in own])
        for entity, about in zip(own, apart, strict=True):
            for paper in self._index.catalog.papers(entity.paper_ids):
                found.setdefault(paper.paper_id, (paper, about))
        return found

    def _described(self, asked: Read) -> dict[str, tuple[Paper, Question]]:
        """The best paper for each side that is compared, if it surely tells of that side."""
        found: dict[str, tuple[Paper, Question]] = {}
        for about in asked_of_each(asked.question, asked.question.sides):
            read = Read(replace(about, filters=Filters(), act="lookup"), Linked(), kept=asked.kept)
            candidates, _ = self._candidates.of(read)
            seen = self._found(read, candidates, set())
            if seen.papers and self._answers(seen):
                found.setdefault(seen.papers[0].paper_id, (seen.papers[0], about))
        return found

    def _talk(self, asked: Read) -> Answer:
        return Answer(asked.question.text, messages.SMALLTALK, "smalltalk")


def _holding(
    found: list[tuple[Candidate, Paper]], needs: Sequence[str]
) -> list[tuple[Candidate, Paper]]:
    """Those of these papers that hold all the words needed; all of them where none does."""
    return [one for one in found if not lacks(one[1], needs)] or found


def _is_unknown(sides: Sequence[str], unknown: Sequence[str]) -> bool:
    """Whether one of the sides that are compared is but a name that no abstract holds."""
    strange = {word for name in unknown for word in content_words(name)}
    return any(own and own <= strange for own in (set(content_words(side)) for side in sides))


def _lacking(needs: Sequence[str], papers: Sequence[Paper]) -> str:
    """A word that is needed and that the paper which answers does not hold, or ""."""
    return lacks(papers[0], needs) if papers else ""
