"""The order in which papers are asked for."""

from __future__ import annotations

from app.understanding.question import Order
from ingest.records import Paper


def order_key(paper: Paper, order: Order) -> tuple[bool, int, str]:
    """Sorts papers by year or title; those without a year come last."""
    if order == "title":
        return False, 0, paper.title.casefold()
    year = paper.year or 0
    return paper.year is None, -year if order == "newest" else year, ""
