"""Fit the check of sentences on labelled sentences; with --check, judge it on unseen ones.

    python training/support.py            writes app/support/weights.json
    python training/support.py --check    figures by source and by kind of error

Sources: `training/claims`, written over the sample corpus; human labels (WiCE, BEGIN, SciFact);
errors that `planting` plants: in pairs of an abstract and its retelling in the sample corpus
("retold"), and in abstracts of another collection ("planted"); and the sentences of writers that
taught the cross-encoder nothing ("judged"). By these last ones alone is weighed what it doubts: of
what taught it, it is too sure. Abstracts whose retelling is in `abstracts-3.txt` and
`abstracts-4.txt` are left out everywhere, for tests on papers that taught nothing.
"""

# ruff: noqa: E402
from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from scipy.optimize import minimize

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)
sys.path.insert(1, str(HERE))

import cross_encoder
import planting

from app.library import SAMPLE
from app.support.features import FEATURES, READ_DOUBT
from app.support.score import FILE, MISSING, THRESHOLD, features
from eval.dataset.corpora import data_folder
from eval.scoring.human_labels import auroc
from ingest.embedding.models import StaticEmbedding
from ingest.text.sentences import sentences

JUDGED = "judged"
HUMAN = ("wice_dev", "begin_wow_dev", "scifact_rte_train")
RETOLD = {
    "000_b232f1613f4a3aa9.txt": "abstracts-1.txt",
    "001_2b8498d7ac47e1b9.txt": "abstracts-2.txt",
    "003_17ec1e30c8b35f6f.txt": "papers-with-authors.txt",
}
# What each source counts, whatever its size; human labels have a bias of their own, since what
# share of them is supported says nothing of the sentences of a model.
WEIGHTS = {"written": 1.0, JUDGED: 1.0, **dict.fromkeys(HUMAN, 0.2), "retold": 0.3, "planted": 0.02}
# The share of sound sentences among those that a model writes, by which the probability is
# calibrated, and so what a threshold of one half lets through.
PRIOR = 0.8
PENALTY = 0.003
# The greatest weight of a doubt of the cross-encoder. Without a bound it comes to 0.95, which costs
# human labels two hundredths of AUROC and marks more sound sentences of the sample.
MOST_DOUBT = 0.55
ABSTRACTS = 160
FOLDS = 9
# Features that speak for a claim; all others speak against it.
FOR = frozenset(
    (
        "overlap,words said,whole like,least like,last like,last like clause,like clauses"
        ",end explained"
    ).split(",")
)


@dataclass(frozen=True, slots=True)
class Example:
    """A claim with the text that backs it or not; `kind` is "sound" or the error it carries."""

    claim: str
    text: str
    kind: str
    group: str


@dataclass(frozen=True, slots=True)
class Source:
    """Examples of one kind as rows of features, one bias of its own for each human source."""

    name: str
    rows: np.ndarray
    sound: np.ndarray
    kinds: np.ndarray
    groups: np.ndarray
    missing: np.ndarray


BIASES = [f"of {name}" for name in HUMAN]
COLUMNS = [*FEATURES, *BIASES]
DOUBT = COLUMNS.index(READ_DOUBT)


def written() -> Iterator[Example]:
    """Sentences written for training over papers of the sample corpus."""
    texts = [
        text
        for file in sorted(SAMPLE.glob("*.txt"))
        for text in file.read_text("utf-8").splitlines()
    ]
    for file in sorted((HERE / "claims").glob("*.yaml")):
        for entry in yaml.safe_load(file.read_text("utf-8")):
            paper = entry.pop("paper")
            text = max((t for t in texts if paper in t), key=len).removeprefix("Abstract:")
            for kind, claims in entry.items():
                yield from (Example(claim, text, kind, paper) for claim in claims)


def judged() -> Iterator[Example]:
    """Sentences about papers by writers that taught the cross-encoder nothing."""
    papers = cross_encoder.records()
    for writer in cross_encoder.HELD:
        for _, entry in cross_encoder.entries(writer):
            text = papers[entry["id"]]["abstract"]
            for kind in ("sound", *cross_encoder.FALSE):
                for claim in filter(None, entry.get(kind, ())):
                    yield Example(claim, text, kind, entry["id"])


def human(name: str) -> Iterator[Example]:
    """Claims that people labelled."""
    for line in (data_folder() / "faithfulness" / f"{name}.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        text = (
            entry["context"] if isinstance(entry["context"], str) else "\n".join(entry["context"])
        )
        yield Example(entry["claim"], text, "sound" if entry["supported"] else "false", entry["id"])


def retold() -> Iterator[Example]:
    """Sentences of an abstract held against its retelling, and back, sound and with errors."""
    chance = random.Random(2)
    given: list[tuple[str, str, str]] = []
    for number, (one, other) in enumerate(_twins()):
        for claims, text in ((one, other), (other, one)):
            given += [(claim, text, f"{number}") for claim in sentences(claims) if _fit(claim)]
    for at, (claim, text, group) in enumerate(given):
        near = [c for c, _, g in given[max(0, at - 60) : at + 60] if g != group]
        yield Example(claim, text, "sound", group)
        yield from _changed(claim, text, group, near, 1, chance)


def planted() -> Iterator[Example]:
    """Sentences of abstracts changed soundly, and with errors."""
    chance = random.Random(1)
    with gzip.open(
        data_folder() / "which-papers" / "corpus.jsonl.gz", "rt", encoding="utf-8"
    ) as lines:
        found = [json.loads(line).get("abstract") or "" for line in lines]
    given: list[tuple[str, str, str]] = []
    for number, text in enumerate(
        chance.sample([t for t in found if 600 < len(t) < 2000], ABSTRACTS)
    ):
        fit = [claim for claim in sentences(text) if _fit(claim)]
        given += [(claim, text, f"{number}") for claim in chance.sample(fit, min(2, len(fit)))]
    for at, (claim, text, group) in enumerate(given):
        near = [c for c, _, g in given[max(0, at - 60) : at + 60] if g != group]
        yield from _changed(claim, text, group, near, 2, chance)


def _twins() -> Iterator[tuple[str, str]]:
    """Abstracts and their retellings, which stand on the same lines of two files."""
    for seeds, ours in RETOLD.items():
        files = (data_folder() / "seeds" / seeds, SAMPLE / ours)
        lines = (file.read_text("utf-8").splitlines() for file in files)
        for one, other in zip(*lines, strict=False):
            if min(len(one), len(other)) > 300:
                yield one.removeprefix("Abstract:"), other.removeprefix("Abstract:")


def _fit(claim: str) -> bool:
    return 30 < len(claim) < 320 and "http" not in claim


def _changed(
    claim: str, text: str, group: str, near: Sequence[str], count: int, chance: random.Random
) -> Iterator[Example]:
    """Sound changes of a sentence, two errors planted in it, and one borrowed from elsewhere."""
    for change in chance.sample(planting.SOUND, count):
        if said := change(claim, chance):
            yield Example(said, text, "sound", group)
    told = 0
    for kind in chance.sample(sorted(planting.FALSE), len(planting.FALSE)):
        said = planting.FALSE[kind](claim, chance) if told < 2 else ""
        if said and said != claim:
            told += 1
            free = chance.choice(planting.SOUND)(said, chance) if chance.random() < 0.4 else ""
            yield Example(free or said, text, kind, group)
    kind = chance.choice(("half", "half", "invented"))
    if near and (said := planting.BORROWED[kind](claim, chance.choice(near), chance)):
        yield Example(said, text, kind, group)


def collect() -> dict[str, Source]:
    """All sources that are at hand, as rows."""
    embed = StaticEmbedding().embed
    given = {"written": written(), **{name: human(name) for name in HUMAN}}
    given |= {"retold": retold(), "planted": planted(), JUDGED: judged()}
    found = {}
    for name, examples in given.items():
        kept = list(examples)
        rows = [features(one.claim, one.text, embed) for one in kept]
        own = [float(bias == f"of {name}") for bias in BIASES]
        found[name] = Source(
            name,
            np.array([[*(row[feature] for feature in FEATURES), *own] for row in rows]),
            np.array([one.kind == "sound" for one in kept]),
            np.array([one.kind for one in kept]),
            np.array([one.group for one in kept]),
            np.array([MISSING ** (r["foreign numbers"] + r["foreign names"]) for r in rows]),
        )
    return found


class Model:
    """A logistic regression whose weights have the sign that their feature has to have."""

    def __init__(self, sources: Sequence[Source]) -> None:
        first = [source for source in sources if source.name != JUDGED]
        rows = np.vstack([source.rows for source in first])
        sound = np.concatenate([source.sound for source in first])
        weight = np.concatenate([_weights(source) for source in first])
        self.mean, self.scale = rows.mean(axis=0), rows.std(axis=0) + 1e-9
        self.fitted = minimize(
            _loss, np.zeros(len(COLUMNS) + 1),
            ((rows - self.mean) / self.scale, np.where(sound, 1.0, -1.0), weight / weight.sum()),
            jac=True, bounds=[*map(_bound, COLUMNS), (None, None)],
            method="L-BFGS-B", options={"maxiter": 800},
        ).x  # fmt: skip
        for judged in (source for source in sources if source.name == JUDGED):
            self._doubt(judged)

    def _doubt(self, judged: Source) -> None:
        """Weigh what the cross-encoder doubts beside all else, which stays as it is."""
        found, sign = self._odds(judged.rows), np.where(judged.sound, 1.0, -1.0)
        doubts = np.stack([judged.rows[:, DOUBT], np.ones(len(sign))], axis=1)
        weight = _weights(judged)

        def loss(terms: np.ndarray) -> float:
            return float(weight @ np.logaddexp(0, -sign * (found + doubts @ terms)))

        weighs, bias = minimize(loss, np.zeros(2), bounds=[(-MOST_DOUBT, 0.0), (None, None)]).x
        self.fitted[DOUBT] = weighs * self.scale[DOUBT]
        self.fitted[-1] += bias + weighs * self.mean[DOUBT]

    def _odds(self, rows: np.ndarray) -> np.ndarray:
        """The log odds of rows, without the bias of their source."""
        rows = rows.copy()
        rows[:, len(FEATURES) :] = 0.0
        odds: np.ndarray = (rows - self.mean) / self.scale @ self.fitted[:-1] + self.fitted[-1]
        return odds

    def scores(self, source: Source, held: Sequence[int] | None = None) -> np.ndarray:
        """Probabilities of the examples of a source, of some of them where `held` says which."""
        kept = slice(None) if held is None else held
        chances: np.ndarray = source.missing[kept] / (1 + np.exp(-self._odds(source.rows[kept])))
        return chances

    def stored(self) -> dict[str, object]:
        """Weights and bias for features as they are."""
        plain = self.fitted[:-1] / self.scale
        bias = float(self.fitted[-1] - plain @ self.mean)
        weights = dict(zip(FEATURES, (round(float(w), 5) for w in plain), strict=False))
        return {"backed": {"weights": weights, "bias": round(bias, 5)}}


def _loss(
    fitted: np.ndarray, rows: np.ndarray, sign: np.ndarray, weight: np.ndarray
) -> tuple[float, np.ndarray]:
    """The mean log loss with a penalty on large weights, and its gradient."""
    margin = sign * (rows @ fitted[:-1] + fitted[-1])
    slope = -sign * weight / (1 + np.exp(np.clip(margin, -30, 30)))
    gradient = np.append(rows.T @ slope + 2 * PENALTY * fitted[:-1], slope.sum())
    loss = (weight * np.logaddexp(0, -margin)).sum() + PENALTY * (fitted[:-1] ** 2).sum()
    return float(loss), gradient


def _bound(feature: str) -> tuple[float | None, float | None]:
    if feature.startswith("of "):
        return None, None
    if feature == READ_DOUBT:
        return 0.0, 0.0
    return (0.0, None) if feature in FOR else (None, 0.0)


def _weights(source: Source) -> np.ndarray:
    share = source.sound.mean()
    even = np.where(source.sound, PRIOR / share, (1 - PRIOR) / (1 - share))
    return even * WEIGHTS[source.name] / len(even)


def check(found: dict[str, Source]) -> None:
    """Print figures for sentences of papers, and sources, that taught nothing."""
    for name in ("written", JUDGED):
        _left_out(name, found)
    whole = Model(list(found.values()))
    for name, source in found.items():
        if name != JUDGED:
            left = Model([other for other in found.values() if other.name != name])
            _told(f"{name}, left out", source, left.scores(source))
        if name in HUMAN:
            _told(f"{name}, taught", source, whole.scores(source))


def _left_out(name: str, found: dict[str, Source]) -> None:
    """Print figures for the papers of a source, each judged by a model that the others taught."""
    own = found[name]
    papers = list(dict.fromkeys(own.groups))
    fold = np.array([papers.index(group) % FOLDS for group in own.groups])
    others = [source for source in found.values() if source.name != name]
    chances = np.zeros(len(own.sound))
    for number in range(FOLDS):
        taught = Source(
            name, *(getattr(own, name)[fold != number] for name in Source.__slots__[1:])
        )
        held = np.flatnonzero(fold == number)
        chances[held] = Model([taught, *others]).scores(own, held)
    _told(f"{name}, papers left out", own, chances)


def _told(name: str, source: Source, chances: np.ndarray) -> None:
    shown = chances >= THRESHOLD
    kinds = {str(k): f"{shown[source.kinds == k].mean():.2f}" for k in dict.fromkeys(source.kinds)}
    area = auroc(source.sound.tolist(), chances.tolist())
    right, false = shown[source.sound].mean(), shown[~source.sound].mean()
    levels = [np.quantile(chances[source.sound], 1 - share) for share in (0.90, 0.93, 0.95)]
    curve = [f"{(chances[~source.sound] >= level).mean():.3f}" for level in levels]
    print(f"{name}: AUROC {area:.3f}, shown: sound {right:.3f}, false {false:.3f}", kinds)
    print(f"    false shown where 90, 93, 95 % of the sound are: {curve}", flush=True)


def main() -> None:
    """Fit and store, or check."""
    found = collect()
    if "--check" in sys.argv:
        check(found)
        return
    FILE.write_text(json.dumps(Model(list(found.values())).stored(), indent=1) + "\n", "utf-8")
    print(FILE)


if __name__ == "__main__":
    main()
