"""What one visitor chose for their own answers, beside the settings that hold for everybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from app.settings import Settings

Strictness = Literal["normal", "strict", "lenient"]
Name = Literal["quoted", "strictness", "years", "most"]
# What is given as an answer when strict is more likely one than not.
_EVEN = 0.5
_LENIENT = 1 / 3


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen of each; the defaults leave it to the settings and the question.

    `quoted` where no model is to write, `since` and `until` are the years (inclusive) of papers
    that are read, `most` is how many papers a list shows where its question names no number.
    """

    quoted: bool = False
    strictness: Strictness = "normal"
    since: int | None = None
    until: int | None = None
    most: int | None = None

    @property
    def years(self) -> str:
        """The years in words: "since 2020", "up to 2024", "2020–2024"; "" for all."""
        return span_of(self.since, self.until)

    @property
    def made(self) -> tuple[Name, ...]:
        """Which of them are not left to the settings."""
        one = {
            "quoted": self.quoted, "strictness": self.strictness != "normal",
            "years": bool(self.years), "most": self.most is not None,
        }  # fmt: skip
        names: tuple[Name, ...] = ("quoted", "strictness", "years", "most")
        return tuple(name for name in names if one[name])

    def less(self, name: Name) -> Choices:
        """The same choices, one of them left to the settings."""
        if name == "years":
            return replace(self, since=None, until=None)
        if name == "most":
            return replace(self, most=None)
        return (
            replace(self, quoted=False) if name == "quoted" else replace(self, strictness="normal")
        )

    def told(self, name: Name) -> str:
        """One of them in a word or two, for people."""
        words: dict[Name, str] = {
            "quoted": "no model, as set", "strictness": self.strictness,
            "years": f"papers {self.years} only", "most": f"at most {self.most} listed",
        }  # fmt: skip
        return words[name]


def span_of(since: object, until: object) -> str:
    """Years in words: "2020", "since 2020", "up to 2024", "2020–2024"; "" for all."""
    if since is None and until is None:
        return ""
    if since == until:
        return f"{since}"
    if until is None:
        return f"since {since}"
    return f"up to {until}" if since is None else f"{since}–{until}"


def as_strict(settings: Settings, strictness: Strictness) -> Settings:
    """The settings with the probabilities that an answer and a list need.

    Strict asks for even odds at least, and of a model for no sentence that nothing backs; lenient
    for a third of what is set. Leaving out one of eighteen collections, 0.17 answers 21 % of the
    questions without an answer and refuses 4 % of the others; strict 5 % and 17 %, lenient 58 % and
    less than 1 %.
    """
    if strictness == "normal":
        return settings
    strict = strictness == "strict"

    def moved(chance: float) -> float:
        return max(_EVEN, chance) if strict else chance * _LENIENT

    return settings.model_copy(
        update={
            "answered_from": moved(settings.answered_from),
            "listed_from": moved(settings.listed_from),
            **({"unsupported": "drop"} if strict else {}),
        }
    )
