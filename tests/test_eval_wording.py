"""Text compared as people read it; sentences that claim, and sentences that do not."""

from __future__ import annotations

import pytest

from app.answer import Answer, Citation, Sentence
from eval.scoring.claims import claims, is_composed, is_verbatim, needs_citation, record_text
from eval.scoring.frozen_support import THRESHOLD, frozen_scorer
from eval.scoring.normalize import contains, markers, names, numbers, sentences, without_markers
from ingest.records import Paper

PAPER = Paper(
    "abs:1",
    "We present LANTERN, a benchmark of 1,210 videos. Models reach 56\\%, people 87.4\\%.",
    "LANTERN: Seeing at Night",
    authors=("Ada Moth", "Bo Lamp"),
    year=2024,
    venue="NightConf",
)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("It holds 1,210 videos.", "1210"),
        ("about 56\\% for models", "56%"),
        ("about 56 percent", "56%"),
        ("about 56%", "56"),
        ("state-of-the-art results", "State of the art"),
        ("a low\u2010light set", "low-light"),
        ("two\n  lines", "two lines"),
        ("drops to \u22120.3.", "-0.3"),
        ("“quoted” words", "quoted words"),
    ],
)
def test_a_fact_is_found_however_it_is_written(text: str, phrase: str) -> None:
    assert contains(text, phrase)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("1560 items", "56"),
        ("0.56 points", "56"),
        ("56.3%", "56"),
        ("drops to -0.3", "0.3"),
        ("superLANTERN", "LANTERN"),
        ("anything", " . "),
    ],
)
def test_part_of_a_word_or_number_is_no_match(text: str, phrase: str) -> None:
    assert not contains(text, phrase)


def test_numbers_lose_commas_percent_signs_and_trailing_zeros() -> None:
    assert numbers("1,210 videos, 56\\%, 0.50, GPT-4 and T3T") == {"1210", "56", "0.5", "4"}


def test_names_are_acronyms_mixed_case_and_capitals_inside_a_sentence() -> None:
    found = names("Models like EgoBlind, LLMs and T3T beat those of Ada Moth at home.")
    assert found == {"egoblind", "llm", "t3t", "ada", "moth"}


def test_markers_are_read_and_removed_in_both_spellings() -> None:
    assert markers("One [2]. Two [1, 3]. Again [2].") == (2, 1, 3)
    assert without_markers("One [2]. Two [1, 3].") == "One. Two."


def test_sentences_keep_their_markers_and_abbreviations() -> None:
    text = "Moth et al. see more. [1] It works, e.g. At night [2].\nNext line"
    assert sentences(text) == [
        "Moth et al. see more. [1]",
        "It works, e.g. At night [2].",
        "Next line",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "9 papers match:",
        "Showing the first 20 of 57 matching papers.",
        "Which of the two do you mean?",
        "LANTERN: Seeing at Night (2024)",
        "**LANTERN: Seeing at Night**, Ada Moth and Bo Lamp, NightConf",
        "In short",
        "No other abstract mentions night vision.",
        "12 papers match this question.",
        "The abstract does not say how many lamps there were.",
        "None of these papers mentions owls.",
        "None of the 47 papers is on owls.",
        "There are no papers on owls in this collection.",
        "I could not find anything on owls.",
        "The provided abstracts contain no information about the cost.",
        "The abstract has no information on cost.",
        "The abstract does not have any information on cost.",
        "The abstracts lack details on the training set.",
        "The paper contains no reference to its cost.",
    ],
)
def test_lead_ins_headings_and_remarks_need_no_citation(text: str) -> None:
    assert not needs_citation(text, [PAPER])


@pytest.mark.parametrize(
    "text",
    [
        "LANTERN doubles the accuracy of every model.",
        "The paper found that light helps models.",
        "These papers show that night vision works.",
        "Here models reach 57% of all points.",
        "These studies have no selection bias at all.",
        "These texts have no information leaks at all.",
        "The studies lack a control group altogether.",
        "None of the studies found an effect of sleep.",
        "The receptor was not found.",
    ],
)
def test_statements_about_content_need_a_citation(text: str) -> None:
    assert needs_citation(text, [PAPER])


def answer(text: str, *declared: Sentence) -> Answer:
    return Answer("q", text, "lookup", sentences=declared, citations=(Citation(1, PAPER),))


def test_an_undeclared_sentence_is_a_claim_with_its_own_markers() -> None:
    given = answer(
        "LANTERN: Seeing at Night:\n- Models reach 56\\%, people 87.4\\%. [1] "
        "It is used in every hospital. It was funded by a lighthouse [1].",
        Sentence("Models reach 56\\%, people 87.4\\%.", (1,)),
    )
    found = [(claim.text, claim.numbers) for claim in claims(given)]
    assert found == [
        ("Models reach 56\\%, people 87.4\\%.", (1,)),
        ("It is used in every hospital.", ()),
        ("It was funded by a lighthouse.", (1,)),
    ]


def test_a_marker_inside_a_declared_sentence_makes_no_second_claim() -> None:
    given = answer(
        "Models reach 56% [1], people more [1].", Sentence("Models reach 56%, people more.", (1,))
    )
    assert len(claims(given)) == 1


def test_a_number_that_resolves_to_nothing_gives_no_citation() -> None:
    (claim,) = claims(
        answer("Models see well at night [7].", Sentence("Models see well at night.", (7,)))
    )
    assert (claim.numbers, claim.citations) == ((7,), ())


def test_an_abstention_claims_nothing() -> None:
    refusal = Answer("q", "The abstracts do not say how heavy it is.", "lookup", strength="none")
    assert claims(refusal) == ()


def test_verbatim_allows_whole_sentences_cut_out_and_no_changed_word() -> None:
    cited = [Citation(1, PAPER)]
    assert is_verbatim("Models reach 56%, people 87.4%.", cited)
    assert is_verbatim(f"{PAPER.abstract} … Models reach 56\\%, people 87.4\\%.", cited)
    assert not is_verbatim("We present LANTERN … people 87.4\\%.", cited)
    assert not is_verbatim("Models reach 57%, people 87.4%.", cited)
    assert not is_verbatim("Ada Moth", cited)


def test_words_cut_out_of_a_denial_are_not_verbatim_and_a_whole_field_is() -> None:
    abstract = "There is no evidence that vitamin D reduces mortality in adults. Doses were 2.5 mg."
    cited = [Citation(1, Paper("abs:2", abstract, "Vitamin D, and Mortality"), fields=("title",))]
    assert not is_verbatim("Vitamin D reduces mortality in adults.", cited)
    assert not is_verbatim("There is no evidence … Doses were 2.5 mg.", cited)
    assert is_verbatim("There is no evidence that vitamin D reduces mortality in adults", cited)
    assert is_verbatim("Vitamin D, and mortality.", cited)
    assert not is_verbatim("Mortality", cited)


def test_a_composed_line_may_say_used_fields_and_nothing_else() -> None:
    cited = [Citation(1, PAPER, fields=("authors", "year"))]
    assert is_composed(
        "LANTERN: Seeing at Night was written by Ada Moth and Bo Lamp in 2024.", cited
    )
    assert not is_composed("It was not written by Ada Moth.", cited)
    assert not is_composed("It was written by Eve Dusk.", cited)
    assert not is_composed("It was written by Ada Moth in 2023.", cited)
    assert not is_composed("It was published at NightConf.", cited)
    assert not is_composed("It was written by Ada Moth.", [Citation(1, PAPER)])


def test_record_text_holds_the_named_fields_only() -> None:
    assert record_text(PAPER, ("year",)).endswith("\n2024")
    assert "NightConf" in record_text(PAPER)


def test_the_frozen_scorer_weighs_words_by_rarity() -> None:
    score = frozen_scorer(["alpha beta", "alpha gamma"])
    # Weights ln(1 + 2/3) for alpha, in both texts, and ln(1 + 2/2) for beta, in one.
    assert score("alpha beta", ["beta"]) == pytest.approx(0.6931472 / (0.6931472 + 0.5108256))
    assert score("alpha beta", ["beta alpha"]) == 1.0
    assert score("alpha", []) == 0.0
    assert score("?", ["alpha"]) == 1.0


def test_the_frozen_scorer_fails_a_changed_number() -> None:
    score = frozen_scorer([PAPER.abstract])
    assert score("LANTERN, the benchmark of 1210 videos", [PAPER.abstract]) > THRESHOLD
    assert score("LANTERN, a benchmark of 1,211 videos", [PAPER.abstract]) < THRESHOLD
