"""What kind of thing a question asks for: a number, a person, a place, a time, a cause."""

from __future__ import annotations

from app.understanding.rows import Row, row


def _form(form: str, pattern: str, examples: tuple[str, ...], misses: tuple[str, ...]) -> Row:
    """A row for what kind of thing is asked for; of several, the first in the table counts."""
    return row(form, pattern, lambda _m, _now: {"form": form}, examples, misses, kept=True)


FORMS = (
    _form(
        "number",
        r"\bhow (?:many|much|often|long|large|big|accurate|fast|far|high|well|small|old)\b"
        r"|\b(?:percentage|proportion|number|rate|accuracy|size|score) of\b",
        (
            "how many people took part", "how much does it cost", "how often", "how long is it",
            "how large", "how big", "how accurate is it", "how fast", "how far", "how high",
            "how well", "how small", "how old", "what percentage of them", "the proportion of",
            "the number of", "the rate of", "the accuracy of", "the size of", "the score of",
        ),
        ("how do people work", "which sizes"),
    ),
    _form("person", r"\bwho(?:m|se)?\b", ("who took part", "whose data", "by whom"), ("whole",)),
    _form("place", r"\bwhere\b", ("where was it tested",), ("whereas",)),
    _form("time", r"\bwhen\b|\bwhat year\b", ("when did it start", "in what year"), ("whenever",)),
    _form(
        "cause",
        r"\bwhy\b|\bcause[sd]?\b|\breasons?\b",
        ("why does it fail", "what causes it", "the reason"),
        ("because",),
    ),
    _form(
        "thing",
        r"\b(?:which|what) (?!(?:is|are|was|were|does|do|did|has|have|had|can|will)\b)",
        ("which data sets were used", "on what machine"),
        ("what is it", "which does it use"),
    ),
    _form("means", r"\bhow\b", ("how does it work",), ("show",)),
)  # fmt: skip
