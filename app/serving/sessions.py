"""Signed log-ins: what a browser keeps as a cookie, and shows with each request.

A session is the user's name, the moment at which it ends, a random word, and a signature of the
three. Whoever has the key can check it, so several processes behind a proxy share nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

from app.serving.users import Users

SECONDS = 12 * 3_600
_MOST_ENDED = 10_000


@dataclass(slots=True)
class Sessions:
    """Begins, checks and ends sessions. `key` signs them, together with the user's hash.

    So a changed password ends the user's sessions.
    """

    users: Users
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    clock: Callable[[], float] = time.time
    _ended: dict[str, float] = field(default_factory=dict)

    def begin(self, user: str) -> str:
        """A session of this user."""
        body = f"{int(self.clock()) + SECONDS}.{secrets.token_urlsafe(12)}.{_packed(user)}"
        return f"{body}.{self._signature(body, user)}"

    def user(self, session: str) -> str | None:
        """Whose session this is; None for one that is over, or that was never begun here."""
        body, _, signature = session.rpartition(".")
        ends, _, rest = body.partition(".")
        user = _unpacked(rest.partition(".")[2])
        if user is None or user not in self.users.hashes or not ends.isdecimal():
            return None
        sound = hmac.compare_digest(self._signature(body, user).encode(), signature.encode())
        over = len(ends) > 12 or int(ends) <= self.clock() or session in self._ended
        return None if over or not sound else user

    def end(self, session: str) -> None:
        """The session is over, also for who has copied it."""
        if self.user(session) is None:
            return
        now = self.clock()
        kept = {one: until for one, until in self._ended.items() if until > now}
        self._ended = dict(list(kept.items())[-_MOST_ENDED:])
        self._ended[session] = now + SECONDS

    def _signature(self, body: str, user: str) -> str:
        key = hmac.digest(self.key, self.users.hashes[user].encode(), hashlib.sha256)
        return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def _packed(user: str) -> str:
    return urlsafe_b64encode(user.encode()).decode().rstrip("=")


def _unpacked(text: str) -> str | None:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        return None
