"""What we know about any model server: its addresses, its keys, and what its failures mean.

Nothing here imports a client: what failed is read from status codes, from the server's words, and
from the errors of the standard library that lie beneath. No text that leaves here holds a key.
"""

from __future__ import annotations

import re
import socket
import ssl
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from ingest.json_text import parsed

DEFAULT_ADDRESS = "https://api.openai.com/v1"
_ADDRESS = re.compile(r"https?://[^\s/,]+[^\s,]*")

_OVERFLOW = re.compile(
    r"context[ _](?:length|window|size)|exceed_context|maximum context|too many tokens"
    r"|(?:prompt|input|request) (?:is )?(?:too (?:long|large)|exceeds)|n_ctx|max_model_len"
    r"|input length exceeds|physical batch size",
    re.I,
)
# A server quotes the key that it refuses, often with stars in the middle.
_KEY_LIKE = re.compile(r"\b(?:sk|pk|rk|hf|gsk|key)[-_][\w*.\-]{6,}|Bearer\s+\S+", re.I)
_LONGEST_QUOTE = 160
_SURELY_SECRET = 12  # characters from which a key is no part of a word by chance

Cause = Literal["name", "tls", "nobody", "broken"]


def addresses(setting: str | None) -> tuple[str, ...]:
    """The addresses of a comma-separated list, without a closing slash; OpenAI's where empty."""
    listed = [part.strip().rstrip("/") for part in (setting or "").split(",")]
    return tuple(part for part in listed if part) or (DEFAULT_ADDRESS,)


def is_address(text: str) -> bool:
    """Whether a text is the address of a server, whatever its host and path."""
    try:
        return bool(_ADDRESS.fullmatch(text)) and (urlsplit(text).port or 0) >= 0
    except ValueError:  # brackets that are no IPv6 address, or a port that is no number
        return False


def is_database(text: str) -> bool:
    """Whether a text is the address of a PostgreSQL database."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("postgresql", "postgres") and (parts.port or 0) >= 0
    except ValueError:
        return False


def shown(address: str) -> str:
    """An address as a person may see it: without user name, password and query."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def holds_secret(address: str) -> bool:
    """Whether a user name or password stands in an address."""
    return "@" in urlsplit(address).netloc


def is_key(key: str) -> bool:
    """Whether a key can be sent in a header at all."""
    return key.isascii() and key.isprintable() and " " not in key


def is_overflow(body: str) -> bool:
    """Whether a server says that the input is longer than its model can read."""
    return _OVERFLOW.search(body) is not None


def asked_wait(header: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, in either of its forms, or None."""
    try:
        return max(0.0, float(header)) if header else None
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def cause(error: BaseException) -> Cause:
    """Why a connection failed: unknown name, no TLS, nobody there, or broken on the way."""
    causes = list(_causes(error))
    if any(isinstance(one, socket.gaierror) for one in causes):
        return "name"
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return "tls"
    # anyio tries every address of a host and then keeps only the text of what each one said.
    refused = any("All connection attempts failed" in str(one) for one in causes)
    if refused or any(isinstance(one, ConnectionRefusedError) for one in causes):
        return "nobody"
    return "broken"


def _as_shown(address: re.Match[str]) -> str:
    try:
        return shown(address.group())
    except ValueError:  # what is no address after all
        return "…"


_WEB = re.compile(r"\b[a-z]+://[^\s\"'<>“”]+", re.I)


def quoted(body: str, key: str = "") -> str:
    """What a server said, in brackets: one plain line without anything like a key, or nothing."""
    said = _WEB.sub(_as_shown, _message(body))
    # The quotation marks around it tell where it ends.
    said = said.replace("“", '"').replace("”", '"')
    said = _keyless(said, key) if key else said
    said = " ".join(_KEY_LIKE.sub("…", said).split())
    said = "".join(c for c in said if unicodedata.category(c)[0] != "C")
    if len(said) > _LONGEST_QUOTE:
        said = said[: _LONGEST_QUOTE - 1] + "…"
    return f" (“{said.rstrip('.')}”)" if said else ""


def _keyless(said: str, key: str) -> str:
    """A server's words without a key; one that could be part of a word only where it is a whole."""
    bounds = ("", "") if len(key) >= _SURELY_SECRET else (r"(?<!\w)", r"(?!\w)")
    return re.sub(re.escape(key).join(bounds), "…", said)


def _message(body: str) -> str:
    try:
        found = parsed(body)
    except ValueError:
        return "" if "<" in body else body
    for name in ("error", "message", "detail"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    return found if isinstance(found, str) else ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
