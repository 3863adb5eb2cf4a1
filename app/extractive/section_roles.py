"""Where an abstract tells what came out, rather than what was known or wanted before."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Parts of structured abstracts: what was known and wanted before, and what came out.
_LABEL = re.compile(
    r"^\W*(?P<before>BACKGROUNDS?|INTRODUCTION|OBJECTIVES?|AIMS?|PURPOSE|CONTEXT|RATIONALE)\b"
    r"|^\W*(?P<how>(?:MATERIALS? AND )?METHODS?|DESIGN|SETTING|PATIENTS|PARTICIPANTS)\b"
    r"|^\W*(?P<after>RESULTS?|FINDINGS?|CONCLUSIONS?|INTERPRETATION|DISCUSSION)\b"
    r"|^\W*(?P<before2>Backgrounds?|Introduction|Objectives?|Aims?|Purpose)(?=[:\]])"
    r"|^\W*(?P<how2>Methods?|Design|Setting)(?=[:\]])"
    r"|^\W*(?P<after2>Results?|Findings?|Conclusions?)(?=[:\]])"
)
_YES_OR_NO = re.compile(
    r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b", re.I
)
_OUTCOME = re.compile(
    r"\b(?:we (?:find|found|show|conclude)|(?:results?|findings) (?:show|indicate|suggest|reveal"
    r"|demonstrate)|conclud\w+|(?:found|find|show|shows|showed) that|significant(?:ly)?"
    r"|(?:do|does|did) not|no (?:difference|effect|evidence))\b",
    re.I,
)
_BEFORE, _AFTER = 0.12, 0.12


def parts(texts: Sequence[str]) -> list[str]:
    """For each sentence the part of a structured abstract it is in: before, how, after or ""."""
    found, current = [], ""
    for text in texts:
        match = _LABEL.match(text)
        current = (match.lastgroup or "").rstrip("2") if match else current
        found.append(current)
    return found


def outcome(question: str, part: str, text: str) -> float:
    """What the place of a sentence adds to its score: findings answer, backgrounds mislead."""
    if part == "before":
        return -_BEFORE
    if not _YES_OR_NO.search(question):
        return 0.0
    return _AFTER if part == "after" or (not part and _OUTCOME.search(text)) else 0.0
