"""Text that cannot become markup, and addresses that may become links.

Everything the page shows passes two readers: Markdown first, HTML after it. So every character
that either could take for syntax is written as a character reference.
"""

from __future__ import annotations

from urllib.parse import urlsplit

_LONGEST_TITLE = 240  # characters
_PLAIN = frozenset(" ,;?")
# Invisible characters that reorder text, and so could show something else than what is there.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def escape(text: str) -> str:
    """Text that neither Markdown nor HTML reads as syntax, in content or in quoted attributes."""
    return "".join(_reference(character) for character in text)


def code_line(text: str) -> str:
    """One line of text in which `backquoted` stretches are set as code."""
    return "".join(
        f"<code>{escape(piece)}</code>" if place % 2 else escape(piece)
        for place, piece in enumerate(text.split("`"))
    )


def web_address(url: str) -> str:
    """The address, if it is a plain http(s) one with a host and no user in it; else ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    plain = url.isprintable() and " " not in url
    sound = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return url if plain and sound else ""


def shortened(text: str, most: int = _LONGEST_TITLE) -> str:
    """One line of text, cut with an ellipsis where it is longer than so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _reference(character: str) -> str:
    if character.isalnum() or character in _PLAIN:
        return character
    if character.isspace():
        return " "
    if character in _REORDERING or (ord(character) < 0xA0 and not character.isprintable()):
        return ""
    return f"&#{ord(character)};" if character.isascii() else character
