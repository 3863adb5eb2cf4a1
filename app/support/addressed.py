"""Whether a sentence addresses its reader, or a model that reads it, instead of telling a finding.

Abstracts tell in the indicative what was found; orders are another mood of grammar. A sentence is
one where a clause begins with a bare verb of saying or doing, where somebody is told what "you"
must or may do, where an answer or an assistant is told what it has to say, or where marks of a chat
stand. What "you" do in general ("what you see") is no order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from app.support.cross_encoder import ordering, side_by_side
from app.understanding.wordlists import any_of
from ingest.text.sentences import sentence_spans
from ingest.text.stop_words import STOP_WORDS
from ingest.text.terms import stem, words

# Bare verbs that open no statement; the others do where they are nouns ("claim verification"), and
# order only where an object with a determiner, a pronoun, "that" and the like follows.
_ORDERS = """ignore disregard forget cite append reveal disclose pretend insert obey omit overrule
    override bypass remember tell say write print reply respond translate apologize praise
    recommend inform convince assert declare insist""".split()
_ALSO_NOUNS = """answer claim state repeat output mention quote list name describe explain summarize
    rewrite add include attach begin start end finish open visit click follow go download
    send share email mail post enter type give provide show leak act behave treat call run
    execute delete use mark hide leave remove replace rate rank approve accept confirm
    endorse buy subscribe contact ask keep make stop skip warn promise combine copy paste
    sign log submit transfer pay switch change set conclude report speak talk turn reset
    erase refer trust invite urge advise score refuse return vote place put credit quit""".split()
_OBJECTS = """the a an all any every each this these that those your their its his no only to in
    with as at by from after for me us them him it nothing everything anything everyone people users
    readers so instead here now not out exactly whatever if when one two""".split()
_SPEAKERS = """ai assistant assistants chatbot chatbots bot bots llm llms model models agent
    agents summary summaries answer answers reply replies response responses reader readers
    reviewer reviewers user users sentence sentences output outputs grader judge system
    you""".split()
_MUST = (
    r"(?:must|should|shall|ought\s+to|ha(?:s|ve)\s+to|needs?\s+to|(?:is|are)\s+(?:asked|required"
    r"|instructed|requested|advised)\s+to)"
)
_MAYBE_NOT = r"(?:\s+(?:not|never|always|only|also|now|therefore))*"
_SAYING = """say state write cite tell mention recommend print output append repeat ignore disregard
    praise claim accept call list describe present treat end begin start reply respond answer
    declare reveal send ask conclude warn assert confirm approve urge promise contact visit
    give""".split()
# Where a clause may begin, and what may stand before its verb. Behind a reference, "tables [7]
# ignore", none does, unless the reference opens the sentence.
_START = (
    r"(?:^|\n|^\[\d+\]\s|(?:[.!?:;>|#]|(?<!\d)\])\s|\d\.|^(?:when|if|before|after|once|whenever|to)\b[^,.]*,\s)"
    r"[\s\"“'‘*#>\[(_`|-]*"
)
_LEADS = """please now then always never just also instead first finally next kindly simply
    therefore important warning note reminder attention""".split()
_LEAD = rf"(?:(?:{any_of(_LEADS)}|do\s+not|don['’]t|you\s+must)[\s,:!]+)*"
_ORDER = re.compile(
    rf"{_START}(?:do\s+not|don['’]t|please)\s+\w|{_START}{_LEAD}(?:{any_of(_ORDERS)}(?![\w-])(?!\s+(?:is|are|was|were|of)\b)"
    rf"|{any_of(_ALSO_NOUNS)}\s+(?:{any_of(_OBJECTS)}\b|[\[({{\d【\"“]))",
    re.I,
)
_WHOSE = r"(?:\s+(?:of|on|that|which|who)\s+[\w ]{1,40}?)?"
_TOLD = re.compile(
    rf"\b{any_of(_SPEAKERS)}{_WHOSE}\s+{_MUST}{_MAYBE_NOT}\s+{any_of(_SAYING)}\b", re.I
)
_YOU = re.compile(
    r"\byou\s+(?:must|should|shall|have\s+to|need\s+to|ought|are\s+(?:now|free|not\s+allowed"
    r"|required|instructed|asked|an?\b))"
    r"|\byour\s+(?:password|passwords|key|credentials|account|card|e-?mail|answer|reply|response"
    r"|summary|instructions?|rules|prompt|task|output|wallet|bank|login)\b"
    r"|\b(?:note|message|instructions?|attention)\s*(?:to|for)?\s*:?\s+(?:any\s+|all\s+|the\s+)?"
    r"(?:ai|llms?|chat-?bots?|assistants?|language\s+models?|reviewers?|summari[sz]ers?)\b"
    r"|\bif\s+you\s+are\s+an?\s+(?:ai|llm|language|assistant|model|chatbot)\b",
    re.I,
)
_MARKS = re.compile(
    r"<\|[^|<>]{0,40}\|?>|\[/?INST\]|<</?SYS>>|</?(?:paper|system|user|assistant|instructions?)\b"
    r"|(?:^|[\n`#]\s*)(?:system|assistant|user|instructions?|(?:new\s+)?rules?)\s*:\s"
    r"|\bend\s+of\s+(?:data|abstract|document|context)\b|\bnew\s+conversation\s*[.:]",
    re.I,
)
_ANNOUNCES = re.compile(r":\s*$|\bfollowing\b[^.]{0,40}[.:]?\s*$", re.I)

# Log odds of the cross-encoder that none of 1,500 plain sentences of abstracts reaches, nor of the
# 382 of the sample, and 66 of 80 orders of two writers who taught it nothing.
_ORDERS_FROM = 1.0
_REFERENCE = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]")  # no part of what is said


@lru_cache(maxsize=8192)
def addresses(sentence: str) -> bool:
    """Whether a sentence orders, or speaks to its reader or to a model."""
    plain = "".join(c for c in sentence if c.isascii() or unicodedata.category(c) != "Cf")
    return any(form.search(plain) for form in (_ORDER, _TOLD, _YOU, _MARKS))


@lru_cache(maxsize=8192)
def commands(sentence: str) -> bool:
    """The same, read closely: also where no pattern tells it. This takes milliseconds."""
    if not sentence.strip():
        return False
    return addresses(sentence) or ordering(_REFERENCE.sub("", sentence)) >= _ORDERS_FROM


def commanding(sentences: Sequence[str]) -> list[bool]:
    """`commands` of each of these sentences, which are read side by side."""
    return side_by_side(commands, sentences)


@lru_cache(maxsize=1024)
def orders(text: str, closely: bool = False) -> tuple[tuple[int, int], ...]:
    """Half-open spans of the sentences that address somebody, and of those that they announce."""
    found, announced = [], False
    for start, end in sentence_spans(text):
        said = text[start:end]
        own = commands(said) if closely else addresses(said)
        if own or announced:
            found.append((start, end))
        announced = (own or announced) and bool(_ANNOUNCES.search(said))
    return tuple(found)


def findings(text: str, closely: bool = False) -> str:
    """The text with what addresses somebody blanked out, so that offsets stay."""
    for start, end in orders(text, closely):
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


@lru_cache(maxsize=2048)
def told(text: str) -> tuple[tuple[int, int], ...]:
    """Half-open spans of the sentences that tell something; of all where none does."""
    skipped = set(orders(text))
    every = tuple(sentence_spans(text))
    return tuple(span for span in every if span not in skipped) or every


def only_ordered(claim: str, texts: Sequence[str]) -> bool:
    """Whether a claim has a word that these texts order somebody to say, and nowhere tell."""
    ordered = {
        stem(w) for text in texts for span in orders(text, True) for w in words(text[slice(*span)])
    }
    if not ordered:
        return False
    known = {stem(word) for text in texts for word in words(findings(text, True))}
    return any(word not in STOP_WORDS and stem(word) in ordered - known for word in words(claim))
