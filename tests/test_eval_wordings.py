"""Refusals and counts are read from words that were not written for the reading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.library import SAMPLE
from eval.scoring.claims import needs_citation
from eval.scoring.counts import count_said
from eval.scoring.refusals import refuses, says_absent
from ingest.text.sentences import sentence_spans

WORDINGS: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "wordings.yaml").read_text("utf-8")
)
DENIAL = re.compile(r"\b(?:not|no|none|never|cannot|unable|lacks?|nothing|neither)\b", re.I)


def _read_as_refusals(part: str, kind: str) -> tuple[int, int]:
    pairs: Sequence[tuple[str, str]] = WORDINGS[part][kind]
    return sum(refuses(text, question) for question, text in pairs), len(pairs)


@pytest.mark.parametrize(("part", "least"), [("known", 1.0), ("unusual", 0.75), ("unseen", 0.9)])
def test_refusals_are_read_in_most_wordings_and_answers_never_taken_for_one(
    part: str, least: float
) -> None:
    found, all_of_them = _read_as_refusals(part, "refusals")
    assert found / all_of_them >= least
    assert _read_as_refusals(part, "answers")[0] == 0


def test_hardly_a_sentence_of_an_abstract_that_denies_something_reads_as_a_refusal() -> None:
    texts = [line for file in SAMPLE.glob("*.txt") for line in file.read_text("utf-8").splitlines()]
    said = [text[a:b] for text in texts for a, b in sentence_spans(text)]
    denying = [sentence for sentence in said if DENIAL.search(sentence)]
    assert len(denying) >= 20
    assert sum(refuses(sentence) for sentence in denying) <= len(denying) // 20


@pytest.mark.parametrize(
    "text",
    [
        "The abstract does not say how many lamps there were.",
        "The abstract of “Why Models Never Report Errors: A Study” does not mention owls.",
    ],
)
def test_a_quoted_title_neither_makes_nor_hides_a_refusal(text: str) -> None:
    assert says_absent(text)
    assert not says_absent("It is called “The Papers Do Not Say”, and finds 56% of all lamps.")


def test_an_answer_that_first_states_something_is_no_refusal() -> None:
    assert not refuses("LUMEN finds 56% of all lamps [1]. The abstract does not say how many.")
    assert refuses("The abstract does not say how many. LUMEN finds 56% of all lamps [1].")


@pytest.mark.parametrize(
    "finding",
    [
        "After week two the receptor was not found",
        "The receptor is absent",
        "It is not known whether sleep helps",
        "There is insufficient evidence for a benefit",
        "It cannot be determined from a scan",
        "It is unclear whether sleep helps",
        "Half of the questions were not answered",
    ],
)
def test_a_negative_finding_that_cites_is_no_refusal(finding: str) -> None:
    assert not refuses(f"{finding} [1].")
    assert refuses(f"{finding}.")
    assert needs_citation(finding)


@pytest.mark.parametrize(
    "untold",
    [
        "The sample size is not reported",
        "The number of participants is not specified",
        "How many people took part is not stated",
        "There is no information on how many people took part",
        "There are no details on the training set",
        "It is unclear how many people took part",
        "It is not stated which dataset was used",
        "The question cannot be answered from this",
        "Not enough information is available to answer",
        "This cannot be determined from the abstract",
    ],
)
def test_that_something_is_not_told_is_a_refusal_with_a_citation_and_without(untold: str) -> None:
    assert refuses(f"{untold} [1].")
    assert refuses(f"{untold}.")
    assert not needs_citation(untold)


@pytest.mark.parametrize(
    "finding",
    ["No information is lost in the merge", "Insufficient context hurts all small models"],
)
def test_what_becomes_of_information_is_a_finding(finding: str) -> None:
    assert not refuses(f"{finding} [1].")
    assert needs_citation(finding)


def test_a_refusal_that_names_the_papers_may_cite_them() -> None:
    assert refuses("That is not stated in the abstract [1].")
    assert refuses("Not mentioned [1].")
    assert refuses("Neither abstract gives a figure [1][2].")


@pytest.mark.parametrize(("text", "number"), WORDINGS["known"]["counts"].items())
def test_the_number_of_papers_is_read_in_digits_and_words(text: str, number: int | None) -> None:
    assert count_said(text) == number


def test_most_unusual_counts_are_read_and_none_is_read_wrong() -> None:
    counts = WORDINGS["unusual"]["counts"]
    read = {text: count_said(text) for text in counts}
    assert sum(read[text] == number for text, number in counts.items()) >= 0.9 * len(counts)
    assert all(read[text] in (number, None) for text, number in counts.items())
