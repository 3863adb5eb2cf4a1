"""Case files: what loads, what is refused and how it is said, and which papers phrases mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.dataset.case_files import load
from eval.dataset.paper_phrases import check, coverage, digest, resolve, resolve_all
from eval.records import Case
from ingest.errors import UsageError
from ingest.records import Paper

LANTERN = Paper(
    "doi:10.1/lantern",
    "We present LANTERN, a\nlow-light benchmark of 1,210 videos. Models reach 56\\%.",
    "LANTERN: Seeing at Night",
    authors=("Ada Moth",),
    year=2024,
    aliases=("abs:0123",),
)
HARBOR = Paper("abs:beef", "HARBOR ranks ships. It beats low-light baselines.", "HARBOR")
PAPERS = (LANTERN, HARBOR)


def write(folder: Path, text: str, name: str = "cases.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_case_file_gives_every_field(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
- id: night
  question: How many videos are in
    LANTERN?
  kind: count
  answer: 1,210 videos.
  papers: [LANTERN]
  acceptable: [HARBOR]
  facts: ["1,210", ["56%", "56 percent"]]
  history: ["What is LANTERN?"]
- id: bare
  question: What is HARBOR?
  papers: [HARBOR]
- id: refuse
  question: Who won?
  answerable: false
""",
    )
    full, bare, refuse = load([path])
    assert full == Case(
        id="night",
        question="How many videos are in LANTERN?",
        kind="count",
        answer="1,210 videos.",
        papers=("LANTERN",),
        acceptable=("HARBOR",),
        facts=(("1,210",), ("56%", "56 percent")),
        history=("What is LANTERN?",),
        file=f"{path.parent.name}/cases.yaml",
    )
    assert (bare.kind, bare.facts, bare.answerable) == ("lookup", (), True)
    assert [full.group, bare.group, refuse.group] == ["follow-up", "lookup", "unanswerable"]


def test_a_folder_is_read_in_the_order_of_its_file_names(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml"):
        write(tmp_path, f"- {{id: {name[0]}, question: Who, answerable: false}}", name)
    write(tmp_path, "no cases here", "notes.txt")
    assert [case.id for case in load([tmp_path])] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one case"),
        ("[]", "at least one case"),
        ("id: x", "YAML list"),
        ("- just text", "entry 1 is not a case"),
        ("- {id: x, question: [", "not valid YAML"),
        ("- {id: x, question: Why, papers: [A], paper: B}", "unknown field 'paper'"),
        ("- {id: x, question: Why, kind: riddle, papers: [A]}", "'riddle'"),
        ("- {id: x, papers: [A]}", "needs an 'id' and a 'question'"),
        ("- {id: x, question: Why}", "expects nothing"),
        ("- {id: x, question: Why, answerable: false, facts: ['1']}", "expects no papers"),
        ("- {id: x, question: Why, answerable: 'no'}", "true or false"),
        ("- {id: x, question: Why, facts: [1,210]}", "quotes around 1 "),
        ("- {id: x, question: Why, facts: ['']}", "must be text"),
        ("- {id: x, question: Why, facts: [[]]}", "empty list"),
        ("- {id: x, question: Why, papers: LANTERN}", "must be a list"),
        ("- {id: x, question: Why, papers: [A], question: How}", "stands twice"),
    ],
)
def test_what_is_not_a_case_is_refused_by_file_and_reason(
    tmp_path: Path, text: str, said: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UsageError) as refused:
        load([path])
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


def test_an_id_is_taken_once_over_all_files(tmp_path: Path) -> None:
    entry = "- {id: same, question: Why, answerable: false}"
    paths = [write(tmp_path, entry, "a.yaml"), write(tmp_path, entry, "b.yaml")]
    with pytest.raises(UsageError, match=r"b\.yaml.*'same' is taken, in a\.yaml"):
        load(paths)


@pytest.mark.parametrize("name", ["missing.yaml", "binary.yaml", "empty"])
def test_a_path_without_cases_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=name):
        load([tmp_path / name])


@pytest.mark.parametrize(
    "phrase",
    [
        "lantern, a low-light",
        "Seeing at  NIGHT",
        "doi:10.1/lantern",
        "abs:0123",
        "LANTERN: Seeing at Night.",
    ],
)
def test_a_phrase_means_the_paper_whose_text_or_id_holds_it(phrase: str) -> None:
    assert resolve(Case("c", "q", papers=(phrase,)), PAPERS).papers == (LANTERN,)


def test_a_phrase_without_one_paper_is_named_with_case_and_papers() -> None:
    with pytest.raises(UsageError, match=r"'c'.*'low-light'.*2 papers.*LANTERN.*HARBOR"):
        resolve(Case("c", "q", papers=("low-light",)), PAPERS)
    with pytest.raises(UsageError, match=r"'c'.*'nowhere' stands in no paper"):
        resolve(Case("c", "q", acceptable=("nowhere",), facts=(("x",),)), PAPERS)


def test_all_failing_phrases_are_told_at_once() -> None:
    cases = [Case(name, "q", papers=(f"no {name}",)) for name in ("a", "b")]
    with pytest.raises(UsageError, match=r"(?s)'no a'.*\n.*'no b'"):
        resolve_all(cases, PAPERS)


def test_a_paper_named_twice_in_a_case_is_refused() -> None:
    with pytest.raises(UsageError, match="more than once"):
        resolve(Case("c", "q", papers=("LANTERN",), acceptable=("abs:0123",)), PAPERS)


def test_check_passes_facts_of_records_and_counts() -> None:
    cases = [
        Case("a", "How many videos?", papers=("LANTERN",), facts=(("1210",), ("x", "56 %"))),
        Case("b", "Who wrote it?", papers=("LANTERN",), facts=(("Ada Moth",), ("2024",))),
        Case("c", "Which?", kind="list", papers=("LANTERN", "HARBOR"), facts=(("2",),)),
    ]
    assert check(cases, PAPERS) == []


def test_check_tells_unfounded_facts_and_cases_alike() -> None:
    cases = [
        Case("a", "How many videos?", papers=("LANTERN",), facts=(("1,211",),)),
        Case("b", "how many VIDEOS", papers=("LANTERN",)),
        Case("c", "How many videos?", papers=("LANTERN",), history=("What is LANTERN?",)),
        Case("d", "What?", papers=("nowhere",)),
    ]
    alike, unfounded, phrase = check(cases, PAPERS)
    assert "'b' asks the same as 'a'" in alike
    assert "'1,211' stands in none" in unfounded
    assert "'nowhere'" in phrase


def test_coverage_counts_papers_without_a_case() -> None:
    cases = resolve_all([Case("a", "q", papers=("LANTERN",)), Case("b", "q", kind="list")], PAPERS)
    found = coverage(cases, PAPERS)
    assert found.by_group == {"lookup": 1, "list": 1}
    assert list(found.by_paper.values()) == [1, 0]


def test_a_digest_changes_with_what_is_expected_and_not_with_the_file() -> None:
    case = Case("a", "q", papers=("LANTERN",), file="one.yaml")
    moved = Case("a", "q", papers=("LANTERN",), file="two.yaml")
    other = Case("a", "q", papers=("LANTERN",), facts=(("56",),))
    assert digest(resolve(case, PAPERS)) == digest(resolve(moved, PAPERS))
    assert digest(resolve(case, PAPERS)) != digest(resolve(other, PAPERS))
