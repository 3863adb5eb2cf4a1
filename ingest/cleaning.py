"""Text as a person would want to read it: the stored abstract, title and names."""

from __future__ import annotations

import html
import re
import unicodedata

_TAG = re.compile(
    r"</?(?:jats:)?(?:i|b|em|strong|sub|sup|p|br|sec|title|span|italic|bold|tex-math|inline-formula"
    r"|math|mml:\w+)(?:\s[^<>]*)?/?>",
    re.I,
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_LIGATURE = re.compile(r"[\ufb00-\ufb06]")
_ESCAPED = re.compile(r"\\([%&#_$])")
_TIE = re.compile(r"(?<=[\w)\]])~(?=[\w(\[\\])")
_MATH = re.compile(
    r"(?<![\\\w$])\$(?=\S)([^$\n]{1,200}?)(?<=\S)\$(?!\d)|(?<=\w)\$([_^][^$\n]{1,80}?)\$"
)
_COMMAND = re.compile(
    r"\\(?:[a-zA-Z]+\*?(?:\s*\{[^{}]*\})+|[\"'`^~=.](?:\{\w\}|\w)|[a-zA-Z]{2,}(?![a-zA-Z]))"
)
_ACCENT_GROUP = re.compile(r"\{(\\[\"'`^~=.]?\{?\\?\w+\}?)\}")
_GROUP = re.compile(r"(?<![\\_^\w])\{([\w \-]+)\}")
_INVISIBLE = {"\u00ad", "\ufeff"}
_DIRECTION = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069]")


def clean(raw: str) -> str:
    """One line of plain text: no markup, LaTeX, control or invisible characters, no double spaces."""
    text = _visible(unicodedata.normalize("NFC", raw))
    if "<" in text or "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match.group()), _TAG.sub("", text))
        text = _visible(text)
    if any(mark in text for mark in "\\$~{"):
        text = _without_latex(text)
    return " ".join(text.split())


def _visible(text: str) -> str:
    text = _LIGATURE.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    text = _DIRECTION.sub("", text)
    return "".join(
        " " if character in "\t\n\r\x0b\x0c\x85\u2028\u2029" else character
        for character in text
        if character not in _INVISIBLE
        and (unicodedata.category(character) != "Cc" or character.isspace())
        and not 0xD800 <= ord(character) <= 0xDFFF
    )


def _without_latex(text: str) -> str:
    text = _MATH.sub(lambda match: _rendered(match.group(1) or match.group(2)), text)
    text = _ACCENT_GROUP.sub(lambda match: _rendered(match.group(1)), text)
    text = _COMMAND.sub(lambda match: _rendered(match.group()), text)
    text = _ESCAPED.sub(r"\1", text)
    return _GROUP.sub(r"\1", _TIE.sub(" ", text))


def _rendered(latex: str) -> str:
    """LaTeX as Unicode text. An unknown command keeps what stands in its braces."""
    # Loaded only for text that holds LaTeX: most does not.
    from pylatexenc.latex2text import LatexNodes2Text

    escaped = re.sub(r"(?<!\\)%", r"\\%", latex)
    return str(
        LatexNodes2Text(math_mode="text", keep_comments=True).latex_to_text(
            escaped, tolerant_parsing=True
        )
    )
