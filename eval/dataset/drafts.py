"""Cases proposed from abstracts, for a person to finish. No draft is ever scored."""

from __future__ import annotations

import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, islice, pairwise, starmap, zip_longest
from pathlib import Path

from app.settings import Settings
from eval.dataset.paper_phrases import names_one
from eval.records import Case
from ingest.embedding.choice import chosen
from ingest.errors import UsageError
from ingest.index import Index
from ingest.pipeline import ingest
from ingest.records import Paper
from ingest.text.sentences import sentence_spans
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import words
from ingest.text.titles import method_name

HEAD = """\
# Drafts, made from the abstracts by rules. None is scored until a person has finished it:
#  - ask what you would want to know, in words of your own; "____" marks what the answer fills in;
#  - read the abstracts: are these all the papers, and is it the fact that matters?
#  - add what only a reader can: forbidden facts, borderline papers under "acceptable";
#  - then take out "draft: true". Throw away what is not worth asking.
"""

# Two digits at least, and neither a year nor the "(1)" of an enumeration.
_FIGURE = re.compile(r"(?<![\w.(@-])(?!(?:19|20)\d\d\b)(?:\d+(?:[.,]\d+)+|\d{2,})(?![\w-])")
_GAP = "____"
# What readers ask and abstracts leave out: near misses, once no abstract is found to hold the word.
_DETAILS = {
    "batch": "What batch size did {name} use?",
    "gpu": "How many GPUs was {name} trained on?",
    "epoch": "For how many epochs was {name} trained?",
    "funded": "Who funded the work on {name}?",
    "license": "Under which license was {name} released?",
    "annotators": "How many annotators took part in the work on {name}?",
}
_FEWEST, _MOST_PAPERS, _MOST_TOPICS = 3, 8, 8


def papers_of(paths: Sequence[Path], settings: Settings) -> list[Paper]:
    """The papers that files and folders hold, as an index would hold them."""
    with tempfile.TemporaryDirectory() as folder:
        index = Index(Path(folder), chosen(settings))
        try:
            ingest(paths, index, settings)
            return list(index.catalog.papers())
        finally:
            index.close()


def drafts(papers: Sequence[Paper], most: int) -> list[Case]:
    """Up to `most` drafts, a mixture of kinds, spread over the papers; the same every time."""
    if not papers:
        raise UsageError("There is no abstract to draft cases from.")
    named = [(paper, name) for paper in papers if (name := _phrase(paper, papers))]
    single = (_figure, _definition, _authors, _follow_up)
    # Each kind begins with other papers, so that not all of them ask about the first ones.
    starts = [place * len(named) // len(single) for place in range(len(single))]
    kinds = (
        *(
            starmap(make, [*named[start:], *named[:start]])
            for make, start in zip(single, starts, strict=True)
        ),
        _topics(named),
        _absent(named),
    )
    mixed = chain.from_iterable(zip_longest(*map(_made, kinds)))
    return list(islice(_distinct(case for case in mixed if case), most))


def _made(cases: Iterator[Case | None]) -> Iterator[Case]:
    return (case for case in cases if case is not None)


def _distinct(cases: Iterator[Case]) -> Iterator[Case]:
    taken: Counter[str] = Counter()
    for case in cases:
        taken[case.id] += 1
        if taken[case.id] == 1:
            yield case


def _phrase(paper: Paper, papers: Sequence[Paper]) -> str:
    """Words that name this paper and no other: its method, else its title, else its id."""
    title = paper.real_title
    candidates = (method_name(paper.abstract), title.partition(":")[0], title, paper.paper_id)
    return next((words for words in candidates if words and names_one(words, paper, papers)), "")


def _called(paper: Paper, name: str) -> str:
    return paper.title if name == paper.paper_id else name


def _draft(name: str, what: str, question: str, **fields: object) -> Case:
    slug = "-".join(words(name))[:40].strip("-")
    return Case(f"{slug}-{what}", question, draft=True, **fields)  # type: ignore[arg-type]


def _figure(paper: Paper, name: str) -> Case | None:
    """A sentence with a figure, the figure taken out."""
    for sentence in _sentences(paper):
        found = next(_FIGURE.finditer(sentence), None)
        if found:
            asked = sentence[: found.start()] + _GAP + sentence[found.end() :]
            return _draft(
                name, "figure", f"{_called(paper, name)}: {asked}", answer=sentence,
                papers=(name,), facts=((found[0],),),
            )  # fmt: skip
    return None


def _definition(paper: Paper, name: str) -> Case | None:
    if name != method_name(paper.abstract):
        return None
    said = next((s for s in _sentences(paper) if name in s), "")
    return _draft(name, "what", f"What is {name}?", kind="definition", answer=said, papers=(name,))


def _authors(paper: Paper, name: str) -> Case | None:
    if not paper.authors:
        return None
    facts = tuple((author,) for author in paper.authors[:3])
    question = f"Who wrote the paper on {_called(paper, name)}?"
    return _draft(
        name, "authors", question, kind="metadata",
        answer=", ".join(paper.authors), papers=(name,), facts=facts,
    )  # fmt: skip


def _follow_up(paper: Paper, name: str) -> Case | None:
    figure = _figure(paper, name)
    if figure is None or name != method_name(paper.abstract):
        return None
    asked = re.sub(
        rf"(?<![\w-]){re.escape(name)}(?![\w-])", "it", figure.question.removeprefix(f"{name}: ")
    )
    return _draft(
        name, "then", asked, answer=figure.answer, papers=(name,), facts=figure.facts,
        history=(f"What is {name}?",),
    )  # fmt: skip


def _topics(named: Sequence[tuple[Paper, str]]) -> Iterator[Case]:
    """Two words that stand together in a title and in some of the papers, and not in most."""
    titles = set[str]().union(*(_pairs([paper.title]) for paper, _ in named))
    holding: dict[str, list[str]] = defaultdict(list)
    for paper, name in named:
        for topic in sorted(titles & _pairs([paper.title, *_sentences(paper)])):
            holding[topic].append(name)
    most = min(_MOST_PAPERS, max(_FEWEST, len(named) // 3))
    fitting = [topic for topic, names in holding.items() if _FEWEST <= len(names) <= most]
    for topic in sorted(fitting, key=lambda topic: (-len(holding[topic]), topic))[:_MOST_TOPICS]:
        question = f"Which papers are about {topic}?"
        yield _draft(topic, "list", question, kind="list", papers=tuple(holding[topic]))


def _pairs(sentences: Sequence[str]) -> set[str]:
    found = set()
    for sentence in sentences:
        for one, other in pairwise(words(sentence)):
            if not {one, other} & STOP_WORDS and min(len(one), len(other)) > 3:
                found.add(f"{one} {other}")
    return found


def _absent(named: Sequence[tuple[Paper, str]]) -> Iterator[Case]:
    texts = " ".join(paper.abstract.casefold() for paper, _ in named)
    absent = [asked for word, asked in _DETAILS.items() if word not in texts]
    called = [name for paper, name in reversed(named) if name != paper.paper_id]
    for name, asked in zip(called, absent, strict=False):
        yield _draft(name, "not-said", asked.format(name=name), answerable=False)


def _sentences(paper: Paper) -> Iterator[str]:
    return (" ".join(paper.abstract[a:b].split()) for a, b in sentence_spans(paper.abstract))
