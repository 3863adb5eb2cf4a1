"""References as BibTeX, RIS and CSV hold what the record holds, and no more."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from itertools import accumulate

import bibtexparser
import pytest
import rispy
from answering_samples import BEES, cited
from hypothesis import assume, given
from hypothesis import strategies as st

from app.answer import Citation, Quote
from app.engine import Engine
from app.export import export, export_cited
from app.export_keys import keys
from app.extractive import messages
from app.understanding.question import Format
from ingest.readers import bibtex
from ingest.records import Paper, Record
from ingest.text.cleaning import clean

LIST = "Which papers are about honey bees?"
FULL = Paper(
    "doi:10.1/owl", "Owls fly.", "Owls & 50% of Mice", authors=("Owl, Ann", "Bo Mouse"), year=2024,
    venue="Night Letters", url="https://doi.org/10.1/owl",
)  # fmt: skip
BARE = Paper("abs:2", "Mice hide.", "MouseNet", title_derived=True)
ABSTRACT = "Owls fly over the whole city at night and eat the mice that they hear there."
FORMULA = Paper("abs:3", "Kelp grows.", '=HYPERLINK("http://evil.invalid")', authors=("@Eve",))
BLOCK = re.compile(r"\n```\n(.*)\n```$", re.S)
FORMATS: tuple[Format, ...] = ("bibtex", "ris", "csv", "csl")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_bibtex_holds_the_fields_of_the_record() -> None:
    (entry,) = bibtexparser.parse_string(export([FULL], "bibtex")).entries
    assert entry.entry_type == "article"
    assert {name: field.value for name, field in entry.fields_dict.items()} == {
        "title": r"Owls \& 50\% of Mice",
        "author": "Owl, Ann and Bo Mouse",
        "year": "2024",
        "journal": "Night Letters",
        "doi": "10.1/owl",
        "url": FULL.url,
        "ids": "doi:10.1/owl",
    }


def test_an_organisation_is_one_author_of_bibtex_also_when_it_is_read_back() -> None:
    authors = ("Food and Agriculture Organization", "Owl, Ann", "Bo Mouse")
    text = export_cited([Citation(1, replace(FULL, authors=authors, abstract=ABSTRACT))], "bibtex")
    assert "author = {{Food and Agriculture Organization} and Owl, Ann and Bo Mouse}," in text
    assert _read_back(text).authors == (authors[0], "Ann Owl", "Bo Mouse")


@pytest.mark.parametrize(
    ("title", "written"),
    [
        (r"Owls in C:\x", r"Owls in C:\textbackslash{}x"),
        ("Owls at ~/x", r"Owls at \textasciitilde{}/x"),
        ("Owls_1 of {a, b} & #2", r"Owls\_1 of \{a, b\} \& \#2"),
        ("Owls in O(n^2)", r"Owls in O(n\textasciicircum{}2)"),
        ("Owls { fly", r"Owls \textbraceleft{} fly"),
        ("Owls } fly", r"Owls \textbraceright{} fly"),
    ],
)
def test_signs_of_latex_are_printed_as_they_stand_and_read_back(title: str, written: str) -> None:
    paper = replace(FULL, title=title, abstract=ABSTRACT)
    text = export_cited([Citation(1, paper)], "bibtex")
    assert f"title = {{{written}}}," in text
    assert _read_back(text).title == title


@given(st.lists(st.sampled_from([*"^~\\{}_$%&#(), 5a", "owl"]), max_size=9))
def test_a_title_of_a_record_is_read_back_whatever_signs_it_has(parts: list[str]) -> None:
    title = " ".join(f"Owls {''.join(parts)} fly".split())
    assume(clean(title) == title)
    paper = replace(FULL, title=title, abstract=ABSTRACT)
    assert _read_back(export_cited([Citation(1, paper)], "bibtex")).title == title


@pytest.mark.parametrize("title", ["Owls { fly", "Owls } fly", "Owls }{ fly", "Owls x^2 } {"])
def test_whatever_braces_a_title_has_those_of_its_entry_are_paired(title: str) -> None:
    text = export([replace(FULL, title=title)], "bibtex")
    depths = list(accumulate((sign == "{") - (sign == "}") for sign in text))
    assert depths[-1] == 0
    lines = text.splitlines()
    ends = accumulate(map(len, lines), lambda end, size: end + size + 1)
    assert [depths[end - 1] for end in ends] == [1] * (len(lines) - 1) + [0]
    assert "^" not in text


def _read_back(text: str) -> Record:
    (item,) = bibtex.read("a.bib", enumerate(text.splitlines(), start=1))
    assert isinstance(item, Record)
    return item


def test_a_doi_is_no_text_that_is_escaped() -> None:
    springer = replace(FULL, paper_id="doi:10.1007/978_3-030")
    assert "doi = {10.1007/978_3-030}," in export([springer], "bibtex")


def test_ris_holds_the_fields_of_the_record() -> None:
    (entry,) = rispy.loads(export([FULL], "ris"))
    assert entry["title"] == FULL.title
    assert entry["authors"] == list(FULL.authors)
    assert entry["year"] == "2024"
    assert entry["urls"] == [FULL.url]
    assert entry["doi"] == "10.1/owl"


def test_csv_holds_the_fields_of_the_record() -> None:
    (row,) = rows(export([FULL], "csv"))
    assert row == {
        "id": FULL.paper_id, "title": FULL.title, "authors": "Owl, Ann; Bo Mouse", "year": "2024",
        "venue": FULL.venue, "url": FULL.url, "note": "", "source_ids": "",
    }  # fmt: skip


def test_csl_json_holds_the_fields_of_the_record() -> None:
    full, bare = json.loads(export([FULL, BARE], "csl"))
    assert full == {
        "id": "doi:10.1owl", "type": "article-journal", "title": FULL.title,
        "author": [{"family": "Owl", "given": "Ann"}, {"literal": "Bo Mouse"}],
        "issued": {"date-parts": [[2024]]}, "container-title": FULL.venue, "DOI": "10.1/owl",
        "URL": FULL.url, "citation-key": "owl2024owls",
    }  # fmt: skip
    assert bare == {
        "id": "abs:2", "type": "document", "title": "MouseNet", "note": "derived title",
        "citation-key": "mousenet",
    }  # fmt: skip


@pytest.mark.parametrize("how", FORMATS)
def test_a_title_made_from_the_abstract_is_marked(how: Format) -> None:
    text = export([BARE], how)
    assert "MouseNet" in text
    assert "derived title" in text


def test_no_field_is_made_up() -> None:
    (entry,) = bibtexparser.parse_string(export([BARE], "bibtex")).entries
    assert set(entry.fields_dict) == {"title", "note", "ids"}
    assert [line[:2] for line in export([BARE], "ris").splitlines()] == ["TY", "TI", "N1", "ER"]
    (row,) = rows(export([BARE], "csv"))
    assert {name for name, value in row.items() if value} == {"id", "title", "note"}


def test_the_doi_of_any_record_of_a_paper_is_exported() -> None:
    merged = replace(FULL, paper_id="arxiv:2401.1", aliases=("doi:10.1/owl",), url="")
    for how in FORMATS[:2]:
        assert "10.1/owl" in export([merged], how)
    assert json.loads(export([merged], "csl"))[0]["DOI"] == "10.1/owl"


def test_two_ids_that_differ_by_a_sign_have_two_keys() -> None:
    alike = [Paper(paper_id, "Owls fly.", "Owls") for paper_id in ("x/1", "x1", "x(1)")]
    entries = bibtexparser.parse_string(export(alike, "bibtex")).entries
    assert len({entry.key for entry in entries}) == 3


def test_an_address_stands_as_it_is() -> None:
    paper = Paper("x:9", "Owls fly.", "Owls", url="https://a.example/b_c?d=50%25&e={f}")
    (entry,) = bibtexparser.parse_string(export([paper], "bibtex")).entries
    assert entry.fields_dict["url"].value == "https://a.example/b_c?d=50%25&e=%7Bf%7D"


def test_no_cell_is_a_formula() -> None:
    (row,) = rows(export([FORMULA], "csv"))
    assert row["title"].startswith("'=")
    assert row["authors"].startswith("'@")


OWN = Paper("abs:5", "Owls {fly} far.\nMice hide.", "The owls", source_ids=("4983", "PMID:7"))
CITED = (
    Citation(1, FULL),
    Citation(2, OWN, (Quote("Mice hide.", 16, 26), Quote("Owls", 0, 4)), sure=False),
)


def test_bibtex_to_be_saved_has_abstracts_own_ids_and_what_only_perhaps_belongs() -> None:
    full, own = bibtexparser.parse_string(export_cited(CITED, "bibtex")).entries
    assert (full.key, own.key) == ("owl2024owls", "owls")
    assert full.fields_dict["abstract"].value == "Owls fly."
    assert own.fields_dict["abstract"].value == r"Owls \{fly\} far. Mice hide."
    assert own.fields_dict["ids"].value == "abs:5,4983,PMID:7"
    assert own.fields_dict["note"].value == "perhaps on the topic"
    assert "note" not in full.fields_dict


def test_ris_to_be_saved_has_abstracts_own_ids_and_what_only_perhaps_belongs() -> None:
    full, own = rispy.loads(export_cited(CITED, "ris"))
    assert (full["abstract"], own["abstract"]) == ("Owls fly.", "Owls {fly} far. Mice hide.")
    assert own["accession_number"] == "4983; PMID:7"
    assert own["notes"] == ["perhaps on the topic"]
    assert "notes" not in full


def test_csl_json_to_be_saved_has_abstracts_own_ids_and_what_only_perhaps_belongs() -> None:
    full, own = json.loads(export_cited(CITED, "csl"))
    assert (full["abstract"], own["abstract"]) == (FULL.abstract, OWN.abstract)
    assert own["archive_location"] == "4983; PMID:7"
    assert own["note"] == "perhaps on the topic"


def test_csv_to_be_saved_has_abstracts_own_ids_and_the_quoted_evidence() -> None:
    full, own = rows(export_cited(CITED, "csv"))
    assert list(full)[:7] == ["id", "title", "authors", "year", "venue", "url", "note"]
    assert (full["source_ids"], full["evidence"], full["note"]) == ("", "", "")
    assert own["source_ids"] == "4983; PMID:7"
    assert own["evidence"] == "Mice hide. … Owls"
    assert own["abstract"] == OWN.abstract
    assert own["note"] == "perhaps on the topic"


def _paper(paper_id: str, author: str, title: str, year: int | None = 2024) -> Paper:
    return Paper(paper_id, "Owls fly.", title, authors=(author,) if author else (), year=year)


@pytest.mark.parametrize(
    ("author", "title", "year", "key"),
    [
        ("Bo Mouse", "The owls of Rome", 2024, "mouse2024owls"),
        ("Müller, Jörg", "Über Eulen", 1999, "muller1999uber"),
        ("", "The feasibility of malaria elimination", None, "feasibilitymalaria"),
        ("", "鸮", None, "paper"),
    ],
)
def test_a_key_is_author_year_and_first_word(
    author: str, title: str, year: int | None, key: str
) -> None:
    assert keys([_paper("x:1", author, title, year)]) == [key]


def test_keys_are_made_unique_and_stay_in_any_order() -> None:
    papers = [_paper(f"x:{n}", "Bo Mouse", f"Owls {n}") for n in range(60)]
    made = keys(papers)
    assert len(set(made)) == 60
    assert keys(papers[:2])[::-1] == keys(papers[:2][::-1])
    assert all(re.fullmatch(r"mouse2024owls-[a-z]{2,4}", key) for key in made)
    assert len(set(keys([papers[0]] * 40))) == 40


@pytest.mark.parametrize("how", FORMATS)
def test_papers_keep_their_order(how: Format) -> None:
    text = export([FULL, FORMULA, BARE], how)
    assert text.index("Night Letters") < text.index("evil.invalid")


def test_a_line_break_in_a_field_starts_no_new_field_of_ris() -> None:
    broken = Paper("abs:4", "Kelp.", "Kelp\nAU  - Eve")
    (entry,) = rispy.loads(export([broken], "ris"))
    assert "authors" not in entry


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        ("Export these as BibTeX", "@misc{"),
        ("Export them as RIS", "TY  - "),
        ("Export these as CSV", "id,title,authors,year,venue,url,note"),
    ],
)
def test_the_last_list_is_exported_whole(engine: Engine, asked: str, begins: str) -> None:
    before, answer = engine.ask(LIST), engine.ask(asked, [LIST])
    assert answer.kind == "list"
    assert cited(answer) == cited(before)
    block = BLOCK.search(answer.text)
    assert block
    assert block[1].startswith(begins)
    assert all(citation.paper.title in block[1] for citation in before.citations)


def test_an_exported_paper_cites_the_fields_of_its_record(engine: Engine) -> None:
    answer = engine.ask("Export these as BibTeX", [LIST])
    assert answer.citations
    assert all("title" in citation.fields for citation in answer.citations)


def test_an_export_without_a_list_asks_for_one(engine: Engine) -> None:
    answer = engine.ask("Export these as BibTeX")
    assert answer.strength == "none"
    assert answer.reason == messages.NO_LIST_YET


def test_one_answer_may_be_exported_too(engine: Engine) -> None:
    answer = engine.ask("Export it as BibTeX", ["What is HarborNet?"])
    assert cited(answer) == ["HarborNet: Tides from Graphs"]
    assert "@misc{" in answer.text


def test_a_paper_that_was_only_named_as_closest_is_not_exported_as_a_match(engine: Engine) -> None:
    refused = "Who won the football cup?"
    assert engine.ask(refused).strength == "none"
    assert "match" not in engine.ask("Export these as BibTeX", [refused]).text


def test_the_papers_on_a_topic_are_exported_without_a_list_before(engine: Engine) -> None:
    answer = engine.ask("Can you export the papers on honey bees as BibTeX?")
    assert set(cited(answer)) <= BEES
    block = BLOCK.search(answer.text)
    assert block
    assert block[1].count("@misc{") == len(answer.citations) > 1


def test_papers_without_a_year_come_last_and_are_told(engine: Engine) -> None:
    answer = engine.ask("Order them by year", [LIST])
    *dated, undated = [citation.paper.year for citation in answer.citations]
    assert dated == sorted(filter(None, dated), reverse=True)
    assert undated is None
    assert any("1 matching paper has no recorded year" in note for note in answer.notes)


def test_a_list_is_sorted_by_title(engine: Engine) -> None:
    answer = engine.ask("Sort them by title", [LIST])
    titles = cited(answer)
    assert titles == sorted(titles)
    assert len(titles) > 1
