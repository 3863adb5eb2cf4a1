"""Which words the papers of an index have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ingest.records import Paper
from ingest.text.terms import content_words, stem

# Words that say how papers are written, not what they are about.
_ANY_PAPER = frozenset(
    map(
        stem,
        "paper study approach method model framework novel new based toward analysis result problem"
        " propose towards system improve improving efficient learning large deep data".split(),
    )
)
_SHORTEST = 3


def topic_words(papers: Iterable[Paper], most: int) -> list[tuple[str, int]]:
    """The words that stand in most titles, each in its commonest form, and in how many papers.

    A word of one paper is no topic. Ties are in alphabetical order.
    """
    held: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = {}
    for paper in papers:
        found = {stem(word): word for word in content_words(paper.title)}
        for one, word in found.items():
            if len(one) >= _SHORTEST and not one.isdecimal() and one not in _ANY_PAPER:
                held[one] += 1
                forms.setdefault(one, Counter())[word] += 1
    ranked = sorted(held.items(), key=lambda item: (-item[1], item[0]))
    return [(_commonest(forms[one]), count) for one, count in ranked[:most] if count > 1]


def _commonest(forms: Counter[str]) -> str:
    return min(forms, key=lambda word: (-forms[word], word))
