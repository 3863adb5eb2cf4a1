"""Replies of a model, kept on disk by the content that they reply to."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.llm.protocol import Usage
from ingest.errors import UsageError
from ingest.json_text import parsed

Message = dict[str, str]
Ask = Callable[[Sequence[Message], int], str]


@dataclass(frozen=True, slots=True)
class Replies:
    """Replies of one model at one temperature to prompts of one version, in `folder`.

    They are those of one `server` and `seed`, and of one reading each: the same name elsewhere may
    be another model. `ask` asks the model; without it kept replies are replayed, and only those.
    `usage` counts the tokens of what was asked.
    """

    folder: Path
    model: str
    version: str
    temperature: float
    ask: Ask | None = None
    server: str = ""
    seed: int | None = None
    repeat: int = 3
    usage: Usage = field(default_factory=Usage)

    def reply(self, messages: Sequence[Message], reading: int = 0) -> str:
        """The kept reply to exactly these messages, else the model's, which is then kept.

        Raises UsageError for a miss in a replay, and whatever `ask` raises.
        """
        file = self.folder / f"{self.key(messages, reading)}.json"
        kept = _read(file)
        if kept is not None:
            return kept
        if self.ask is None:
            raise UsageError(
                f"No reply of {self.model} is kept for one of the prompts (temperature "
                f"{self.temperature:g}, prompts {self.version}) in {self.folder}. Run it once with "
                "--judge-cache live."
            )
        found = self.ask(messages, reading)
        self._keep(file, messages, found)
        return found

    def key(self, messages: Sequence[Message], reading: int = 0) -> str:
        """SHA-256 of server, model, version of the prompts, temperature, seed and messages."""
        asked = [self.server, self.model, self.version, self.temperature, self.seed, reading]
        stored = json.dumps([*asked, list(messages)])
        return hashlib.sha256(stored.encode()).hexdigest()

    def _keep(self, file: Path, messages: Sequence[Message], reply: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        entry = {"model": self.model, "messages": list(messages), "reply": reply}
        # Written beside and moved, so that no interruption leaves half a reply.
        half = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        half.write_text(json.dumps(entry, ensure_ascii=False, indent=1), encoding="utf-8")
        half.replace(file)


def _read(file: Path) -> str | None:
    try:
        return str(parsed(file.read_text(encoding="utf-8"))["reply"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file}: this is not a kept reply; delete it.") from error
