"""What stands in an abstract field and is no part of it: its heading, its legal notice."""

from __future__ import annotations

import re

from ingest.text.cleaning import clean

_FIRST_WORDS = (
    "We|This|These|In|The|A|An|Our|Recent|Recently|Despite|While|With|Background|Objectives?"
    "|Purpose|Introduction|Motivation|Aims?|Context|Methods"
)
_HEADING = re.compile(
    r"(?i:abstract|résumé|resumen|zusammenfassung|kurzfassung)"
    r"\s*(?:(?:[:：.—–]|--)[:：.—–-]*|-(?=[\sA-Z]))\s*|摘\s?要\s*[:：]?\s*"
    r"|(?i:abstract)(?=[A-Z][a-z])"
    rf"|(?i:abstract)[\s-]+(?=(?:{_FIRST_WORDS}|{_FIRST_WORDS.upper()})\b)"
)
_YEAR = r"(?:19|20)\d\d(?!\d)"
_SIGN = r"(?:©|\([cC]\)|Copyright\b)"
# After ":" and ";" a "(c)" counts on.
_TAIL = re.compile(
    r"(?:(?<=[.!?)\]”\"'])|(?<=[:;])(?!\s*\([cC]\))|(?<=\d)(?=\s)|^)"
    rf"\s*\(?{_SIGN}\s*(?:©|\([cC]\))?\s*(?:by\s+)?"
    rf"(?:{_YEAR}|The\s+Authors?|Author|Crown|[A-Z][\w&.' -]{{1,60}}{_YEAR}).{{0,300}}$"
)
_RESERVED = re.compile(
    r"(?<=[.!?)])\s*(?:(?:Published by\s)?[A-Z][\w&.,'’ -]{1,60}?\.?\s+)?"
    r"All rights (?:are )?reserved\.?$",
    re.I,
)
_PUBLISHED = re.compile(
    r"(?<=[.!?)])\s*Published by (?:[A-Z][\w&.,'’-]*\s?){1,8}(?:on behalf of [^.]{1,120})?\.?$"
)
_DATABASE = re.compile(
    r"\s*\((?:APA )?Psyc(?:INFO|Info|ArticlesS?|Info) Database Record[^()]*(?:\([cC]\)[^()]*)?\)$"
)
_LEAD = re.compile(
    rf"{_SIGN}\s*(?:©|\([cC]\))?\s*{_YEAR},?\s.{{0,160}}?(?:[Rr]ights reserved|[Aa]uthor\(?s?\)?"
    r"|Ltd|Inc|B\.V|GmbH|LLC|IEEE|ACM|Elsevier|Wiley|Society|Press)[^.\w]*\.\s*(?=[A-Z])"
)
_SIGN_HINTS = ("©", "(c)", "(C)", "opyright", "eserved", "ublished by", "Database Record")
# The tail is looked for in this much of the end, so that a long text costs no more.
_TAIL_CHARS = 600


def clean_abstract(raw: str) -> str:
    """The abstract alone, cleaned: without "Abstract:" before it and copyright notice after it."""
    text = clean(raw)
    while (trimmed := _trimmed(text)) != text:
        text = clean(trimmed)
    return text


def _trimmed(text: str) -> str:
    heading = _HEADING.match(text)
    if heading and heading.end() < len(text):
        text = text[heading.end() :]
    return _without_notice(text) if any(hint in text for hint in _SIGN_HINTS) else text


def _without_notice(text: str) -> str:
    lead = _LEAD.match(text)
    if lead:
        text = text[lead.end() :]
    body, end = text[:-_TAIL_CHARS], text[-_TAIL_CHARS:]
    for pattern in (_TAIL, _RESERVED, _PUBLISHED, _DATABASE):
        shorter = pattern.sub("", end).rstrip()
        if body or shorter:
            end = shorter
    return body + end
