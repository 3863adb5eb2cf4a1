"""Names and passwords as they come in: checked one at a time, and slowly for who guesses."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from app.metrics import FAILED_LOG_INS
from app.serving.sessions import Sessions
from app.serving.windows import Window

WRONG = "Name and password do not fit."
NEEDED = "Log in to ask here: on /login, or with a name and a password as HTTP Basic."
_TOO_OFTEN = "Too many log-ins failed: wait {minutes}, then try again."
_CROWDED = "Many people are logging in just now: try again in a few seconds."
# Failures of one address, and of one name from wherever, in these seconds.
_OF_ADDRESS, _OF_NAME, _LATELY = 10, 100, 300.0
_CHECKED_AT_ONCE = 32
# What a program sent and was let in with is not worked out again for so many seconds.
_TRUSTED, _MOST_TRUSTED = 600.0, 1_000


class Refused(Exception):
    """A log-in that failed, with the sentence for whoever tried."""

    def __init__(self, status: int, sentence: str, wait: float = 0.0) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.wait = status, sentence, wait


@dataclass(slots=True)
class Door:
    """Lets in who shows the password of a user, or has shown it."""

    sessions: Sessions
    clock: Callable[[], float] = time.monotonic
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _trusted: dict[bytes, tuple[float, str]] = field(default_factory=dict)
    _waiting: int = 0
    _addresses: Window = field(init=False)
    _names: Window = field(init=False)
    # One thread: guesses take the time of one core at most.
    _worker: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="log-in")
    )

    def __post_init__(self) -> None:
        self._addresses = Window(_OF_ADDRESS, _LATELY, self.clock)
        self._names = Window(_OF_NAME, _LATELY, self.clock)

    async def admit(self, name: str, password: str, address: str) -> None:
        """Returns for the user's own password. Raises Refused."""
        try:
            await self._admit(name, password, address)
        except Refused:
            FAILED_LOG_INS.add()
            raise

    async def _admit(self, name: str, password: str, address: str) -> None:
        wait = max(self._addresses.wait(address), self._names.wait(name))
        if wait:
            minutes = f"{round(wait / 60) or 1} min"
            raise Refused(429, _TOO_OFTEN.format(minutes=minutes), wait)
        if self._waiting >= _CHECKED_AT_ONCE:
            raise Refused(503, _CROWDED, 5.0)
        # Counted before it is known, so that many tries at once do not slip through.
        self._addresses.add(address)
        self._names.add(name)
        self._waiting += 1
        try:
            fits = await asyncio.get_running_loop().run_in_executor(
                self._worker, self.sessions.users.admits, name, password
            )
        finally:
            self._waiting -= 1
        if not fits:
            raise Refused(401, WRONG)
        self._addresses.take_back(address)
        self._names.take_back(name)

    async def program(self, sent: str, address: str) -> str:
        """The user of an Authorization header. Raises Refused."""
        seal = hmac.digest(self._key, sent.encode("utf-8", "surrogatepass"), hashlib.sha256)
        until, user = self._trusted.get(seal, (0.0, ""))
        if until > self.clock():
            return user
        name, password = _credentials(sent)
        await self.admit(name, password, address)
        while len(self._trusted) >= _MOST_TRUSTED:
            del self._trusted[next(iter(self._trusted))]
        self._trusted[seal] = (self.clock() + _TRUSTED, name)
        return name


def _credentials(sent: str) -> tuple[str, str]:
    """Name and password of an Authorization header. Raises Refused."""
    scheme, _, rest = sent.partition(" ")
    text = rest.strip()
    if scheme.lower() == "basic":
        try:
            text = base64.b64decode(text, validate=True).decode()
        except ValueError:
            raise Refused(401, WRONG) from None
    elif scheme.lower() != "bearer":
        raise Refused(401, NEEDED)
    name, colon, password = text.partition(":")
    if not colon:
        raise Refused(401, WRONG)
    return name, password
