"""What no answer needs: rows, synonym groups and features, each left out in turn.

    python benchmarks/ablation.py            rows of patterns and groups of synonyms
    python benchmarks/ablation.py --features  features of the fitted decisions, too (slow)

Each is first matched against the questions alone; where it touches none, no answer can need it.
What it touches is asked again without it. A verdict that changes either way is counted. Questions
are the cases of all collections at hand.
"""

# ruff: noqa: E402
from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from app import logistic
from app.engine import Engine
from app.retrieval import synonyms
from app.settings import Settings
from app.support.score import THRESHOLD, support
from app.understanding import patterns
from eval.dataset.case_files import load
from eval.dataset.corpora import at_hand, engine_for
from eval.dataset.paper_phrases import resolve_all
from eval.records import ResolvedCase
from eval.scoring.context import make_scorer
from eval.scoring.score import score_case
from ingest.text.terms import stem, words


@dataclass(frozen=True)
class Asked:
    """A case with the engine that answers it, and whether it passed."""

    engine: Engine
    case: ResolvedCase
    passes: Callable[[], bool]
    passed: bool


def collections(stack: ExitStack, folder: Path) -> Iterator[Asked]:
    """Every case of every collection, asked once."""
    settings = Settings(index=folder / "index", mode="extractive")
    for corpus in at_hand():
        engine = stack.enter_context(engine_for(corpus, settings))
        papers = engine.index.catalog.papers()
        scorer = make_scorer(papers, support, THRESHOLD)
        for case in resolve_all(load([corpus.cases]), papers):

            def passes(
                engine: Engine = engine, case: ResolvedCase = case, scorer: object = scorer
            ) -> bool:
                answer = engine.ask(case.case.question, case.case.history)
                return score_case(case, answer, scorer).passed  # type: ignore[arg-type]

            yield Asked(engine, case, passes, passes())


def report(name: str, touched: Sequence[Asked]) -> None:
    """Ask again what is touched, and print what changed."""
    now = [one.passes() for one in touched]
    lost = sum(one.passed and not after for one, after in zip(touched, now, strict=True))
    won = sum(after and not one.passed for one, after in zip(touched, now, strict=True))
    print(f"{name:<40} touches {len(touched):>4}, loses {lost:>3}, wins {won:>3}", flush=True)


def _texts(one: Asked) -> str:
    return " ".join((one.case.case.question, *one.case.case.history))


def without_rows(asked: Sequence[Asked]) -> None:
    """Each row of the table of patterns."""
    rows = patterns.ROWS
    for row in rows:
        touched = [one for one in asked if row.pattern.search(_texts(one))]
        patterns.ROWS = tuple(other for other in rows if other is not row)
        report(f"row: {row.name}", touched)
    patterns.ROWS = rows


def without_synonyms(asked: Sequence[Asked]) -> None:
    """All groups of synonyms at once, then how many of them a question touches at all."""
    stems = {stem(word) for one in asked for word in words(_texts(one))}
    groups = [group for group in synonyms.groups() if stems & {stem(word) for word in group}]
    print(f"synonyms: {len(synonyms.groups())} groups, {len(groups)} touch a question")
    with _no_synonyms():
        report("all synonyms", asked)


@contextmanager
def _no_synonyms() -> Iterator[None]:
    from app.retrieval import ranking, topicality

    kept = ranking.synonyms_of
    ranking.synonyms_of = topicality.synonyms_of = lambda _: frozenset()
    yield
    ranking.synonyms_of = topicality.synonyms_of = kept


def without_features(asked: Sequence[Asked]) -> None:
    """Each feature of each fitted decision, its weight set to 0."""
    decide = logistic.decision
    for name in ("on topic", "any on topic", "meant", "sentence", "answered"):
        fitted = decide(name)
        for place, feature in enumerate(fitted.features):
            weights = tuple(0.0 if i == place else w for i, w in enumerate(fitted.weights))
            changed = replace(fitted, weights=weights)
            _decide(lambda asked, n=name, c=changed: c if asked == n else decide(asked))
            report(f"{name}: {feature}", asked)
    _decide(decide)


def _decide(decision: Callable[[str], logistic.Logistic]) -> None:
    from app.extractive import lookup, sentences
    from app.retrieval import topicality

    for module in (lookup, sentences, topicality):
        module.decision = decision  # type: ignore[attr-defined]


def main() -> None:
    """Print a line for each part that is left out."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        asked = list(collections(stack, Path(folder)))
        print(f"{sum(one.passed for one in asked)} of {len(asked)} cases pass")
        without_rows(asked)
        without_synonyms(asked)
        if "--features" in sys.argv:
            without_features(asked)


if __name__ == "__main__":
    main()
