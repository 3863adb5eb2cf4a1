"""Questions to click: made from the papers of the index, so that each has an answer."""

from __future__ import annotations

from collections import Counter

from ingest.index import Index


def examples(index: Index) -> list[str]:
    """Up to four questions about names that the corpus defines: a list, two names, a comparison."""
    found: list[str] = []
    shared = Counter({name: count for name, _, count in index.catalog.expansions() if count > 1})
    if shared:
        found.append(f"Which papers use {shared.most_common(1)[0][0]}?")
    own = index.catalog.own_names(3)
    found += [f"What is {name}?" for name in own[:1]]
    if len(own) > 2:
        found.append(f"Compare {own[1]} and {own[2]}")
    if shared:
        found.append(f"How many papers are about {shared.most_common(2)[-1][0]}?")
    return found
