"""Whether an answer refuses, read from its words where it has no field for it.

The patterns are families of wording
(who does not tell, which verb, passive or not), never single answers; `tests/wordings.yaml` holds
what they were written on, what they were measured on, and what must not match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.scoring.normalize import markers, plain, sentences, tokens, without_markers
from ingest.text.terms import content_words, stems, terms

_SOURCE = (
    r"(?:abstracts?|papers?|articles?|texts?|passages?|excerpts?|documents?|sources?|contexts?"
    r"|records?|snippets?|summar(?:y|ies)|materials?|literature|collection|corpus|library|index"
    r"|database|publications?|studies|search results"
    r"|information (?:provided|given|supplied|available|at hand))"
)
_SHARED = (
    r"(?:(?:\w+ly|\d+|provided|given|retrieved|available|supplied|above|cited|listed|two) ){0,3}"
)
_THESE = rf"\b(?:the|these|this|those|my|your|any|neither|either|both|all) {_SHARED}{_SOURCE}"
# Between the source and its verb: "of “SGIL”", "provided here", but no clause with a subject.
_OF_IT = r"(?: [^\s,;:]+){0,16}?"
_NOT = (
    r"(?:(?:do|does|did|can|could|is|are|was|were|may|has|have|had)(?:nt| not)|cannot|never"
    r"|fails? to|failed to|neglects? to)"
)
_SAY = (
    r"(?:say|tell|mention(?:ed)?|state[ds]?|specif(?:y|ied)|report(?:ed)?|give[ns]?|provided?"
    r"|contain|include|discuss(?:ed)?|address(?:ed)?|described?|cover(?:ed)?|indicated?|disclosed?"
    r"|reveal(?:ed)?|named?|answer(?:ed)?|list(?:ed)?|go into|detail(?:ed)?|touch on|deal with"
    r"|explain|offer|appear|about|clear)"
)
_TOLD = (
    r"(?:mentioned|stated|specified|reported|given|provided|discussed|described|disclosed"
    r"|indicated|named|listed|revealed|detailed)"
)
# What is not found or known may be what a study found.
_THERE = r"(?:available|addressed|covered|included|known|found|present|answered|recorded|clear)"
_FACTS = r"(?:information|mention|details?|indication|answers?|discussion|reference to|statement)"
_PLACE = rf"(?:in|by|from|within|anywhere|by any of|in any of)(?: \w+)? {_SHARED}{_SOURCE}"
_ASKED = r"(?:which|what|how|who|whom|whose|when|where|whether|why|if)"
_ON_IT = rf"(?:about|on|of|as to|regarding|concerning|{_ASKED})"
_UNKNOWN = r"(?:unknown|absent|missing|unclear)"
_UNTOLD = (
    r"(?:not|un|never) ?(?:specified|mentioned|stated|known|answerable|available|provided"
    r"|reported|given|found|disclosed|clear)"
)

_IS = r"\b(?:is|are|was|were|been)"
_CANNOT = r"(?:cannot|cant|could not|couldnt)"
_TOO_LITTLE = r"^(?:there is )?(?:not enough|insufficient|no(?:t)? sufficient)"
_OPENS = r"^(?:\w+[,:] )?"


def _there_is_no(what: str) -> tuple[str, ...]:
    """No paper in this collection, there is no information on it: `what` is not there."""
    return (
        rf"{_OPENS}(?:there (?:is|are|was|were)(?:nt any| not any| no) |no |zero )"
        rf"(?:\w+ ){{0,2}}?{what}(?! (?:has|have)\b)"
        rf"(?:$|[.;,]| (?:in|on|about|that|is|are|was|were|found|match|fit|from|to|by|of|for|here"
        rf"|cover|clear|address|mention|deal|discuss|answer|given|available|provided|surely)\w*)",
        rf"\bthere(?:s| is| are| was| were) (?:no|not any|nothing)(?: \w+)? {what} "
        rf"(?:in|on|of|about|regarding|that|here|for|given|available|provided|concerning)\b",
    )


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, patterns))


# Papers, or who answers, do not tell.
_TELLS_NOT = _compiled(
    # The abstract of X does not mention, is silent on, gives no …
    rf"{_THESE}{_OF_IT} {_NOT}(?: \w+ly| actually| even| seem to| appear to)? {_SAY}\b",
    rf"{_THESE}{_OF_IT} (?:is|are|remains?) silent\b",
    rf"{_THESE}{_OF_IT} (?:says?|tells?|contains?|mentions?|includes?|offers?) nothing\b",
    rf"{_THESE}{_OF_IT} (?:makes?|gives?|provides?|offers?|names?) no\b",
    rf"{_THESE}{_OF_IT} leaves?(?: it| this)? open\b",
    rf"{_THESE}{_OF_IT} (?:(?:contains?|holds?|ha(?:s|ve)) no|{_NOT} have(?: any)?|lacks?)"
    r"(?: any| the)?(?: \w+)? "
    rf"(?:reference to|{_FACTS}(?:$|[.,;]| (?:{_ON_IT}|for|that|needed|required)\b))",
    rf"\b(?:my|the) {_SHARED}{_SOURCE} (?:only )?(?:contain|hold)s? nothing\b",
    r"\bthe authors? (?:never|do not|dont|did not|didnt) (?:\w+ )?"
    r"(?:say|tell|mention|state|specify|report|disclose|reveal)\b",
    rf"\bnowhere (?:do|does|in)\b.{{0,20}}{_SOURCE}",
    rf"\bnothing in {_THESE}",
    # No paper in this collection, none of them mentions it.
    *_there_is_no(f"(?:sentence|{_SOURCE})"),
    rf"\b(?:none of (?:the|these|my)|neither(?: of (?:the|these))?) {_SHARED}{_SOURCE}{_OF_IT} "
    rf"{_SAY}(?:e?s)?\b",
    # It is not stated in the paper, unknown from the abstracts.
    rf"{_IS}(?:nt| not) (?:\w+ly )?(?:{_TOLD}|{_THERE}) {_PLACE}",
    rf"\b(?:does|do|did)(?:nt| not) appear {_PLACE}",
    rf"{_IS} (?:{_UNKNOWN}|unspecified|undisclosed) (?:from|in) {_THESE}",
    rf"\bit (?:is|remains) (?:unclear|unknown|not clear)\b.*{_SOURCE}",
    rf"\b{_CANNOT} (?:be )?(?:tell|say|know|answered|determined?|inferred|established|derived) "
    rf"(?:\w+ )?from {_THESE}",
    # It is not stated which, X was not disclosed, no information on it, cannot be answered.
    rf"{_IS}(?:nt| not) (?:\w+ly )?{_TOLD} {_ASKED}\b",
    rf"^(?:\S+ ){{1,13}}?{_IS}(?:nt| not) (?:\w+ly )?{_TOLD}$",
    rf"{_IS} (?:unspecified|undisclosed)(?:$| {_ASKED}\b)",
    r"\bit (?:is|remains) (?:unclear|not clear) how (?:many|much|long|often|large)\b",
    r"(?:^(?:\w+[,:] )?no|\bthere(?:s no|(?: is| are| was| were)(?: no|nt any| not any))) (?:\w+ )?"
    r"(?:reference to|(?:information|mention|details?|discussion|statement) "
    rf"(?:{_ON_IT}|{_IS} (?:{_TOLD}|available)))\b",
    rf"{_OPENS}(?:\w+ )?(?:question|answer|this|that|it) {_CANNOT} be answered\b",
    rf"{_TOO_LITTLE} (?:information|details?|{_SOURCE})"
    rf"(?:$|[.,;]| {_ON_IT}\b| {_IS} {_TOLD}\b|.* to (?:answer|determine|tell|say|know|infer)\b)",
    rf"^{_UNTOLD}(?:$| {_PLACE})",
    rf"\b(?:outside|beyond) the scope of {_THESE}",
    # I could not find, I would need more.
    r"\bi (?:do not|dont|did not|didnt|cannot|cant|can not|could not|couldnt) (?:\w+ly )?"
    r"(?:know|answer|find|determine|tell|locate|provide|help|say|see|have|give|identify)\b",
    r"\bi(?:m| am| was| were)? (?:not able|wasnt able|unable|afraid)\b",
    r"\bi wasnt able\b",
    r"\bi (?:have|found|find|see) (?:no|nothing)\b",
    r"\bi(?:d| would)? (?:would )?need more\b",
)
# Papers have none of it: a refusal, or what they found.
_NONE_OF_IT = _compiled(
    rf"{_THESE}{_OF_IT} {_NOT}(?: \w+ly)? have\b",
    rf"{_THESE}{_OF_IT} (?:contains?|ha(?:s|ve)) no\b",
    rf"{_THESE}{_OF_IT} lacks?\b",
    rf"\bneither (?:of (?:the|these) )?(?:two )?{_SOURCE}\b",
    rf"\bnone of (?:the|these|my) {_SHARED}{_SOURCE}",
)
# It is not there, and nobody is said not to tell it: where such a sentence cites, it is a finding.
_UNSOURCED = _compiled(
    *_there_is_no(_FACTS),
    r"^(?:none|nothing)(?: relevant| suitable| matching)? "
    r"(?:found|on|about|in|here|matches)\b",
    # It is not known which, X was not found, cannot be determined.
    rf"{_IS}(?:nt| not) (?:\w+ly )?{_THERE} {_ASKED}\b",
    rf"^(?:\S+ ){{1,13}}?{_IS}(?:nt| not) (?:\w+ly )?{_THERE}$",
    rf"{_IS} {_UNKNOWN}(?:$| {_ASKED}\b)",
    rf"^{_UNTOLD} (?:in|by|here|from)\b",
    rf"\b(?:question|this|that|it|answer) {_CANNOT} be "
    r"(?:answered|determined|inferred|established|found|told|derived)\b",
    r"\b(?:not possible|impossible) to (?:answer|determine|tell|say|infer|establish|know)\b",
    # We cannot tell, unable to answer, not enough information.
    rf"\bwe {_CANNOT} (?:tell|say|know|answer|determine) "
    rf"(?:that |this )?(?:from|{_ASKED})\b",
    rf"{_OPENS}unable to (?:answer|find|determine|locate|say)\b",
    rf"{_TOO_LITTLE} (?:information|context|evidence|details?|data|{_SOURCE})\b",
)
_ABSENT = (_TELLS_NOT, _NONE_OF_IT, _UNSOURCED)
# A quoted title or term may hold any words.
_QUOTED = re.compile(r"“[^”\n]{1,300}”|(?<!\w)\"[^\"\n]{1,300}\"")
_DENIES = re.compile(
    r"\b(?:not|no|none|nothing|nowhere|never|neither|nor|cannot|cant|without|zero|unable|lacks?"
    r"|absent|missing|insufficient|unknown|unclear|un\w+(?:ed|able)|unsaid|silent|quiet|empty|blank"
    r"|outside|beyond|off topic|out of scope|guess|fails?|only|\w+nt)\b"
)
# What is said of papers and telling, whatever the question: stems.
_OF_PAPERS = frozenset(
    stems(
        "abstract paper article text passage excerpt document source context record snippet summary"
        " material literature collection corpus library index database publication study authors"
        " information detail mention answer question say tell state specify report give provide"
        " describe disclose reveal name cover discuss address record stated told said given"
        " result search sorry i data topic".split()
    )
)
_TELLING = _OF_PAPERS | frozenset(
    stems(
        "specific relevant available supplied provided retrieved matching related requested enough"
        " sufficient insufficient clear unclear unknown unavailable know find found look located"
        " trace identify verify determine derive infer answered answerable unanswered contain"
        " include appear occur come turn touch talk deal hold have make keep leave remain exist"
        " help able unable possible way thing something anything nothing everything here there"
        " simply unfortunately regrettably based according alone hand part scope outside beyond"
        " cannot not none missing absent silent quiet empty zero lack fail even either any all"
        " give guess afraid regret go get see read show list word full present far".split()
    )
)
_NEW_WORDS = 2
_BARE = re.compile(
    r"(?:empty response|n/?a|none|no answer(?: found)?|unknown|nothing(?: on .*)?)\W*"
)
_OPENING = re.compile(
    r"^(?:(?:short |final )?answer|response|result|conclusion)\s*:\s*"
    r"|^(?:unfortunately|regrettably|sadly|sorry|apologies|hmm+|well|however)\b[,:.]?\s*"
    r"|^(?:im|i am) (?:very )?sorry\b[,:.]?\s*(?:but )?"
)


def says_absent(sentence: str) -> bool:
    """Whether a sentence says that the papers do not tell, or that there is none on it.

    One with a marker has to speak of papers or of telling: "It is not reported [1]." does, and
    "The receptor is absent [1]." is a finding.
    """
    families = (_TELLS_NOT, _NONE_OF_IT) if markers(sentence) else _ABSENT
    said = _said(sentence)
    return any(_found(family, said) for family in families)


def says_untold(sentence: str) -> bool:
    """Whether a sentence says that the papers, or who answers, do not tell: it needs no paper."""
    return _found(_TELLS_NOT, _said(sentence))


def _said(sentence: str) -> str:
    """A sentence in plain letters, without markers, quotations and what it opens with."""
    said = plain(without_markers(_QUOTED.sub("it", sentence))).strip("# .")
    while opening := _OPENING.match(said):
        said = said[opening.end() :]
    return said


def _found(family: Sequence[re.Pattern[str]], said: str) -> bool:
    return any(pattern.search(said) for pattern in family)


def refuses(text: str, question: str = "") -> bool:
    """Whether an answer as a whole says that the papers do not tell: by how it begins.

    Its first sentence says so in one of the usual ways; or it cites nothing, denies something, and
    holds hardly a word that is neither of the question nor about papers and telling. What follows
    may show what comes nearest. An answer that first states something, and then says what else
    the papers leave out, is no refusal.
    """
    said = plain(without_markers(text)).strip(" #.!")
    while opening := _OPENING.match(said):
        said = said[opening.end() :]
    if not said or _BARE.fullmatch(said):
        return True
    pieces = [piece for piece in sentences(text) if any(map(str.isalnum, piece))]
    told = (p for p in pieces if not p.endswith("?") and len(tokens(without_markers(p))) > 3)
    first = next(told, pieces[-1] if pieces else text)
    return says_absent(first) or (not markers(first) and _says_nothing_new(first, question))


def _says_nothing_new(sentence: str, question: str) -> bool:
    said = plain(without_markers(_QUOTED.sub("it", sentence)))
    if not _DENIES.search(said):
        return False
    known = set(terms(question)) | _TELLING
    new = [word for word in dict.fromkeys(stems(content_words(said))) if word not in known]
    is_about_telling = any(word in _OF_PAPERS for word in terms(said))
    most = _NEW_WORDS if is_about_telling else 0
    return len(new) <= most and not any(char.isdigit() for word in new for char in word)
