"""Cases in CSV and JSON Lines, tags with their thresholds, drafts, and faults told at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from answering_samples import library
from conftest import ROOT, Ran

from app.engine import Engine
from eval.dataset.case_files import load, load_with_drafts
from eval.dataset.case_tables import written
from eval.dataset.corpora import CASES
from eval.dataset.drafts import drafts
from eval.dataset.paper_phrases import check, digest, resolve
from eval.gate.tags import asked_least
from eval.records import Case
from ingest.errors import UsageError
from ingest.records import Paper

Run = Callable[..., Ran]

GUIDE = (ROOT / "docs/cases.md").read_text("utf-8")
FULL = Case(
    "night",
    'How many videos, "really"?',
    kind="count",
    answer="1,210; maybe more.",
    papers=("LANTERN", "HARBOR; the ship"),
    acceptable=("TIDAL",),
    facts=(("1,210", "1210"), ("night",)),
    history=("What is LANTERN?", "And HARBOR?"),
    forbidden=(("99",), ("a|b", "c")),
    tags=("numbers", "smoke"),
    draft=True,
)
REFUSED = Case("owls", "What do owls eat?", answerable=False)


def _without_file(cases: list[Case]) -> list[Case]:
    fields = ("id", "question", "kind", "answer", "papers", "acceptable", "facts", "answerable",
              "history")  # fmt: skip
    return [
        Case(*(getattr(c, f) for f in fields), forbidden=c.forbidden, tags=c.tags, draft=c.draft)
        for c in cases
    ]


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".yaml"])
def test_every_format_gives_back_the_cases_that_it_was_given(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"cases{ending}"
    file.write_text(written([FULL, REFUSED], ending), "utf-8")
    assert _without_file(load_with_drafts([file])) == [FULL, REFUSED]
    ours = load([CASES])
    file.write_text(written(ours, ending), "utf-8")
    assert _without_file(load([file])) == _without_file(ours)


def test_columns_of_other_tools_are_understood(tmp_path: Path) -> None:
    deepeval = {"input": "What is LUMEN?", "actual_output": None, "expected_output": "A model.",
                "context": ["We present LUMEN, a model."]}  # fmt: skip
    ragas = {"user_input": "Who?", "reference": "Ada.", "reference_contexts": ["by Ada"],
             "retrieved_contexts": ["by Ben"], "response": "Ben."}  # fmt: skip
    (tmp_path / "goldens.jsonl").write_text(f"{json.dumps(deepeval)}\n{json.dumps(ragas)}", "utf-8")
    first, second = load([tmp_path / "goldens.jsonl"])
    assert (first.id, first.question, first.answer) == ("goldens-1", "What is LUMEN?", "A model.")
    assert first.papers == ("We present LUMEN, a model.",)
    assert (second.question, second.answer, second.papers) == ("Who?", "Ada.", ("by Ada",))
    (tmp_path / "promptfoo.csv").write_text(
        "question,__expected1,__expected2,__expected3,__description,__metadata:tags\n"
        'How many?,"icontains-any: 56%,56 percent",not-contains: 65,contains: lamps,lamps,a; b\n',
        "utf-8",
    )
    (found,) = load([tmp_path / "promptfoo.csv"])
    assert (found.id, found.tags) == ("lamps", ("a", "b"))
    assert found.facts == (("56%", "56 percent"), ("lamps",))
    assert found.forbidden == (("65",),)


def test_all_that_is_wrong_is_told_at_once_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "- {id: x, question: Why, papers: A, facts: [56], colour: red}\n"
        "- {id: y, question: Why}\n"
        "\n- {id: z, question: How, answerable: false}\n",
        "utf-8",
    )
    (tmp_path / "b.jsonl").write_text('{\n{"id": "z", "question": "Who", "papers": ["A"]}', "utf-8")
    (tmp_path / "c.csv").write_text("id,question,papers\nz,When,A\nw,\n", "utf-8")
    with pytest.raises(UsageError) as refused:
        load([tmp_path])
    told = [line.removeprefix(f"{tmp_path}/") for line in str(refused.value).splitlines()]
    assert [line.split(" ")[0] for line in told] == [
        "a.yaml:1:", "a.yaml:1:", "a.yaml:1:", "a.yaml:2:", "b.jsonl:1:", "c.csv:3:", "c.csv:3:",
        "b.jsonl:2:", "c.csv:2:",
    ]  # fmt: skip
    assert "unknown field 'colour'" in told[0]
    assert "'papers' must be a list" in told[1]
    assert "put quotes around 56" in told[2]
    assert "the case id 'z' is taken, in a.yaml:4" in told[-1]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "", "a CSV file of cases has a header"),
        ("a.csv", "id,question\nx,Why,more\n", ":2: this row has more cells than the header"),
        ("a.csv", "id,question,answerable\nx,Why,perhaps\n", "'answerable' is true or false"),
        ("a.jsonl", "", "holds no case"),
        ("a.jsonl", "[1]", "entry 1 is not a case"),
        ("a.yaml", "- {id: x, question: Why, facts: ['1'], forbidden: ['1']}", "both required and"),
    ],
)
def test_what_is_no_case_in_a_table_is_refused(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(UsageError, match=re.escape(said)):
        load([tmp_path / name])


def test_tags_and_the_lack_of_forbidden_facts_change_no_digest() -> None:
    paper = Paper("abs:1", "LUMEN sees.", "LUMEN")
    plain = digest(resolve(Case("c", "q", papers=("LUMEN",)), [paper]))
    tagged = Case("c", "q", papers=("LUMEN",), tags=("smoke",))
    assert digest(resolve(tagged, [paper])) == plain
    stricter = Case("c", "q", papers=("LUMEN",), forbidden=(("56",),))
    assert digest(resolve(stricter, [paper])) != plain


# Tags and runs

ABSTRACTS = """Title: LUMEN: How Moths Find Lamps
Abstract: We present LUMEN, a model of how moths find lamps. LUMEN finds 56% of all lamps.
"""
TAGGED = """- id: lamps
  question: How many lamps does LUMEN find?
  papers: [LUMEN]
  facts: ["56%"]
  tags: [numbers, smoke]
- id: wrong-on-purpose
  question: What is LUMEN?
  papers: [LUMEN]
  forbidden: [moths]
  tags: [numbers]
- id: later
  question: Unfinished
  papers: [LUMEN]
  draft: true
"""


@pytest.fixture
def lumen(askpapers: Run, tmp_path: Path) -> Path:
    (tmp_path / "abstracts.txt").write_text(ABSTRACTS, "utf-8")
    (tmp_path / "cases.yaml").write_text(TAGGED, "utf-8")
    assert askpapers("ingest", "abstracts.txt", "--index", "index").code == 0
    return tmp_path


def test_too_few_passing_cases_of_a_tag_exit_1(askpapers: Run, lumen: Path) -> None:
    own = ("eval", "run", "--cases", "cases.yaml", "--index", "index", "--out", "out")
    assert askpapers(*own, "--least", "smoke=1", "--least", "numbers=0.5").code == 0
    summary = (lumen / "out/summary.md").read_text("utf-8")
    assert "| numbers | 2 | 1 | 0.50 | 0.5 |" in summary
    assert "| smoke | 1 | 1 | 1.00 | 1 |" in summary
    lost = askpapers(*own, "--least", "numbers=0.9")
    assert lost.code == 1
    assert "1 of 2 cases tagged 'numbers' pass, 0.50, and 0.9 is the least." in lost.err
    for wrong in ("numbers=2", "numbers", "=1", "unheard-of=1"):
        assert askpapers(*own, "--least", wrong).code == 2


def test_a_forbidden_fact_is_no_pass_and_a_draft_is_not_scored(askpapers: Run, lumen: Path) -> None:
    ran = askpapers("eval", "run", "--cases", "cases.yaml", "--index", "index", "--out", "out")
    assert "1 draft is left out" in ran.err
    rows = json.loads((lumen / "out/results.json").read_text("utf-8"))["rows"]
    assert {row["id"]: row["passed"] for row in rows} == {"lamps": True, "wrong-on-purpose": False}
    assert rows[1]["reasons"] == ["forbidden fact: moths"]
    assert rows[1]["measures"]["forbidden_facts"] == 1.0
    assert rows[0]["measures"]["forbidden_facts"] is None
    assert rows[0]["tags"] == ["numbers", "smoke"]
    (lumen / "drafts.yaml").write_text(TAGGED[TAGGED.index("- id: later") :], "utf-8")
    alone = askpapers("eval", "run", "--cases", "drafts.yaml", "--index", "index")
    assert alone.code == 2
    assert "take 'draft: true' out" in alone.err


def test_a_run_refuses_what_a_check_refuses(askpapers: Run, lumen: Path) -> None:
    (lumen / "cases.yaml").write_text(TAGGED.replace("56%", "57%"), "utf-8")
    own = ("--cases", "cases.yaml", "--index", "index")
    for command in ("run", "bless", "check"):
        more = ("--baseline", "baseline.json") if command == "bless" else ()
        ran = askpapers("eval", command, *own, *more)
        assert ran.code == 2
        assert "the fact '57%' stands in none" in ran.out + ran.err
    assert not (lumen / "eval-report").exists()


@pytest.mark.parametrize(("choice", "share"), [("a=0.5", 0.5), ("x=y=1", 1.0)])
def test_a_threshold_is_a_tag_and_a_share(choice: str, share: float) -> None:
    assert asked_least([choice]) == {choice.rpartition("=")[0]: share}


# Drafts


@pytest.fixture(scope="module")
def bees(tmp_path_factory: pytest.TempPathFactory) -> tuple[Paper, ...]:
    with library(tmp_path_factory.mktemp("bees")) as engine:
        return tuple(engine.index.catalog.papers())


def test_drafts_are_sound_cases_once_a_person_has_taken_the_mark_out(
    bees: tuple[Paper, ...],
) -> None:
    found = drafts(bees, 40)
    assert len(found) >= 8
    assert all(case.draft for case in found)
    assert {case.group for case in found} >= {
        "lookup", "definition", "metadata", "unanswerable", "follow-up"
    }  # fmt: skip
    assert check(found, bees) == []
    assert drafts(bees, 3) == found[:3]


def test_a_draft_asks_for_the_figure_that_it_takes_out(bees: tuple[Paper, ...]) -> None:
    asked = next(case for case in drafts(bees, 40) if case.id == "beecount-figure")
    assert asked.question == "BeeCount: BeeCount was tested on ____ videos and errs by 4.2%."
    assert asked.facts == (("340",),)
    assert asked.papers == ("BeeCount",)


def test_the_command_writes_drafts_and_overwrites_nothing(askpapers: Run, lumen: Path) -> None:
    ran = askpapers("eval", "draft", "abstracts.txt", "--out", "drafts.yaml")
    assert ran.code == 0, ran.err
    text = (lumen / "drafts.yaml").read_text("utf-8")
    assert text.startswith("# Drafts")
    assert (
        text.count("draft: true\n- id") + 1 == text.count("- id") == text.count("\n  draft: true")
    )
    assert askpapers("eval", "check", "--cases", "drafts.yaml", "--index", "index").code == 2
    assert askpapers("eval", "draft", "abstracts.txt", "--out", "drafts.yaml").code == 2


def test_export_says_its_formats_and_counts(askpapers: Run, lumen: Path) -> None:
    ran = askpapers("eval", "export", "cases.csv", "--cases", "cases.yaml")
    assert ran.code == 0
    assert "3 cases are in cases.csv" in ran.err
    assert len((lumen / "cases.csv").read_text("utf-8").splitlines()) == 4
    assert askpapers("eval", "export", "cases.xlsx", "--cases", "cases.yaml").code == 2


# The guide


def test_the_cases_of_the_guide_are_sound_on_the_sample(sample: Engine, tmp_path: Path) -> None:
    blocks = re.findall(r"^```(yaml|csv)\n(.*?)^```$", GUIDE, re.M | re.S)
    assert [kind for kind, _ in blocks] == ["yaml", "yaml", "yaml", "csv"]
    papers = sample.index.catalog.papers()
    for kind, text in blocks:
        (tmp_path / f"guide.{kind}").write_text(text, "utf-8")
        cases = load([tmp_path / f"guide.{kind}"])
        assert check(cases, papers) == []
    assert sum(bool(case.history) for case in load([tmp_path / "guide.yaml"])) == 2
