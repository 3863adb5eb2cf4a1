"""Requests to servers that stand in for each other: each in turn, and again while it may help."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from ingest.errors import AskpapersError

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

_LONGEST_WAIT = 60.0  # seconds that a server may ask to wait where no other limit is set
# Seconds before the second round; doubled for each one after it. The random part keeps clients
# that failed together from coming back together.
_FIRST_WAIT, _JITTER = 0.4, 0.1
# Seconds before a store is asked again, doubled each time, and the most of them.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for one try, further tries, and requests at the same time."""

    timeout: float = 30.0
    retries: int = 2
    parallel: int = 4


class MayPass(AskpapersError):
    """A failure that may be over soon; `wait` is how long the server asks to wait, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


async def first_answer(
    addresses: Sequence[str],
    ask: Callable[[str, float], Awaitable[T]],
    patience: Patience,
    *,
    until: float | None = None,
    is_final: Callable[[AskpapersError], bool],
) -> T:
    """What `ask(address, limit)` returns for the first address that answers.

    Those whose failure may pass are asked again after a while. `until` and `limit` are times of
    the event loop: up to `until` the addresses share the time that is left, without it each try
    has the whole timeout. Raises the first failure, or at once one that `is_final`.
    """
    from tenacity import AsyncRetrying, retry_if_exception
    from tenacity.wait import wait_exponential_jitter

    growing = wait_exponential_jitter(multiplier=_FIRST_WAIT, jitter=_JITTER)
    loop = asyncio.get_running_loop()
    servers = _Servers(list(addresses), ask, patience.timeout, until, is_final)

    def wait(state: RetryCallState) -> float:
        """Until the first of the servers may be back."""
        return min(growing(state) if asked is None else asked for asked in servers.waits)

    def is_over(state: RetryCallState) -> bool:
        latest = loop.time() + _LONGEST_WAIT if until is None else until
        too_late = loop.time() + state.upcoming_sleep >= latest
        return too_late or state.attempt_number > patience.retries

    may_pass = retry_if_exception(lambda _: bool(servers.waits))
    rounds = AsyncRetrying(retry=may_pass, wait=wait, stop=is_over, reraise=True)
    return await rounds(servers.each_in_turn)


def asked_again(ask: Callable[[], T], may_pass: Callable[[BaseException], bool], retries: int) -> T:
    """What `ask` returns, asked again after failures that may pass, each time a little later."""
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

    growing = wait_exponential(multiplier=_FIRST_PAUSE, max=_LONGEST_PAUSE)
    stop = stop_after_attempt(retries + 1)
    rounds = Retrying(retry=retry_if_exception(may_pass), wait=growing, stop=stop, reraise=True)
    return rounds(ask)


@dataclass(slots=True)
class _Servers(Generic[T]):
    """The servers that may still answer, and what the others failed of."""

    left: list[str]
    ask: Callable[[str, float], Awaitable[T]]
    timeout: float
    until: float | None
    is_final: Callable[[AskpapersError], bool]
    failures: list[AskpapersError] = field(default_factory=list)
    waits: list[float | None] = field(default_factory=list)

    async def each_in_turn(self) -> T:
        """The first answer; afterwards those are left whose failure may pass, with their waits."""
        asked, self.left, self.waits = self.left, [], []
        passing: list[float | None] = []
        for place, address in enumerate(asked):
            try:
                return await self.ask(address, self._limit(len(asked) - place))
            except AskpapersError as error:
                if self.is_final(error):
                    raise
                self.failures.append(error)
                if isinstance(error, MayPass):
                    self.left.append(address)
                    passing.append(error.wait)
        self.waits = passing
        raise self.failures[0]

    def _limit(self, sharing: int) -> float:
        """Up to when a try may last, where so many servers share the time that is left."""
        now = asyncio.get_running_loop().time()
        return now + (self.timeout if self.until is None else (self.until - now) / sharing)
