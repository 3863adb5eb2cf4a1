"""Records straight from arXiv's search, a page at a time, as slowly as arXiv asks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import arxiv
import requests
from requests.adapters import HTTPAdapter

from ingest.readers.atom import answer
from ingest.readers.problems import Unread
from ingest.records import Problem, Record

PAGE = 100
_SECONDS_TO_ANSWER = 60
_IDS = re.compile(r"(?:(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:[,\s]+|$))+")


def read(
    name: str, query: str, address: str, wait: float, most: int | None = None
) -> Iterator[Record | Problem]:
    """Records that match a query in arXiv's syntax, or arXiv ids, newest first; line n is the n-th.

    `address` is the API's, `wait` the least seconds between two requests. A page is asked for only
    when it is needed. What arXiv does not answer becomes the last item, an Unread.
    """
    client = arxiv.Client(page_size=min(PAGE, most or PAGE), delay_seconds=wait, num_retries=3)
    client.query_url_format = f"{address}?{{}}"
    # The package waits for an answer without end.
    client._session.mount("http", _Patient())
    number = 0
    try:
        for number, result in enumerate(client.results(_search(query, most)), start=1):
            yield answer(
                name, number, result.entry_id, result.title, result.summary,
                [author.name for author in result.authors], str(result.published.year),
                result.journal_ref or "", result.doi or "",
            )  # fmt: skip
    except (arxiv.ArxivError, requests.RequestException) as error:
        yield Unread(f"{name}:{number + 1}", _reason(error, number))
        return
    finally:
        client._session.close()
    if number == 0:
        yield Problem(f"{name}:1", "arXiv found nothing for this query.")


class _Patient(HTTPAdapter):
    """Gives up on an answer after a minute, where the caller set no limit."""

    def send(
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response:
        options["timeout"] = options.get("timeout") or _SECONDS_TO_ANSWER
        return super().send(request, *args, **options)


def _search(query: str, most: int | None) -> arxiv.Search:
    if _IDS.fullmatch(query):
        return arxiv.Search(id_list=re.split(r"[,\s]+", query.strip(", ")), max_results=most)
    return arxiv.Search(
        query=query,
        max_results=most,
        sort_by=arxiv.SortCriterion.SubmittedDate,
        sort_order=arxiv.SortOrder.Descending,
    )


def _reason(error: Exception, done: int) -> str:
    if isinstance(error, arxiv.HTTPError):
        why = f"it answered with HTTP {error.status}"
    elif isinstance(error, arxiv.UnexpectedEmptyPageError):
        why = "it sent an empty page"
    else:
        why = "there was no connection or no answer in time"
    return (
        f"arXiv could not be read after {done} papers: {why}. "
        "What was read stays; run the same command again later to go on."
    )
