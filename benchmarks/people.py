"""Twenty people at once on the page's server for two minutes, then programs side by side.

    python benchmarks/people.py [--people 20] [--seconds 120] [--pause 3]

The server is the one of `askpapers chat`, in a process of its own, over the sample corpus. People
ask as the page does, read for a moment (`--pause`, in seconds, on average), and ask again; each
checks that the answer is to the own question and says what the engine alone says. Programs ask
`/v1/chat/completions` without a pause. The ratio is that of a median to the median of the same
questions in one process that nobody else asks, measured just before, so that two machines compare.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# The project, not this folder, whose files have the names of packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import httpx

from app.engine import Engine
from app.extractive.list_answers import Page
from app.library import make_sample
from app.settings import Settings
from app.ui.tables import MOST_ROWS
from eval.dataset.case_files import load as load_cases
from eval.dataset.corpora import CASES

ROOT = Path(__file__).resolve().parent.parent
_QUESTIONS = 60
_SIDE_BY_SIDE, _ASKED_IN_ALL = (1, 8, 32), 240
_STARTED = 120  # seconds

Ask = Callable[[str], Awaitable[str]]


@dataclass(slots=True)
class Seen:
    """What happened: milliseconds of right answers, and sentences about what went wrong."""

    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def row(self, name: str, alone: float, seconds: float) -> str:
        middle, late = (
            statistics.median(self.times),
            sorted(self.times)[int(0.95 * len(self.times))],
        )
        return (
            f"{name:<22}{len(self.times):>8}{len(self.wrong):>8}{len(self.times) / seconds:>10.1f}"
            f"{middle:>9.0f}{late:>9.0f}{middle / alone:>8.1f}"
        )


def letters(text: str) -> str:
    """The text without its markup and spaces, to compare what is shown with what was said."""
    return re.sub(r"<[^>]*>|&#?\w+;|\W|_", "", text).casefold()


@contextmanager
def serving(index: Path) -> Iterator[str]:
    """The address of the page of this index."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app", "chat", "--port", str(port), "--index", str(index)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    server = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.DEVNULL, env={**kept, "ASKPAPERS_MODE": "extractive"}
    )
    try:
        until = time.monotonic() + _STARTED
        while time.monotonic() < until and not _lives(port):
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            print("The server had to be killed.")


def _lives(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.HTTPError:
        return False


def expected(index: Path) -> tuple[dict[str, str], float]:
    """Questions with the beginning of what the engine says, and its median in milliseconds."""
    settings = Settings(_env_file=None, mode="extractive")
    engine = Engine(index, settings, Page(limit=MOST_ROWS))
    texts = [case.question for case in load_cases([CASES]) if not case.history]
    texts = random.Random(7).sample(sorted(set(texts)), _QUESTIONS)
    said, times = {}, []
    for text in texts:
        engine.ask(text)
        begun = time.perf_counter()
        answer = engine.ask(text)
        times.append(1000 * (time.perf_counter() - begun))
        first = answer.sentences[0].text if answer.sentences else answer.text
        said[text] = letters(first)[:60]
    engine.index.close()
    return said, statistics.median(times)


@dataclass(frozen=True, slots=True)
class Event:
    """What the page calls when a question is asked: its number, and what it sends beside it."""

    number: int
    others: tuple[object, ...]

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Event:
        """As a page that was just opened, whose settings nobody has touched."""
        first = {one["id"]: one["props"].get("value") for one in config["components"]}
        event = next(one for one in config["dependencies"] if one["api_name"] == "on_asking")
        return cls(event["id"], tuple(first.get(name) for name in event["inputs"][1:]))


class Visitor:
    """One browser: a session of the page, which asks as the page's script does."""

    def __init__(self, client: httpx.AsyncClient, event: Event, name: str) -> None:
        self._client, self._event, self._name = client, event, name
        self._asked = 0

    async def ask(self, text: str) -> str:
        """All that the page showed of the answer, after the question as it was shown."""
        # A new chat each time: what was asked before would be part of what is expected.
        session = f"{self._name}-{self._asked}"
        self._asked += 1
        wish = json.dumps({"do": "ask", "text": text, "n": self._asked})
        data = [wish, *self._event.others]
        asked = {"data": data, "fn_index": self._event.number, "session_hash": session}
        joined = await self._client.post("/gradio_api/queue/join", json=asked)
        joined.raise_for_status()
        shown = ""
        place = f"/gradio_api/queue/data?session_hash={session}"
        async with self._client.stream("GET", place) as events:
            async for line in events.aiter_lines():
                told = json.loads(line[5:]) if line.startswith("data:") else {}
                if told.get("msg") in ("process_generating", "process_completed"):
                    shown += json.dumps(
                        told["output"].get("data", told["output"]), ensure_ascii=False
                    )
                if told.get("msg") == "process_completed":
                    return shown if told["success"] else ""
        return ""


async def one_after_the_other(
    ask: Ask,
    said: Mapping[str, str],
    seen: Seen,
    goes_on: Callable[[], bool],
    seed: int,
    pause: float = 0.0,
) -> None:
    """Asks questions in an order of its own, and looks at each answer."""
    order, others = random.Random(seed), list(said)
    while goes_on():
        await asyncio.sleep(order.uniform(0, 2 * pause))
        text = order.choice(others)
        begun = time.perf_counter()
        try:
            shown = letters(await ask(text))
        except httpx.HTTPError as error:
            seen.wrong.append(f"{text}: {error!r}")
            continue
        if letters(text) in shown and said[text] in shown:
            seen.times.append(1000 * (time.perf_counter() - begun))
        else:
            seen.wrong.append(f"{text}: {shown[-300:]}")


async def people(
    address: str, said: Mapping[str, str], count: int, seconds: float, pause: float
) -> Seen:
    """So many people, for so long."""
    seen, until = Seen(), time.monotonic() + seconds
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        config = (await client.get("/config")).json()
        event = Event.of(config)
        visitors = [Visitor(client, event, f"person{number}") for number in range(count)]
        await asyncio.gather(
            *(
                one_after_the_other(
                    one.ask, said, seen, lambda: time.monotonic() < until, number, pause
                )
                for number, one in enumerate(visitors)
            )
        )
    return seen


async def programs(address: str, said: Mapping[str, str], count: int) -> tuple[Seen, float]:
    """So many programs until all questions are answered, and the seconds that it took."""
    seen, left = Seen(), iter(range(_ASKED_IN_ALL))
    limits = httpx.Limits(max_connections=None)
    begun = time.perf_counter()
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:

        async def ask(text: str) -> str:
            body = {"messages": [{"role": "user", "content": text}]}
            answer = await client.post("/v1/chat/completions", json=body)
            answer.raise_for_status()
            return text + str(answer.json()["choices"][0]["message"]["content"])

        await asyncio.gather(
            *(
                one_after_the_other(ask, said, seen, lambda: next(left, None) is not None, number)
                for number in range(count)
            )
        )
    return seen, time.perf_counter() - begun


def resident(address: str) -> float:
    """Resident memory of the server, in MB."""
    told = httpx.get(f"{address}/metrics", timeout=30).text
    found = re.search(r"^process_resident_memory_bytes (\S+)$", told, re.MULTILINE)
    return float(found[1]) / 1e6 if found else 0.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pause", type=float, default=3)
    given = parser.parse_args(arguments)
    logging.disable(logging.INFO)  # a line for each request
    rows, wrong, memory = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        make_sample(index, Settings(_env_file=None))
        said, alone = expected(index)
        with serving(index) as address:
            asyncio.run(people(address, said, given.people, min(10, given.seconds), given.pause))
            for part in range(4):  # memory is looked at in between
                seen = asyncio.run(
                    people(address, said, given.people, given.seconds / 4, given.pause)
                )
                rows.append(
                    seen.row(f"{given.people} people, part {part + 1}", alone, given.seconds / 4)
                )
                wrong += seen.wrong
                memory.append(resident(address))
            for count in _SIDE_BY_SIDE:
                seen, took = asyncio.run(programs(address, said, count))
                rows.append(seen.row(f"{count} programs", alone, took))
                wrong += seen.wrong
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; alone {alone:.0f} ms")
    print(f"{'who asks':<22}{'answers':>8}{'wrong':>8}{'a second':>10}", end="")
    print(f"{'p50 ms':>9}{'p95 ms':>9}{'ratio':>8}")
    print("\n".join(rows))
    print("resident MB after each part: " + ", ".join(f"{one:.0f}" for one in memory))
    print("\n".join(wrong[:5]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
