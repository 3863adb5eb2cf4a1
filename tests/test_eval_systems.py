"""Answers of another system: markers, sources, sentences; the engine's own read as if another's."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from app.answer import Answer
from app.engine import Engine
from app.support.score import THRESHOLD, support
from eval.dataset.case_files import load
from eval.dataset.corpora import CASES
from eval.dataset.paper_phrases import resolve_all
from eval.records import Case, ResolvedCase
from eval.scoring.claims import claims
from eval.scoring.context import Scorer, make_scorer
from eval.scoring.normalize import plain
from eval.scoring.score import score_case
from eval.systems.given import by_case
from eval.systems.papers import Shelf
from eval.systems.reading import Read, read
from eval.systems.replies import Source, reply
from ingest.errors import UsageError
from ingest.records import Json, Paper

LUMEN = Paper(
    "doi:10.1234/lumen",
    "We present LUMEN, a model of how moths find lamps. LUMEN finds 56% of all lamps.",
    "LUMEN: How Moths Find Lamps",
    authors=("Ada Moth", "Ben Wing"),
    year=2024,
    url="https://www.example.org/lumen/",
    sources=("papers/abstracts.txt:2",),
    source_ids=("W17",),
)
TIDAL = Paper(
    "arxiv:2401.00001",
    "We present TIDAL, a forecast of tides from the moon. TIDAL errs by 12 minutes.",
    "TIDAL: Forecasting Tides",
    aliases=("abs:77",),
    sources=("papers/abstracts.txt:5",),
)
TWIN = Paper("abs:1", "A second forecast of tides, by other means.", "TIDAL: Forecasting Tides")
SHELF = Shelf((LUMEN, TIDAL))
FOUND = "LUMEN finds 56% of all lamps."
BOTH = ["W17", "abs:77"]


def _read(text: str, sources: Sequence[object] | None = None, **more: object) -> Read:
    counting = bool(more.pop("counting", False))
    entry = {"answer": text, **({"sources": sources} if sources is not None else {}), **more}
    return read(reply(entry), "How many lamps?", SHELF, counting)


def _cited(answer: Answer) -> dict[str, list[str]]:
    """The ids of the papers that each sentence cites."""
    names = {citation.number: citation.paper.paper_id for citation in answer.citations}
    return {s.text: [names.get(n, "?") for n in s.citations] for s in answer.sentences}


# Markers


@pytest.mark.parametrize(
    "marked",
    [
        "LUMEN finds 56% of all lamps. [1]",
        "LUMEN finds 56% of all lamps [1].",
        "LUMEN finds 56% of all lamps.[1]",
        "LUMEN finds 56% of all lamps [Source 1].",
        "LUMEN finds 56% of all lamps (Source 1).",
        "LUMEN finds 56% of all lamps (see paper 1).",
        "LUMEN finds 56% of all lamps [S1].",
        "LUMEN finds 56% of all lamps [doc_1].",
        "LUMEN finds 56% of all lamps [citation:1].",
        "LUMEN finds 56% of all lamps【1†abstracts.txt】.",
        "LUMEN finds 56% of all lamps.[^1]",
        "LUMEN finds 56% of all lamps<sup>1</sup>.",
        "LUMEN finds 56% of all lamps.¹",
        "LUMEN finds 56% of all lamps [[1]](https://example.org/lumen).",
        "LUMEN finds 56% of all lamps [W17].",
        "LUMEN finds 56% of all lamps [10.1234/lumen].",
        "LUMEN finds 56% of all lamps (https://doi.org/10.1234/lumen).",
        "LUMEN finds 56% of all lamps [LUMEN: How Moths Find Lamps].",
        "LUMEN finds 56% of all lamps (Moth et al., 2024).",
        "LUMEN finds 56% of all lamps (Moth and Wing, 2024).",
        "LUMEN finds 56% of all lamps (W17; doi:10.1234/lumen).",
        "LUMEN finds 56% of all lamps (1).",
        "- **LUMEN: How Moths Find Lamps**: LUMEN finds 56% of all lamps. [1]",
        "1. LUMEN finds **56%** of all lamps. [1]",
        "| LUMEN finds 56% of all lamps. [1] |",
    ],
)
def test_a_marker_of_any_common_form_is_the_sentence_s_citation(marked: str) -> None:
    assert _cited(_read(marked, BOTH).answer) == {FOUND: [LUMEN.paper_id]}


@pytest.mark.parametrize("marked", ["[1, 2]", "[1][2]", "[1-2]", "[1; 2]", "[Sources 1 and 2]"])
def test_a_marker_may_name_several_sources(marked: str) -> None:
    cited = _cited(_read(f"Both are models {marked}.", BOTH).answer)
    assert cited == {"Both are models.": [LUMEN.paper_id, TIDAL.paper_id]}


@pytest.mark.parametrize(
    "text",
    [
        "LUMEN (see Figure 2) maps to [0, 1] what it saw in 2019 [2019].",
        "Light Under Moths (LUMEN) has two parts: (1) a lens, (2) a lamp.",
        "LUMEN covers an area of 3 km² and reaches an R² of 0.9.",
    ],
)
def test_what_only_looks_like_a_marker_is_text(text: str) -> None:
    assert _read(text, BOTH).answer.text == text


def test_a_number_that_no_source_has_resolves_to_nothing() -> None:
    answer = _read(f"{FOUND} [7]", BOTH).answer
    assert _cited(answer) == {FOUND: ["?"]}


@pytest.mark.parametrize("guess", ["LUMEN has two arms (12, 15).", "LUMEN has two arms.¹²"])
def test_a_guessed_marker_needs_a_source(guess: str) -> None:
    assert _read(guess, BOTH).answer.text == guess


@pytest.mark.parametrize("interval", ["12, 18", "12-18"])
def test_an_interval_beside_a_marker_that_resolves_is_text(interval: str) -> None:
    answer = _read(f"The 95% CI was [{interval}] points [1].", BOTH).answer
    (claim,) = claims(answer)
    assert plain(claim.text) == plain(f"The 95% CI was [{interval}] points.")
    assert claim.numbers == (1,)


def test_several_numbers_that_no_source_has_resolve_to_nothing_where_no_marker_does() -> None:
    for marked in (f"{FOUND} [7, 8]", f"{FOUND[:-1]} [7, 8]."):
        answer = _read(f"{marked} TIDAL errs by 12 minutes. [2]", BOTH).answer
        cited = {FOUND: ["?", "?"], "TIDAL errs by 12 minutes.": [TIDAL.paper_id]}
        assert _cited(answer) == cited


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("A beats B [1], and C loses [7, 9].", (1, 7, 9)),
        ("A beats B [7, 9], and C loses [1].", (7, 9, 1)),
        ("A beats B [7, 9] and C loses [1].", (7, 9, 1)),
        ("A beats B [7-9] [1].", (7, 8, 9, 1)),
    ],
)
def test_several_invented_numbers_resolve_to_nothing_beside_a_marker_that_resolves(
    text: str, numbers: tuple[int, ...]
) -> None:
    (claim,) = claims(_read(text, BOTH).answer)
    assert claim.numbers == numbers
    assert [citation.number for citation in claim.citations] == [1]


def test_markers_count_from_nought_where_one_is_nought() -> None:
    answer = _read(f"{FOUND} [0] TIDAL errs by 12 minutes. [1]", BOTH).answer
    assert list(_cited(answer).values()) == [[LUMEN.paper_id], [TIDAL.paper_id]]


def test_two_chunks_of_one_paper_are_one_citation() -> None:
    chunks = [{"text": LUMEN.abstract[:60]}, {"text": LUMEN.abstract[20:]}]
    answer = _read(f"{FOUND} [1][2]", chunks).answer
    assert _cited(answer) == {FOUND: [LUMEN.paper_id]}


# Sources


@pytest.mark.parametrize(
    "source",
    [
        "W17",
        "doi:10.1234/LUMEN",
        "https://doi.org/10.1234/lumen",
        "http://example.org/lumen",
        "lumen: how moths find lamps",
        "abstracts.txt:2",
        {"doi": "10.1234/lumen"},
        {"title": "LUMEN – How moths find lamps."},
        {"file": "elsewhere/papers/abstracts.txt:2"},
        {"text": "a model of how moths find lamps. LUMEN finds 56% of"},
        {"id": "chunk-8", "title": "LUMEN: How Moths Find Lamps"},
        {"id": "chunk-8", "metadata": {"paper_id": "doi:10.1234/lumen"}},
        {"number": 1, "url": "www.example.org/lumen"},
    ],
)
def test_a_source_is_known_by_any_of_its_names(source: object) -> None:
    assert _cited(_read(f"{FOUND} [1]", [source]).answer) == {FOUND: [LUMEN.paper_id]}


def test_a_source_that_fits_no_paper_or_several_is_told_and_resolves_to_nothing() -> None:
    found = _read(f"{FOUND} [1]", ["Nowhere To Be Found"])
    assert _cited(found.answer) == {FOUND: ["?"]}
    assert found.problems == ("the source 'Nowhere To Be Found' fits no paper of the index.",)
    entry = reply({"answer": "TIDAL errs. [1]", "sources": [{"title": TIDAL.title}]})
    (told,) = read(entry, "", Shelf((TIDAL, TWIN))).problems
    assert "fits 2 papers: TIDAL: Forecasting Tides (arxiv:2401.00001); TIDAL" in told
    assert Shelf((TIDAL, TWIN)).fitting(Source((("id", "abs:1"),))) == [TWIN]


@pytest.mark.parametrize(
    "below",
    [
        "Sources:\n[1] LUMEN: How Moths Find Lamps\n[2] TIDAL: Forecasting Tides",
        "## References\n1. LUMEN: How Moths Find Lamps\n2. TIDAL: Forecasting Tides",
        "[^1]: LUMEN: How Moths Find Lamps\n[^2]: TIDAL: Forecasting Tides",
        "References: [1] LUMEN: How Moths Find Lamps; [2] TIDAL: Forecasting Tides",
    ],
)
def test_sources_may_stand_below_the_text(below: str) -> None:
    answer = _read(f"{FOUND} [1]\n\n{below}").answer
    assert _cited(answer) == {FOUND: [LUMEN.paper_id]}
    assert answer.text == f"{FOUND} [1]"


def test_listed_papers_behind_no_marker_were_retrieved_and_are_not_cited() -> None:
    found = _read(f"{FOUND} [1]", BOTH)
    assert [citation.paper for citation in found.answer.citations] == [LUMEN]
    assert found.retrieved == (LUMEN, TIDAL)
    assert _read(f"{FOUND} [1]", BOTH, retrieved=["abs:77"]).retrieved == (TIDAL,)


def test_without_a_marker_the_answer_cites_and_no_sentence_does() -> None:
    answer = _read(FOUND, ["W17"]).answer
    assert [citation.paper for citation in answer.citations] == [LUMEN]
    assert _cited(answer) == {FOUND: []}


# Sentences, refusals, counts


def test_titles_labels_and_remarks_are_no_sentences_and_claims_in_bold_are() -> None:
    text = (
        "**LUMEN: How Moths Find Lamps** [1]\n- Result: LUMEN finds 56% of all lamps. [1]\n"
        "The abstract does not say how many lamps there were.\n"
        "**LUMEN finds 99% of all lamps**: it is said. [1]"
    )
    said = list(_cited(_read(text, BOTH).answer))
    assert said == [FOUND, "LUMEN finds 99% of all lamps: it is said."]


def test_papers_that_only_perhaps_belong_are_not_sure() -> None:
    text = f"1 paper matches:\n- {FOUND} [1]\n\nPerhaps also:\n- TIDAL errs by 12 minutes. [2]"
    answer = _read(text, BOTH, counting=True).answer
    assert [citation.sure for citation in answer.citations] == [True, False]
    assert answer.total_matching == 1


def test_a_refusal_is_none_or_with_what_comes_nearest_nearest() -> None:
    assert _read("The abstracts do not say.").answer.strength == "none"
    nearest = _read(f"The abstracts do not say how many. Nearest: {FOUND} [1]", BOTH).answer
    assert nearest.strength == "nearest"
    assert nearest.abstained
    listed = _read("The abstracts do not say.", BOTH)
    assert (listed.answer.strength, listed.answer.citations) == ("none", ())
    assert listed.retrieved == (LUMEN, TIDAL)
    said = _read("I know nothing of the kind [1].", BOTH, abstained=False).answer
    assert said.strength == "answered"
    assert _read(f"{FOUND} [1]", BOTH, abstained=True).answer.abstained


def test_a_sentence_that_its_paper_says_in_these_words_is_no_refusal() -> None:
    told = "The documents do not mention the author."
    paper = Paper("abs:2", f"We study leaks. {told}", "Leaks")
    entry = reply({"answer": f"{told} [1]", "sources": ["abs:2"]})
    assert read(entry, "", Shelf((paper,))).answer.strength == "answered"
    assert _read(f"{told} [1]", BOTH).answer.strength == "nearest"


@pytest.mark.parametrize(
    ("text", "total"),
    [
        (f"Two papers match:\n- {FOUND} [1]\n- TIDAL errs by 12 minutes. [2]", 2),
        (f"- {FOUND} [1]\n- TIDAL errs by 12 minutes. [2]", 2),
        ("LUMEN [1] and TIDAL [2] do. In all, 2 of the 47 papers are models.", 2),
        (f"{FOUND} [1]", None),
    ],
)
def test_how_many_papers_an_answer_counts_is_read_or_counted(text: str, total: int | None) -> None:
    assert _read(text, BOTH, counting=True).answer.total_matching == total
    assert _read(text, BOTH).answer.total_matching is None
    assert _read(text, BOTH, counting=True, total=9).answer.total_matching == 9


# Replies


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", ":1: this line is not JSON"),
        ("[]", ":1: an answer is an object such as"),
        ('{"id": "a"}', ":1: there is no 'answer' in it"),
        ('{"id": "a", "answer": 5}', "'answer' must be text, not 5"),
        ('{"answer": "x"}', "has no 'id'"),
        ('{"id": "a", "answer": "x", "sources": "W17"}', "'sources' must be a list"),
        ('{"id": "a", "answer": "x", "sources": [{"page": 3}]}', "needs one of id, doi"),
        ('{"id": "a", "answer": "x", "abstained": "no"}', "'abstained' is true or false"),
        ('{"id": "a", "answer": "x", "total": "nine"}', "'total' is a whole number"),
        ('{"id": "b", "answer": "x"}', "1 id is no case of this run: b"),
        ('{"id": "b", "answer": "x"}', "1 case has no answer: a"),
        ('{"id": "a", "answer": "x"}\n{"id": "a", "answer": "y"}', ":2: the case 'a' is answered"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_line(line: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        by_case(line, "answers.jsonl", [Case("a", "Why?")])
    assert said in str(refused.value)
    assert str(refused.value).startswith("answers.jsonl:")


def test_all_lines_that_are_no_answers_are_told_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        by_case('{\n{"id": "a"}\n{"answer": "x"}', "answers.jsonl", [Case("a", "Why?")])
    assert [line.split(":")[1] for line in str(refused.value).splitlines()] == ["1", "2", "3"]


def test_answers_to_other_cases_are_told_of_and_do_no_harm() -> None:
    text = '{"id": "a", "answer": "x"}\n{"id": "old", "answer": "y"}'
    found, remark = by_case(text, "answers.jsonl", [Case("a", "Why?")])
    assert found["a"].text == "x"
    assert remark == "answers.jsonl: 1 id is no case of this run: old."


# The engine's own answers, handed in as another system would

MARKER = re.compile(r"\[(\d+)\]")
STOPPED = re.compile(r"([.!?])((?: \[\d+\])+)")


@dataclass(frozen=True)
class Native:
    """A case, the engine's answer to it, and its row."""

    case: ResolvedCase
    answer: Answer
    passed: bool
    measures: dict[str, float | None]


@dataclass(frozen=True)
class Own:
    rows: tuple[Native, ...]
    scorer: Scorer
    shelf: Shelf


@pytest.fixture(scope="module")
def own(sample: Engine) -> Own:
    """Every third case of the sample with the engine's answer, scored."""
    papers = tuple(sample.index.catalog.papers())
    scorer = make_scorer(papers, support, THRESHOLD)
    rows = []
    for case in resolve_all(load([CASES])[::3], papers):
        answer = sample.ask(case.case.question, case.case.history)
        row = score_case(case, answer, scorer)
        rows.append(Native(case, answer, row.passed, dict(row.measures)))
    return Own(tuple(rows), scorer, Shelf(papers))


def _sources(answer: Answer, name: Callable[[Paper], Json]) -> list[Json]:
    return [{"number": c.number, **name(c.paper)} for c in answer.citations]


def _plain(answer: Answer) -> Json:
    return {"answer": answer.text, "sources": _sources(answer, lambda p: {"title": p.title})}


def _source_n(answer: Answer) -> Json:
    text = MARKER.sub(r"(Source \1)", STOPPED.sub(r"\2\1", answer.text))
    return {"answer": text, "sources": _sources(answer, lambda p: {"file": p.sources[0]})}


def _footnotes(answer: Answer) -> Json:
    below = "\n".join(f"[^{c.number}]: {c.paper.title}" for c in answer.citations)
    return {"answer": MARKER.sub(r"[^\1]", answer.text) + f"\n\n{below}"}


def _ids(answer: Answer) -> Json:
    ids = {str(c.number): c.paper.paper_id for c in answer.citations}
    return {"answer": MARKER.sub(lambda m: f"[{ids.get(m[1], m[1])}]", answer.text)}


@pytest.mark.parametrize("handed_in", [_plain, _source_n, _footnotes, _ids])
def test_the_engine_s_answers_as_plain_text_score_as_natively(
    own: Own, handed_in: Callable[[Answer], Json]
) -> None:
    assert len(own.rows) >= 50
    differ = []
    for native in own.rows:
        asked = native.case.case
        found = read(
            reply(handed_in(native.answer)), asked.question, own.shelf,
            counting=asked.kind in ("list", "count"),
        )  # fmt: skip
        row = score_case(native.case, found.answer, own.scorer)
        moved = {
            name
            for name, value in row.measures.items()
            if value != native.measures[name] and name != "quotes_verbatim"
        }
        if row.passed is not native.passed or moved:
            differ.append((asked.id, moved, row.reasons))
    assert len(differ) <= 1, differ
