"""Servers that stand in for each other: who is asked, in which order, and what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from ingest.errors import AskpapersError
from ingest.servers.background import emitted, in_background
from ingest.servers.failover import MayPass, Patience, first_answer

REFUSED = AskpapersError("refused")
BUSY = MayPass("busy", 0.0)


def asked(
    script: Mapping[str, list[Exception | str]], retries: int = 1, seconds: float | None = None
) -> tuple[str, list[str]]:
    """What a server answered or which failure was raised, and the addresses in order of asking."""
    order: list[str] = []

    async def ask(address: str, limit: float) -> str:
        assert limit > asyncio.get_running_loop().time()
        order.append(address)
        reply = script[address].pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def work() -> str:
        until = None if seconds is None else asyncio.get_running_loop().time() + seconds
        patience = Patience(timeout=1, retries=retries)
        is_final: Callable[[AskpapersError], bool] = lambda error: "too long" in str(error)  # noqa: E731
        return await first_answer(list(script), ask, patience, until=until, is_final=is_final)

    try:
        return asyncio.run(work()), order
    except AskpapersError as error:
        return str(error), order


def test_only_those_whose_failure_may_pass_are_asked_again() -> None:
    assert asked({"a": [REFUSED], "b": [BUSY, "yes"]}) == ("yes", ["a", "b", "b"])
    assert asked({"a": [REFUSED], "b": [REFUSED]}, retries=5) == ("refused", ["a", "b"])


def test_the_first_failure_is_told_when_nobody_answers() -> None:
    assert asked({"a": [REFUSED], "b": [BUSY, BUSY]}) == ("refused", ["a", "b", "b"])


def test_a_final_failure_ends_the_asking_at_once() -> None:
    long = MayPass("too long", 0.0)
    assert asked({"a": [BUSY], "b": [long], "c": ["yes"]}) == ("too long", ["a", "b"])


def test_the_server_that_is_back_first_sets_the_wait() -> None:
    slow = MayPass("slow", 50.0)
    assert asked({"a": [slow, "yes"], "b": [BUSY]}, seconds=5) == ("yes", ["a", "b", "a"])


@pytest.mark.parametrize(("wait", "seconds"), [(61.0, None), (5.0, 4.0)])
def test_a_wait_beyond_the_limit_is_not_begun(wait: float, seconds: float | None) -> None:
    assert asked({"a": [MayPass("later", wait)]}, seconds=seconds) == ("later", ["a"])


def test_what_is_no_failure_of_a_server_is_not_asked_again() -> None:
    with pytest.raises(ZeroDivisionError):
        asked({"a": [ZeroDivisionError(), "yes"]}, retries=3)


def test_leaving_the_background_cancels_what_still_runs() -> None:
    with in_background(asyncio.sleep(60)) as done:
        pass
    with pytest.raises(asyncio.CancelledError):
        done.result(5)


def test_a_mistake_in_the_work_comes_out_where_it_is_read() -> None:
    async def work(emit: Callable[[int], None]) -> None:
        emit(1)
        raise ZeroDivisionError

    found: list[int | None] = []
    with pytest.raises(ZeroDivisionError):
        found.extend(emitted(work))
