"""How many may ask at once and in a minute, and what those are told who have to wait."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator

import httpx
import pytest
from page_samples import ScriptedEngine, served
from playwright.sync_api import Browser

from app.serving.caller import Caller, received
from app.serving.service import Service, service
from app.serving.turnstile import TurnedAway, Turnstile
from app.serving.windows import Window
from app.settings import Settings
from app.ui import page as pages

ADA, BEN = Caller("1", "10.0.0.1", "ada"), Caller("2", "10.0.0.1", "ben")


# The turnstile itself


def test_so_many_answers_at_a_time_so_many_wait_and_the_next_is_told_to_come_back() -> None:
    async def scene() -> list[object]:
        turnstile, seen, leave = Turnstile(at_a_time=2, waiting=1), [], asyncio.Event()

        async def ask() -> None:
            async with turnstile.turn(ADA):
                seen.append((turnstile.answering, turnstile.waiting))
                await leave.wait()

        asked = [asyncio.create_task(ask()) for _ in range(4)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (turnstile.answering, turnstile.waiting) == (2, 1)
        leave.set()
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert (turnstile.answering, turnstile.waiting) == (0, 0)
        assert len(seen) == 3
        return [one for one in ended if one is not None]

    (away,) = asyncio.run(scene())
    assert isinstance(away, TurnedAway)
    assert (away.status, away.wait) == (503, 5.0)


def test_a_question_that_fails_or_is_stopped_gives_its_place_free() -> None:
    async def scene() -> None:
        turnstile = Turnstile(at_a_time=1, waiting=1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with turnstile.turn(ADA):
                    raise ZeroDivisionError
        async with turnstile.turn(ADA):
            waiting = asyncio.create_task(turnstile.turn(BEN).__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            assert turnstile.waiting == 0
        async with turnstile.turn(BEN):
            pass

    asyncio.run(scene())


def test_each_user_and_each_address_has_so_many_questions_a_minute() -> None:
    async def scene() -> None:
        turnstile = Turnstile(a_minute=2)
        for caller in (ADA, ADA, BEN, Caller("3", "10.0.0.1")):
            async with turnstile.turn(caller):
                pass
        with pytest.raises(TurnedAway, match="in a minute") as away:
            turnstile.check(ADA)
        assert away.value.status == 429
        assert 0 < away.value.wait <= 60
        turnstile.check(BEN)

    asyncio.run(scene())


def test_a_window_forgets_what_is_past_and_whom_it_has_not_heard_of_for_long() -> None:
    now = [0.0]
    window = Window(2, 60, lambda: now[0])
    window.add("a")
    now[0] = 30
    window.add("a")
    assert window.wait("a") == 30
    now[0] = 61
    assert window.wait("a") == 0
    for number in range(20_000):
        window.add(str(number))
    assert len(window._times) == 10_000


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_limits_count_for_what_one_customer_has(address: str, counted: str) -> None:
    assert received({"headers": [], "client": (address, 1)}).who == counted


def test_the_settings_decide() -> None:
    chosen = service(Settings(_env_file=None, answers_at_once=3, waiting=5, rate=7))
    assert (chosen.at_a_time, chosen.waiting, chosen.a_minute) == (3, 5, 7)


# The server


@pytest.fixture(scope="module")
def strict() -> Iterator[str]:
    """A server that takes two questions a minute."""
    with served(ScriptedEngine(), service=Service(a_minute=2)) as address:
        yield address


def test_a_program_that_asks_too_often_is_told_when_to_come_back(strict: str) -> None:
    def ask() -> httpx.Response:
        messages = [{"role": "user", "content": "What is CoralNet?"}]
        return httpx.post(f"{strict}/v1/chat/completions", json={"messages": messages}, timeout=30)

    answers = [ask() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["error"]["type"] == "rate_limit_error"
    begun = httpx.post(f"{strict}/gradio_api/call/ask", json={"data": ["What?", []]}, timeout=30)
    assert begun.status_code == 429
    assert "ask again" in begun.text
    assert httpx.get(f"{strict}/config", timeout=30).status_code == 200


def test_a_full_house_sends_programs_away_and_opens_again() -> None:
    engine = ScriptedEngine()
    with served(engine, service=Service(at_a_time=1, waiting=0)) as address:
        place = f"{address}/v1/chat/completions"

        def ask(text: str) -> httpx.Response:
            messages = [{"role": "user", "content": text}]
            return httpx.post(place, json={"messages": messages}, timeout=60)

        first = threading.Thread(target=ask, args=("wait for it",))
        first.start()
        while not engine.asked:
            threading.Event().wait(0.01)
        away = ask("What is CoralNet?")
        assert (away.status_code, away.headers["retry-after"]) == (503, "5")
        assert "try again in a few seconds" in away.json()["error"]["message"]
        engine.go.set()
        first.join()
        assert ask("What is CoralNet?").status_code == 200


def test_a_bug_is_told_with_the_name_of_its_request_and_the_next_question_is_answered() -> None:
    built = pages.build_page(ScriptedEngine(), "3 papers")
    named = {function.name: function.fn for function in built.fns.values()}
    assert {"fail", "finish"} <= named.keys()


@pytest.mark.browser
def test_after_a_bug_a_limit_and_a_full_house_the_box_still_asks(browser: Browser) -> None:
    engine = ScriptedEngine()
    with served(engine, service=Service(a_minute=3)) as address:
        page = browser.new_page()
        page.goto(address)
        box = page.get_by_role("textbox", name="Question")
        box.wait_for()
        for question, sentence in (
            ("bug please", r"Something went wrong here.*request [0-9a-f]{16} in the log"),
            ("What is CoralNet?", "maps reefs from the air"),
            ("broken please", "did not answer"),
            ("What is CoralNet?", "more questions than one person may ask in a minute"),
        ):
            box.fill(question)
            box.press("Enter")
            page.locator("#chat .bot-row").last.get_by_text(re.compile(sentence)).first.wait_for()
            page.get_by_role("button", name="Ask", exact=True).wait_for()
        page.close()
    assert json.dumps([question for question, _ in engine.asked]).count("CoralNet") == 1
