"""Questions to click: made from the papers of the index, so that each has an answer."""

from __future__ import annotations

import re
from collections import Counter

from ingest.index import Index

# A name that is put into a question reads as a name: short, of letters, digits and joining signs.
_MANY = 50
_NAME = re.compile(r"[^\W_][\w.+/-]{0,29}")


def examples(index: Index) -> list[str]:
    """Up to four questions about names that the corpus defines: a list, two names, a comparison."""
    found: list[str] = []
    expansions = index.catalog.expansions()
    shared = Counter({name: n for name, _, n in expansions if n > 1 and _plain(name)})
    if shared:
        found.append(f"Which papers use {shared.most_common(1)[0][0]}?")
    own = [name for name in index.catalog.own_names(_MANY) if _plain(name)][:3]
    found += [f"What is {name}?" for name in own[:1]]
    if len(own) > 2:
        found.append(f"Compare {own[1]} and {own[2]}")
    if shared:
        found.append(f"How many papers are about {shared.most_common(2)[-1][0]}?")
    return found


def _plain(name: str) -> bool:
    return bool(_NAME.fullmatch(name))
