"""A model's JSON is found wherever it stands in a reply."""

from __future__ import annotations

import pytest

from app.generation.json_reply import last_value


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ('{"backed": true}', True),
        ('Sure! ```json\n{"backed": false}\n``` I hope {this} helps.', False),
        ('{"backed": true} No, wait: {"backed": false}', False),
        ('<think>{"backed": true}</think> I cannot say.', None),
        ('{"backed": "yes"}', None),
        ('{"backed": 1}', None),
        ('{"backed": true} {"other": {"backed": false}}', True),
        ('{{"backed": true}', True),
        ('{"backed": tr', None),
        ("[" * 5_000 + '{"a":' * 5_000, None),
        ("", None),
    ],
)
def test_the_last_object_with_such_a_value_counts(reply: str, found: bool | None) -> None:
    assert last_value(reply, "backed", bool) is found


def test_an_object_may_hold_objects() -> None:
    assert last_value('Here: {"judgements": [{"paper": 1}]}', "judgements", list) == [{"paper": 1}]
