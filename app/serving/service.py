"""How the page's server treats those who use it, as the settings say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.serving.logs import Form
from app.serving.turnstile import Turnstile
from app.serving.watched import Watch

if TYPE_CHECKING:
    from app.serving.door import Door
    from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """Everything about serving that a setting decides.

    `allowed` are further names that the page answers to, and sites that may send requests. Without
    a `door` there is no log-in.
    """

    allowed: Sequence[str] = ()
    door: Door | None = None
    at_a_time: int = 4
    waiting: int = 64
    a_minute: int = 0
    watch: Watch = field(default_factory=Watch)
    log: Form = "quiet"

    def turnstile(self) -> Turnstile:
        """What lets questions in."""
        return Turnstile(self.at_a_time, self.waiting, self.a_minute)


def service(settings: Settings) -> Service:
    """The service that the settings describe. Raises SettingsError for users that are none."""
    return Service(
        settings.allowed_names, _door(settings), settings.answers_at_once, settings.waiting,
        settings.rate, Watch(settings.slow_seconds, settings.log_questions), settings.log,
    )  # fmt: skip


@contextmanager
def traced(settings: Settings) -> Iterator[None]:
    """Sends traces for the time of the block, where the settings say so."""
    if not settings.traces:
        yield
        return
    from app.integrations.telemetry import send_traces

    end = send_traces(with_texts=settings.log_questions)
    try:
        yield
    finally:
        end()


def _door(settings: Settings) -> Door | None:
    if settings.users is None:
        return None
    from app.serving.door import Door
    from app.serving.sessions import Sessions
    from app.serving.users import users

    known = users(settings.users.get_secret_value())
    if settings.secret is None:
        return Door(Sessions(known))
    return Door(Sessions(known, settings.secret.get_secret_value().encode()))
