"""Cases proposed from abstracts, for a person to finish. No draft is ever scored."""

from __future__ import annotations

import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, islice, pairwise, zip_longest
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
from ingest.text.terms import STOP_WORDS, words
from ingest.text.titles import method_name

HEAD = """\
# Drafts, made from the abstracts by rules. None is scored until a person has finished it:
#  - ask what you would want to know, in words of your own; "____" marks what the answer fills in;
#  - read the abstracts: are these all the papers, and is it the fact that matters?
#  - add what only a reader can: forbidden facts, borderline papers under "acceptable";
#  - then take out "draft: true". Throw away what is not worth asking.
"""

_FIGURE = re.compile(r"(?<![\w.-])\d+(?:[.,]\d+)*(?:\s?%|\s?[A-Z]{2}\b|[smx]\b)?(?![\w-])")
_YEAR = re.compile(r"(?:19|20)\d\d")
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
    kinds = (
        (_figure(paper, name) for paper, name in named),
        _topics(named),
        (_definition(paper, name) for paper, name in named),
        _absent(named),
        (_authors(paper, name) for paper, name in named),
        (_follow_up(paper, name) for paper, name in named),
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


def _draft(name: str, what: str, question: str, **fields: object) -> Case:
    slug = "-".join(words(name))[:40].strip("-")
    return Case(f"{slug}-{what}", question, draft=True, **fields)  # type: ignore[arg-type]


def _figure(paper: Paper, name: str) -> Case | None:
    """A sentence with a figure, the figure taken out."""
    for sentence in _sentences(paper):
        figures = [f for f in _FIGURE.finditer(sentence) if not _YEAR.fullmatch(f[0])]
        if figures:
            found = figures[-1]
            asked = sentence[: found.start()] + _GAP + sentence[found.end() :]
            return _draft(
                name, "figure", f"{name}: {asked}", answer=sentence, papers=(name,),
                facts=((found[0].rstrip("% "),),),
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
    return _draft(
        name, "authors", f"Who wrote the paper on {name}?", kind="metadata",
        answer=", ".join(paper.authors), papers=(name,), facts=facts,
    )  # fmt: skip


def _follow_up(paper: Paper, name: str) -> Case | None:
    figure = _figure(paper, name)
    if figure is None:
        return None
    asked = figure.question.removeprefix(f"{name}: ").replace(name, "it")
    return _draft(
        name, "then", asked, answer=figure.answer, papers=(name,), facts=figure.facts,
        history=(f"What is {name}?",),
    )  # fmt: skip


def _topics(named: Sequence[tuple[Paper, str]]) -> Iterator[Case]:
    """Two words that stand together in some of the papers, and not in most."""
    holding: dict[str, list[str]] = defaultdict(list)
    for paper, name in named:
        for topic in sorted(_pairs(paper)):
            holding[topic].append(name)
    most = min(_MOST_PAPERS, max(_FEWEST, len(named) // 3))
    fitting = [topic for topic, names in holding.items() if _FEWEST <= len(names) <= most]
    for topic in sorted(fitting, key=lambda topic: (-len(holding[topic]), topic))[:_MOST_TOPICS]:
        question = f"Which papers are about {topic}?"
        yield _draft(topic, "list", question, kind="list", papers=tuple(holding[topic]))


def _pairs(paper: Paper) -> set[str]:
    found = set()
    for sentence in (paper.real_title, *_sentences(paper)):
        for one, other in pairwise(words(sentence)):
            if not {one, other} & STOP_WORDS and min(len(one), len(other)) > 3:
                found.add(f"{one} {other}")
    return found


def _absent(named: Sequence[tuple[Paper, str]]) -> Iterator[Case]:
    texts = " ".join(paper.abstract.casefold() for paper, _ in named)
    absent = [asked for word, asked in _DETAILS.items() if word not in texts]
    for (_, name), asked in zip(named[::-1], absent, strict=False):
        yield _draft(name, "not-said", asked.format(name=name), answerable=False)


def _sentences(paper: Paper) -> Iterator[str]:
    return (" ".join(paper.abstract[a:b].split()) for a, b in sentence_spans(paper.abstract))
