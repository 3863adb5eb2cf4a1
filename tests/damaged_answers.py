"""Ways to damage a good answer, as bad systems do: each returns it damaged, or None."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.answer import Answer, Citation, Quote, Sentence
from eval.records import ResolvedCase
from eval.scoring.claims import record_text
from eval.scoring.normalize import contains, numbers, sentences
from ingest.records import Paper
from ingest.text.sentences import sentence_spans

NUMBER = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w.]*\w)")
# The 1 of "1)" counts nothing.
COUNT = re.compile(rf"{NUMBER.pattern}(?!\))")
AUXILIARY = re.compile(r"\b(is|are|was|were|can|has|have|does|do|will|we)\b")
NEGATION = re.compile(r"\b(?:do |does |did )?(?:not|no|never|cannot|without)\b ?")
ROLES = re.compile(
    r"\b(outperforms?|surpass(?:es)?|improves?|reduces?|generates?|produces?|guides?|leads?|"
    r"extracts?|integrates?|models?|combines?|learns?|uses?|treats?|removes?|assigns?|yields?)\b"
)
DIRECTIONS = dict(
    line.split()
    for line in """improves worsens
    improve worsen
    increases decreases
    reduces raises
    reduce raise
    lower higher
    higher lower
    more less
    better worse
    best worst
    strengthens weakens
    outperforms underperforms
    larger smaller
    smaller larger
    efficient inefficient
    effective ineffective
    accurate inaccurate""".splitlines()
)
QUANTIFIERS = {
    "all": "some", "most": "few", "both": "neither", "many": "few", "every": "no", "first": "last",
}  # fmt: skip

Damage = Callable[[ResolvedCase, Answer, Sequence[Paper]], Answer | None]


def rewritten(answer: Answer, place: int, text: str) -> Answer:
    """The answer with another text in one of its sentences."""
    old = answer.sentences[place]
    said = list(answer.sentences)
    said[place] = replace(old, text=text)
    return replace(answer, text=answer.text.replace(old.text, text, 1), sentences=tuple(said))


def each(answer: Answer, change: Callable[[str], str | None]) -> Answer | None:
    """The answer with the first sentence changed that can be."""
    for place, sentence in enumerate(answer.sentences):
        text = change(sentence.text)
        if text is not None and text != sentence.text:
            return rewritten(answer, place, text)
    return None


def _abstract(answer: Answer) -> Paper | None:
    return answer.citations[0].paper if answer.citations else None


def negation_added(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    def change(text: str) -> str | None:
        found = AUXILIARY.search(text)
        word = "do not" if found and found[0] == "we" else "not"
        return f"{text[: found.end()]} {word}{text[found.end() :]}" if found else None

    return each(answer, change)


def negation_dropped(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    return each(answer, lambda text: NEGATION.sub("", text, count=1))


def numbers_swapped(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    """A number takes the place of another of the same abstract."""
    paper = _abstract(answer)
    known = sorted(numbers(paper.abstract)) if paper else []

    def change(text: str) -> str | None:
        found = COUNT.search(text)
        others = [n for n in known if found and n not in numbers(text)]
        return text[: found.start()] + others[0] + text[found.end() :] if found and others else None

    return each(answer, change)


def number_invented(_: ResolvedCase, answer: Answer, papers: Sequence[Paper]) -> Answer | None:
    known = set().union(*(numbers(record_text(paper)) for paper in papers))
    fresh = next(str(n) for n in range(31, 9999) if str(n) not in known)
    return each(answer, lambda text: NUMBER.sub(fresh, text, count=1))


def name_invented(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    """The first name of a sentence becomes one that no paper has."""
    return each(answer, lambda text: re.sub(r"\b[A-Z]\w*[A-Z]\w*\b", "QuokkaNet", text, count=1))


def roles_swapped(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    """What stands on both sides of a verb changes places."""

    def change(text: str) -> str | None:
        found = ROLES.search(text)
        before = text[: found.start()].split() if found else []
        after = text[found.end() :].rstrip(".").split() if found else []
        if not found or len(before) < 2 or len(after) < 2:
            return None
        return f"{' '.join(after)} {found[0]} {' '.join(before)}."

    return each(answer, change)


def direction_turned(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    return each(answer, lambda text: _exchanged(text, DIRECTIONS))


def quantifier_changed(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    return each(answer, lambda text: _exchanged(text, QUANTIFIERS))


def _exchanged(text: str, words: Mapping[str, str]) -> str | None:
    pattern = re.compile(rf"\b({'|'.join(words)})\b")
    changed = pattern.sub(lambda found: words[found[0]], text, count=1)
    return None if changed == text else changed


def nonsense(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    """Words of the sentence in another order."""

    def change(text: str) -> str | None:
        words = text.rstrip(".").split()
        random.Random(len(text)).shuffle(words)
        return f"{' '.join(words)}." if len(words) > 8 else None

    return each(answer, change)


def nonsense_of_the_abstract(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    """A sentence of words drawn from all over the abstract that it cites."""
    paper = _abstract(answer)
    if paper is None:
        return None
    words = random.Random(7).sample(paper.abstract.split(), 14)
    return rewritten(answer, 0, f"{' '.join(words).rstrip('.,;:').capitalize()}.")


def repeated(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    """The whole answer twice."""
    return None if answer.abstained else replace(answer, text=f"{answer.text}\n{answer.text}")


def padded(case: ResolvedCase, answer: Answer, _: Sequence[Paper]) -> Answer | None:
    """A look-up that goes on with the rest of the abstract, quoted and cited."""
    if case.case.kind not in ("lookup", "definition") or not case.case.facts or answer.abstained:
        return None
    cited = answer.citations[0]
    rest = [quote for quote in _quotes(cited.paper) if quote.text not in answer.text]
    return _with(answer, rest, replace(cited, quotes=(*cited.quotes, *rest)))


def _quotes(paper: Paper) -> list[Quote]:
    return [Quote(paper.abstract[a:b], a, b) for a, b in sentence_spans(paper.abstract)]


def _with(answer: Answer, quotes: Sequence[Quote], cited: Citation) -> Answer:
    text = "\n".join([answer.text, *(f"{quote.text} [{cited.number}]" for quote in quotes)])
    said = tuple(Sentence(quote.text, (cited.number,)) for quote in quotes)
    others = tuple(c for c in answer.citations if c.number != cited.number)
    return replace(
        answer, text=text, sentences=(*answer.sentences, *said), citations=(*others, cited)
    )


def padded_with_another_paper(
    case: ResolvedCase, answer: Answer, papers: Sequence[Paper]
) -> Answer | None:
    """A sound sentence of a paper that nobody asked about, with its citation."""
    if answer.abstained or not answer.citations:
        return None
    spared = case.required_ids | case.acceptable_ids
    other = next(paper for paper in papers if paper.paper_id not in spared)
    quote = _quotes(other)[0]
    number = max(citation.number for citation in answer.citations) + 1
    return _with(answer, [quote], Citation(number, other, (quote,)))


def another_paper_cited(
    case: ResolvedCase, answer: Answer, papers: Sequence[Paper]
) -> Answer | None:
    """The sentences stay, and cite a paper that does not say them."""
    if answer.abstained or not answer.citations:
        return None
    spared = case.required_ids | case.acceptable_ids
    said = [sentence.text for sentence in answer.sentences]
    other = next(
        p
        for p in papers
        if p.paper_id not in spared and not any(contains(record_text(p), text) for text in said)
    )
    wrong = Citation(answer.citations[0].number, other, fields=("title",))
    return replace(answer, citations=(wrong, *answer.citations[1:]))


def markers_dropped(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    if answer.abstained:
        return None
    bare = tuple(replace(sentence, citations=()) for sentence in answer.sentences)
    return replace(answer, text=re.sub(r" \[\d+\]", "", answer.text), sentences=bare)


def marker_invented(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    return None if answer.abstained else replace(answer, text=f"{answer.text} [97]")


def quote_altered(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    """A quote that is not what stands at its offsets."""
    for place, cited in enumerate(answer.citations):
        if cited.quotes:
            wrong = replace(cited.quotes[0], text=f"{cited.quotes[0].text[:-1]} indeed.")
            changed = replace(cited, quotes=(wrong, *cited.quotes[1:]))
            rest = answer.citations
            return replace(answer, citations=(*rest[:place], changed, *rest[place + 1 :]))
    return None


def uncited_added(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    if answer.abstained:
        return None
    said = "Most readers of the field have welcomed this with great interest."
    return replace(answer, text=f"{answer.text}\n{said}")


def miscounted(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    total = answer.total_matching
    return None if total is None else replace(answer, total_matching=total + 9)


def last_paper_dropped(_: ResolvedCase, answer: Answer, __: Sequence[Paper]) -> Answer | None:
    if len(answer.citations) < 2:
        return None
    last = answer.citations[-1].number
    kept = tuple(s for s in answer.sentences if last not in s.citations)
    text = "\n".join(line for line in answer.text.splitlines() if f"[{last}]" not in line)
    return replace(answer, text=text, sentences=kept, citations=answer.citations[:-1])


def refusal_dropped(case: ResolvedCase, answer: Answer, papers: Sequence[Paper]) -> Answer | None:
    """What the papers do not say is answered with a sentence of one of them."""
    if case.case.answerable:
        return None
    paper = papers[len(case.case.question) % len(papers)]
    quote = _quotes(paper)[0]
    return Answer(
        answer.question,
        f"{quote.text} [1]",
        "lookup",
        sentences=(Sentence(quote.text, (1,)),),
        citations=(Citation(1, paper, (quote,)),),
    )


def refused(case: ResolvedCase, answer: Answer, _: Sequence[Paper]) -> Answer | None:
    if not case.case.answerable:
        return None
    return Answer(answer.question, "The abstracts do not say.", "lookup", strength="none")


def off_the_point(case: ResolvedCase, answer: Answer, _: Sequence[Paper]) -> Answer | None:
    """A true, cited sentence of the right paper that does not say what was asked."""
    if answer.abstained or not case.case.facts or not case.papers:
        return None
    paper = case.papers[0]
    wordings = [wording for fact in case.case.facts for wording in fact]
    other = [
        q for q in _quotes(paper) if not any(contains(q.text, wording) for wording in wordings)
    ]
    if not other or any(paper.paper_id != one.paper_id for one in case.papers):
        return None
    return Answer(
        answer.question,
        f"{other[0].text} [1]",
        answer.kind,
        sentences=(Sentence(other[0].text, (1,)),),
        citations=(Citation(1, paper, (other[0],)),),
        total_matching=answer.total_matching,
    )


def spliced(_: ResolvedCase, answer: Answer, papers: Sequence[Paper]) -> Answer | None:
    """Half of a sentence, and half of one of another paper."""
    cited = {citation.paper.paper_id for citation in answer.citations}
    other = next(paper for paper in papers if paper.paper_id not in cited)
    half = sentences(other.abstract)[1].split()

    def change(text: str) -> str | None:
        words = text.split()
        if len(words) < 8 or len(half) < 8:
            return None
        return " ".join([*words[: len(words) // 2], *half[len(half) // 2 :]])

    return each(answer, change)


NEGATIONS: tuple[Damage, ...] = (negation_added, negation_dropped)
DAMAGES: tuple[Damage, ...] = (
    *NEGATIONS,
    numbers_swapped,
    number_invented,
    name_invented,
    roles_swapped,
    direction_turned,
    quantifier_changed,
    nonsense,
    nonsense_of_the_abstract,
    repeated,
    padded,
    padded_with_another_paper,
    another_paper_cited,
    markers_dropped,
    marker_invented,
    quote_altered,
    uncited_added,
    miscounted,
    last_paper_dropped,
    refusal_dropped,
    refused,
    off_the_point,
    spliced,
)
