"""Real servers for tests, each private to one run: PostgreSQL as Debian installs it, and Chroma."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from urllib.error import URLError

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin")
_OPTIONS = "-c fsync=off -c listen_addresses=127.0.0.1 -c max_connections=60"
_STARTS = 30.0


def missing() -> str:
    """Why no PostgreSQL can be started here, "" where one can."""
    if _postgres_folder() is None:
        return "PostgreSQL is not installed on this machine: apt-get install postgresql"
    try:
        import psycopg
    except ImportError as error:
        return f"the driver of PostgreSQL is not installed: pip install 'psycopg[binary]' ({error})"
    return "" if psycopg.__version__ >= "3" else "psycopg 3 is wanted"


def _postgres_folder() -> Path | None:
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    folders = [folder for place in _PLACES for folder in Path("/").glob(place.lstrip("/"))]
    return max(folders, default=None)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A cluster of its own. It sorts text by a language, as most clusters do."""

    def __init__(self) -> None:
        folder = _postgres_folder()
        assert folder is not None
        self._programs = folder
        self._home = Path(tempfile.mkdtemp(prefix="askpapers-postgres-"))
        self._data = self._home / "data"
        self.port = free_port()
        # It refuses to run as root.
        self._user = None if os.getuid() else _other_user()
        if self._user is not None:
            os.chown(self._home, pwd.getpwnam(self._user).pw_uid, -1)
        self._made: set[str] = set()
        self._run("initdb", "--no-sync", "-A", "trust", "-U", "askpapers", "-E", "UTF8",
                  "--locale-provider=icu", "--icu-locale=en", "--locale=C.UTF-8")  # fmt: skip
        self.start()

    def start(self) -> None:
        options = f"{_OPTIONS} -p {self.port} -k {self._home}"
        self._run("pg_ctl", "-w", "-s", "-l", str(self._home / "log"), "-o", options, "start")

    def stop(self, how: str = "immediate") -> None:
        self._run("pg_ctl", "-w", "-s", "-m", how, "stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def url(self, schema: str) -> str:
        """The address of a database that is empty when it is first asked for."""
        address = f"postgresql://askpapers@127.0.0.1:{self.port}/postgres"
        if schema not in self._made:
            import psycopg

            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(f"CREATE SCHEMA {schema}")
            self._made.add(schema)
        return f"{address}?options=-csearch_path%3D{schema}"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self._data, *arguments],
            check=True, user=self._user, cwd=self._home, stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self._home)},
        )  # fmt: skip


def _other_user() -> str:
    known = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


class ChromaRun:
    """`chroma run` of the installed package, over a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        command = [*_chroma(), "run", "--path", str(self._folder), "--host", "127.0.0.1"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        end = time.monotonic() + _STARTS
        while not self._answers():
            assert self._process.poll() is None, "chroma run ended"
            assert time.monotonic() < end, "chroma run does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


def _chroma() -> Sequence[str]:
    beside = Path(sys.executable).with_name("chroma")
    return [str(beside)] if beside.is_file() else [shutil.which("chroma") or "chroma"]
