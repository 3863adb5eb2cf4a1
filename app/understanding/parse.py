"""What a question asks, read from its words alone: kind, topic, filters, what it points back at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from app.records import Kind
from app.understanding.filters import Filters, read_years
from app.understanding.openings import as_papers
from app.understanding.references import Reference, read_reference
from ingest.text.terms import STOP_WORDS

Attribute = Literal["authors", "year", "venue", "code", "title", "url", "number", ""]
PAPER_NOUN = (
    r"(?:papers?|articles?|studies|study|works?|publications?|abstracts?|preprints?|manuscripts?"
    r"|literature)"
)
_SYSTEM_NOUN = (
    r"(?:methods|models|approaches|frameworks|systems|techniques|algorithms|architectures)"
)
_METHOD_NOUN = (
    rf"(?:{_SYSTEM_NOUN}|authors|researchers|people|experiments|trials|investigations|projects"
    r"|interventions|cohorts|case (?:studies|reports))"
)
_AUXILIARY = (
    r"(?:is|are|was|were|be|do|does|did|has|have|had|can|could|will|would|shall|should|may"
    r"|might|must)"
)
_POLITE = re.compile(
    r"^(?:(?:please|hi|hello|hey|ok|okay|so|well|now|and|also|then)\b[\s,!.]*|(?:can|could"
    r"|would|will) you (?:please |kindly )?"
    r"|i(?:'d| would) like (?:to know |you to )?|i want (?:to know )?|do you know |tell me "
    r"|i(?:'m| am) (?:looking for|interested in) "
    r"|i need )+",
    re.I,
)
_SMALLTALK = re.compile(
    r"^(?:hi|hello|hey|thanks?(?: you| a lot| so much)?|thx|good (?:morning|afternoon|evening"
    r"|day|night)|bye|goodbye"
    r"|great|cool|nice|ok(?:ay)?|perfect|how are you|who are you|what are you|what can (?:you"
    r"|i) (?:do|ask)(?: you| here)?"
    r"|help|what do you know)[\s!.?,]*(?:there|everyone|all|today)?[\s!.?]*$",
    re.I,
)
_COUNT = re.compile(
    rf"^(?:how many|what number of|(?:what(?:'s| is) )?the number of|number of"
    rf"|count (?:of )?(?:all )?(?:the )?)\s+"
    rf"(?:of (?:the|these|those|them|your|all)\b\s*)?(?:(?:different|other|such|more|of the"
    rf"|indexed)\s+)*"
    rf"(?:{PAPER_NOUN}|surveys|reviews|{_METHOD_NOUN}|(?<=of )(?:them|these|those))?",
    re.I,
)
_COUNT_NOUN = re.compile(
    rf"^(?:how many|what number of|(?:what(?:'s| is) )?the number of|number of"
    rf"|count)\b.{{0,30}}?\b(?:{PAPER_NOUN}|surveys|reviews|of (?:them|these|those))\b",
    re.I,
)
_COVERED = re.compile(
    r"\b(?:does|did|do|has|have|is|are|were|was)\b.*\b(?:cover|review|survey|examin"
    r"|summari[sz]|analy[sz]|includ|collect|stud)\w*\b",
    re.I,
)
_LIST = re.compile(
    rf"^(?:(?:which|what|whose)\s+(?:(?:of|are|is)\s+)?(?:(?:the|these|those|them|all|other"
    rf"|recent|new|your|prior|previous|existing|research|current)\s+)*"
    rf"(?:{PAPER_NOUN}\b|(?:of )?(?:them|these|those|ones?)\b)"
    rf"|which (?:of|ones?)\b"
    rf"|(?:list|show|give|find|name|display|enumerate|get|suggest|recommend|provide|collect"
    rf"|search for|point me to|return)\b(?: me| us)?.*\b(?:{PAPER_NOUN}|research|all|surveys)\b"
    rf"|ha(?:ve|s) (?:any|there been)\s+(?:\w+\s+){{0,2}}?(?:{PAPER_NOUN}|research)\b"
    rf"|(?:list|show|enumerate)\b"
    rf"|(?:are|is) there\s+(?:(?:any|some|a|an|other|more|also|another|recent"
    rf"|specific)\s+)*(?:\w+\s+){{0,3}}?(?:{PAPER_NOUN}|surveys?|reviews?|anything|something"
    rf"|research)\b"
    rf"|are there any\b"
    rf"|(?:is there )?(?:anything|something)\s+(?:about|on|by|from)\b"
    rf"|(?:all|any|some|other|more|recent)?\s*{PAPER_NOUN}\s+(?:about|on|that|which|using"
    rf"|with|from|by|in|of|for|related|where|published|to|dealing|proposing|studying)\b"
    rf"|research\s+(?:on|about|into|that)\b"
    rf"|what(?:'s|’s| is) there (?:about|on|in)\b|what do (?:you|we) have (?:about|on)\b"
    rf"|which\s+(?:[\w'’/+-]+\s+){{1,6}}(?:papers|articles|studies|works|publications)\b"
    rf"|(?!(?:how|why|when|where|(?:do|does|did|is|are|was|were|can|could|should)"
    rf" (?!you|we|there|any))\b)"
    rf"(?:[\w'’/+-]+\s+){{1,6}}(?:papers|articles|studies|publications)\b"
    rf"|anything\s+\w+"
    rf"|what (?:has|have) been (?:done|reported|studied|investigated) (?:on|about|in|for)\b"
    rf"|{_SYSTEM_NOUN}\s+(?:for|that|to|using|with|of|in)\b"
    rf"|(?:what|which)\s+(?:research|work|literature)\b|what (?:has|have|did) .*\b(?:written"
    rf"|published|co-?author(?:ed)?|write|publish)\b"
    rf"|who (?:else )?(?:uses?|works?|stud(?:y|ies)|investigates?|applies|employs?|deals?"
    rf"|tackles?|addresses?|considers?|relies)\b)",
    re.I,
)
_WHICH_PAPERS = re.compile(rf"[,:]\s*(?:which|what)\s+{PAPER_NOUN}\s*\??$", re.I)
_METHOD_LIST = re.compile(
    rf"^(?:which|what)\s+(?:(?:other|recent|existing)\s+)*{_METHOD_NOUN}\b", re.I
)
_COMPARE = re.compile(
    r"^(?:compare|contrast)\b|\bcompare (?:how|the|it|them|these|both|with|to)\b"
    r"|\b(?:differences?|similarit(?:y|ies)|comparison|commonalit\w+)\s+between\b|\bcomparison"
    r" of\b|\bvs\b\.?"
    r"|\bversus\b"
    r"|\bsets?\b.*\bapart from\b|\bdistinguish(?:es|ed)?\b.*\bfrom\b|\bstands? out from\b"
    r"|\bdiffer(?:s|ent|ently)?\b.*\bfrom\b|\b(?:do|does) .* differ\b|\bdifferently\b"
    r"|\bin common\b|\beach (?:one|of them)\b.*\?",
    re.I,
)
# "Which phase difference between the wings …" asks for a phase.
_NO_COMPARISON = re.compile(
    r"^(?:which|what)\s+(?!(?:is|are|was|were)\b)[\w-]+\s+differences?\b", re.I
)
_EITHER = re.compile(r"^[\w+&/.\-]+ or [\w+&/.\-]+\s*[,:?]", re.I)
_AUTHORS = re.compile(
    r"\bwho\s+(?:wrote|writes|authored|published|made|created|developed|proposed|introduced"
    r"|built|designed|invented|came up with"
    r"|(?:is|are|was|were)\s+(?:the\s+)?(?:first\s+|lead\s+|main\s+)?(?:authors?|behind))\b"
    r"|^(?:the |(?:name|list|give|show|tell)\b.*\b)?authors? (?:of|behind)\b"
    r"|\b(?:written|authored) by whom\b|^authors?\b",
    re.I,
)
# "Can a machine tell who wrote a play?" asks for no authors.
_ABLE = re.compile(r"^(?:can|could|do|does|did|how|why)\b(?! (?:you|we|i)\b)", re.I)
_YEAR = re.compile(
    r"\b(?:when|what year|which year|publication (?:year|date)|date of)\b.*\b(?:publish\w*"
    r"|written|wrote|appear\w*|released?|come out|came out|paper|article)\b|\bhow old is\b"
    r"|^year of\b|\bpublication (?:year|date)\b",
    re.I,
)
_VENUE = re.compile(
    r"\b(?:where|which (?:conference|journal|venue)|what (?:conference|journal"
    r"|venue))\b.*\b(?:publish\w*|appear\w*|presented)\b|\bvenue of\b",
    re.I,
)
_CODE = re.compile(
    r"\b(?:code|codes|github|repo(?:sitory)?|implementation|source code|open[- ]sourced)\b",
    re.I,
)
_CODE_ASKED = re.compile(
    r"\b(?:where|link|url|available|availability|find|download|is there|share[sd]?"
    r"|public(?:ly)?|release[sd]?|open|address|what(?:'s| is)|give|get|have|has|does"
    r"|provide\w*)\b|^(?:code|github)(?:$|\s*[?!.]|\s+(?:of|for|from|to|and|repo\w*|links?)\b)",
    re.I,
)
_TITLE = re.compile(
    r"\b(?:title|called|full name) of (?:the )?(?:paper|article|study|work)|\btitled\b|^title of\b",
    re.I,
)
_URL = re.compile(r"\b(?:link|url|doi|address)\b.*\b(?:paper|article|abstract)\b", re.I)
_DEFINITION = re.compile(
    r"^(?:(?:what|who)(?:'s|’s| is| are| was| does| do)\s+(?P<what>.+?)(?:\s+(?:stand for"
    r"|mean|abbreviate|short for|about|all about))?"
    r"|(?:define|explain|describe|expand|(?:the )?(?:meaning|definition) of|what is meant by"
    r"|tell me about|about)\s+(?P<told>.+?)"
    r"|(?P<short>\S+) (?:stands for|means))[\s?.!]*$",
    re.I,
)
_STANDS = re.compile(
    r"\b(?:stand for|stands for|mean|meant by|abbreviat\w+|short for|acronym)\b", re.I
)
_DOES = re.compile(r"^what (?:do|does)\b", re.I)
_ACTS = re.compile(r"\bdo[\s?.!]*$", re.I)
_NUMBER = re.compile(
    # Any "how" with an adverb or adjective: "how accurately do", "how bad can".
    rf"^how (?!(?:{_AUXILIARY}|it|he|she|they|we|you|to|come|about)\b)\w+(?<!s) {_AUXILIARY}\b"
    r"|\b(?:how (?:many|much|large|big|small|long|fast|accurate|often|high|low|well|reliable"
    r"|expensive|few|far|old|often|quickly|soon|tall|wide|deep|heavy|strong|strongly|frequent"
    r"|frequently|common)|what (?:percentage|proportion|share|fraction|accuracy"
    r"|score|rate|number|size|improvement|speed)"
    r"|number of|percentage|by how much|at what (?:rate|cost))\b",
    re.I,
)
_COUNTED = re.compile(r"\b(?:how many|number of)\b", re.I)
# The code itself is given: not "a benchmark for code", nor "code generation".
_HAS_CODE = re.compile(
    r"\b(?:share|release|provide|publish|give|offer|have|has|with|include|make|link)(?:s|d|ing)?\s+"
    r"(?:(?:to|the|their|its|a|an|any|both|all|some|own|open|public|publicly|official|available"
    r"|full|complete|reference|source|software|links?|data|datasets?|models?|and|or|you|us|me"
    r"|on|at|in|via|through)[\s-]+)*"
    r"(?:codes?|implementations?|repositor(?:y|ies)|repos?|github)(?:\s+(?:code|repositor(?:y|ies)|repos?"
    r"|links?))?(?=\s*(?:$|[^\w\s-]|(?:is|are|and|or|on|in|at|via|for|to|that|which|from|with"
    r"|of|but|online|public|publicly|openly|freely|available|later|soon|upon|after|as|not)\b))"
    r"(?:\s+(?:and|or)\s+(?:data|datasets?|models?|weights)\b)?"
    r"(?:\s+(?:is|are|publicly|openly|freely|public|available|open|online|(?:on|at|via) github)"
    r"\b)*",
    re.I,
)
_PROMISED = re.compile(
    r"\b(?:promis\w+(?: to)?|will|plan(?:s|ning)?(?: to)?|later|soon|upon acceptance"
    r"|in (?:the )?future|not yet|upcoming)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, read. `topic` is its text without the frame around what it is about.

    `verb` is what the papers of a list do ("which papers *treat* idioms"), "" where nothing says;
    `bare` where the text is nothing but a topic ("continuum robots").
    """

    text: str
    kind: Kind
    topic: str
    verb: str = ""
    bare: bool = False
    attribute: Attribute = ""
    counted: bool = False
    filters: Filters = field(default_factory=Filters)
    reference: Reference = field(default_factory=Reference)


def read(text: str, this_year: int) -> Question:
    """The question that a text asks. It never fails: an empty text is a lookup of nothing."""
    # Nothing unprintable may come back in an answer that quotes the question.
    whole = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    plain = as_papers(_POLITE.sub("", whole) or whole)
    if _SMALLTALK.match(whole):
        return Question(whole, "smalltalk", "")
    reference = read_reference(whole)
    kind, attribute = _kind(plain)
    if reference.scope == "only" and kind in ("lookup", "definition"):
        kind, attribute = "list", ""
    filters, rest = read_years(plain, this_year)
    topic = _topic(rest, kind)
    if kind in ("list", "count") and _HAS_CODE.search(rest):
        filters = replace(filters, code="promised" if _PROMISED.search(rest) else "linked")
        topic = _PROMISED.sub(" ", _HAS_CODE.sub(" ", topic))
        topic = "" if topic.strip().lower() == _verb(rest) else topic
    return Question(
        whole,
        kind,
        " ".join(topic.split()),
        verb=_verb(rest) if kind in ("list", "count") else "",
        attribute=attribute,
        counted=bool(_COUNTED.search(plain)),
        filters=filters,
        reference=reference,
    )


def _kind(text: str) -> tuple[Kind, Attribute]:
    if _COUNT_NOUN.search(text) and not _COVERED.search(text):
        return "count", ""
    if _LIST.search(text) or _WHICH_PAPERS.search(text):
        return "list", ""
    if (_COMPARE.search(text) and not _NO_COMPARISON.match(text)) or _EITHER.search(text):
        return "compare", ""
    metadata = _metadata(text)
    if metadata:
        return "metadata", metadata
    if _METHOD_LIST.search(text):
        return "list", ""
    attribute: Attribute = "number" if _NUMBER.search(text) else ""
    if not attribute and is_definition(text):
        return "definition", ""
    return "lookup", attribute


def _metadata(text: str) -> Attribute:
    for attribute, pattern in (
        ("title", _TITLE),
        ("authors", _AUTHORS),
        ("year", _YEAR),
        ("venue", _VENUE),
        ("url", _URL),
    ):
        if attribute == "authors" and _ABLE.match(text):
            continue
        if pattern.search(text):
            return attribute  # type: ignore[return-value]
    return "code" if _CODE.search(text) and _CODE_ASKED.search(text) else ""


def is_bare_topic(text: str) -> bool:
    """Whether a text only names a topic, in at most eight words: "continuum robots"."""
    found = text.rstrip(" ?.!").split()
    return 0 < len(found) <= _BARE_WORDS and not _SENTENCE.search(text)


def is_definition(text: str) -> bool:
    """Whether a question asks what a name means: "What is X?" of at most six words, "define X"."""
    match = _DEFINITION.match(text)
    if not match:
        return False
    what = match.group("what") or match.group("told") or match.group("short")
    if _STANDS.search(text):
        return True
    # "What does X cost" asks for more than what X is.
    if _DOES.match(text) and not _ACTS.search(text):
        return False
    many = len(what.split())
    return many <= 6 and (
        bool(match.group("told"))
        or not re.search(r"\b(?:of|in|for|on|to|by|used|with|that|which|when)\b", what, re.I)
    )


def _topic(text: str, kind: Kind) -> str:
    """The text without the words that only ask."""
    topic = text.rstrip(" ?.!")
    if kind == "count":
        topic = re.sub(r"^(.*?)\b(surveys|reviews)\b", r"\1 papers \2", topic, flags=re.I)
        topic = _COUNT.sub("", topic)
    if kind == "list":
        kept = _kept_before_noun(topic)
        frame = _frame(topic)
        # What stands before "papers" and what stands after it are two things to be about.
        rest = topic[frame.end() :] if frame else ""
        topic = "; ".join(part for part in (kept, rest.strip()) if part) if frame else topic
    return _IDIOMS.sub("; ", topic).strip("; ")


def _frame(text: str) -> re.Match[str] | None:
    return _UP_TO_NOUN.match(text) or _UP_TO_METHODS.match(text) or _ASKS.match(text)


def _verb(text: str) -> str:
    """The verb after "papers", "who" or "how many papers", if one stands there."""
    frame = _WHO.match(text) or _COUNT.match(text)
    frame = frame or _UP_TO_NOUN.match(text) or _UP_TO_METHODS.match(text)
    match = _DO.match(text, frame.end()) if frame else None
    word = match.group(1).lower() if match else ""
    return "" if word in STOP_WORDS else word


_WHO = re.compile(r"(?:who\b(?: else)?|(?:which|what) (?:of (?:them|these|those)|ones?)\b)", re.I)
_DO = re.compile(
    r"\s+(?:(?:that|which|who|also|ever|actually|explicitly|specifically|mainly|do|does|did|can"
    r"|could|(?:have|has|had)(?=\s+(?:been|\w+ed|\w+wn|\w+en)\b)|been|are|is|were|was|be|try to"
    r"|tries to|aim to|seek to|attempt to)\s+)*"
    r"([a-z]+)\b(?=\s+\w)",
    re.I,
)
# Verbs of several words that say nothing of a topic: "studies that *looked at* children".
_IDIOMS = re.compile(
    r",? (?:rather than|instead of) [^,?.]*"
    r"|\b(?:look(?:s|ed|ing)? (?:at|into)|(?:are|is|were|was|be)? ?carried out|carr(?:y|ies) out"
    r"|take(?:s|n)? place"
    r"|took place|ha(?:ve|s) to do with|make(?:s)? use of|made use of|work(?:s|ed|ing)? (?:on|with)"
    r"|report(?:s|ed|ing)? on|touch(?:es)? (?:on|upon)|com(?:e|es|ing) with)\b",
    re.I,
)
_BARE_WORDS = 8
_SENTENCE = re.compile(
    r"\b(?:what|which|who|whose|whom|when|where|why|how|is|are|was|were|be|do|does|did|can"
    r"|could|will|would|should|has|have|had|tell|explain|describe|summari[sz]e|define|compare|it"
    r"|they|this|that"
    r"|these|those|them|its|ignore|about)\b|,(?!\s*(?:but|not|without|except|or|and)\b)|[;:<>]",
    re.I,
)
_UP_TO_NOUN = re.compile(
    rf"^(?:[\w'’/+-]+\s+){{0,9}}?(?:{PAPER_NOUN}|anything|something)\b"
    r"|^(?:[\w'’/+-]+\s+){0,3}?research\b",
    re.I,
)
_UP_TO_METHODS = re.compile(rf"^(?:which|what)\s+(?:[\w-]+\s+){{0,2}}?{_METHOD_NOUN}\b", re.I)
_ASKS = re.compile(
    r"^(?:which|what|who|list|show|find|give|are there any|are there|is there)\b(?: me)?", re.I
)


def _kept_before_noun(topic: str) -> str:
    """Describing words before "papers": "list all *diffusion* papers" is about diffusion."""
    match = re.match(rf"^(.*?)\b{PAPER_NOUN}\b", topic, re.I)
    before = match.group(1) if match else ""
    kept = re.sub(
        r"\b(?:which|what|whose|list|show|give|find|name|display|enumerate|get|suggest"
        r"|recommend|provide|return|search|point|me|us|to|all|any|some|the|of|are|is|there"
        r"|these|those|them"
        r"|other|more|also|another|recent|new|every|a|an|for|collect|your|can|you|different"
        r"|specific)\b",
        " ", before, flags=re.I,
    )  # fmt: skip
    return " ".join(kept.replace("\\", " ").split())
