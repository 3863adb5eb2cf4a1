"""What scoring needs besides the case and the answer, made once for a corpus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from eval.scoring.claims import record_text
from eval.scoring.frozen_support import THRESHOLD, Frozen, frozen_scorer
from eval.scoring.measures import Known, Score
from ingest.records import Paper


class Supported(Protocol):
    """What a scorer of support returns."""

    @property
    def score(self) -> float: ...


Support = Callable[[str, Sequence[str]], Supported]
"""(claim, record texts) -> how well they back the claim, its score in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """The two scorers of support, the threshold of the first, and every paper by its names."""

    support: Score
    threshold: float
    frozen: Frozen
    known: Known

    @property
    def fingerprint(self) -> str:
        return f"support>={self.threshold:g} frozen>={THRESHOLD:g}"

    def current_id(self, paper: Paper) -> str:
        """The id under which the index holds the paper now, whatever alias the citation used."""
        return (
            self.known[paper.paper_id].paper_id if paper.paper_id in self.known else paper.paper_id
        )

    def named(self, paper_id: str) -> str:
        """The paper as a person should read it: its title and its id."""
        known = self.known.get(paper_id)
        return f"{known.title} ({paper_id})" if known else paper_id


def make_scorer(papers: Sequence[Paper], support: Support, threshold: float) -> Scorer:
    """A scorer for a corpus, in which a sentence counts as supported from `threshold` on."""

    def score(claim: str, records: Sequence[str]) -> float:
        return float(support(claim, records).score)

    known = {name: paper for paper in papers for name in paper.aliases}
    known |= {paper.paper_id: paper for paper in papers}
    return Scorer(score, threshold, frozen_scorer(record_text(p) for p in papers), known)
