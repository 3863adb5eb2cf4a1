"""What visitors of the page leave in its memory: 2,000 who ask one question each and go."""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

# The project, not this folder, whose files have the names of packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import httpx

from app.answer import Answer
from app.ui import server as serving

_VISITORS = 2_000


class Parrot:
    """An engine that answers at once, so that only the page takes memory."""

    def stream(self, question: str, _: Sequence[str]) -> Iterator[Answer]:
        yield Answer(question, "It says so. " * 40, "lookup")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=_VISITORS)
    visitors = parser.parse_args().visitors
    with serving.listen("127.0.0.1", 0) as listener:
        ready = threading.Event()
        server = serving.server(serving.application(Parrot(), "no papers"), ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        ready.wait()
        address = serving.address(listener)
        with httpx.Client(base_url=address, timeout=60) as client:
            for number in range(50):  # what the first visitors load stays, whoever follows
                visit(client, f"first{number}")
            before = resident()
            for number in range(visitors):
                visit(client, f"visitor{number}")
        gc.collect()
        after = resident()
        server.should_exit = True
        thread.join()
    print(f"{visitors:,} visitors: {before:.0f} MB before, {after:.0f} MB after,", end=" ")
    print(f"{(after - before) * 1000 / visitors:.1f} KB each")


def visit(client: httpx.Client, session: str) -> None:
    """Ask one question, read the answer to its end, and leave."""
    asked = {"data": ["What is known?", None], "fn_index": 0, "session_hash": session}
    client.post("/gradio_api/queue/join", json=asked).raise_for_status()
    with client.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as events:
        for line in events.iter_lines():
            if line.startswith("data:") and json.loads(line[5:])["msg"] == "close_stream":
                return


def resident() -> float:
    """Resident memory of this process, in MB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
