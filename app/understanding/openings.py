"""Openings that ask for papers without the word: "does anyone", "do we have", "who uses"."""

from __future__ import annotations

import re

_ANYONE = r"(?:any|some)(?:one|body)(?: else| here)?"
_COLLECTION = r"(?:the|this|your|our) (?:collection|corpus|index|library|database)"
# Each opening, and what says the same of papers.
_OPENINGS = (
    (
        rf"(?:do|does) (?:we|you|they|i|{_COLLECTION}) (?:have|hold|own|contain|include|know of)"
        r" (?=(?:any|anything|something|some)\b)",
        "",
    ),
    (
        rf"(?:(?:is|are) there )?(?:{_ANYONE}|(?:any |some )?(?:people|researchers|groups|authors))"
        r" (?:who|that)(?:'s| is| are| has| have)? (?=\w)",
        "which papers ",
    ),
    (rf"(?:does|do|did|has|have|had|is|are|was|were) {_ANYONE} (?:also |ever )?", "which papers "),
    (rf"(?:(?:is|are) there )?{_ANYONE} (?=\w+ing\b)", "which papers "),
    (
        r"(?:does|do|did|has|have|is|are|was|were) (?:any|some|one) of (?=(?:them|these|those)\b)",
        "which of ",
    ),
    (
        r"what (?:has|have) (?:ever |already |so far )?been \w+(?:ed|ne|wn) (?:so far )?"
        r"(?=(?:on|about|in|for|with|against)\b)",
        "papers ",
    ),
    (r"what (?:has|have) (?:ever |already )?been \w+(?:ed|ne|wn) (?=to \w)", "which papers try "),
    (
        r"who(?: else)?(?:'s| is| are| has| have)(?: been)? (?=\w+ing\b|\w+ed (?:on|with|at)\b)",
        "which papers ",
    ),
    # "Who is" and "who writes" ask for people, "who uses" for papers.
    (
        r"who(?: else)?(?: also| actually| explicitly)? "
        r"(?!(?:is|was|has|does|writes|authors|publishes|owns|funds)\b)(?=[a-z]{2,}[^\W\ds]s\b)",
        "which papers ",
    ),
)  # fmt: skip
_READ = tuple((re.compile(f"^{opening}", re.I), plain) for opening, plain in _OPENINGS)


def as_papers(text: str) -> str:
    """A question with an opening that says "papers", where it asked for them in other words."""
    for opening, plain in _READ:
        put = opening.sub(plain, text)
        if put != text:
            return put
    return text
