"""Teach the reader of questions; with --check, judge it on writers and strangers it never saw.

    python training/reader.py            writes app/understanding/reader.onnx
    python training/reader.py --check    each half of them, read as the other half taught it

What has to be installed, `teaching.py` says. Each file of `training/questions` is one writer's;
GUIDE.md says what the labels mean. What is to be done is learned from the look-ups of `sentences`,
the topics of `lists` and strangers' `cases` too; what orders, from the sentences of `orders.py`.
Two processors with 16-bit products take ten minutes.
"""

# ruff: noqa: E402
from __future__ import annotations

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)
sys.path.insert(1, str(HERE))

from app.understanding import reader
from app.understanding.reader import (
    ACTS,
    ATTRIBUTES,
    FRAME,
    LONGEST,
    MODEL,
    REFERS,
    ROLES,
    Pieces,
    pieces,
    written,
)
from app.understanding.tokens import tokens
from eval.dataset.case_files import load
from ingest.embedding.encoder import tokenizer
from training import orders

QUESTIONS, SENTENCES, LISTS, CASES = (
    HERE / name for name in ("questions", "sentences", "lists", "cases")
)
# Questions of a file of SENTENCES that teach what is to be done.
LOOKUPS = 60
# These ask for everything, what a name means and where the code is too.
PLAIN = ("34", "35", "36")
# Plain sentences that teach what is no order, and how many of them with their words exchanged for
# any pieces, as those of a language that nobody taught.
PLAIN_SENTENCES, STRANGE = 7_000, 1_500
ANY_PIECE = (2_000, 30_000)  # those of words and of parts of words
# The labels of a token, besides its role: whether it names what is asked for.
ASKED = (FRAME, "asked")
Question = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """A question as the model takes it, with the places of its labels, where they are known."""

    pieces: Pieces
    labels: Mapping[str, int]
    of_tokens: Mapping[str, Sequence[int]] = field(default_factory=dict)


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


def roles(question: Question, labels: Sequence[str] = ROLES[1:]) -> list[str]:
    """The role of each token: the label whose stretch of the text holds it, else FRAME."""
    found = tokens(question["text"])
    given = [FRAME] * len(found)
    for role in labels:
        labelled = question[role]
        for stretch in [labelled] if isinstance(labelled, str) else labelled:
            start = question["text"].find(stretch) if stretch else -1
            for place, token in enumerate(found):
                if start >= 0 and token.start >= start and token.end <= start + len(stretch):
                    given[place] = role
    return given


def labelled(given: Iterable[Question]) -> Iterator[Example]:
    """What the writers' questions teach."""
    for one in given:
        yield Example(
            pieces(tokens(one["text"])),
            {
                "act": ACTS.index(one["act"]),
                "refers": REFERS.index(one["refers"]),
                "attribute": ATTRIBUTES.index(one["attribute"]),
            },
            {
                "role": [ROLES.index(role) for role in roles(one)],
                "asked": [ASKED.index(role) for role in roles(one, ASKED[1:])],
            },
        )


def of_order(without: Collection[str] = ()) -> Iterator[Example]:
    """What sentences teach that order a reading model about, and what others do.

    Those of the writers that are named in `without` teach nothing.
    """
    plain = orders.plain()[0]
    given = [one for one in orders.written() if one[2] not in without]
    sentences = [(text, order) for text, order, _ in given] + orders.joined(given, plain)
    sentences += [(text, False) for text in (*plain[:PLAIN_SENTENCES], *orders.short(plain))]
    for text, order in sentences:
        yield Example(written(text), {"order": int(order)})
    chance, pieces_of = random.Random(1), tokenizer(LONGEST)
    for text in plain[:STRANGE]:
        first, *inside, last = pieces_of.encode(text).ids
        exchanged = [
            one if not pieces_of.id_to_token(one).isalnum() else chance.randrange(*ANY_PIECE)
            for one in inside
        ]
        ids = (first, *exchanged, last)
        yield Example(Pieces(ids, (0,) * len(ids), ()), {"order": 0})


def examples(given: Iterable[Question], cases: Iterable[Path]) -> list[Example]:
    """What these questions and the files of these collections teach."""
    acts = [Example(pieces(tokens(text)), {"act": ACTS.index(act)}) for text, act in of_act(cases)]
    return [*labelled(given), *acts]


@contextmanager
def read_as_taught_by(names: Iterable[str], cases: Iterable[Path]) -> Iterator[None]:
    """Within this, questions are read as these writers and strangers alone taught it.

    What orders is read as before.
    """
    from question_network import write

    own = reader.MODEL
    with tempfile.TemporaryDirectory() as folder:
        taught = Path(folder) / own.name
        write(examples(questions(names), cases), taught)
        reader.MODEL = taught
        try:
            yield
        finally:
            reader.MODEL = own


def check() -> None:
    """Print how well each half of the writers and of the strangers is read by the other half's."""
    names, cases = writers(), asked()
    for half in (0, 1):
        with read_as_taught_by(names[1 - half :: 2], cases[1 - half :: 2]):
            for writer in names[half::2]:
                _judge(writer, questions([writer]))
            alone = asked_alone(cases[half::2])
            read = [(act, _best(reader.read_words(text).acts)) for text, act in alone]
        print("strangers", len(read), "act", round(_share(read), 3), _mistaken(read), flush=True)


def _judge(writer: str, given: Sequence[Question]) -> None:
    """Print what of a writer's questions is read right."""
    read = [reader.read_words(one["text"]) for one in given]
    acts = [(one["act"], _best(words.acts)) for one, words in zip(given, read, strict=True)]
    pairs = {
        "act": acts,
        "refers": [(a["refers"], _best(b.refers)) for a, b in zip(given, read, strict=True)],
        "attribute": [
            (a["attribute"], _best(b.attributes)) for a, b in zip(given, read, strict=True)
        ],
        "role": [
            pair
            for a, b in zip(given, read, strict=True)
            for pair in zip(roles(a), b.roles, strict=True)
        ],
    }
    shares = {label: round(_share(found), 3) for label, found in pairs.items()}
    print(writer, len(given), shares, _mistaken(acts), flush=True)


def _best(chances: Mapping[str, float]) -> str:
    return max(chances, key=lambda label: chances[label])


def _share(read: Sequence[tuple[str, str]]) -> float:
    return sum(a == b for a, b in read) / len(read)


def _mistaken(read: Sequence[tuple[str, str]]) -> str:
    wrong = Counter(pair for pair in read if pair[0] != pair[1])
    return ", ".join(f"{a} as {b} {n}" for (a, b), n in wrong.most_common(5))


def main() -> None:
    """Teach and store, or check."""
    if "--check" in sys.argv:
        check()
        return
    from question_network import write

    write([*examples(questions(writers()), asked()), *of_order()], MODEL)
    print(f"{MODEL}: {MODEL.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
