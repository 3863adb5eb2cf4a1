"""A catalog says the same in PostgreSQL as in SQLite, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ingest_samples import SETTINGS, abstract, entry, title, write_jsonl
from store_servers import Postgres

from app.holdings import holdings
from ingest.catalog import Catalog, Feedback, schema
from ingest.catalog.examining import findings
from ingest.catalog.sharing import SharedCatalog
from ingest.errors import AskpapersError, IndexDamaged, SettingsError
from ingest.opening import opened
from ingest.pipeline import ingest
from ingest.servers.stores import EMBEDDED, Servers
from ingest.settings import IngestSettings, load

_UP = Feedback("a" * 32, "2026-11-21T10:00:00+00:00", "What is it?", True, cited=("doi:10/1",))
_DOWN = replace(_UP, token="b" * 32, liked=False, history=("Which?",), comment="No. \0\ud800 ‘ü’")
_PEOPLE = ("Ada Lovelace", "Zoë Ångström", "ÉMILE Borel", "李 明", "van den Berg, Jan", "z", "Ädam")


@pytest.fixture(scope="module")
def both(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Catalog, Catalog]]:
    """Catalogs of the same library, in a file and on a server."""
    home = tmp_path_factory.mktemp("both")
    records = [
        entry(
            n,
            authors=[_PEOPLE[n % 7], _PEOPLE[(n + 3) % 7]],
            year=[None, 2001, 1999, 2024][n % 4],
            venue=["ÄCL", "acl", "", "NeurIPS", "Zoo"][n % 5],
            doi=f"10.1000/{n}" if n % 3 else None,
            abstract=abstract(n % 26) + n % 2 * " Recurrent Neural Networks (RNNs) are used.",
        )
        for n in range(30)
    ]
    short = entry(99, abstract="")
    file = write_jsonl(home / "a.jsonl", [short, *records, short])
    edited = write_jsonl(home / "b.jsonl", records[:12])
    places = Servers(postgres.url("alike"))
    for servers in (EMBEDDED, places):
        with closing(opened(home / "index", None, servers)) as index:
            ingest([file, edited], index, SETTINGS)
            again = [one | {"title": f"{one['title']} again"} for one in records[:12]]
            for one in ([short, *again], [*again, short, short]):
                ingest([write_jsonl(edited, one)], index, SETTINGS)
            write_jsonl(edited, records[:12])
            for given in (_UP, _DOWN, replace(_UP, liked=False, missing="It"), _odd(_DOWN)):
                with index.catalog.transaction() as writing:
                    writing.keep_feedback(given)
    with (
        closing(Catalog(home / "index" / "catalog.sqlite")) as local,
        closing(SharedCatalog(places)) as shared,
    ):
        yield local, shared


def _said(catalog: Catalog) -> dict[str, Any]:
    ids = catalog.paper_ids()
    files = catalog.files()
    return {
        "papers": catalog.papers(),
        "some": catalog.papers([ids[5], "nobody", ids[2]]),
        "titles": catalog.titles([ids[4], "nobody", ids[0]]),
        "names": catalog.all_names(),
        "own": catalog.own_names(9),
        "authors": catalog.all_authors(),
        "expansions": catalog.expansions(),
        "named": catalog.named([*ids[:4], "doi:10.1000/1", "nobody"]),
        "rnn": catalog.names(["rnn", "recurrentneuralnetworks"]),
        "beginning": catalog.names_beginning("re"),
        "begins": [catalog.begins_name("re"), catalog.begins_name("qqq")],
        "people": catalog.authors_named(["lovelace", "ångström", "angstrom", "李", "berg"]),
        "venues": catalog.venues(),
        "by year": catalog.papers_by_year(),
        "years": catalog.years(ids),
        "shelves": [catalog.shelf(text, 7) for text in ("", "acl", "ada 2001", "100%", "Zoë")],
        "shelves of files": [catalog.shelf("ada", 7, file) for file in (*files, "nowhere", "\0")],
        "by file": catalog.papers_by_file(),
        "merged": [catalog.merged(most) for most in (5, 99)],
        "kept out": [catalog.problems(), catalog.problems(2), catalog.count_problems()],
        "kept out of files": [catalog.problems_of(files[::-1]), catalog.files_with_problems()],
        "holdings": holdings(catalog),
        "feedback": catalog.feedback(),
        "files": files,
        "records": [catalog.records_of_file(file) for file in files],
        "marks": [catalog.marks_of_file(file) for file in files],
        "chunks": catalog.chunks(ids),
        "described": catalog.described(ids),
        "aliases": catalog.aliases(ids),
        "counts": [catalog.count(), catalog.count_chunks(), catalog.last_record()],
        "found": [catalog.resolve(name) for name in ("doi:10.1000/1", "nobody", "\0")],
        "odd": [catalog.named(["\0", "\ud800"]), catalog.titles(["\ud800"])],
        "truth": [(table, list(map(_unnumbered, rows))) for table, rows in catalog.truth()],
    }


def _odd(given: Feedback) -> Feedback:
    return replace(given, token="c" * 32, question="What\0 is\ud800?")


def _unnumbered(row: dict[str, Any]) -> dict[str, Any]:
    """A row without the number of a problem, which only puts them in order."""
    return {key: value for key, value in row.items() if key != "problem_id"}


def test_a_server_says_what_a_file_says(both: tuple[Catalog, Catalog]) -> None:
    local, shared = map(_said, both)
    for key, value in local.items():
        assert shared[key] == value, key
    assert both[1].shelf("\0", 7) == ([], 0)
    assert len(local["holdings"].problems) == 4
    assert local["holdings"].merged_in_all >= 12
    assert local["feedback"] == [
        replace(_UP, liked=False, missing="It"),
        _DOWN,
        replace(_odd(_DOWN), question="What\ufffd is??"),
    ]
    assert [findings(one) for one in both] == [[], []]


def test_a_catalog_of_the_format_before_gets_the_tables_of_its_place(postgres: Postgres) -> None:
    import psycopg

    places = Servers(postgres.url("before"))
    SharedCatalog(places).close()
    with psycopg.connect(places.database, autocommit=True) as connection:
        connection.execute("DROP TABLE feedback, problems")
        connection.execute("UPDATE meta SET value = '3' WHERE key = 'format'")
    with closing(SharedCatalog(places)) as catalog:
        assert catalog.number("format") == schema.FORMAT
        with catalog.transaction() as writing:
            writing.keep_feedback(_UP)
        assert (catalog.feedback(), catalog.problems()) == ([_UP], [])


def test_a_snapshot_stays_as_it_was_and_a_transaction_is_all_or_nothing(
    both: tuple[Catalog, Catalog], postgres: Postgres
) -> None:
    shared = both[1]
    with closing(SharedCatalog(Servers(postgres.url("alike")))) as other:
        with other.snapshot():
            before = other.generation
            with shared.transaction() as writing:
                writing.publish()
                assert shared.generation == before + 1
            assert other.generation == before
        assert other.generation == before + 1
        with suppress(KeyError), shared.transaction() as writing:
            writing.publish()
            raise KeyError
        assert shared.generation == other.generation == before + 1


@pytest.mark.parametrize(
    ("rest", "told"),
    [("nowhere", 'database "nowhere" does'), ("postgres?sslmode=require", "SSL")],
)
def test_an_address_that_leads_nowhere_is_a_sentence(
    postgres: Postgres, rest: str, told: str
) -> None:
    url = f"postgresql://askpapers@127.0.0.1:{postgres.port}/{rest}"
    with pytest.raises(AskpapersError, match=told):
        SharedCatalog(Servers(url, retries=0))


@pytest.mark.parametrize("url", ["postgresql://a:b:c@[x/", "mysql://localhost/x", "papers"])
def test_what_is_no_address_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("ASKPAPERS_DATABASE_URL", url)
    with pytest.raises(SettingsError, match="it is not an address such as postgresql://") as told:
        load(IngestSettings)
    assert "a:b:c" not in str(told.value)


def test_tables_that_are_gone_are_a_damaged_catalog(postgres: Postgres) -> None:
    import psycopg

    with closing(SharedCatalog(Servers(postgres.url("torn")))) as catalog:
        with psycopg.connect(postgres.url("torn"), autocommit=True) as connection:
            connection.execute("DROP TABLE papers")
        with pytest.raises(IndexDamaged, match="restore FILE"):
            catalog.count()


def test_a_file_is_not_made_where_the_server_has_the_catalog(
    postgres: Postgres, tmp_path: Path
) -> None:
    with closing(opened(tmp_path / "index", None, Servers(postgres.url("empty")))) as index:
        ingest([write_jsonl(tmp_path / "a.jsonl", [entry(1, title=title(1))])], index, SETTINGS)
        assert index.lexicon.count() == index.vectors.count() == 1
    assert [path.name[:7] for path in (tmp_path / "index").iterdir()] == ["shared-"]
