"""What each sentence of an abstract is there for, as it is learned from labelled abstracts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.extractive.zones import ZONES, Zone, features, zones
from app.support.addressed import told

LABELS = Path(__file__).parents[1] / "training" / "zones"
TIDES = (
    "Tides are hard to predict in narrow bays, where gauges are rare. Here we present TideNet, "
    "which predicts them from ships. Each ship sends its height, and a filter joins them. It was "
    "tested on 40 ships in 3 bays. Errors fell by 12 % compared with gauges. Harbours without a "
    "gauge could use it."
)


@pytest.mark.parametrize(("place", "zone"), list(enumerate(ZONES)))
def test_the_surest_sentence_of_a_zone_is_the_one_that_is_there_for_it(
    place: int, zone: Zone
) -> None:
    assert int(zones(TIDES)[:, ZONES.index(zone)].argmax()) == place


def test_a_structured_abstract_is_read_alike() -> None:
    text = "OBJECTIVE To find out whether socks keep owls warm. RESULTS No owl in socks froze."
    found = zones(text)
    assert found[0, ZONES.index("aim")] > found[1, ZONES.index("aim")]
    assert ZONES[int(found[1].argmax())] == "result"


@given(st.text(max_size=300))
@settings(max_examples=50)
def test_every_sentence_has_probabilities_that_add_up_to_one(text: str) -> None:
    found = zones(text)
    assert found.shape == (len(told(text)), len(ZONES))
    assert np.allclose(found.sum(axis=1), 1.0, atol=1e-3)


def test_a_feature_tells_where_a_sentence_stands_and_what_stood_before() -> None:
    texts = ["Owls fly.", "Owls fly."]
    first, last = (set(features(texts, place, "aim")) for place in (0, 1))
    assert first != last
    assert set(features(texts, 1, "method")) != last


def test_the_labels_are_one_or_two_zones_a_sentence_and_no_paper_is_labelled_twice() -> None:
    entries = [
        json.loads(line)
        for file in sorted(LABELS.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    letters = {zone[0].upper() for zone in ZONES}
    assert len(entries) == len({one["id"] for one in entries}) >= 800
    for one in entries:
        assert all(1 <= len(own) <= 2 and set(own) <= letters for own in one["zones"])
