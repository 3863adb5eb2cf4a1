"""The order in which papers are asked for."""

from __future__ import annotations

from app.understanding.question import Order


def order_key(year: int | None, title: str, order: Order) -> tuple[bool, int, str]:
    """Sorts papers by year or title; those without a year come last."""
    if order == "title":
        return False, 0, title.casefold()
    known = year or 0
    return year is None, -known if order == "newest" else known, ""
