"""Real exports of databases and reference managers, counted by hand in their text."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.readers import read
from ingest.records import Problem, Record

# file: (papers with an abstract, lines and starts of the reasons for the rest)
# Counted in an editor: <paper>, <entry>, TY, PT, PMID-, @ or rows, less those without one.
EXPORTS: dict[str, tuple[int, dict[int, str]]] = {
    "acl_anthology_volume.xml": (9, {}),
    "arxiv_atom_10.xml": (10, {}),
    "arxiv_atom_empty.xml": (0, {1: "The feed holds no entries"}),
    "arxiv_atom_oldstyle_id.xml": (1, {}),
    "embase_export.csv": (6, {}),
    "ovid_export.ris": (4, {}),
    "pubmed_export.nbib": (4, {}),
    "pubmed_via_endnote.ris": (6, {}),
    "pubmed_via_zotero.ris": (6, {}),
    "scopus_export.bib": (3, {}),
    # One paper; the papers that cite it and that it cites stand inside it.
    "semantic_scholar_paper.json": (1, {}),
    "wos_export.ciw": (5, {}),
    "zotero_csl.json": (
        22,
        {
            441: "The record “ATS Statement” has no abstract",
            739: "The record “The matching conditions of controlled Lagrangians",
            786: "The record “The matching conditions of controlled Lagrangians",
        },
    ),
    "zotero_export.bib": (
        29,
        {232: "The record “Attention Augmented Convolutional Networks” has no"},
    ),
    "zotero_export.csv": (
        21,
        {
            3: "The record “Requirements engineering and agile software development | I",
            5: "The record “Requirements engineering: A systematic mapping study in agi",
            7: "The record “A Mapping Study on Requirements Engineering in Agile Softwa",
            8: "The record “Incorporating User Centered Requirement Engineering into Ag",
        },
    ),
}


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_each_paper_of_an_export_is_read(data_dir: Path, name: str) -> None:
    papers, reasons = EXPORTS[name]
    items = list(read(data_dir / "formats" / name))
    assert sum(isinstance(item, Record) for item in items) == papers
    problems = {int(i.source.rpartition(":")[2]): i.reason for i in items if isinstance(i, Problem)}
    assert problems.keys() == reasons.keys()
    for line, start in reasons.items():
        assert problems[line].startswith(start)


def test_no_export_is_missing_from_the_table(data_dir: Path) -> None:
    assert {file.name for file in (data_dir / "formats").iterdir()} == EXPORTS.keys()


def test_each_source_is_the_line_where_the_abstract_begins(data_dir: Path) -> None:
    for name in EXPORTS:
        lines = (data_dir / "formats" / name).read_text("utf-8").split("\n")
        for item in read(data_dir / "formats" / name):
            if isinstance(item, Record):
                first_word = item.abstract.split()[0].strip("“\"'(.,:")[:5]
                assert first_word in lines[item.source.line - 1], (name, item.source.line)


def test_no_abstract_of_an_export_keeps_markup_or_a_legal_notice(data_dir: Path) -> None:
    for name in EXPORTS:
        for item in read(data_dir / "formats" / name):
            if isinstance(item, Record):
                left = [
                    sign
                    for sign in ("\\", "<jats", "&lt;", "©", "ghts reserved", "ﬁ")
                    if sign in item.abstract
                ]
                assert not left, (name, item.source.line)


def test_the_seed_abstracts_and_their_stray_line_are_read(data_dir: Path) -> None:
    items = [item for file in sorted((data_dir / "seeds").iterdir()) for item in read(file)]
    problems = [item for item in items if isinstance(item, Problem)]
    assert (len(items), len(problems)) == (51, 1)
    assert problems[0].source.endswith(":1")
