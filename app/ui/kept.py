"""A conversation as the visitor's browser keeps it, and back: versioned, and of limited size."""

from __future__ import annotations

import binascii
import lzma
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from typing import TypeGuard

from pydantic import TypeAdapter, ValidationError

from app.answer import Answer
from app.ui.chat import Turns, settle

# Another shape of the stored turns takes another number: what an older page kept is then dropped.
VERSION = 2
# Characters. A browser keeps 2.5 to 5 million of a site, and Gradio's cipher makes four of three.
LARGEST = 1_500_000
# Bytes that this may become: papers that many answers cite are stored once.
LARGEST_UNPACKED = 16 << 20
# Of a long list the other abstracts are the collection's to keep.
_WITH_ABSTRACT = 5
_MOST_LOST = 10_000
# A window as long as a conversation, so that what its answers share is stored once.
_PACKING = [{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 8 << 20}]
_MEMORY = 64 << 20

_TURNS = TypeAdapter(Turns)
Kept = dict[str, object]


def owner_of(user: str) -> str:
    """What tells one user's chat from another's at one browser; "" where nobody logs in."""
    return sha256(user.encode()).hexdigest() if user else ""


def packed(turns: Turns, lost: int = 0, owner: str = "") -> Kept:
    """The newest turns that fit, of an owner's conversation that has lost some before."""
    kept = tuple(
        replace(turn, answer=_light(turn.answer)) if turn.answer else turn for turn in settle(turns)
    )
    while (text := _text(kept)) is None:
        kept = kept[-(-len(kept) // 8) :] if len(kept) > 1 else ()
    gone = lost + len(turns) - len(kept)
    return {"version": VERSION, "turns": text, "lost": gone, "owner": owner}


def unpacked(kept: object, owner: str = "") -> Turns:
    """The turns that were kept of this owner; none for anything else: anybody can write it.

    Most papers of a long list have no abstract.
    """
    text = kept.get("turns") if _is_ours(kept, owner) else None
    if not isinstance(text, str) or len(text) > LARGEST:
        return ()
    reading = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)
    try:
        unpacked = reading.decompress(b64decode(text, validate=True), LARGEST_UNPACKED)
        return settle(_TURNS.validate_json(unpacked)) if reading.eof else ()
    except (ValidationError, lzma.LZMAError, binascii.Error, ValueError):
        return ()


def lost(kept: object, owner: str = "") -> int:
    """How many turns of the owner's conversation did not fit."""
    count = kept.get("lost") if _is_ours(kept, owner) else 0
    return min(count, _MOST_LOST) if type(count) is int and count > 0 else 0


def is_of_another(kept: object, owner: str) -> bool:
    """Whether a conversation was kept, and not this owner's."""
    return isinstance(kept, dict) and kept.get("owner", "") != owner


def _is_ours(kept: object, owner: str) -> TypeGuard[Kept]:
    current = isinstance(kept, dict) and kept.get("version") == VERSION
    return current and not is_of_another(kept, owner)


def _text(turns: Turns) -> str | None:
    """The turns as text; None where that is too long."""
    plain = _TURNS.dump_json(turns)
    if len(plain) > LARGEST_UNPACKED:
        return None
    text = b64encode(lzma.compress(plain, lzma.FORMAT_XZ, filters=_PACKING)).decode()
    return text if len(text) <= LARGEST else None


def _light(answer: Answer) -> Answer:
    """The answer with the abstracts of the papers that it cites first."""
    bare = (
        replace(cited, paper=replace(cited.paper, abstract=""))
        for cited in answer.citations[_WITH_ABSTRACT:]
    )
    return replace(answer, citations=(*answer.citations[:_WITH_ABSTRACT], *bare))
