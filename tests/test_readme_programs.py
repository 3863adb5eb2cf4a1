"""The examples of the README for other programs, run as they stand against a served collection."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import bcrypt
import pytest
from conftest import ROOT
from page_samples import served

from app.engine import Engine
from app.serving.door import Door
from app.serving.service import Service
from app.serving.sessions import Sessions
from app.serving.users import Users

README = (ROOT / "README.md").read_text("utf-8")
PASSWORD = "as good as any"


@pytest.fixture(scope="module")
def site(sample: Engine) -> Iterator[str]:
    with served(sample) as address:
        yield address


@pytest.fixture(scope="module")
def guarded(sample: Engine) -> Iterator[str]:
    known = Users({"ada": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()})
    with served(sample, service=Service(door=Door(Sessions(known)))) as address:
        yield address


def example(language: str, holding: str, address: str) -> str:
    """The example of this language that holds a text, which asks the server at this address."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    (one,) = (code for code in found if holding in code)
    return str(one).replace("http://127.0.0.1:7860", address)


def printed(command: str) -> str:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    script = f"set -e\nPASSWORD='{PASSWORD}'\n{command}"
    return subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_the_endpoint_is_called_with_curl(site: str) -> None:
    told = printed(example("sh", "/gradio_api/call/ask", site))
    data = told.partition("data: ")[2].splitlines()[0]
    assert json.loads(data)[0]["strength"] == "answered"


def test_a_chat_completion_is_asked_for_with_curl(site: str) -> None:
    completion = json.loads(printed(example("sh", "/v1/chat/completions", site)))
    assert "Social Graph Invariant" in completion["choices"][0]["message"]["content"]


def test_a_password_is_sent_with_curl(guarded: str) -> None:
    told = printed(example("sh", "curl -s -u ada", guarded))
    assert "askpapers_papers 47" in told
    assert '"id":"askpapers"' in told


def test_the_official_client_asks(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(compile(example("python", "from openai", site), "README.md", "exec"), names)
    names["client"].close()
    assert "Social Graph Invariant" in capsys.readouterr().out
