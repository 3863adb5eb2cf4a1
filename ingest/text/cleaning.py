"""Text as a person would want to read it: the stored abstract, title and names."""

from __future__ import annotations

import html
import re
import unicodedata

from ingest.text.latex import HINTS, without_latex

_INLINE = (
    "i|b|u|em|strong|small|sub|span|italic|bold|underline|sc|a|font|tt|code|tex-math|fixed-case|url"
)
_BLOCK = (
    "p|br|sec|div|li|ul|ol|list|list-item|title|abstract|h[1-6]|inline-formula|disp-formula|math"
    "|mml:\\w+|section|article|label"
)
_MARKUP = re.compile("|".join(map(re.escape, ("<", "&", *HINTS))))
_HEADING_TAG = re.compile(
    r"<(?:jats:)?title(?:\s[^<>]*)?>\s*([^<>]{1,60}?)\s*[:.]?\s*</(?:jats:)?title>", re.I
)
_SUPERSCRIPT = re.compile(r"<(?:jats:)?sup(?:\s[^<>]*)?>([^<>]{1,40})</(?:jats:)?sup>", re.I)
_INLINE_TAG = re.compile(rf"</?(?:jats:)?(?:{_INLINE}|sup)(?:\s[^<>]*)?/?>", re.I)
_BLOCK_TAG = re.compile(rf"</?(?:jats:)?(?:{_BLOCK})(?:\s[^<>]*)?/?>", re.I)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}[0-9]{0,2}|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_LIGATURE = re.compile(r"[\ufb00-\ufb06]")
_SPACES = re.compile(r"[\t\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff\ufff9-\uffff]|\ufffd(?=\ufffd)"
)
_LINE_END_HYPHEN = re.compile(r"\b(\w+)-[ \t]*\n[ \t]*([^\W\d_A-Z]\w*)")
# Words that keep their hyphen when a line ends after it.
_COMPOUND = frozenset(
    "self non multi cross semi pre post co inter intra meta zero few one two three four first"
    " second third high low large small long short well state real time end human fine open model"
    " data task off on in out up down all any best so deep early late right left full half single"
    " double many general domain cost training test user item graph text image video speech".split()
)
# What UTF-8 begins a letter with, as other encodings show it.
_SCRAMBLED = "\x80-\x9fÂ-ÅÎ-ÑÙâ-ïðñ√├РС"
_SCRAMBLED_HINT = re.compile(f"[{_SCRAMBLED}]")
# Scrambled letters, ligatures, and what is not to be seen although Python calls it printable.
_ODD = re.compile(f"[{_SCRAMBLED}\ufb00-\ufb06\ufffc\ufffd]")
# A change of one pass can bare another layer ("&amp;lt;"); real text has two or three.
_MOST_PASSES = 50


def clean(raw: str) -> str:
    """One line of plain text: no markup, LaTeX, control or invisible characters, no double spaces.

    Cleaning it again changes nothing.
    """
    text = " ".join(_joined(raw).split())
    if text.isascii() and text.isprintable() and not _MARKUP.search(text):
        return text  # most texts, many times faster than the passes
    for _ in range(_MOST_PASSES):
        cleaned = _pass(text)
        if cleaned == text:
            break
        text = cleaned
    return text


def _pass(text: str) -> str:
    text = _visible(text)
    if "<" in text or "&" in text:
        text = _visible(_without_tags(text))
    return " ".join(without_latex(text).split())


def _joined(raw: str) -> str:
    """Wrapped lines with the words that a line end had cut made whole again."""
    if "\u00ad" in raw:
        raw = re.sub("\u00ad[ \t]*\r?\n[ \t]*", "", raw)
    if "-" not in raw or "\n" not in raw:
        return raw
    text = raw.replace("\r\n", "\n")

    def whole(match: re.Match[str]) -> str:
        before, after = match.groups()
        if before + after in text.replace(match.group(), ""):
            return before + after
        parted = before.lower() in _COMPOUND or not before.isalpha() or len(before) < 2
        hyphened = text[max(match.start() - 1, 0)] == "-" or f"{before}-{after}" in text
        return f"{before}-{after}" if parted or hyphened else before + after

    return _LINE_END_HYPHEN.sub(whole, text)


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    if text.isprintable() and not _ODD.search(text):
        return unicodedata.normalize("NFC", text)  # most texts, with one look instead of four
    # Before control characters go: some of them are halves of scrambled letters.
    text = _UNSEEN.sub("", _SPACES.sub(" ", _unscrambled(text)))
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    return _LIGATURE.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)


def _unscrambled(text: str) -> str:
    """Text that was read in the wrong encoding ("Ã©") with the letters that were meant."""
    if not _SCRAMBLED_HINT.search(text):
        return text
    # Loaded only for text that may need it.
    from ftfy import fix_encoding
    from ftfy.badness import is_bad

    return fix_encoding(text) if is_bad(text) else text


def _without_tags(text: str) -> str:
    if "<" in text:
        text = _HEADING_TAG.sub(r"\1: ", text)
        text = _SUPERSCRIPT.sub(lambda match: _raised(match.group(1)), text)
        text = _BLOCK_TAG.sub(" ", _INLINE_TAG.sub("", text))
    return _ENTITY.sub(lambda match: html.unescape(match.group()), text)


def _raised(text: str) -> str:
    """Digits and signs as superscripts, so that 10<sup>3</sup> is not read as 103; "1st" stays."""
    return text.translate(_RAISED) if re.fullmatch(r"[\d+\-−–]+", text.strip()) else text
