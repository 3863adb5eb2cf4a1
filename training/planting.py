"""Sentences of abstracts changed so that they stay sound, and so that they carry one error.

Every function takes a sentence and a source of chance, and returns the changed sentence, or ""
where the sentence gives no occasion. What is planted is meant to teach; the tests have errors of
other making.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from app.retrieval.synonyms import groups
from app.support.numbers_names import names
from app.support.opposites import sides

Chance = random.Random
Change = Callable[[str, Chance], str]

_NUMBER = re.compile(r"(?<![\w.-])\d[\d,.]*\d%?|(?<![\w.-])\d%?(?![\w.-])")
_COUNT = re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten)\b", re.I)
_PLAIN_JOINT = re.compile(r"^[\s,/]*(?:and|or|,|/|as well as|plus|with|versus|vs)?[\s,/]*$", re.I)
_AUXILIARY = re.compile(r"\b(is|are|was|were|can|could|does|do|has been|have been|will)\b(?! not)")
_VERB = re.compile(
    r"\b(improve|reduce|increase|achieve|use|need|require|allow|provide|learn|help|show|support|enable"
    r"|capture|outperform|contain|address|rely|depend|make|take|keep|give|lead|work)s\b"
)
_NEGATED = re.compile(r"\b(is|are|was|were|can|could|does|do|has|have|will|may) not\b ?|\bcannot\b")
_SOME = re.compile(
    r"\b(?:some|many|most|several|often|usually|mostly|typically|sometimes|generally)\b", re.I
)
_GENERAL = {"often": "always", "usually": "always", "typically": "always", "sometimes": "always"}
_GENERAL |= {"mostly": "entirely", "generally": "always"}
_PLURAL_START = re.compile(
    r"^(?:The |These |Existing |Current |Recent |Our )?((?:[\w-]+ ){1,3}?[\w-]+s)\b(?= \w)"
)
_TAIL = re.compile(
    r",? (?:and|which|while|with|by|using|in order to|so that|for|on|through|where) "
)
_OPENING = re.compile(
    r"^(?:However|Moreover|Furthermore|In addition|Specifically|Finally|Therefore|Thus|Then|Also"
    r"|In this paper|In this work|To this end|Notably|Additionally|First|Second|Third),? ",
    re.I,
)
_FRONTED = re.compile(
    r"^((?:In|On|With|By|For|To|Through|At|Under|From|Without|During) [^,.;]{8,80}), (.+?)([.!?]?)$"
)
_BRACKETS = re.compile(r" ?\([^()]*\)")
_LEADS = (
    "The authors find that {}", "The paper reports that {}", "According to the paper, {}",
    "The study shows that {}", "In the abstract it is stated that {}", "The work notes that {}",
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z][a-z]+(?:-[a-z]+)*")


def lowered(sentence: str) -> str:
    """The sentence to go on within another: its first letter small where it is no name."""
    first = sentence.split(" ", 1)[0]
    return (
        sentence
        if names(f"x {first}")[:1] == (first,) and not first.istitle()
        else sentence[:1].lower() + sentence[1:]
    )


def bare(sentence: str) -> str:
    """The sentence without its full stop, and without a word that joins it to the one before."""
    plain = _OPENING.sub("", sentence.strip().rstrip("."))
    return plain[:1].upper() + plain[1:]


def led_in(sentence: str, chance: Chance) -> str:
    """Sound: said to be what the authors say."""
    return chance.choice(_LEADS).format(lowered(bare(sentence))) + "."


def shortened(sentence: str, chance: Chance) -> str:
    """Sound: without brackets and mostly without what comes last."""
    plain = _BRACKETS.sub("", bare(sentence))
    ends = [m.start() for m in _TAIL.finditer(plain) if m.start() > len(plain) * 0.5]
    if ends and not _NEGATED.search(plain[ends[0] :]):
        return plain[: chance.choice(ends)] + "."
    return plain + "." if plain != bare(sentence) else ""


def turned_round(sentence: str, chance: Chance) -> str:
    """Sound: what stood in front comes last."""
    del chance
    found = _FRONTED.match(bare(sentence))
    if not found or "," in found[2]:
        return ""
    return f"{found[2][:1].upper()}{found[2][1:]} {lowered(found[1])}."


def reworded(sentence: str, chance: Chance) -> str:
    """Sound: with words of like meaning, up to four."""
    others = {m: [o for o in group if o != m] for group in groups() for m in group}
    left = 4

    def other(match: re.Match[str]) -> str:
        nonlocal left
        word = match.group()
        if not left or word not in others or chance.random() < 0.2:
            return word
        left -= 1
        return chance.choice(others[word])

    said = _WORD.sub(other, sentence)
    return "" if said == sentence else said


def roles_swapped(sentence: str, chance: Chance) -> str:
    """False: two things in different parts of the sentence change places."""
    spans = [
        m.span()
        for name in names(sentence)
        for m in [re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", sentence)]
        if m
    ]
    spans += [
        m.span()
        for m in re.finditer(
            r"(?<=\bthe )[a-z]+(?:-[a-z]+)?(?: [a-z]+)?"
            r"(?= (?:of|is|are|to|and|in|on|with|that|from|by|for)\b)",
            sentence,
        )
    ]
    return _swapped(sentence, spans, chance)


def numbers_swapped(sentence: str, chance: Chance) -> str:
    """False: two numbers change places."""
    spans = [m.span() for pattern in (_NUMBER, _COUNT) for m in pattern.finditer(sentence)]
    return _swapped(sentence, spans, chance, joint=False)


def negated(sentence: str, chance: Chance) -> str:
    """False: a negation comes in or goes."""
    if _NEGATED.search(sentence):
        return _NEGATED.sub(lambda m: f"{m[1]} " if m[1] else "can", sentence, count=1)
    places = [*_AUXILIARY.finditer(sentence), *_VERB.finditer(sentence)]
    if not places:
        return ""
    found = chance.choice(places)
    said = (
        f"does not {found[1]}"
        if found.re is _VERB
        else f"{found[1]} {chance.choice(('not', 'not', 'never'))}"
    )
    return sentence[: found.start()] + said + sentence[found.end() :]


def directed_otherwise(sentence: str, chance: Chance) -> str:
    """False: a word gives way to its opposite."""
    places = [(m, other) for m in _WORD.finditer(sentence) for other in _against(m.group())]
    if not places:
        return ""
    found, other = chance.choice(places)
    return sentence[: found.start()] + other + sentence[found.end() :]


def overstated(sentence: str, chance: Chance) -> str:
    """False: said of all, always, or only."""
    some = _SOME.search(sentence)
    if some:
        word = _GENERAL.get(some.group().lower(), "all")
        return sentence[: some.start()] + word + sentence[some.end() :]
    plural = _PLURAL_START.match(sentence)
    if plural and chance.random() < 0.5:
        return f"All {lowered(sentence)}"
    verb = _AUXILIARY.search(sentence) or _VERB.search(sentence)
    if not verb:
        return ""
    said = chance.choice(("always", "never", "only", "in every case"))
    return (
        f"{sentence[: verb.end()]} {said}{sentence[verb.end() :]}"
        if verb.re is _AUXILIARY
        else f"{sentence[: verb.start()]}{said} {sentence[verb.start() :]}"
    )


def joined(sentence: str, other: str, chance: Chance) -> str:
    """False: the first half of one sentence, and a part of one of another paper."""
    plain, foreign = bare(sentence), bare(other)
    ends = [m.start() for m in _TAIL.finditer(plain) if m.start() > len(plain) * 0.35]
    head = plain[: chance.choice(ends)] if ends and chance.random() < 0.7 else plain
    tails = [m for m in _TAIL.finditer(foreign) if len(foreign) - m.start() > 25]
    if tails and chance.random() < 0.6:
        tail = foreign[chance.choice(tails).start() :]
        return f"{head}{tail}."
    return f"{head}, {chance.choice(('and', 'while', 'and also'))} {lowered(foreign)}."


def detailed(sentence: str, other: str, chance: Chance) -> str:
    """False: with a detail taken from elsewhere."""
    phrases = re.findall(
        r" (?:on|for|with|by|using|from|in|at|under|after|before) (?:the |a )?[a-z][\w -]{8,45}"
        r"(?=[,.;])",
        other,
    )
    if not phrases:
        return ""
    return bare(sentence) + chance.choice(phrases) + "."


SOUND: tuple[Change, ...] = (led_in, shortened, turned_round, reworded)
FALSE: dict[str, Change] = {
    "roles": roles_swapped,
    "numbers": numbers_swapped,
    "negation": negated,
    "direction": directed_otherwise,
    "general": overstated,
}
BORROWED: dict[str, Callable[[str, str, Chance], str]] = {"half": joined, "invented": detailed}


def _swapped(
    sentence: str, spans: Sequence[tuple[int, int]], chance: Chance, joint: bool = True
) -> str:
    """With two different spans exchanged; those that are merely listed together stay."""
    pairs = [
        (one, two)
        for one in spans
        for two in spans
        if one[1] <= two[0]
        and sentence[slice(*one)].lower() != sentence[slice(*two)].lower()
        and not (joint and _PLAIN_JOINT.match(sentence[one[1] : two[0]]))
    ]
    if not pairs:
        return ""
    (a, b), (c, d) = chance.choice(pairs)
    return sentence[:a] + sentence[c:d] + sentence[b:c] + sentence[a:b] + sentence[d:]


def _against(word: str) -> list[str]:
    """What is listed as the opposite of a word, in its form."""
    return [
        other
        for mine, theirs in sides()
        for one, more in ((mine, theirs), (theirs, mine))
        if word in one
        for other in more[:3]
    ]
