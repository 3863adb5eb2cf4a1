"""Every measure against an example worked out by hand, and at its edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.answer import Answer, Citation, Quote, Sentence
from eval.records import Case, ResolvedCase
from eval.scoring import facts, measures
from eval.scoring.claims import Claim, claims
from ingest.records import Paper

MOTH = Paper("abs:moth", "Moths see 56% of lamps. They fly at night.", "Moths", year=2024)
LAMP = Paper("abs:lamp", "Lamps draw 1,210 moths in two hours.", "LAMP-2", aliases=("old:lamp",))
TIDE = Paper("abs:tide", "Tides rise.", "Tides")
KNOWN = {"abs:moth": MOTH, "abs:lamp": LAMP, "old:lamp": LAMP}

ONE, TWO, GONE = Citation(1, MOTH), Citation(2, LAMP), Citation(3, TIDE)


def words_found(claim: str, records: Sequence[str]) -> float:
    """A scorer that a reader can work out: the share of the claim's words in the records."""
    words = claim.lower().replace(".", "").split()
    text = " ".join(records).lower().replace(".", " ").split()
    return sum(word in text for word in words) / len(words)


def claim(text: str, *cited: Citation, numbers: tuple[int, ...] | None = None) -> Claim:
    return Claim(text, tuple(c.number for c in cited) if numbers is None else numbers, cited)


def asked(
    *papers: Paper,
    kind: str = "lookup",
    facts: tuple[tuple[str, ...], ...] = (),
    answerable: bool = True,
    acceptable: tuple[Paper, ...] = (),
) -> ResolvedCase:
    return ResolvedCase(
        Case("c", "q", kind=kind, facts=facts, answerable=answerable), papers, acceptable
    )


def said(text: str, *citations: Citation) -> Answer:
    return Answer("q", text, "lookup", citations=citations)


REFUSAL = Answer("q", "The abstracts do not say.", "lookup", strength="none", reason="not said")


def test_validity_counts_distinct_markers_of_text_and_sentences() -> None:
    answer = replace(said("A [1]. B [1, 3]. C [9].", ONE, GONE), sentences=(Sentence("D", (2,)),))
    # 1 resolves; 3 has a paper outside the index; 9 and 2 have no citation.
    assert measures.citation_validity(answer, KNOWN) == 0.25
    assert measures.citation_validity(said("A [1].", ONE), KNOWN) == 1.0
    assert measures.citation_validity(said("A.", ONE), KNOWN) is None


def test_a_citation_by_an_alias_is_valid() -> None:
    assert (
        measures.citation_validity(
            said("A [1].", Citation(1, replace(LAMP, paper_id="old:lamp"))), KNOWN
        )
        == 1
    )


def test_quotes_are_verbatim_at_their_offsets_or_not() -> None:
    good, shifted = Quote("Moths see", 0, 9), Quote("Moths see", 1, 10)
    answer = said("A [1].", Citation(1, MOTH, (good, shifted)))
    assert measures.quotes_verbatim(answer, KNOWN) == 0.5
    assert measures.quotes_verbatim(said("A [1].", ONE), KNOWN) is None
    outside = Citation(3, TIDE, (Quote("Tides", 0, 5),))
    assert measures.quotes_verbatim(said("A [3].", outside), KNOWN) == 0.0


def test_coverage_is_the_share_of_sentences_with_a_citation_of_the_index() -> None:
    made = [claim("a", ONE), claim("b"), claim("c", GONE), claim("d", GONE, TWO)]
    assert measures.citation_coverage(made, KNOWN) == 0.5
    assert measures.citation_coverage([], KNOWN) is None


def test_verbatim_and_composed_sentences_are_supported_without_the_scorer() -> None:
    def never(claim: str, _records: Sequence[str]) -> float:
        raise AssertionError(claim)

    year = Citation(1, MOTH, fields=("year",))
    assert measures.support("They fly at night.", [ONE], never) == 1.0
    assert measures.support("Moths was published in 2024.", [year], never) == 1.0
    assert measures.support("anything", [], never) == 0.0


def test_the_scorer_sees_abstracts_and_used_fields_each_and_together() -> None:
    seen: list[Sequence[str]] = []

    def score(_claim: str, records: Sequence[str]) -> float:
        seen.append(records)
        return 0.25

    cited = [Citation(1, MOTH, fields=("year",)), TWO]
    assert measures.support("Something else", cited, score) == 0.25
    moth = f"{MOTH.abstract}\n2024"
    assert seen == [[moth, LAMP.abstract, f"{moth}\n{LAMP.abstract}"]]


def test_faithfulness_is_the_share_of_supported_sentences() -> None:
    made = [
        claim("They fly at night.", ONE),  # verbatim
        claim("night moths fly slowly", ONE),  # 3 of 4 words
        claim("tides draw ships", ONE),  # none
        claim("They fly at night."),  # uncited
    ]
    assert measures.faithfulness(made, words_found, 0.75) == 0.5
    assert measures.faithfulness(made, words_found, 0.8) == 0.25
    assert measures.faithfulness([], words_found, 0.5) is None


def test_citation_recall_needs_every_number_to_resolve() -> None:
    made = [
        claim("They fly at night.", ONE),
        claim("They fly at night.", ONE, numbers=(1, 9)),
        claim("They fly at night."),
        claim("night hours", ONE, TWO),  # jointly only
    ]
    assert measures.citation_recall(made, words_found, 1.0) == 0.5
    assert measures.citation_recall([], words_found, 1.0) is None


def test_citation_recall_reads_three_citations_at_most() -> None:
    others = [replace(GONE, number=n) for n in (3, 4, 5)]
    late = claim("They fly at night.", *others, ONE)
    assert measures.citation_recall([late], words_found, 1.0) == 0.0
    assert (
        measures.citation_recall([claim("They fly at night.", ONE, *others)], words_found, 1.0) == 1
    )


def test_citation_precision_drops_idle_citations_and_those_of_unsupported_sentences() -> None:
    idle = claim("They fly at night.", ONE, TWO)  # 2 adds nothing: 1 of 2
    joint = claim("night hours", ONE, TWO)  # each is needed: 2 of 2
    wrong = claim("tides draw ships", ONE)  # 0 of 1
    assert measures.citation_precision([idle], words_found, 1.0) == 0.5
    assert measures.citation_precision([joint], words_found, 1.0) == 1.0
    assert measures.citation_precision([idle, joint, wrong], words_found, 1.0) == 3 / 5
    assert measures.citation_precision([claim("no citation")], words_found, 1.0) is None


def test_two_citations_that_each_suffice_are_not_idle() -> None:
    made = [claim("Moths", ONE, TWO)]
    assert measures.citation_precision(made, words_found, 1.0) == 1.0


def test_atoms_missing_from_the_cited_records_are_counted() -> None:
    made = [
        claim("Lamps draw 1210 moths in 2 hours.", TWO),  # all there: 1,210 and "two"
        claim("The LAMP-2 and EgoMoth draw 57 moths.", TWO),  # EgoMoth and 57 are not
        claim("In 2024 BERT came."),  # uncited: 2024 is MOTH's or LAMP's year? only LAMP is cited
    ]
    assert measures.missing_atoms(made[1].text, made[1].citations) == ["57", "egomoth"]
    assert measures.unsupported_atoms(made) == 4.0
    assert measures.unsupported_atoms([]) is None


def test_versions_units_and_hyphens_are_no_false_alarm() -> None:
    text = "A 3D model on Llama3.1, SD v1.5 and MS-COCO 5K needs 47GB, see a.4open.org."
    paper = replace(MOTH, abstract=text)
    assert measures.unsupported_atoms([claim(text, Citation(1, paper))]) == 0.0
    other = text.replace("v1.5", "v1.6").replace("47GB", "48GB")
    assert measures.missing_atoms(other, [Citation(1, paper)]) == ["48", "48gb", "6"]


def test_fields_of_the_cited_record_support_atoms() -> None:
    assert measures.unsupported_atoms([claim("It came out in 2024.", ONE)]) == 0.0
    assert measures.unsupported_atoms([claim("It came out in 2023.", ONE)]) == 1.0


def test_key_facts_are_found_in_any_wording_outside_of_markers() -> None:
    case = asked(MOTH, facts=(("56 percent", "56%"), ("1,210",), ("9",), ("night flight",)))
    answer = said("About 56\\% of 1210 lamps [9], by night-flight.", ONE)
    assert measures.key_fact_recall(case, answer) == 0.75
    assert measures.missing_facts(case, answer) == ("9",)


def test_an_abstention_states_no_fact_and_a_case_without_facts_is_unscored() -> None:
    assert measures.key_fact_recall(asked(MOTH, facts=(("do not say",),)), REFUSAL) == 0.0
    assert measures.key_fact_recall(asked(MOTH), said("A [1].", ONE)) is None


def _attributed(case: ResolvedCase, answer: Answer) -> tuple[float | None, tuple[str, ...]]:
    found = claims(answer)
    return (
        facts.fact_attribution(case, answer, found, KNOWN),
        facts.misplaced_facts(case, answer, found, KNOWN),
    )


def test_a_fact_counts_for_its_paper_where_a_sentence_says_it_that_cites_that_paper() -> None:
    case = asked(MOTH, facts=(("56%",), ("two hours", "2 hours"), ("absent",)))
    right = said("Moths see 56% of the lamps. [1] It takes two hours in all. [1]", ONE)
    assert _attributed(case, right) == (1.0, ())
    wrong = said("Moths see 56% of the lamps. [1] It takes two hours in all. [2]", ONE, TWO)
    assert _attributed(case, wrong) == (0.5, ("two hours",))
    above = said("**Moths in two hours**: Moths see 56% of the lamps. [1]", ONE)
    declared = replace(above, sentences=(Sentence("Moths see 56% of the lamps.", (1,)),))
    assert _attributed(case, declared) == (0.5, ("two hours",))


def test_a_paper_cited_by_an_alias_is_the_paper() -> None:
    answer = said("Lamps draw 1,210 moths. [1]", Citation(1, replace(LAMP, paper_id="old:lamp")))
    assert _attributed(asked(LAMP, facts=(("1,210",),)), answer) == (1.0, ())


def test_the_number_of_papers_is_said_of_none_and_without_papers_nothing_is_scored() -> None:
    counted = asked(MOTH, LAMP, kind="count", facts=(("2", "two"),))
    assert _attributed(counted, said("2 papers match:", ONE, TWO)) == (1.0, ())
    assert _attributed(asked(facts=(("56%",),)), said("They see 56%.", ONE)) == (None, ())
    assert _attributed(asked(MOTH, facts=(("56%",),)), REFUSAL) == (None, ())


def test_forbidden_facts_are_counted_in_any_wording_and_a_refusal_states_none() -> None:
    case = replace(asked(MOTH), case=Case("c", "q", forbidden=(("65%", "65 percent"), ("owls",))))
    assert facts.forbidden_facts(case, said("Moths see 65 percent of lamps. [1]", ONE)) == 1.0
    assert facts.stated_forbidden(case, said("Owls see 65%. [1]", ONE)) == ("65%", "owls")
    assert facts.forbidden_facts(case, REFUSAL) == 0.0
    assert facts.forbidden_facts(asked(MOTH), said("A [1].", ONE)) is None


NEAREST = replace(
    said("Not clearly said. Nearest: They draw 56% of lamps. [1]", ONE),
    strength="nearest", reason="Not clearly said.",
)  # fmt: skip


def test_facts_that_are_shown_but_not_claimed_are_counted_apart() -> None:
    case = asked(MOTH, facts=(("56%",), ("1,210",)))
    assert measures.facts_shown(case, NEAREST) == 0.5
    assert measures.key_fact_recall(case, NEAREST) == 0.0


def test_facts_that_are_claimed_are_shown() -> None:
    case = asked(MOTH, facts=(("56%",), ("1,210",)))
    answer = said("They draw 56% of lamps. [1]", ONE)
    assert measures.facts_shown(case, answer) == measures.key_fact_recall(case, answer) == 0.5


def test_a_marker_shows_no_fact_and_a_case_without_facts_shows_none() -> None:
    assert measures.facts_shown(asked(MOTH, facts=(("1",),)), said("A. [1]", ONE)) == 0.0
    assert measures.facts_shown(asked(MOTH), NEAREST) is None


def test_only_an_answer_that_says_there_is_none_can_be_true_or_false_in_it() -> None:
    assert measures.refusal_truth(asked(answerable=False), REFUSAL) == 1.0
    assert measures.refusal_truth(asked(MOTH), REFUSAL) == 0.0
    assert measures.refusal_truth(asked(answerable=False), NEAREST) is None
    assert measures.refusal_truth(asked(MOTH), said("A [1].", ONE)) is None


def test_what_comes_nearest_abstains() -> None:
    assert measures.abstention_accuracy(asked(answerable=False), NEAREST) == 1.0
    assert measures.abstention_accuracy(asked(MOTH), NEAREST) == 0.0
    assert measures.missed_refusal(asked(answerable=False), NEAREST) == 0.0


def test_paper_measures_ignore_acceptable_papers() -> None:
    case = asked(MOTH, LAMP, acceptable=(TIDE,))
    cited = ("abs:moth", "abs:tide", "abs:wrong")
    assert measures.paper_precision(case, cited) == 1 / 2
    assert measures.paper_recall(case, cited) == 1 / 2
    assert measures.paper_f1(case, cited) == 1 / 2


@pytest.mark.parametrize(
    ("cited", "expected"),
    [
        (("abs:moth", "abs:lamp"), (1.0, 1.0, 1.0)),
        (("abs:wrong",), (0.0, 0.0, 0.0)),
        (("abs:tide",), (None, 0.0, 0.0)),
        ((), (None, 0.0, 0.0)),
        (("abs:moth",), (1.0, 0.5, 2 / 3)),
    ],
)
def test_paper_measures_at_their_edges(
    cited: tuple[str, ...], expected: tuple[float | None, float, float]
) -> None:
    case = asked(MOTH, LAMP, acceptable=(TIDE,))
    found = (
        measures.paper_precision(case, cited),
        measures.paper_recall(case, cited),
        measures.paper_f1(case, cited),
    )
    assert found == pytest.approx(expected)


def test_a_case_without_papers_has_no_paper_measures() -> None:
    case = asked(facts=(("56",),))
    assert measures.paper_precision(case, ("abs:moth",)) is None
    assert measures.paper_recall(case, ()) is None
    assert measures.paper_f1(case, ()) is None


@pytest.mark.parametrize(("total", "expected"), [(1, 0), (2, 1), (3, 1), (4, 0), (None, 0)])
def test_a_count_may_hold_acceptable_papers(total: int | None, expected: float) -> None:
    case = asked(MOTH, LAMP, kind="count", acceptable=(TIDE,))
    assert measures.count_accuracy(case, replace(said("A"), total_matching=total)) == expected


def test_a_lookup_has_no_count() -> None:
    assert measures.count_accuracy(asked(MOTH), replace(said("A"), total_matching=1)) is None


def test_abstention_is_right_where_the_case_cannot_be_answered() -> None:
    answerable, unanswerable = asked(MOTH), asked(answerable=False)
    spoken = said("A [1].", ONE)
    assert measures.abstention_accuracy(answerable, spoken) == 1.0
    assert measures.abstention_accuracy(answerable, REFUSAL) == 0.0
    assert measures.abstention_accuracy(unanswerable, REFUSAL) == 1.0
    assert measures.abstention_accuracy(unanswerable, spoken) == 0.0
    assert measures.over_refusal(answerable, REFUSAL) == 1.0
    assert measures.over_refusal(unanswerable, REFUSAL) is None
    assert measures.missed_refusal(unanswerable, spoken) == 1.0
    assert measures.missed_refusal(answerable, spoken) is None


def test_a_refusal_leaves_citation_measures_unscored() -> None:
    made = claims(REFUSAL)
    assert measures.citation_validity(REFUSAL, KNOWN) is None
    assert measures.citation_coverage(made, KNOWN) is None
    assert measures.citation_precision(made, words_found, 0.5) is None
    assert measures.unsupported_atoms(made) is None
