"""Every format is read into the same records, each with the line of its abstract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.readers import Unread, read
from ingest.records import Problem, Record

FIXTURES = Path(__file__).parent / "fixtures" / "formats"


def parted(file: Path) -> tuple[list[Record], list[Problem]]:
    items = list(read(file))
    records = [item for item in items if isinstance(item, Record)]
    return records, [item for item in items if isinstance(item, Problem)]


def text_file(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


# file, records, line of the first abstract, its title, first author, year, end of DOI, arXiv id
FIRST = [
    ("anthology.xml", 1, 12, "Parsing Pots with α-Trees", "Zoë Kiln", 2022, "pots.1", ""),
    ("arxiv.xml", 1, 9, "Lanterns that Learn", "Noor Haddad", 2023, "lantern", "2305.00001"),
    ("csl.json", 1, 6, "Bread and Bacillus", "Rui Silva", 2018, "bread", ""),
    ("elicit.tsv", 1, 2, "Quiet keyboards", "Mia Wolf", 2022, "keys", ""),
    ("embase.csv", 1, 2, "Duckweed growth", "R. Liu", 2014, "", ""),
    ("kaggle.jsonl", 1, 1, "Ropes and knots", "A. Writer", 2007, "", "0704.9999"),
    (
        "medline.nbib",
        1,
        8,
        "Honey for coughs: a small trial",
        "Anna B Melissa",
        2012,
        "honey.12",
        "",
    ),
    ("openreview.json", 2, 4, "Kites for Data", "Uma Iyer", 2024, "", ""),
    ("ours.jsonl", 1, 1, "Chess for Crows", "Nia Corva", 2020, "chess", ""),
    ("paragraphs.txt", 4, 1, "", None, None, "", ""),
    ("pubmed.ris", 2, 10, "Walking to school and sleep", "Ada Okafor", 2018, "steps.18", ""),
    ("scopus.csv", 1, 2, "Reeds", "W. Li", 2020, "reeds", ""),
    ("semantic_scholar.json", 1, 3, "Bells in Fog", "Ines Rocha", 2022, "bells", "2201.00002"),
    ("webofscience.ciw", 1, 13, "Tea leaves as sensors of dust", "Yuki Tanaka", 2017, "tea.17", ""),
    ("zotero.bib", 3, 7, "MossNet: Counting Moss", "Åsa Lind", 2021, "moss.2021.7", ""),
    ("zotero.csv", 1, 2, "Cork, and how it floats", "Rui Silva", 2015, "cork", ""),
]


@pytest.mark.parametrize(
    ("name", "count", "line", "title", "author", "year", "doi", "arxiv"), FIRST
)
def test_the_fields_of_a_record_are_read(
    name: str,
    count: int,
    line: int,
    title: str,
    author: str | None,
    year: int | None,
    doi: str,
    arxiv: str,
) -> None:
    records, _ = parted(FIXTURES / name)
    first = records[0]
    assert len(records) == count
    assert (first.source.line, first.title, first.year) == (line, title, year)
    assert (first.authors[0] if first.authors else None) == author
    assert (first.doi, first.arxiv_id) == (f"10.5555/{doi}" if doi else "", arxiv)


def test_every_fixture_is_in_the_table() -> None:
    assert {row[0] for row in FIRST} == {file.name for file in FIXTURES.iterdir()}


def test_a_record_without_an_abstract_is_a_problem_that_names_it() -> None:
    told = {
        (file.name, problem.source.rpartition(":")[2]): problem.reason
        for file in FIXTURES.iterdir()
        for problem in parted(file)[1]
    }
    assert told["anthology.xml", "17"] == "The record “Greetings” has no abstract."
    assert told["csl.json", "13"] == "The record “Only a Title” has no abstract."
    assert told["medline.nbib", "17"] == "The record “Corrigendum” has no abstract."
    assert told["pubmed.ris", "17"] == "The record “Letter to the editor” has no abstract."
    assert told["scopus.csv", "3"] == "The record “Index” has no abstract."
    assert told["zotero.csv", "5"] == "The record “Editorial” has no abstract."
    assert told["zotero.bib", "14"] == "The record “A Note on Gravel” has no abstract."
    assert "“broken_2020” is not well formed" in told["zotero.bib", "31"]
    assert told["ours.jsonl", "2"] == "The line is not valid JSON (Expecting value)."


def test_bibtex_reads_as_its_printed_page() -> None:
    moss, snow, after = parted(FIXTURES / "zotero.bib")[0]
    assert moss.abstract == (
        "We count moss on 12% of all roofs in Göteborg with MossNet, a network that needs $5 of "
        "power a day. The set {a, b} of roofs is < 100 and α-diversity rises by ~3 points."
    )
    assert moss.authors == ("Åsa Lind", "Jan van der Berg", "Roof Team")
    assert moss.venue == "Proceedings of the Garden Workshop"
    assert moss.url == "https://example.org/moss_net"
    assert (snow.arxiv_id, snow.authors) == ("2301.01234", ("Priya Kaur",))
    assert snow.abstract.endswith("tilting recovers most of it.")
    assert after.source.line == 39


def test_wrapped_lines_of_tagged_formats_are_joined() -> None:
    assert "for a year and measured" in parted(FIXTURES / "pubmed.ris")[0][0].abstract
    assert parted(FIXTURES / "webofscience.ciw")[0][0].abstract.endswith(
        "relate it to short-term traffic counts."
    )
    assert "50 children and tea to 50 others." in parted(FIXTURES / "medline.nbib")[0][0].abstract


def test_paragraphs_titles_names_and_headings_are_told_apart() -> None:
    records, problems = parted(FIXTURES / "paragraphs.txt")
    assert [record.source.line for record in records] == [1, 7, 12, 14]
    assert "temperature of 30 cups" in records[0].abstract
    assert "state-of-the-art spoons, until they" in records[0].abstract
    assert records[1].title == "How Cups Cool"
    assert records[1].authors == ("Ann Lee", "Bo Chen", "Cy Dove")
    assert records[2].abstract.startswith("A heading may stand above")
    assert [problem.source.rpartition(":")[2] for problem in problems] == ["16"]


def test_one_abstract_a_line_and_a_stray_line_of_authors(tmp_path: Path) -> None:
    long = (
        "We study how lines that hold a whole abstract are read when each of them follows another "
        * 3
    )
    file = text_file(
        tmp_path, "a.txt", f"Hong, Richang\nAbstract:{long}\nA Title\nWu, Le, Bai, Hao\n{long}x\n"
    )
    records, problems = parted(file)
    assert [record.source.line for record in records] == [2, 5]
    assert (records[1].title, records[1].authors) == ("A Title", ("Le Wu", "Hao Bai"))
    assert problems[0].source == f"{file}:1"
    assert "line of authors stands alone" in problems[0].reason


def test_content_decides_the_format_whatever_the_ending(tmp_path: Path) -> None:
    for name in (
        "zotero.bib",
        "pubmed.ris",
        "csl.json",
        "anthology.xml",
        "zotero.csv",
        "ours.jsonl",
    ):
        renamed = text_file(tmp_path, name + ".txt", (FIXTURES / name).read_bytes())
        assert [r.abstract for r in parted(renamed)[0]] == [
            r.abstract for r in parted(FIXTURES / name)[0]
        ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
@pytest.mark.parametrize(
    "name", ["anthology.xml", "zotero.bib", "pubmed.ris", "csl.json", "paragraphs.txt"]
)
def test_encodings_make_no_difference(tmp_path: Path, encoding: str, name: str) -> None:
    text = (
        (FIXTURES / name).read_text("utf-8").replace("spoons", "cafés").replace("UTF-8", encoding)
    )
    plain, other = tmp_path / "plain", tmp_path / "other"
    plain.write_text(text, encoding="utf-8")
    other.write_text(text, encoding=encoding)
    assert [(r.abstract, r.title, r.source.line) for r in parted(other)[0]] == [
        (r.abstract, r.title, r.source.line) for r in parted(plain)[0]
    ]


@pytest.mark.parametrize("name", [row[0] for row in FIRST])
@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
def test_line_ends_make_no_difference(tmp_path: Path, name: str, ending: bytes) -> None:
    content = (FIXTURES / name).read_bytes()
    file = text_file(tmp_path, name, content.replace(b"\n", ending))
    found = [(r.abstract, r.authors, r.source.line) for r in parted(file)[0]]
    assert found == [(r.abstract, r.authors, r.source.line) for r in parted(FIXTURES / name)[0]]


def test_a_file_cut_off_keeps_what_came_before_and_says_so(tmp_path: Path) -> None:
    csl = (FIXTURES / "csl.json").read_bytes()
    between = csl.index(b"},\n  {") + 2 - len(csl)
    for name, keep in [
        ("anthology.xml", -60), ("csl.json", -20), ("csl.json", between), ("openreview.json", -60),
    ]:  # fmt: skip
        file = text_file(tmp_path, name, (FIXTURES / name).read_bytes()[:keep])
        records, problems = parted(file)
        assert records
        assert isinstance(problems[-1], Unread), name


def test_objects_one_after_another_and_lists_on_one_line_are_read(tmp_path: Path) -> None:
    pretty = (
        '{\n "title": "One",\n "abstract": "First of two.",\n "year": 2020\n}\n'
        '{\n "abstract": "Second { of \\" two."\n}\n'
    )
    records, _ = parted(text_file(tmp_path, "a.json", pretty))
    assert [(r.source.line, r.abstract) for r in records] == [
        (3, "First of two."),
        (7, 'Second { of " two.'),
    ]
    records, _ = parted(
        text_file(tmp_path, "b.json", '[{"abstract": "One of two."},{"abstract": "Two of two."}]')
    )
    assert [r.abstract for r in records] == ["One of two.", "Two of two."]
    records, _ = parted(
        text_file(
            tmp_path, "c.json", '{"data": [{"abstract": "In a list in an object."}], "next": 3}'
        )
    )
    assert [r.abstract for r in records] == ["In a list in an object."]


def test_references_of_a_paper_are_not_papers_of_the_file(tmp_path: Path) -> None:
    paper = (
        '{"paperId": "p",\n "title": "Own",\n "abstract": "The paper that was exported.",\n'
        ' "references": [{"abstract": "Another one."}]}'
    )
    records, problems = parted(text_file(tmp_path, "a.json", paper))
    assert ([r.title for r in records], problems) == (["Own"], [])


def test_a_table_without_abstracts_says_which_columns_it_has(tmp_path: Path) -> None:
    file = text_file(tmp_path, "a.csv", "Title,Authors,Year\nA,B C,2020\n")
    assert [p.reason for p in parted(file)[1]] == [
        "The table has no column named “Abstract”; its columns are Title, Authors, Year."
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7 \x00\x01", "This is a PDF"),
        (bytes(range(256)) * 4, "This is not a text file"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "This is a web page"),
        (b"<?xml version='1.0'?><other/>", "This XML is neither"),
        (b"<?xml version='1.0'?><feed/>", "The feed holds no entries"),
        (b"[]", "The file is JSON and holds no papers"),
        (b"A line\n", "No abstract was found"),
    ],
)
def test_other_files_are_refused_with_a_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    records, problems = parted(text_file(tmp_path, "x", content))
    assert not records
    assert reason in problems[0].reason


def test_an_entity_bomb_is_refused(tmp_path: Path) -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>\n'
        "<feed><entry><summary>&b;</summary></entry></feed>"
    )
    records, problems = parted(text_file(tmp_path, "a.xml", bomb))
    assert not records
    assert isinstance(problems[0], Unread)
    assert "defines XML entities" in problems[0].reason


def test_an_abstract_as_long_as_a_book_is_a_problem(tmp_path: Path) -> None:
    file = text_file(
        tmp_path, "a.jsonl", '{"title": "Book", "abstract": "%s"}' % ("word " * 30_000)
    )
    assert parted(file)[1][0].reason == "The record “Book” has 149,999 characters for an abstract."


def test_a_line_about_abstract_syntax_keeps_its_first_word(tmp_path: Path) -> None:
    text = "Abstract-syntax trees are graphs, and this line says so in words of its own" + " x" * 20
    records, problems = parted(text_file(tmp_path, "a.txt", text))
    assert [r.abstract[:22] for r in records] == ["Abstract-syntax trees "]
    assert problems == []


def test_a_hyphen_before_a_capital_ends_the_mark_of_an_abstract(tmp_path: Path) -> None:
    text = "Abstract-Deep learning is old.\n\nabstract -Deep roots are old."
    records, problems = parted(text_file(tmp_path, "a.txt", text))
    assert [r.abstract for r in records] == ["Deep learning is old.", "Deep roots are old."]
    assert problems == []


@pytest.mark.parametrize(
    ("url", "doi"),
    [
        ("https://doi.org/10.1145/1?casa_token=abc#here", "10.1145/1"),
        ("http://dx.doi.org/10.1002/(SI)1(1)6%3C9::A%3E3.0;2", "10.1002/(si)1(1)6<9::a>3.0;2"),
        ("https://www.frontiersin.org/articles/10.3389/x.1/full", ""),
        ("https://link.springer.com/content/pdf/10.1007/x.pdf", ""),
        ("https://www.biorxiv.org/content/10.1101/2020.1v1.full", ""),
        ("https://dl.acm.org/doi/10.1145/3397271.3401063?cid=1", "10.1145/3397271.3401063"),
        ("https://onlinelibrary.wiley.com/doi/abs/10.1002/asi.1", "10.1002/asi.1"),
        ("https://onlinelibrary.wiley.com/doi/10.1002/asi.1/full", ""),
        ("https://link.springer.com/article/10.1007/s1", "10.1007/s1"),
        ("https://doi.acm.org/10.1145/1", "10.1145/1"),
        ("https://doi-org.proxy.example.edu/10.1145/1", "10.1145/1"),
    ],
)  # fmt: skip
def test_a_doi_is_read_out_of_the_addresses_that_end_with_it_alone(
    tmp_path: Path, url: str, doi: str
) -> None:
    line = json.dumps({"title": "Moss", "abstract": "We count moss on 30 stones.", "url": url})
    records, _ = parted(text_file(tmp_path, "a.jsonl", line))
    assert [(record.doi, record.url) for record in records] == [(doi, url)]


@pytest.mark.parametrize(
    ("doi", "read"),
    [
        ("https://dl.acm.org/doi/10.1145/1?casa_token=abc", "10.1145/1"),
        ("https://www.example.org/paper/10.1000/abc", "10.1000/abc"),
        ("https://doi.org/10.1000/ab%00c", "10.1000/ab"),
        ("https://doi.org/10.1000/ab\\ud800c", "10.1000/ab"),
        ("10.1000/ab\\ud800c", "10.1000/ab"),
        ("10.48550/arXiv.x\\ud800", ""),
    ],
)  # fmt: skip
def test_the_doi_of_a_field_is_read_on_any_host_and_holds_only_what_can_be_printed(
    tmp_path: Path, doi: str, read: str
) -> None:
    line = f'{{"abstract": "We count moss on 30 stones.", "doi": "{doi}"}}'
    records, _ = parted(text_file(tmp_path, "a.jsonl", line))
    assert [record.doi for record in records] == [read]
    assert records[0].arxiv_id.isprintable()


def _bibtex(key: str, **fields: str) -> str:
    inner = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@article{{{key},\n{inner}\n}}"


def test_entries_that_share_a_line_are_all_read(tmp_path: Path) -> None:
    one, two = (_bibtex(key, abstract=f"We count moss on {key} stones.") for key in "ab")
    string = '@string{j = "Moss"} @article{c, abstract = {We count moss again.}, journal = j}'
    records, problems = parted(text_file(tmp_path, "a.bib", one + two + "\n" + string))
    assert [(r.source_ids, r.source.line) for r in records] == [
        (("a",), 2), (("b",), 4), (("c",), 6),
    ]  # fmt: skip
    assert (records[2].venue, problems) == ("Moss", [])
    ris = "TY  - JOUR\nTI  - {0}\nAB  - We count moss on {0} stones.\nER  - "
    joined = ris.format("one") + ris.format("two") + ris.format("three")
    records, problems = parted(text_file(tmp_path, "a.ris", joined))
    assert [(r.title, r.source.line) for r in records] == [("one", 3), ("two", 6), ("three", 9)]
    assert problems == []


def test_a_broken_entry_that_shares_its_line_with_a_whole_one_is_told(tmp_path: Path) -> None:
    broken = _bibtex("a", abstract="We count moss.") + "@article{b, abstract = {We}, {x} y = }"
    text = broken + "\n" + _bibtex("c", abstract="We count moss again.")
    records, problems = parted(text_file(tmp_path, "a.bib", text))
    assert [r.source_ids for r in records] == [("a",), ("c",)]
    assert [p.source.rpartition(":")[2] for p in problems] == ["3"]


@pytest.mark.parametrize(
    "strings",
    ["  @string{j = {Moss}}\n{}", "{}@string{j = {Moss}}", "@string{j = {Moss}}\n" * 2 + "{}",
     "{} @string{j = {Moss}}\n@string(j = {Moss})"],
)  # fmt: skip
def test_a_string_of_bibtex_is_no_problem_wherever_and_however_often_it_stands(
    tmp_path: Path, strings: str
) -> None:
    text = strings.replace("{}", _bibtex("a", abstract="We count moss."))
    text += "\n@article{b, abstract = {We count moss again.}, journal = j}"
    records, problems = parted(text_file(tmp_path, "a.bib", text))
    assert [(r.source_ids, r.venue) for r in records] == [(("a",), ""), (("b",), "Moss")]
    assert problems == []


@pytest.mark.parametrize("behind", ["% ", "} % ", "once: "])
@pytest.mark.parametrize("rest", ["abstract = {We count old moss.}}", "abstract = {We}, {x} y = }"])
def test_an_entry_of_bibtex_behind_other_text_is_none(
    tmp_path: Path, behind: str, rest: str
) -> None:
    text = _bibtex("a", abstract="We count moss.") + f"\n{behind}@article{{old, {rest}\n"
    text += _bibtex("b", abstract="We count moss again.")
    records, problems = parted(text_file(tmp_path, "a.bib", text))
    assert [r.source_ids for r in records] == [("a",), ("b",)]
    assert problems == []


def test_of_a_bibtex_field_that_stands_twice_the_longer_counts_and_of_authors_all(
    tmp_path: Path,
) -> None:
    twice = "  author = {Bo Chen},\n  title = {Moss},\n  title = {Moss on stones},\n"
    twice += "  urldate = {2024-01-01},\n  author = {Lee, Ann},\n"
    text = _bibtex("a", abstract="We count moss.").replace("{a,\n", "{a,\n" + twice)
    records, _ = parted(text_file(tmp_path, "a.bib", text))
    assert [(r.title, r.authors, r.year) for r in records] == [
        ("Moss on stones", ("Bo Chen", "Ann Lee"), None)
    ]


def test_a_number_that_is_none_is_no_text(tmp_path: Path) -> None:
    line = '{"abstract": "We count moss on stones.", "title": NaN, "venue": NaN, "year": Infinity}'
    records, _ = parted(text_file(tmp_path, "a.jsonl", line))
    assert [(r.title, r.venue, r.year) for r in records] == [("", "", None)]


def _table(folder: Path, *rows: str) -> tuple[list[str], list[tuple[str, bool]]]:
    """Titles of the records of a table, and line and kind of its problems."""
    content = "\n".join(("Title,Abstract,Year", *rows))
    records, problems = parted(text_file(folder, "a.csv", content))
    lines = [(p.source.rpartition(":")[2], isinstance(p, Unread)) for p in problems]
    return [r.title for r in records], lines


def test_a_row_that_does_not_fit_its_heading_is_told(tmp_path: Path) -> None:
    whole = 'Good,"We count moss, on\nstones and ""walls"".",2020'
    titles, problems = _table(
        tmp_path,
        "One,We show that a, b and c hold,2020",
        whole,
        "Two,We show b,2020,2021",
        "Three,We c,,,",
    )
    assert titles == ["Good", "Three"]
    assert problems == [("2", False), ("5", False)]


def test_a_row_without_its_last_cells_is_read(tmp_path: Path) -> None:
    titles, problems = _table(
        tmp_path, "One,We show b", 'Two,"We, too, show"', "Three", "Four,We,1"
    )
    assert titles == ["One", "Two", "Four"]
    assert problems == [("4", False)]
    reasons = [p.reason for p in parted(tmp_path / "a.csv")[1]]
    assert reasons == ["The record “Three” has no abstract."]


def test_a_blank_behind_a_quote_closes_its_field_all_the_same(tmp_path: Path) -> None:
    titles, problems = _table(tmp_path, 'One,"We count\nmoss." ,2020', 'Two,"We\nsee","2020"  ')
    assert titles == ["One", "Two"]
    assert problems == []


@pytest.mark.parametrize("closing", ['"We count moss,2020', '"We, count, moss,2020'])
def test_a_missing_quote_mixes_no_two_papers(tmp_path: Path, closing: str) -> None:
    whole = 'Good,"We count moss, on\nstones.",2020'
    titles, problems = _table(tmp_path, whole, f"One,{closing}", 'Two,"We see",2021', whole)
    assert titles == ["Good", "Good"]
    assert problems == [("4", True)]
    titles, problems = _table(tmp_path, whole, f"One,{closing}")
    assert (titles, problems) == (["Good"], [("4", False)])
