"""What a question asks for: the words of the thing asked for or counted, and of its topic."""

from __future__ import annotations

import re

from app.understanding.parse import Question
from app.understanding.wordlists import FRAME_WORDS
from ingest.text.terms import STOP_WORDS, words

_ASKED = re.compile(
    r"\b(?:what|which|whose|how many|how much|number of)\s+(?!(?:is|are|was|were|does|do|did"
    r"|has|have|can|would|if)\b)((?:[\w-]+\s+){0,3}?[\w-]+)"
    r"(?=\s+(?:is|are|was|were|does|do|did|has|have|had|can|could|would|will|in|of|on|for"
    r"|with|that|to|from|by|there|help\w*|used|improve\w*|cause\w*)\b|[?,.]|$)",
    re.I,
)
_OBJECT = re.compile(
    r"(?:^|\s)\w+(?:ed|s|ew|ove) (?:the|an?|its|their|this|these|such)\b.*", re.I | re.S
)
_COMPARATIVE = re.compile(
    r"^(?:more|less|better|worse|(?:small|larg|fast|slow|low|high|great|long|short|heavi|bigg"
    r"|young|old)er)$"
)
# "Accuracy of X", but not "telling kinds of X apart" or "how did hatred of X begin".
_PART_OF = re.compile(
    r"^(?:the\s+)?(?!\w+ing\b|(?:how|why|when|where|if|is|are|was|were|do|does|did|has|have|had|can"
    r"|could|will|would|should|in|on|for|from|by|with|to|at|an?)\b)((?:[\w-]+\s+){0,2}[\w-]+)\s+of\b",
    re.I,
)
_WHAT_OF = re.compile(
    r"^what(?:'s|’s| is| are| was| were) the\s+((?:[\w-]+\s+){0,2}[\w-]+)\s+(?:of|for)\b", re.I
)
# What these ask for has a name of its own, and need not be called by its kind.
_ANSWERED_BY_NAME = frozenset(
    "conference venue journal year month date country countries city cities place places region"
    " university institution company hospital person people author authors name names title idea"
    " aim goal purpose contribution contributions advantage advantages focus role reason reasons"
    " difference result results finding findings conclusion conclusions effect effects impact"
    " limitation limitations problem challenge motivation novelty gist point outcome"
    " meaning".split()
)


def topic_words(text: str) -> tuple[str, ...]:
    """Words of a question that name its topic, in order: no stop words, no frame."""
    return tuple(
        word
        for word in dict.fromkeys(words(text))
        if word not in STOP_WORDS and word not in FRAME_WORDS
    )


def thing_asked(text: str) -> tuple[str, ...]:
    """Words of the thing asked for: "which diffusion models" asks for diffusion models."""
    matches = list(_ASKED.finditer(text)) or [
        match for match in (_PART_OF.match(text), _WHAT_OF.match(text)) if match
    ]
    # "What triggered the blast" asks for no blast.
    found = [word for match in matches for word in words(_OBJECT.sub("", match.group(1)))]
    # "How much smaller" asks for no thing.
    found = [word for word in found if not _COMPARATIVE.search(word)]
    if found and found[-1] in _ANSWERED_BY_NAME:
        return ()
    return tuple(dict.fromkeys(w for w in found if w not in STOP_WORDS and w not in FRAME_WORDS))


def thing_counted(question: Question) -> tuple[str, ...]:
    """The thing that is counted: the words after "how many" up to the verb."""
    match = re.search(r"\b(?:how many|number of)\s+([^?,.;]+)", question.text, re.I)
    if not question.counted or not match:
        return ()
    phrase = re.split(
        r"\b(?:is|are|was|were|do|does|did|has|have|had|can|could|will|in|of|on|for|with|that"
        r"|which|there|tested|used|needed|and|from|by|at|under|during|after|before|per|into|over"
        r"|among|across|to|took|take|takes|occur|occurred|participated|made|came|come|went)\b"
        r"|(?<=\w)\s+\w+ed\b",
        match.group(1), maxsplit=1, flags=re.I,
    )[0]  # fmt: skip
    found = [word for word in words(phrase) if word not in STOP_WORDS]
    return () if found[-1:] in (["percent"], ["percentage"], ["times"]) else tuple(found[-1:])
