"""Swapped roles and numbers, turned words and claims for all are seen in the structure."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.library import SAMPLE
from app.support.opposites import opposites, sides
from app.support.score import backed, features
from app.support.structure import laid, with_short_forms
from eval.scoring.human_labels import auroc
from ingest.embedding.models import StaticEmbedding
from ingest.text.terms import stem

CLAIMS = Path(__file__).resolve().parents[1] / "training" / "claims"
FERRY = (
    "Small ferries are cheap but slow. We present FerryNet, in which a planner on the ship "
    "proposes routes and a controller in the harbor ranks them. FerryNet saves 12% of the fuel "
    "on 40 routes. In most trials it arrives earlier than human captains."
)
EMBED = StaticEmbedding().embed


@pytest.mark.parametrize(
    ("feature", "sound", "false"),
    [
        (
            "rearranged",
            "A planner on the ship proposes routes, and a controller in the harbor ranks them.",
            "A controller in the harbor proposes routes, and a planner on the ship ranks them.",
        ),
        (
            "numbers exchanged",
            "It saves 12% of the fuel on 40 routes.",
            "It saves 40% of the fuel on 12 routes.",
        ),
        ("number replaced", "FerryNet runs on 40 routes.", "FerryNet runs on 12 routes."),
        ("opposite", "Small ferries are slow.", "Small ferries are fast."),
        ("negated", "FerryNet saves fuel.", "FerryNet does not save fuel."),
        ("general", "In most trials it is earlier.", "In all trials it is always earlier."),
        ("limit lost", "It mostly is earlier than captains.", "It is earlier than captains."),
        ("new end", "FerryNet saves 12% of the fuel.", "FerryNet saves 12% and pleases tourists."),
    ],
)  # fmt: skip
def test_an_error_shows_in_its_feature(feature: str, sound: str, false: str) -> None:
    rows = [features(claim, FERRY, EMBED)[feature] for claim in (sound, false)]
    assert rows[0] < rows[1]


def test_swapped_roles_make_a_claim_less_probable() -> None:
    sound = "The planner on the ship proposes routes; the controller in the harbor ranks them."
    false = "The controller in the harbor proposes routes; the planner on the ship ranks them."
    chances = [backed(features(claim, FERRY, EMBED)) for claim in (sound, false)]
    odds = [chance / (1 - chance) for chance in chances]
    assert odds[0] > 3 * odds[1]  # both are nearly said, so probabilities lie close together


def test_a_pause_and_a_connective_set_words_apart() -> None:
    plain, paused = laid("ships carry cargo"), laid("ships, while carrying cargo")
    assert plain.places[1] - plain.places[0] == 1
    assert paused.places[1] - paused.places[0] > 5
    assert plain.terms == paused.terms


def test_long_forms_give_way_to_the_short_ones_that_the_abstract_defines() -> None:
    abstract = "Large Harbor Models (LHMs) plan routes."
    assert with_short_forms("A large harbor model plans", abstract) == "A LHM plans"
    assert with_short_forms(abstract, abstract) == "LHM plan routes."


def test_no_word_is_its_own_opposite_on_one_line() -> None:
    for one, other in sides():
        assert not {*map(stem, one)} & {*map(stem, other)}, (one, other)
    assert stem("decrease") in opposites(stem("increase"))
    assert opposites("harbor") == frozenset()


def test_sentences_that_taught_the_check_are_told_apart() -> None:
    texts = [line for file in SAMPLE.glob("*.txt") for line in file.read_text("utf-8").splitlines()]
    labels, scores = [], []
    for file in sorted(CLAIMS.glob("*.yaml")):
        for entry in yaml.safe_load(file.read_text("utf-8"))[:4]:
            paper = entry.pop("paper")
            text = max((t for t in texts if paper in t), key=len)
            for kind, claims in entry.items():
                labels += [kind == "sound"] * len(claims)
                scores += [backed(features(claim, text, EMBED)) for claim in claims]
    found = auroc(labels, scores)
    assert found is not None
    assert found > 0.75
