"""Fit the reader of questions on labelled questions; with --check, judge it on unseen writers.

    python training/reader.py            writes app/understanding/reader.npz
    python training/reader.py --check    accuracy where one writer's questions are left out

Each file of `training/questions` is one writer's; GUIDE.md says what the labels mean. What is to be
done is learned from the look-ups of `sentences`, the topics of `lists` and strangers' `cases` too.
"""

# ruff: noqa: E402
from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from app.understanding import reader
from app.understanding.features import masked, question_features, token_features, tokens
from app.understanding.linear import Floats, Linear, save
from app.understanding.reader import FILE, START, vectors
from eval.dataset.case_files import load

QUESTIONS, SENTENCES, LISTS, CASES = (
    Path(__file__).with_name(name) for name in ("questions", "sentences", "lists", "cases")
)
# Questions of a file of SENTENCES that teach what is to be done. With 20, 60 and 200, the share
# that is read right on the cases of all collections is 0.880, 0.894 and 0.887; with none 0.868.
LOOKUPS = 60
# These ask for everything, what a name means and where the code is too.
PLAIN = ("34", "35", "36")
# A word in fewer questions than this is masked by its shape.
COMMON = 3
# A feature in fewer questions (words) than this is left out.
FEWEST = 3
# The inverse strength of the penalty on large weights; 0.5 to 3 differ by less than 0.01.
PENALTY = 1.0
ROLES = ("topic", "sides", "venue", "people", "years", "exclude")
Question = dict[str, Any]
Fitted = tuple[dict[str, Linear], frozenset[str]]


def writers() -> list[str]:
    """The names of those who labelled questions."""
    return sorted(file.stem for file in QUESTIONS.glob("*.jsonl"))


def asked() -> list[Path]:
    """The files of the collections that strangers asked."""
    return sorted(CASES.glob("*.txt"))


def questions(names: Iterable[str]) -> list[Question]:
    """The labelled questions of these writers, in order."""
    return [
        json.loads(line)
        for writer in names
        for line in (QUESTIONS / f"{writer}.jsonl").read_text("utf-8").splitlines()
    ]


def of_act(cases: Iterable[Path]) -> list[tuple[str, str]]:
    """Questions of which only the act is known, with it: of many writers, and of strangers.

    `cases` are files of the collections that strangers asked.
    """
    found = []
    for file in sorted(SENTENCES.glob("[0-9]*.jsonl")):
        if file.stem in PLAIN:
            continue
        entries = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        asked = [q for one in entries for q in (*(t["q"] for t in one["told"]), *one["untold"])]
        found += [(text, "lookup") for text in random.Random(1).sample(asked, LOOKUPS)]
    for file in sorted(LISTS.glob("*.jsonl")):
        lines = file.read_text("utf-8").splitlines()
        found += [(json.loads(line)["question"], "list") for line in lines]
    return [*found, *asked_alone(cases)]


def asked_alone(files: Iterable[Path]) -> list[tuple[str, str]]:
    """What strangers ask of these collections without a question before it, with what it is.

    Of what is asked about records a part are lists, without facts ("papers by Ada King").
    """
    cases = [case for file in files for case in load([file.with_suffix("")])]
    alone = [case for case in cases if not case.history]
    return [(one.question, one.kind) for one in alone if one.kind != "metadata" or one.facts]


def roles(question: Question, labels: Sequence[str] = ROLES) -> list[str]:
    """The role of each token: the label whose stretch of the text holds it, else "frame"."""
    found = tokens(question["text"])
    given = ["frame"] * len(found)
    for role in labels:
        labelled = question[role]
        for stretch in [labelled] if isinstance(labelled, str) else labelled:
            start = question["text"].find(stretch) if stretch else -1
            for place, token in enumerate(found):
                if start >= 0 and token.start >= start and token.end <= start + len(stretch):
                    given[place] = role
    return given


def vocabulary(given: Sequence[Question]) -> frozenset[str]:
    """The words that stand in at least COMMON questions."""
    times = Counter(
        word for one in given for word in {t.key for t in tokens(one["text"]) if t.is_word}
    )
    return frozenset(word for word, n in times.items() if n >= COMMON and not word[0].isdigit())


def fit(
    rows: Sequence[Iterable[str]],
    labels: Sequence[str],
    meant: Floats | None = None,
    penalty: float = PENALTY,
) -> Linear:
    """A classifier of these rows of features, beside vectors where there are any."""
    distinct = [sorted(set(row)) for row in rows]
    times = Counter(feature for row in distinct for feature in row)
    kept = sorted(feature for feature, n in times.items() if n >= FEWEST)
    places = {feature: place for place, feature in enumerate(kept)}
    where = [[places[f] for f in row if f in places] for row in distinct]
    matrix = sparse.csr_matrix(
        (
            np.ones(sum(map(len, where)), dtype=np.float32),
            np.array([place for row in where for place in row]),
            np.cumsum([0, *map(len, where)]),
        ),
        shape=(len(rows), len(kept)),
    )
    if meant is not None:
        matrix = sparse.hstack([matrix, sparse.csr_matrix(meant)]).tocsr()
    model = LogisticRegression(C=penalty, max_iter=500).fit(matrix, labels)
    weights, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # of two, one column tells them apart
        weights, bias = (np.concatenate([-one / 2, one / 2]) for one in (weights, bias))
    weights = weights.T.astype(np.float32)
    return Linear(
        tuple(model.classes_), places, weights[: len(kept)], weights[len(kept) :],
        bias.astype(np.float32),
    )  # fmt: skip


def fitted(given: Sequence[Question], cases: Sequence[Path]) -> Fitted:
    """The five classifiers, and the words that their features keep."""
    common = vocabulary(given)
    found = [tokens(one["text"]) for one in given]
    shapes = [masked(one, common) for one in found]
    rows = [list(question_features(one)) for one in shapes]
    meant = vectors([one["text"] for one in given])
    classifiers = {
        label: fit(rows, [one[label] or "none" for one in given], meant)
        for label in ("refers", "attribute")
    }
    more, acts = zip(*of_act(cases), strict=True)
    rows += [list(question_features(masked(tokens(text), common))) for text in more]
    meant = np.vstack([meant, vectors(more)])
    classifiers["act"] = fit(rows, [*(one["act"] for one in given), *acts], meant)
    told = [roles(one) for one in given]
    of_tokens = [
        list(token_features(found[i], shapes[i], place, ([START, *told[i]])[place]))
        for i in range(len(given))
        for place in range(len(found[i]))
    ]
    classifiers["role"] = fit(of_tokens, [role for one in told for role in one])
    detail = [role for one in given for role in roles(one, ("asked",))]
    classifiers["asked"] = fit(of_tokens, detail)
    return classifiers, common


@contextmanager
def reading_as(held: Fitted) -> Iterator[None]:
    """Within this, questions are read by these classifiers."""
    own = reader._classifiers
    reader._classifiers = lambda: held  # type: ignore[assignment]
    try:
        yield
    finally:
        reader._classifiers = own


def check(names: Sequence[str]) -> None:
    """Print how well questions of each writer are read by what the others' taught."""
    for writer in names:
        others = [one for one in names if one != writer]
        right: Counter[str] = Counter()
        wrong: Counter[tuple[str, str]] = Counter()
        given = questions([writer])
        with reading_as(fitted(questions(others), asked())):
            found = [reader.read_words(one["text"]) for one in given]
        words = right_words = 0
        for one, read in zip(given, found, strict=True):
            best = max(read.acts, key=lambda label: read.acts[label])
            right["act"] += best == one["act"]
            if best != one["act"]:
                wrong[one["act"], best] += 1
            right["refers"] += max(read.refers, key=lambda x: read.refers[x]) == one["refers"]
            attribute = max(read.attributes, key=lambda x: read.attributes[x])
            right["attribute"] += attribute == (one["attribute"] or "none")
            told = roles(one)
            words += len(told)
            right_words += sum(a == b for a, b in zip(told, read.roles, strict=True))
        shares = {label: round(n / len(given), 3) for label, n in right.items()}
        print(writer, len(given), shares, "role", round(right_words / words, 3), flush=True)
        print("   ", ", ".join(f"{a} as {b} {n}" for (a, b), n in wrong.most_common(8)))


def main() -> None:
    """Fit and store, or check."""
    if "--check" in sys.argv:
        check(writers())
        return
    classifiers, common = fitted(questions(writers()), asked())
    save(FILE, classifiers, sorted(common))
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
