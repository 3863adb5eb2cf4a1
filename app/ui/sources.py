"""The panel of sources: a card for each cited paper, the quotes marked in its abstract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from app.answer import Answer, Citation, Quote
from app.extractive.assemble import joined
from app.extractive.messages import WHICH, matches
from app.ui.inline import GONE
from app.ui.markdown import escape, shortened, web_address
from ingest.readers.uploads import UPLOAD
from ingest.records import Paper

_AUTHORS_SHOWN = 6
_UNFOLDED = 2
_MOST_CARDS = 5

WELCOME = (
    '<section class="turn empty"><header><h2>Sources</h2></header>'
    "<p>The papers that an answer cites appear here, with the sentences it used "
    "<mark>marked</mark> in their abstracts.</p></section>"
)

READING = (
    '<section class="turn empty"><header><h2>Sources</h2></header>'
    "<p>They appear as the answer cites them.</p></section>"
)
NOTHING = '<section class="turn empty"><header><h2>No sources</h2></header></section>'
FORGOTTEN = (
    '<section class="turn empty"><header><h2>Sources</h2></header>'
    "<p>The server no longer has this chat: reload the page, which brings it back.</p></section>"
)


def panel(given: Answer, anchor: str, number: int = 0, gone: Sequence[str] = ()) -> str:
    """The sources of one answer as markup; the card of number n has the id `{anchor}-{n}`.

    Of a long list only the card of this number, or the first one: its table holds the others.
    """
    cited = given.citations
    if len(cited) > _MOST_CARDS:
        cited = tuple(one for one in cited if one.number == number) or cited[:1]
    cards = [
        _cited(citation, anchor, opened=place < _UNFOLDED, gone=citation.paper.paper_id in gone)
        for place, citation in enumerate(cited)
    ]
    shown = {citation.paper.paper_id for citation in cited}
    if given.abstained:
        cards += [uncited(paper) for paper in given.closest if paper.paper_id not in shown]
    return f'<section class="turn">{_header(given)}{"".join(cards)}</section>'


def highlighted(abstract: str, quotes: Iterable[Quote], anchor: str = "") -> str:
    """The whole abstract, verbatim, with the quoted stretches in <mark>.

    The id of each is `{anchor}-{start}`, where it begins in the abstract.
    """
    out, position = [], 0
    for start, end in _merged(quotes, len(abstract)):
        out.append(escape(abstract[position:start]))
        place = f' id="{anchor}-{start}"' if anchor else ""
        out.append(f"<mark{place}>{escape(abstract[start:end])}</mark>")
        position = end
    out.append(escape(abstract[position:]))
    return "".join(out)


def reference(paper: Paper) -> str:
    """Authors, year, title, venue and address in one line, as far as the record has them."""
    title = f"{paper.title} (title made from the abstract)" if paper.title_derived else paper.title
    year = f"({paper.year})" if paper.year else ""
    known = (", ".join(paper.authors), year, title, paper.venue, web_address(paper.url))
    return ". ".join(part for part in known if part)


def _merged(quotes: Iterable[Quote], length: int) -> list[tuple[int, int]]:
    """Half-open stretches in order, inside [0, length], overlapping ones joined."""
    spans: list[tuple[int, int]] = []
    for quote in sorted(quotes, key=lambda quote: (quote.start, quote.end)):
        start, end = max(quote.start, 0), min(quote.end, length)
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        elif start < end:
            spans.append((start, end))
    return spans


def _header(given: Answer) -> str:
    if given.reason == WHICH:
        title, line = "Papers shown last" if given.closest else "No sources", ""
    elif given.abstained:
        title = "Closest papers" if given.closest else "No sources"
        line = "None of them clearly answers the question." if given.closest else ""
    elif given.citations:
        title, line = "Sources", _extent(given)
    else:
        title, line = "Sources", "This answer cites no paper."
    below = f"<p>{escape(line)}</p>" if line else ""
    return f"<header><h2>{title}</h2>{below}</header>"


def _extent(given: Answer) -> str:
    """How many papers match and how many are shown, or just how many are cited."""
    shown = len(given.citations)
    if given.total_matching is None:
        return f"{shown:,} papers cited" if shown > 1 else "1 paper cited"
    perhaps = sum(not one.sure for one in given.citations)
    line = matches(given.total_matching, perhaps) if given.total_matching else "No paper matches"
    return line if shown - perhaps == given.total_matching else f"{line}, {shown:,} shown"


def _cited(citation: Citation, anchor: str, *, opened: bool, gone: bool) -> str:
    number, paper = citation.number, citation.paper
    back = f'<a class="number" href="#{anchor}" title="Back to the answer">[{number}]</a>'
    copied = escape(reference(paper))
    cite = f'<button class="cite-one" type="button" value="{copied}">Cite</button>{_lacks(paper)}'
    left = f'<p class="used">This paper is {GONE}.</p>' if gone else ""
    return (
        f'<article class="card" id="{anchor}-{number}">'
        f"<h3>{back} {_title(paper)}</h3>{_byline(paper)}{left}{_used(citation.fields)}{cite}"
        f"{_preview(citation.quotes)}"
        f"{_abstract(paper, citation.quotes, f'{anchor}-{number}', opened=opened)}</article>"
    )


def _lacks(paper: Paper) -> str:
    """What a reference lacks, since the record has it not."""
    known = {"authors": paper.authors, "year": paper.year, "venue": paper.venue}
    lacking = [f"no {name}" for name, value in known.items() if not value]
    return f'<p class="lacks">The record has {joined(lacking)}.</p>' if lacking else ""


def uncited(paper: Paper, *, opened: bool = False) -> str:
    """The card of a paper that no answer cites."""
    abstract = _abstract(paper, (), "", opened=opened)
    return f'<article class="card"><h3>{_title(paper)}</h3>{_byline(paper)}{abstract}</article>'


def _title(paper: Paper) -> str:
    title, address = escape(shortened(paper.title)), web_address(paper.url)
    if not address:
        return title
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{title}</a>'


def _byline(paper: Paper) -> str:
    """Authors, year and venue, as far as they are known, and what is to be known of the title."""
    known = [_authors(paper.authors), str(paper.year or ""), paper.venue]
    line = escape(shortened(" · ".join(part for part in known if part)))
    derived = '<span class="tag">title made from the abstract</span>' if paper.title_derived else ""
    parts = " ".join(part for part in (line, derived) if part)
    return f'<p class="by">{parts}</p>' if parts else ""


def _authors(names: Sequence[str]) -> str:
    mark = "; " if any("," in name for name in names) else ", "
    shown = mark.join(names[:_AUTHORS_SHOWN])
    more = len(names) - _AUTHORS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _used(fields: Sequence[str]) -> str:
    if not fields:
        return ""
    return f'<p class="used">Used from the record: {escape(", ".join(fields))}</p>'


def _preview(quotes: Sequence[Quote]) -> str:
    """The quoted sentences alone, which stand for the abstract while that is folded."""
    if not quotes:
        return ""
    ordered = sorted(quotes, key=lambda quote: quote.start)
    return f"<blockquote>{escape(' … '.join(quote.text for quote in ordered))}</blockquote>"


def _abstract(paper: Paper, quotes: Sequence[Quote], anchor: str, *, opened: bool) -> str:
    if not paper.abstract:
        return ""
    state = " open" if opened else ""
    return (
        f"<details{state}><summary>Abstract</summary>"
        f"<p>{highlighted(paper.abstract, quotes, anchor)}</p>{_origin(paper)}</details>"
    )


def _origin(paper: Paper) -> str:
    if not paper.sources:
        return ""
    names = ", ".join(PurePath(source).name.removeprefix(UPLOAD) for source in paper.sources)
    return f'<p class="origin">{escape(names)}</p>'
