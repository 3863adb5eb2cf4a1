"""What passes between us and a chat server: requests, pieces of answers, token counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.llm import errors
from app.llm.deadline import Deadline
from app.llm.stream import Part
from app.settings import Settings
from ingest.errors import ServerError

Message = dict[str, str]
Schema = Mapping[str, Any]

WITHHELD = "content_filter"  # the finish of an answer that the server's own filter cut off

_CHARACTERS = 10  # characters a token, beyond which an answer is cut off


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of the answer; empty while the server is silent or thinks.

    On the last piece only, `finish` is the server's reason for the end ("stop", "length",
    "content_filter"), and `prompt` the tokens that it counted in the prompt, 0 if it told none.
    """

    text: str = ""
    finish: str = ""
    prompt: int = 0


@dataclass(slots=True)
class Usage:
    """Tokens that the server counted."""

    prompt: int = 0
    completion: int = 0

    def add(self, other: Usage) -> None:
        self.prompt += other.prompt
        self.completion += other.completion


@dataclass(frozen=True, slots=True)
class Request:
    """A conversation to be continued. `schema` asks for JSON of that shape.

    Without a deadline it may take as long as a whole answer.
    """

    messages: Sequence[Message]
    schema: Schema | None = None
    max_tokens: int = 0
    model: str = ""
    deadline: Deadline | None = None


@dataclass(slots=True)
class Received:
    """The answer to one request as far as it has come; `full` at the greatest length allowed.

    `latest` is the time of the event loop by which it has to end, `heard` tells whether the place
    that is asked gave a sign of life that counts.
    """

    emit: Callable[[Piece], None]
    settings: Settings
    max_tokens: int
    latest: float
    text: str = ""
    thought: int = 0
    finish: str = ""
    full: bool = False
    heard: bool = False
    usage: Usage = field(default_factory=Usage)

    @property
    def characters(self) -> int:
        """How long the answer is so far, without thoughts."""
        return len(self.text)

    def begin(self) -> None:
        """Forget how a try ended that told nothing: another place is asked."""
        self.thought, self.finish, self.full, self.heard = 0, "", False, False
        self.usage = Usage()

    def count(self, counts: object) -> None:
        """What the server counted in this request so far; the last count is that of all of it."""
        if isinstance(counts, dict) and isinstance(counts.get("prompt_tokens"), int):
            completion = counts.get("completion_tokens")
            written = completion if isinstance(completion, int) else 0
            self.usage = Usage(counts["prompt_tokens"], written)

    def add(self, part: Part) -> None:
        """Emit a part that holds any text or thought."""
        self.text += part.text
        self.thought += len(part.thought)
        self.finish = self.finish or part.finish
        longest = _CHARACTERS * (self.max_tokens or self.settings.max_tokens)
        if self.characters + self.thought > longest:
            self.full, self.finish = True, "length"
        if part.text or part.thought:
            self.emit(Piece(part.text))

    def end(self, place: str) -> None:
        """Emit the end. Raises ServerError for an answer that is cut off or empty."""
        if not self.finish:
            raise errors.Passing(f"The model server at {place} broke off in mid-answer.")
        if self.finish == WITHHELD and not self.characters:
            raise errors.withheld(place)
        if not self.characters and self.thought:
            raise errors.only_thought(place)
        if not self.characters and self.finish == "length":
            raise errors.spent(place)
        if not self.characters:
            raise ServerError(f"The model server at {place} sent an empty answer.")
        self.emit(Piece(finish=self.finish, prompt=self.usage.prompt))
