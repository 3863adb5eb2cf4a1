"""Passages and citations as LlamaIndex nodes: one a paper, under the paper's id."""

from __future__ import annotations

from llama_index.core.schema import NodeWithScore, TextNode

from app.answer import Citation, Passage
from ingest.records import Paper


def node(passage: Passage) -> NodeWithScore:
    """The paper's best passage with its score."""
    return _made(passage.paper, passage.text, passage.start, passage.end, passage.score)


def cited(citation: Citation) -> NodeWithScore:
    """The quotes of a cited paper, else its title, with its number."""
    quotes = citation.quotes
    text = " … ".join(quote.text for quote in quotes) or citation.paper.title
    bounds = (quotes[0].start, quotes[0].end) if quotes else (0, 0)
    return _made(citation.paper, text, *bounds, None, number=citation.number)


def whole(paper: Paper) -> NodeWithScore:
    """A paper with its whole abstract."""
    return _made(paper, paper.abstract, 0, len(paper.abstract), None)


def _made(
    paper: Paper, text: str, start: int, end: int, score: float | None, **more: object
) -> NodeWithScore:
    metadata = {
        "paper_id": paper.paper_id,
        "title": paper.title,
        "authors": "; ".join(paper.authors),
        "year": paper.year,
        "url": paper.url,
        **more,
    }
    made = TextNode(
        id_=paper.paper_id, text=text, start_char_idx=start, end_char_idx=end, metadata=metadata
    )
    return NodeWithScore(node=made, score=score)
