"""A conversation as the visitor's browser keeps it, and back: versioned, and of limited size."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from app.ui.chat import Turns, settle

# Another shape of the stored turns takes another number: what an older page kept is then dropped.
VERSION = 1
LARGEST = 250_000  # characters; as JSON in JSON it has to fit into one request

_TURNS = TypeAdapter(Turns)
Kept = dict[str, object]


def packed(turns: Turns) -> Kept:
    """The newest turns that fit, as JSON."""
    kept = settle(turns)
    text = _TURNS.dump_json(kept).decode()
    while len(text) > LARGEST:
        kept = kept[1:]
        text = _TURNS.dump_json(kept).decode()
    return {"version": VERSION, "turns": text}


def unpacked(kept: object) -> Turns:
    """The turns that were kept; none for anything else, since anybody can write it."""
    if not isinstance(kept, dict) or kept.get("version") != VERSION:
        return ()
    text = kept.get("turns")
    if not isinstance(text, str) or len(text) > LARGEST:
        return ()
    try:
        return settle(_TURNS.validate_json(text))
    except ValidationError:
        return ()
