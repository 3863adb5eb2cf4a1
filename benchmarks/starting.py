"""How long until the page is ready, against importing gradio; and until it is usable, in a browser.

    python benchmarks/starting.py [--runs 5]

Each run starts `askpapers chat` in a process of its own, over the sample corpus that is there
already, and imports gradio in another, one after the other, so that other work weighs on both.
Ready is when the page answers. Usable is, from the first byte of the page on, when a question
can be typed into the box; it needs Chromium and is left out where there is none.
"""

# ruff: noqa: E402
from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The project, not this folder, whose files have the names of packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from app.library import make_sample
from app.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# Seconds since the first byte until the box is there and nothing keeps the page from typing.
_USABLE = """() => {
    const first = performance.getEntriesByType("navigation")[0].responseStart;
    const box = document.querySelector("#question textarea");
    return box && !box.disabled ? (performance.now() - first) / 1000 : null;
}"""


def importing() -> float:
    """Seconds of a process that imports gradio."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], cwd=ROOT, check=True, env=_quiet())
    return time.perf_counter() - begun


@contextmanager
def page(index: Path) -> Iterator[tuple[str, float]]:
    """The address of a page, and the seconds that it took to be there."""
    command = [sys.executable, "-m", "app", "chat", "--port", "7868", "--index", str(index)]
    begun = time.perf_counter()
    server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=_quiet())
    assert server.stderr is not None
    try:
        line = next((line for line in server.stderr if "The page is at" in line), "")
        yield line.partition(" at ")[2].partition(" ")[0], time.perf_counter() - begun
    finally:
        server.terminate()
        server.communicate()


def usable(address: str) -> float | None:
    """Seconds from the first byte until one can type, None without a browser."""
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        opened = browser.new_page()
        opened.goto(address, wait_until="commit")
        took = float(opened.wait_for_function(_USABLE, polling=20).json_value())
        browser.close()
    return took


def _quiet() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "ASKPAPERS_"))}
    return {**kept, "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONUNBUFFERED": "1"}


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    gradio, ready, typed = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        make_sample(index, Settings(_env_file=None))
        for _ in range(runs):
            gradio.append(importing())
            with page(index) as (address, seconds):
                ready.append(seconds)
                typed.append(usable(address))
    ratios = [late / early for late, early in zip(ready, gradio, strict=True)]
    times = [seconds for seconds in typed if seconds is not None]
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, medians of {runs} runs")
    print(f"importing gradio   {statistics.median(gradio):6.2f} s")
    print(f"page ready         {statistics.median(ready):6.2f} s", end="")
    print(f", {statistics.median(ratios):.2f} of importing gradio ({min(ratios):.2f} at best)")
    if times:
        print(f"usable             {statistics.median(times):6.2f} s after its first byte", end="")
        print(f" ({min(times):.2f} at best)")


if __name__ == "__main__":
    main()
