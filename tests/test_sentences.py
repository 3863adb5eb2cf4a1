"""Sentences are found where a reader would find them, and offsets always fit the text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.text.sentences import sentence_spans, sentences

WHOLE = [
    "Devlin et al. proposed BERT, i.e. an encoder, e.g. for tagging, cf. ELMo vs. GPT.",
    "As Fig. 3 and Figs. 4 show, Eq. (2) in Sec. 4 and No. 5 of Vol. 2 hold (see Tab. 1).",
    "The work of J. R. Firth and W. V. O. Quine is known to Dr. Who and Prof. Smith.",
    "It reaches 87.4%, a gain of .5 points at nDCG@10 and v2.1 of the data.",
    "See https://example.org/a.b/c.html?x=1.5 and www.example.org/d.e for Node.js code.",
    "Let $x. Y$ be \\alpha and \\(a. B\\) its dual.",
    "We show that (1) it works; (2) it lasts; 3) it scales.",
    "The army of the U.S. Navy in St. Louis was a.k.a. Blue.",
    "The remark (it was short. It was kind.) is ours.",
    "1. Introduction",
    "The module torch.nn.Module is used with approx. three layers.",
    "It costs $5 and $6 today",
    "the ellipsis ... does not end this",
    "“Why?” asks the reader of Yahoo! news",
    "Il dit « Oui » à Paris",
]


@pytest.mark.parametrize("text", WHOLE)
def test_abbreviations_numbers_addresses_and_formulas_end_nothing(text: str) -> None:
    assert sentences(text) == [text]


SPLIT = [
    ["We test Recall@10.", "It rises to 3.5."],
    ["It tests ASR and MT.", "Results are good."],
    ["It is by Smith et al.", "The model is new."],
    ["We cite (Smith et al., 2020).", "It is old."],
    ["Is it real?", "It is!", "We agree."],
    ['He said "no."', "Then he left."],
    ["(This stands alone.)", "It is short."],
    ["Code is at https://example.org/a.b.", "It is free."],
    ["We vary $x$.", "$y$ stays."],
    ["1. Read.", "2. Write."],
    ["It was seen in the U.S.", "The rest was not."],
    ["The answer was no.", "Five people left."],
    ["Plan B.", "The next one failed"],
    ["It ended ...", "Then it began."],
    ["Il dit « oui ».", "Puis « non ! »", "Il part."],
    ["all is lower case here.", "the rest as well"],
    ["It has topics.", "dBTM finds them."],
]


@pytest.mark.parametrize("parts", SPLIT)
def test_full_stops_end_sentences(parts: list[str]) -> None:
    assert sentences(" ".join(parts)) == parts
    assert sentences("\n".join(parts)) == parts


@pytest.mark.parametrize(
    "parts",
    [
        ["It spans two domains.", "In this paper we say so."],
        ["We call it SGIL.", "The code is out."],
        ["It reaches 87.4%.", "We release it."],
        ["It is a task.", "Warning: SeTa is rude."],
        ["Is it so?", "We think so."],
        ["我们提出一种方法。", "它有效吗？", "「是！」", "对"],
    ],
)
def test_a_missing_space_does_not_hide_a_sentence(parts: list[str]) -> None:
    assert sentences("".join(parts)) == parts


def test_an_empty_line_or_a_bullet_ends_a_sentence_and_a_line_break_does_not() -> None:
    text = "A heading\n\nOne line\nand the next\n- a point\n- another"
    expected = ["A heading", "One line\nand the next", "- a point", "- another"]
    assert sentences(text) == expected


def test_text_without_letters_has_no_sentence_or_one() -> None:
    assert sentences("") == sentences(" \n\t ") == []
    assert sentences(" ... ") == ["..."]


PIECES = [*" \n\n.!?()$\"'«»。？", "The ", "we ", "BERT", "Fig. ", "et al.", "e.g.", "U.S.", "J. "]
PIECES += ["1.", "2", "...", "word.In ", "$x. y$", "(a. B)", "https://a.b/c.", "你好", "- ", "\\("]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))


@given(TEXTS)
@example("(a.\n\nB) c. D")
def test_spans_are_ordered_disjoint_trimmed_and_lose_nothing(text: str) -> None:
    position = 0
    for start, end in sentence_spans(text):
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@given(TEXTS)
def test_a_sentence_is_one_sentence_again(text: str) -> None:
    for sentence in sentences(text):
        assert sentences(sentence) == [sentence]
