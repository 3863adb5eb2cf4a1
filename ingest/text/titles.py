"""A display title for a paper that came without one, made from its abstract."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ingest.text.acronyms import definitions, is_short_form, long_form
from ingest.text.contributions import CONTRIBUTES, OURSELVES
from ingest.text.sentences import sentence_spans

LONGEST = 110
_CUE = re.compile(
    rf"\b(?:{CONTRIBUTES}|termed?|call(?:ed)?|dubbed|nam(?:ed|ely)|coined)\b",
    re.I,
)
_NAMING = r"(?:termed|called|dubbed|named|namely|coined|i\.e\.)"
_KIND = (
    r"(?:frameworks?|methods?|models?|approach(?:es)?|networks?|systems?|strateg(?:y|ies)"
    r"|algorithms?|architectures?|paradigms?|techniques?)"
)
_OURS = re.compile(rf"\b{OURSELVES}\b", re.I)
_ADDRESS = re.compile(r"https?://\S+")
_NAME = re.compile(r"(?<![\w/.@-])[^\W_][\w+&\-@]*[^\W_](?![\w/@]|\.\w)")
# The same in ASCII, which is twice as fast.
_ASCII_NAME = re.compile(
    r"(?<![A-Za-z0-9_/.@-])[A-Za-z0-9][A-Za-z0-9_+&\-@]*[A-Za-z0-9]"
    r"(?![A-Za-z0-9_/@]|\.[A-Za-z0-9_])"
)
_BEFORE_ACTOR = re.compile(r"\b(?:our|proposed|of|using|that|with|on)\s+$")
_TRAILING_KIND = re.compile(rf"(?:\s+{_KIND})?[\s,]*\(?{_NAMING}\s*$", re.I)
_COMPOUND_TAIL = re.compile(r"-[a-z]{3,}$")
_ARTICLE = re.compile(
    r"^(?:(?:a|an|the|our|some|several|first|novel|new|simple|yet|effective)\s+(?:and\s+)?)+", re.I
)
_PHRASE_END = re.compile(
    r"[,;:.](?:\s|$)|\s\(|\s(?:that|which|who|where|whose|by|so|in order to|aiming|thereby"
    r"|and\s(?:classify|show|demonstrate)\w*)\s"
)
_OPENING = re.compile(
    r"^(?:in (?:this|the present) (?:paper|work|article|study|survey)|here|to \w+ (?:\w+ )?\w+"
    r"|therefore|thus|hence|specifically|recently|moreover|however|in light of this"
    r"|in particular)\s*,\s*",
    re.I,
)
_SUBJECT = re.compile(
    r"^(?:(?:in (?:this|the present) (?:paper|work|article|study|survey),?\s+)?we"
    r"|this (?:paper|work|article|study|survey))\s+"
    r"(?:\w+ly\s+|also\s+)?(?:propose|present|introduce|develop|design|devise|construct|release|describe|study)s?\s+",
    re.I,
)


# Named right after "we propose" and once more: less than that is a name in passing.
_SURE = 1.5


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    expansion: str
    sentence: str
    score: float


def derived_title(abstract: str) -> str:
    """The method's name with its expansion, else its name with what it is, else the first words.

    At most 110 characters. The caller marks it as derived: it is not the paper's real title.
    """
    own = _own(abstract)
    if own is None:
        return _shorten(_first_words(abstract))
    about = _title_case(own.expansion) or _about(own.sentence, own.name)
    return _shorten(f"{own.name}: {about}" if about else own.name)


def method_name(abstract: str) -> str:
    """The name that the abstract gives to what it proposes, or ""."""
    own = _own(abstract)
    return own.name if own else ""


def _own(abstract: str) -> _Candidate | None:
    """The best candidate for the paper's own name, if one is sure enough."""
    expansions = {definition.short: definition.expansion for definition in definitions(abstract)}
    sentences = [abstract[start:end] for start, end in sentence_spans(abstract)]
    names: dict[str, None] = {}
    for sentence in sentences:
        plain = _ADDRESS.sub(" ", sentence) if "://" in sentence else sentence
        # No name spans a space, and most words are in small letters.
        for token in plain.split():
            if not (token.islower() or (token[1:].islower() and token.isalpha())):
                found = (_ASCII_NAME if token.isascii() else _NAME).findall(token)
                names.update(dict.fromkeys(filter(_can_be_own, found)))
    scored = [_scored(name, expansions.get(name, ""), sentences) for name in names]
    return max((c for c in scored if c), key=lambda c: c.score, default=None)


@lru_cache(maxsize=10_000)
def _can_be_own(name: str) -> bool:
    if name.islower():
        return False
    plural = name.endswith("s") and sum(map(str.isupper, name)) >= 2 and name[:-1].isupper()
    return is_short_form(name) and not plural and not _COMPOUND_TAIL.search(name)


def _scored(name: str, expansion: str, sentences: list[str]) -> _Candidate | None:
    """How surely a name is the paper's own: it comes right after "we propose", then acts."""
    at = next((i for i, sentence in enumerate(sentences) if _find(name, sentence) >= 0), None)
    if at is None:
        return None
    first = sentences[at]
    lead = first[: _find(name, first)]
    cues = list(_CUE.finditer(lead))
    if not cues or not _OURS.search(first + " ".join(sentences[:at])):
        return None
    places = [i for i, sentence in enumerate(sentences) if _find(name, sentence) >= 0]
    expansion = expansion or _named_expansion(first, name)
    distance = len(lead) - cues[-1].end() - len(expansion)
    score = (
        min(len(places), 5)
        + 2.0 * bool(expansion)
        - max(0, distance) / 30
        + 2.0 * any(_acts(name, sentences[i]) for i in places[1:])
        + 1.0 * (places[-1] >= len(sentences) - 2)
    )
    return _Candidate(name, expansion, first, score) if score >= _SURE else None


def _acts(name: str, sentence: str) -> bool:
    """Whether the sentence opens with the name or has it after "our", "using" and the like."""
    low, sought = sentence.lower(), name.lower()
    at = low.find(sought)
    while at >= 0:
        after = low[at + len(sought) :][:1]
        if not _joins(after) and (at == 0 or _BEFORE_ACTOR.search(low[:at])):
            return True
        at = low.find(sought, at + 1)
    return False


def _find(name: str, sentence: str) -> int:
    """Where a name stands as a whole word, not inside a longer or hyphenated one, or -1.

    A compiled pattern a name would cost more than all the rest of ingesting an abstract.
    """
    at = sentence.find(name)
    while at >= 0:
        before, after = sentence[at - 1 : at] if at else "", sentence[at + len(name) :][:1]
        if not _joins(before) and not _joins(after):
            return at
        at = sentence.find(name, at + 1)
    return -1


def _joins(character: str) -> bool:
    return character.isalnum() or character in ("_", "-")


def _named_expansion(sentence: str, name: str) -> str:
    """The expansion before "termed NAME", where the letters of the name fit it."""
    before = sentence.partition(name)[0]
    phrase = _TRAILING_KIND.sub("", before)
    return long_form(phrase, name) if phrase != before else ""


def _about(sentence: str, name: str) -> str:
    """What the named thing is: the noun phrase beside the name in the sentence that gives it."""
    before, _, after = sentence.partition(name)
    appositive = re.match(r"\s*,\s*((?:a|an|the|our)\s.+)", after)
    if appositive:
        return _noun_phrase(appositive.group(1))
    named = re.search(rf"\b((?:a|an|the|our)\s[^,;.]+?)[\s,(]*(?:{_NAMING}\s*)?$", before)
    if named and len(named.group(1).split()) > 2:
        return _noun_phrase(named.group(1))
    return _noun_phrase(after.strip(" ,;:)")) or _noun_phrase(sentence)


def _noun_phrase(text: str) -> str:
    """The phrase at the start of a text, without article and praise, up to its first clause."""
    text = _ARTICLE.sub("", re.sub(r"^(?:which|that|and|to)\s+", "", text.strip()))
    for end in _PHRASE_END.finditer(text):
        if len(text[: end.start()].split()) >= 3:
            return _title_case(text[: end.start()])
    return _title_case(text)


def _first_words(abstract: str) -> str:
    """What the paper says it does, in the first sentence that says it; else the first sentence."""
    sentences = [abstract[start:end] for start, end in sentence_spans(abstract)]
    for sentence in sentences:
        plain = sentence
        while (shorter := _OPENING.sub("", plain)) != plain:
            plain = shorter
        if _SUBJECT.match(plain):
            return _noun_phrase(_SUBJECT.sub("", plain))
    ours = next(
        (s for s in sentences if re.match(r"(?:this (?:paper|work|study)|we)\b", s, re.I)), ""
    )
    without = re.sub(r"^(?:this (?:paper|work|study)|we)\s+", "", ours, flags=re.I)
    return _title_case(without or (sentences[0] if sentences else abstract))


def _title_case(phrase: str) -> str:
    phrase = phrase.strip(" ,;.:\"'“”(")
    return phrase[:1].upper() + phrase[1:]


def _shorten(title: str) -> str:
    if len(title) <= LONGEST:
        return title
    return title[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(" ,;:(") + "…"
