"""Who may come in: passwords, sessions, the log-in page, and what nobody else gets to see."""

from __future__ import annotations

import asyncio
import base64
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import bcrypt
import httpx
import pytest
from conftest import Ran
from page_samples import ScriptedEngine, served
from playwright.sync_api import Browser

from app.metrics import FAILED_LOG_INS
from app.serving.door import Door, Refused
from app.serving.login import COOKIE
from app.serving.service import Service, service
from app.serving.sessions import SECONDS, Sessions
from app.serving.users import Users, entry, users
from app.settings import Settings
from ingest.errors import SettingsError, UsageError

ADA, LAB = "correct horse battery", "pässwörd of the lab"
ASK = "/gradio_api/call/ask"
GUARDED = ["/", "/config", "/page.css", "/readyz", "/metrics", "/v1/models", "/mcp",
           "/gradio_api/openapi.json", "/gradio_api/info", "/gradio_api/file=x", "/assets/x",
           "/healthz/", "//healthz", "/healthz%00", "/nothing"]  # fmt: skip


def hashed(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


KNOWN = Users({"ada": hashed(ADA), "lab": hashed(LAB)})


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(ScriptedEngine(), service=Service(door=Door(Sessions(KNOWN)))) as found:
        yield found


@pytest.fixture
def visitor(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


def log_in(
    client: httpx.Client, password: str = ADA, name: str = "ada", **more: str
) -> httpx.Response:
    return client.post("/login", data={"name": name, "password": password, **more})


# What is seen without a password


@pytest.mark.parametrize("path", GUARDED)
def test_nobody_gets_anything_without_a_password(visitor: httpx.Client, path: str) -> None:
    answer = visitor.get(path, headers={"accept": "*/*"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert "Log in" in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("path", [ASK, "/v1/chat/completions", "/mcp", "/gradio_api/queue/join"])
def test_nobody_asks_without_a_password(visitor: httpx.Client, path: str) -> None:
    assert visitor.post(path, json={"data": ["What?", []]}).status_code == 401


def test_whether_it_lives_is_told_to_everyone(visitor: httpx.Client) -> None:
    assert visitor.get("/healthz").json()["status"] == "ok"


def test_a_browser_that_asks_in_the_background_opens_no_window_of_its_own(
    visitor: httpx.Client,
) -> None:
    answer = visitor.get("/config", headers={"sec-fetch-mode": "cors"})
    assert answer.status_code == 401
    assert not answer.headers["www-authenticate"].startswith("Basic")


def test_whoever_opens_the_page_comes_back_to_it_after_logging_in(visitor: httpx.Client) -> None:
    sent = visitor.get("/?q=What+is+SGIL%3F", headers={"accept": "text/html"})
    assert sent.status_code == 303
    form = visitor.get(sent.headers["location"]).text
    following = re.search(r'name="next" value="([^"]*)"', form)
    assert following is not None
    assert log_in(visitor, next=following[1]).headers["location"] == "/?q=What+is+SGIL%3F"


# The page to log in on


def test_a_password_opens_everything_and_logging_out_closes_it(visitor: httpx.Client) -> None:
    entered = log_in(visitor)
    cookie = entered.headers["set-cookie"].lower()
    assert entered.status_code == 303
    assert all(part in cookie for part in ("httponly", "samesite=lax", "path=/", "max-age="))
    assert "secure" not in cookie
    page = visitor.get("/", headers={"accept": "text/html"})
    assert "/logout" in page.text
    assert page.headers["cache-control"] == "no-store"
    kept = visitor.cookies[COOKIE]
    left = visitor.post("/logout")
    assert left.headers["clear-site-data"] == '"storage"'
    visitor.cookies.set(COOKIE, kept)
    assert visitor.get("/config").status_code == 401


def test_over_https_the_cookie_never_leaves_it(visitor: httpx.Client) -> None:
    over = visitor.post(
        "/login", data={"name": "ada", "password": ADA}, headers={"x-forwarded-proto": "https"}
    )
    assert "secure" in over.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("name", "password"),
    [("ada", "wrong"), ("nobody", ADA), ("", ""), ("ada", ADA + "\x00"), ("ada", "x" * 5000)],
)
def test_what_is_wrong_is_told_alike_and_sets_no_cookie(name: str, password: str) -> None:
    door = Door(Sessions(KNOWN))
    before = FAILED_LOG_INS.value()
    with pytest.raises(Refused, match=r"^Name and password do not fit\.$"):
        asyncio.run(door.admit(name, password, "10.0.0.1"))
    assert FAILED_LOG_INS.value() == before + 1


def test_a_failed_log_in_shows_the_form_again_with_nothing_in_it_read_as_markup(
    visitor: httpx.Client,
) -> None:
    again = log_in(visitor, "guessed", name='"><script>x</script>')
    assert again.status_code == 401
    assert 'role="alert"' in again.text
    assert "<script>x" not in again.text
    assert "guessed" not in again.text
    assert "set-cookie" not in again.headers


@pytest.mark.parametrize(
    "following",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/\r\nx: y", "/\tx",
     "/logout", "/login?next=/"],
)  # fmt: skip
def test_logging_in_leads_to_no_other_place(visitor: httpx.Client, following: str) -> None:
    assert log_in(visitor, next=following).headers["location"] == "/"


def test_another_site_can_neither_log_in_nor_out(visitor: httpx.Client) -> None:
    log_in(visitor)
    for path in ("/login", "/logout"):
        for foreign in ({"origin": "https://evil.example"}, {"origin": "null"}):
            assert visitor.post(path, headers=foreign).status_code == 403
    assert visitor.get("/config").status_code == 200


def test_a_huge_log_in_is_not_read(visitor: httpx.Client) -> None:
    assert log_in(visitor, "x" * 50_000).status_code == 413


# Programs


def test_programs_send_a_password_with_each_request(visitor: httpx.Client) -> None:
    assert visitor.get("/metrics", auth=("ada", ADA)).status_code == 200
    utf8 = base64.b64encode(f"lab:{LAB}".encode()).decode()
    assert visitor.get("/readyz", headers={"authorization": f"Basic {utf8}"}).status_code == 200
    key = {"authorization": f"Bearer ada:{ADA}"}
    assert visitor.get("/v1/models", headers=key).status_code == 200


@pytest.mark.parametrize("sent", ["Basic", "Basic !", "Basic YWRh", "Bearer ada", "Digest x",
                                  "Bearer ada:wrong", "Basic \xff"])  # fmt: skip
def test_a_wrong_key_is_refused(sent: str) -> None:
    with pytest.raises(Refused) as refused:
        asyncio.run(Door(Sessions(KNOWN)).program(sent, "10.0.0.1"))
    assert refused.value.status == 401


# Guessing


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_who_guesses_has_to_wait_even_with_the_right_password_and_others_do_not() -> None:
    clock = Clock()
    door = Door(Sessions(KNOWN), clock)

    async def guesses() -> list[int]:
        tries = [door.admit("ada", f"guess {n}", "10.0.0.1") for n in range(14)]
        ended = await asyncio.gather(*tries, return_exceptions=True)
        return [refused.status for refused in ended if isinstance(refused, Refused)]

    # All at once: none slips through while the others are being checked.
    assert asyncio.run(guesses()) == [401] * 10 + [429] * 4
    with pytest.raises(Refused, match="wait 5 min") as refused:
        asyncio.run(door.admit("ada", ADA, "10.0.0.1"))
    assert 0 < refused.value.wait <= 300
    asyncio.run(door.admit("ada", ADA, "10.0.0.2"))
    clock.now += 301
    asyncio.run(door.admit("ada", ADA, "10.0.0.1"))


def test_a_name_that_is_guessed_from_many_places_is_slowed_down_too() -> None:
    door = Door(Sessions(KNOWN))

    async def guesses() -> None:
        for n in range(100):
            with pytest.raises(Refused, match="do not fit"):
                await door.admit("lab", "guess", f"10.0.1.{n}")
        with pytest.raises(Refused, match="Too many"):
            await door.admit("lab", LAB, "10.0.2.1")

    asyncio.run(guesses())


def test_logging_in_well_does_not_excuse_guesses() -> None:
    door = Door(Sessions(KNOWN))

    async def mixed() -> list[int]:
        seen = []
        for n in range(12):
            await door.admit("lab", LAB, "10.0.0.1") if n < 10 else None
            try:
                await door.admit("ada", f"guess {n}", "10.0.0.1")
            except Refused as refused:
                seen.append(refused.status)
        return seen

    assert asyncio.run(mixed()) == [401] * 10 + [429] * 2


def test_a_program_that_was_let_in_is_not_checked_anew_each_time() -> None:
    class Counting(Users):
        checked = 0

        def admits(self, name: str, password: str) -> bool:
            Counting.checked += 1
            return super().admits(name, password)

    clock = Clock()
    door = Door(Sessions(Counting(KNOWN.hashes)), clock)
    for _ in range(5):
        assert asyncio.run(door.program(f"Bearer ada:{ADA}", "10.0.0.1")) == "ada"
    assert Counting.checked == 1
    clock.now += 601
    asyncio.run(door.program(f"Bearer ada:{ADA}", "10.0.0.1"))
    assert Counting.checked == 2


# Sessions


def test_a_session_ends_with_its_time_its_password_and_its_key() -> None:
    clock, key = Clock(), b"k" * 32
    sessions = Sessions(KNOWN, key, clock)
    session = sessions.begin("ada")
    assert sessions.user(session) == "ada"
    assert Sessions(KNOWN, key, clock).user(session) == "ada"  # another process
    assert Sessions(KNOWN, b"x" * 32, clock).user(session) is None
    assert Sessions(Users({"ada": hashed("new one")}), key, clock).user(session) is None
    assert Sessions(Users({"lab": hashed(LAB)}), key, clock).user(session) is None
    clock.now += SECONDS + 1
    assert sessions.user(session) is None


def test_a_forged_session_is_none() -> None:
    sessions = Sessions(KNOWN, b"k" * 32)
    session = sessions.begin("ada")
    body, _, signature = session.rpartition(".")
    ends, word, name = body.split(".")
    other = sessions.begin("lab").split(".")[2]
    for forged in ("", ".", "a.b.c.d", f"{ends}0.{word}.{name}.{signature}",
                   f"{ends}.{word}.{other}.{signature}", f"{body}.", f"{body}.{'0' * 64}",
                   f"{body}.ä", f"٣.{word}.{name}.{signature}", session + "0"):  # fmt: skip
        assert sessions.user(forged) is None, forged


# The setting and its command


def test_users_are_a_list_or_a_file(tmp_path: Path) -> None:
    line = f"ada:{hashed(ADA)}"
    file = tmp_path / "users"
    file.write_text(f"# who asks\n\n{line}\n  lab:{hashed(LAB)}\n", "utf-8")
    assert list(users(f"{line},lab:{hashed(LAB)}").hashes) == ["ada", "lab"]
    assert list(users(str(file)).hashes) == ["ada", "lab"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ada:secret1", "Line 1 of ASKPAPERS_USERS is no NAME:HASH"),
        (f"a b:{hashed(ADA)}", "Line 1"),
        (f"ada:{hashed(ADA)}\nada:{hashed(LAB)}", "Line 2 of ASKPAPERS_USERS names a user twice"),
        ("# nobody\n", "names nobody"),
        ("ada:$2b$31$short", "Line 1"),
    ],
    ids=lambda given: "" if "$" in given else given,
)
def test_users_that_are_none_are_a_sentence_that_gives_nothing_away(
    tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "users"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=re.escape(sentence)) as caught:
        users(str(file))
    assert "secret1" not in str(caught.value)
    with pytest.raises(SettingsError, match="neither a readable file nor a list"):
        users(str(tmp_path / "gone"))


def test_without_the_setting_nobody_logs_in() -> None:
    assert service(Settings(_env_file=None)).door is None


def test_the_command_makes_a_line_that_lets_its_user_in(
    askpapers: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.serving.users._COST", 4)
    monkeypatch.setattr("sys.stdin", io.StringIO(LAB + "\n"))
    ran = askpapers("password", "lab")
    assert ran.code == 0
    settings = Settings(_env_file=None, users=ran.out.strip())
    door = service(settings).door
    assert door is not None
    assert door.sessions.users.admits("lab", LAB)
    assert ran.out.strip() not in repr(settings)


@pytest.mark.parametrize(("name", "password"), [("a b", ADA), ("a:b", ADA), ("", ADA),
                                                ("ada", "short"), ("ada", "ä" * 37)])  # fmt: skip
def test_a_name_or_password_that_no_log_in_would_take_is_refused(name: str, password: str) -> None:
    with pytest.raises(UsageError):
        entry(name, password)


# In a browser


@pytest.mark.browser
def test_a_person_logs_in_asks_and_logs_out(browser: Browser, address: str) -> None:
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address)
    assert page.title() == "Log in · askpapers"
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("not this one")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    page.keyboard.type(ADA)
    page.keyboard.press("Enter")
    box = page.get_by_role("textbox", name="Question")
    box.wait_for()
    box.fill("What is CoralNet?")
    box.press("Enter")
    page.get_by_text("maps reefs from the air").first.wait_for()
    page.get_by_role("link", name="Log out").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Log in").wait_for()
    page.goto(address)
    assert page.title() == "Log in · askpapers"
    assert problems == []
    page.close()


@pytest.mark.browser
def test_the_next_user_at_a_browser_finds_no_chat_of_the_one_before(
    browser: Browser, address: str
) -> None:
    page = browser.new_page()

    def enter(name: str, password: str) -> None:
        page.goto(address)
        page.locator("input[name=name]").fill(name)
        page.locator("input[name=password]").fill(password)
        page.keyboard.press("Enter")
        page.locator("body[data-finished]").wait_for()

    def leave() -> None:
        page.get_by_role("link", name="Log out").click()
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("button", name="Log in").wait_for()

    enter("ada", ADA)
    page.get_by_role("textbox", name="Question").fill("What is CoralNet?")
    page.keyboard.press("Enter")
    page.get_by_text("maps reefs from the air").first.wait_for()
    page.locator("#question .submit-button").wait_for()
    page.wait_for_timeout(500)
    page.reload()
    page.locator("#chat .user-row").wait_for()
    leave()
    for name, password in (("lab", LAB), ("ada", ADA)):
        enter(name, password)
        page.wait_for_timeout(500)
        assert page.locator("#chat .user-row").count() == 0
        leave()
    page.close()
