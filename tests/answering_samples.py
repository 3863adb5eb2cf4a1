"""A library of made-up papers whose every answer is known, for the tests of answering."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest_samples import run, write_jsonl

from app.answer import Answer
from app.engine import Engine
from app.extractive.list_answers import FIRST_PAGE, Page
from app.settings import Settings

BEE_COUNT = {
    "title": "BeeCount: Counting Honey Bees at the Hive",
    "authors": ["Ana Ruiz", "Tom Field"],
    "year": 2019,
    "abstract": "Beekeepers ask how strong a colony is. We propose BeeCount, a convolutional "
    "network that counts honey bees in videos of the entrance. BeeCount was tested on 340 videos "
    "and errs by 4.2%. The code is at https://github.com/bees/count.",
}
HIVE_HUM = {
    "title": "HiveHum: Hearing a Swarm Before It Leaves",
    "authors": ["Tom Field", "Mei Okafor"],
    "year": 2022,
    "abstract": "Honey bees change their hum before they swarm. We present HiveHum, a recurrent "
    "network that predicts swarming from microphones inside the hive. HiveHum warns beekeepers "
    "two days ahead and runs on solar power.",
}
WAGGLE_NET = {
    "title": "WaggleNet: Reading the Dance of Honey Bees",
    "authors": ["Lena Vogt"],
    "abstract": "Foraging honey bees dance to tell where pollen is. We introduce WaggleNet, a "
    "transformer that reads the dance from film. Our source code will be released soon.",
}
HARBOR_NET = {
    "title": "HarborNet: Tides from Graphs",
    "authors": ["Ana Ruiz"],
    "year": 2021,
    "abstract": "Tide tables are slow to compute. We present HarborNet, a graph neural network "
    "that predicts tides for 1,250 harbors. Earlier tables [7] ignore the wind [3, 4]. HarborNet "
    "cuts the mean error of tide tables by 12.5% on three coasts.",
}
TIDE_SAMPLING = {
    "title": "Sampling the Sea",
    "authors": ["Ravi Menon"],
    "year": 2023,
    "abstract": "Buoys waste their batteries when the sea is calm. We propose Adaptive Tide "
    "Sampling (ATS), a schedule that measures often only when tides turn. ATS doubles the life "
    "of a battery.",
}
TEXT_SCORING = {
    "title": "Grading Essays Fairly",
    "authors": ["Mei Okafor"],
    "year": 2020,
    "abstract": "Teachers spend evenings on marking. Automatic Text Scoring (ATS) grades essays by "
    "machine, but it punishes short sentences. We derive a penalty that makes grades fair.",
}
BREAD = {
    "title": "Cold Dough",
    "authors": ["Jo Baker"],
    "year": 2018,
    "abstract": "Sourdough ferments slowly in the cold. We study the yeast of 25 starters and "
    "explain its growth by a sparse mixture model. Salt slows the yeast further.",
}
PAPERS = (BEE_COUNT, HIVE_HUM, WAGGLE_NET, HARBOR_NET, TIDE_SAMPLING, TEXT_SCORING, BREAD)
BEES = {str(one["title"]) for one in (BEE_COUNT, HIVE_HUM, WAGGLE_NET)}


@contextmanager
def library(folder: Path) -> Iterator[Engine]:
    """An engine over an index of `PAPERS`, made in this folder."""
    run(folder / "index", write_jsonl(folder / "papers.jsonl", PAPERS))
    with opened(folder / "index") as engine:
        yield engine


@contextmanager
def opened(index: Path, page: Page = FIRST_PAGE) -> Iterator[Engine]:
    """An engine over an index that is there, closed at the end."""
    engine = Engine(index, Settings(_env_file=None), page)
    try:
        yield engine
    finally:
        engine.index.close()


def cited(answer: Answer) -> list[str]:
    """The titles that an answer cites, in the order of their numbers."""
    return [citation.paper.title for citation in answer.citations]
