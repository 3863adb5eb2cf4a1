"""What every test stands on: no outside network, no settings of this machine, data, a browser."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from page_visits import Visit
    from playwright.sync_api import Browser
    from store_servers import ChromaRun, Postgres

    from app.engine import Engine
    from app.ui.chat import Engine as UiEngine

# How long an example takes is the machine's affair: the first loads models.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Set before anything imports the libraries that read them.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["ANONYMIZED_TELEMETRY"] = "False"

ROOT = Path(__file__).resolve().parent.parent
# Read here because every test runs with these variables removed.
DATA_DIR = Path(os.environ.get("ASKPAPERS_DATA") or ROOT.parent / "shared" / "data")
BROWSER_REQUIRED = os.environ.get("ASKPAPERS_BROWSER_REQUIRED") == "1"
SERVERS_REQUIRED = os.environ.get("ASKPAPERS_SERVERS_REQUIRED") == "1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    # The audit hook below does not reach into the browser, so the browser gets no other names.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)

_refused: list[str] = []


class OutsideNetworkError(RuntimeError):
    """A test reached for an address beyond this machine."""


def _is_local(host: object) -> bool:
    if host is None or host in ("localhost", b"localhost"):
        return True
    with suppress(ValueError):
        name = host.decode() if isinstance(host, bytes) else str(host)
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    return False


def _refuse_outside(event: str, args: tuple[object, ...]) -> None:
    """An audit hook sees what C code does with a socket too, which a patched method would not."""
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"):
        address = args[-1]
        if not isinstance(address, tuple):  # a unix socket, or a reply on an open connection
            return
        host = address[0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    else:
        return
    if not _is_local(host):
        _refused.append(f"{event} {host!r}")
        raise OutsideNetworkError(f"tests may talk to this machine only, not to {host!r}")


sys.addaudithook(_refuse_outside)


@pytest.fixture(autouse=True)
def refused_hosts() -> Iterator[list[str]]:
    """The outside addresses that the test tried, in order; it fails if any are left at its end.

    Code under test may swallow the error, which is why the attempt itself is a failure.
    """
    _refused.clear()
    yield _refused
    assert not _refused, f"the test reached for the network: {_refused}"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("ASKPAPERS_", "OPENAI_")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of evaluation data, which is not part of the project."""
    if not DATA_DIR.is_dir():
        pytest.skip(f"no evaluation data at {DATA_DIR}: set ASKPAPERS_DATA to its folder")
    return DATA_DIR


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index of the sample corpus, which no test may change."""
    from app.library import make_sample
    from app.settings import Settings

    folder = tmp_path_factory.mktemp("sample") / "index"
    make_sample(folder, Settings())
    return folder


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine over the small library of `answering_samples`, one for a module."""
    from answering_samples import library

    with library(tmp_path_factory.mktemp("library")) as made:
        yield made


@pytest.fixture(scope="module")
def sample(sample_index: Path) -> Iterator[Engine]:
    """An engine over the sample corpus, one for a module."""
    from answering_samples import opened

    with opened(sample_index) as made:
        yield made


@pytest.fixture
def askpapers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Ran]:
    """Runs a command in this process, in a folder of its own, as in a pipe."""
    from app.cli import main

    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["askpapers", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        return Ran(int(left.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, one for a session."""
    from store_servers import Postgres, missing

    if reason := missing():
        if SERVERS_REQUIRED:
            pytest.fail(f"{reason}; ASKPAPERS_SERVERS_REQUIRED=1 allows no skip", pytrace=False)
        pytest.skip(reason)
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def chroma_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaRun]:
    """A Chroma server, one for a session."""
    from store_servers import ChromaRun

    server = ChromaRun(tmp_path_factory.mktemp("chroma"))
    yield server
    server.stop()


def _browser_path() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    reason = (
        f"no browser on this machine: install chromium to open the page ({', '.join(BROWSERS)})"
    )
    if BROWSER_REQUIRED:
        pytest.fail(reason + "; ASKPAPERS_BROWSER_REQUIRED=1 allows no skip", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium, one for a module.

    Not for the session: its event loop would still run while other modules call `asyncio.run`.
    """
    path = _browser_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(BROWSER_FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(engine: UiEngine) -> Iterator[str]:
    """The address of a page over the module's engine, one for a module."""
    from page_samples import served

    with served(engine) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Callable[..., Visit]]:
    """Opens that page; what it complained of or reached for afterwards fails the test."""
    from page_visits import visiting

    with visiting(browser, site) as open_page:
        yield open_page
