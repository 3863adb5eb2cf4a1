"""Questions that ask for papers without the word."""

from __future__ import annotations

import pytest

from app.understanding.openings import as_papers
from app.understanding.parse import is_bare_topic, read


@pytest.mark.parametrize(
    "text",
    [
        "Do we have anything about lighthouses?",
        "Does anyone model tides?",
        "Has anybody studied gulls?",
        "Is anyone measuring fog?",
        "Anybody working on harbours?",
        "Is there anyone working on harbours?",
        "Do any of them count ships?",
        "Who bounds the height of waves?",
        "Who else is using buoys?",
        "Are there people who forecast storms?",
        "What has been written about ferries?",
        "What has been proposed to stop erosion?",
    ],
)
def test_an_opening_that_means_papers_asks_for_a_list(text: str) -> None:
    assert read(text, 2026).kind == "list"


@pytest.mark.parametrize(
    "text",
    [
        "Who is Ada Okoye?",
        "Who was the first keeper?",
        "Who does the counting?",
        "Does it count ships?",
        "What is a lighthouse?",
        "",
    ],
)
def test_other_openings_stay_as_they_are(text: str) -> None:
    assert as_papers(text) == text


def test_the_words_after_an_opening_stay() -> None:
    assert read("Does anyone model tides with cables?", 2026).topic == "model tides with cables"
    assert read("Do we have anything on fog or mist?", 2026).topic == "on fog or mist"


def test_a_topic_may_begin_with_what_is_done() -> None:
    assert is_bare_topic("forecasting storms at sea")
    assert not is_bare_topic("how storms begin")
