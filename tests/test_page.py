"""The page as it is served: its handlers, its headers, its port."""

from __future__ import annotations

import asyncio
import html
import json
import math
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import gradio as gr
import httpx
import pytest
from page_samples import CORAL, CORPUS_LINE, ScriptedEngine, listing, lookup, served

from app.answer import Answer
from app.ui import kept, page, shelf, view
from app.ui import server as serving
from app.ui import sources as cards
from app.ui.chat import Conversation, Turn, converse
from app.ui.library_tab import Look
from ingest.errors import ServerError, UsageError
from ingest.records import Paper


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[str, ScriptedEngine]]:
    """The address of a served page and the engine behind it."""
    engine = ScriptedEngine()
    with served(engine) as address:
        yield address, engine


def _get(address: str, path: str = "/", accept: str = "text/html") -> httpx.Response:
    return httpx.get(address + path, headers={"accept": accept}, timeout=30)


def test_the_page_answers_at_the_announced_address(site: tuple[str, ScriptedEngine]) -> None:
    response = _get(site[0])
    assert response.status_code == 200
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", site[0])
    assert "askpapers ingest FOLDER" in response.text


def test_every_response_carries_the_policy_and_each_page_its_own_nonce(
    site: tuple[str, ScriptedEngine],
) -> None:
    first, second = _get(site[0]), _get(site[0])
    nonces = []
    for response in (first, second):
        policy = response.headers["content-security-policy"]
        nonce = re.search(r"script-src 'self' 'nonce-([\w-]+)';", policy)
        assert nonce is not None
        scripts = re.findall(r"<script[^>]*>", response.text)
        assert scripts
        assert all(f'nonce="{nonce[1]}"' in script for script in scripts)
        assert int(response.headers["content-length"]) == len(response.content)
        nonces.append(nonce[1])
    assert nonces[0] != nonces[1]
    for path in ("/page.css", "/page.js", "/config", "/nothing-here"):
        assert "default-src 'self'" in _get(site[0], path).headers["content-security-policy"]


@pytest.mark.parametrize("forbidden", ["unsafe-eval", "http:", "https:", "*"])
def test_the_policy_names_no_other_place(site: tuple[str, ScriptedEngine], forbidden: str) -> None:
    policy = _get(site[0]).headers["content-security-policy"]
    assert forbidden not in policy
    assert "script-src 'self' 'nonce-" in policy


def test_only_three_endpoints_are_offered_as_an_api_and_nothing_is_reported(
    site: tuple[str, ScriptedEngine],
) -> None:
    config = _get(site[0], "/config", "application/json").json()
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []
    shown = {d["api_name"]: d["api_visibility"] for d in config["dependencies"]}
    public = {name for name, visibility in shown.items() if visibility != "private"}
    assert public == {"ask", "search", "papers"}
    assert _get(site[0], "/docs").status_code == 404


def test_answers_run_beside_each_other_and_the_queue_ends() -> None:
    built = page.build_page(ScriptedEngine(), CORPUS_LINE)
    assert built._queue.default_concurrency_limit > 1
    assert built._queue.max_size


def test_the_view_has_a_message_for_each_side_and_the_newest_sources() -> None:
    turns = (Turn("Old?", "done", lookup()), Turn("New?", "done", listing("New?", 3)))
    messages = view.messages(turns)
    assert [message["role"] for message in messages] == ["user", "assistant"] * 2
    assert "Reef paper 2" in view.panel(turns)
    assert "Reef paper" not in view.panel(turns, 1)
    assert 'href="#t1-1:0"' in messages[1]["content"]


def test_what_was_said_does_not_change_with_the_next_question() -> None:
    one = view.messages((Turn("A?", "done", lookup()),))
    two = view.messages((Turn("A?", "done", lookup()), Turn("B?", "done", lookup())))
    assert two[:2] == one
    ids = re.findall(r'id="([^"]+)"', "".join(message["content"] for message in two))
    assert len(ids) == len(set(ids)) == 2


def test_each_state_of_a_turn_has_its_message() -> None:
    def said(turn: Turn) -> str:
        return str(view.messages((turn,))[-1]["content"])

    assert "Reading the abstracts" in said(Turn("Q?"))
    assert "Stopped before an answer" in said(Turn("Q?", "stopped"))
    assert "cut off" in said(Turn("Q?", "stopped", lookup()))
    assert "cut off" not in said(Turn("Q?", "done", lookup()))
    failed = list(converse(ScriptedEngine(), (), Turn("broken")))[-1]
    assert "did not answer" in said(failed[-1])
    assert (view.messages(()), view.panel(())) == ([], cards.WELCOME)


def test_while_a_model_reads_no_lack_of_sources_is_claimed() -> None:
    waiting = Answer("Q?", "", "lookup", notes=("The model reads 8 papers …",))
    assert view.panel((Turn("Q?", "writing", waiting),)) == cards.READING
    assert "cites no paper" in view.panel((Turn("Q?", "done", waiting),))


def test_a_taken_port_is_one_sentence_and_its_exit_code_is_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"^Port {port} is in use .*--port\.$") as caught:
            serving.serve(ScriptedEngine(), "", port=port)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("host", "port", "sentence"),
    [
        ("127.0.0.1", 70000, "70000 is not a port"),
        ("127.0.0.1", -1, "-1 is not a port"),
        ("", 7860, "'' is no address"),
        ("127.0.0.1%nowhere", 7860, "'127.0.0.1%nowhere' is no address"),
    ],
)
def test_a_wrong_host_or_port_is_one_sentence(host: str, port: int, sentence: str) -> None:
    with pytest.raises(UsageError, match=re.escape(sentence)):
        serving.listen(host, port)


def test_the_announced_address_can_be_opened() -> None:
    with serving.listen("127.0.0.1", 0) as listener:
        assert serving.address(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


class Chat:
    """The handlers of a page, called as the page does."""

    def __init__(self, engine: ScriptedEngine) -> None:
        built = page.build_page(engine, CORPUS_LINE)
        named = {function.name: function.fn for function in built.fns.values()}
        self._ask, self._finish, self._start_over, self.do, self.judge = (
            cast("Callable[..., Any]", named[name])
            for name in ("on_asking", "finish", "start_over", "do", "judge")
        )
        self.conversation = Conversation()

    async def steps(self, **wish: object) -> list[tuple[Any, ...]]:
        return [step async for step in self._ask(json.dumps(wish), self.conversation)]

    def wish(self, **wish: object) -> list[tuple[Any, ...]]:
        steps = asyncio.run(self.steps(**wish))
        self._finish(self.conversation)
        return steps

    def start_over(self) -> tuple[Any, ...]:
        return cast("tuple[Any, ...]", self._start_over(self.conversation))

    def questions(self) -> list[str]:
        return [turn.question for turn in self.conversation.turns]


@pytest.fixture
def chat() -> Chat:
    return Chat(ScriptedEngine())


def test_an_answer_offers_stop_and_never_writes_into_the_box(chat: Chat) -> None:
    steps = chat.wish(do="ask", text="What is CoralNet?")
    boxes = [step[-1] for step in steps]
    assert (boxes[0]["stop_btn"], boxes[0]["submit_btn"]) == ("Stop", False)
    assert all("value" not in box for box in boxes)
    assert chat.conversation.turns[-1].state == "done"
    assert "from the air" in steps[-1][0][-1]["content"]
    assert "CoralNet: Mapping" in html.unescape(steps[-1][1])


def test_an_answer_that_outlives_its_chat_writes_nothing_into_the_next(chat: Chat) -> None:
    async def interrupted() -> list[tuple[Any, ...]]:
        steps = chat._ask(json.dumps({"do": "ask", "text": "wait for it"}), chat.conversation)
        await anext(steps)
        fresh = chat.start_over()[0]
        engine.go.set()
        rest = [step async for step in steps]
        chat.conversation = fresh
        return rest

    engine = ScriptedEngine()
    chat = Chat(engine)
    assert asyncio.run(interrupted()) == []
    assert chat.questions() == []


def test_trying_again_and_changing_a_question_take_the_place_of_what_was(chat: Chat) -> None:
    chat.wish(do="ask", text="What is CoralNet?")
    chat.wish(do="ask", text="And kelp?")
    chat.wish(do="retry", turn=2)
    assert chat.questions() == ["What is CoralNet?", "And kelp?"]
    chat.wish(do="ask", text="Which papers?", turn=1)
    assert chat.questions() == ["Which papers?"]


def test_trying_an_earlier_question_again_loses_no_later_turn(chat: Chat) -> None:
    chat.wish(do="ask", text="broken please")
    chat.wish(do="ask", text="What is CoralNet?")
    chat.wish(do="retry", turn=1)
    assert chat.questions() == ["broken please", "What is CoralNet?", "broken please"]


def test_a_chip_asks_the_last_question_again_without_its_filter(chat: Chat) -> None:
    chat.wish(do="ask", text="Which papers?")
    chat.wish(do="without", turn=1, name="years")
    chat.wish(do="without", turn=1, name="Ada Reef")
    assert chat.questions() == ["Which papers?"]
    assert chat.conversation.turns[0].without == ("years", "Ada Reef")


def test_two_to_five_papers_of_a_list_are_compared(chat: Chat) -> None:
    chat.wish(do="ask", text="Which papers?")
    assert chat.wish(do="compare", turn=1, numbers=[2]) == []
    assert chat.wish(do="compare", turn=1, numbers=[1, 2, 3, 4, 5, 6]) == []
    chat.wish(do="compare", turn=1, numbers=[2, 4])
    assert chat.conversation.turns[1].compared == ("abs:1", "abs:3")


@pytest.mark.parametrize(
    "sent",
    ["", "{", "[]", '{"do": "drop"}', '{"do": "retry", "turn": 9}', '{"do": "retry", "turn": -1}',
     '{"do": "ask", "text": 7}', '{"do": "compare", "turn": 1, "numbers": ["1"]}'],
)  # fmt: skip
def test_what_is_no_wish_changes_nothing(sent: str) -> None:
    chat = Chat(ScriptedEngine())
    chat.wish(do="ask", text="What is CoralNet?")

    async def sent_raw() -> list[Any]:
        return [step async for step in chat._ask(sent, chat.conversation)]

    assert asyncio.run(sent_raw()) == []
    assert chat.questions() == ["What is CoralNet?"]


class _Stocked(ScriptedEngine):
    """Holds just these papers, and may fail."""

    def __init__(self, held: list[Paper]) -> None:
        super().__init__()
        self._held, self.fails = held, False

    def papers(self) -> list[Paper]:
        if self.fails:
            raise ServerError("Nothing answers at http://10.0.0.7:5432.")
        return self._held


def test_a_server_that_forgot_a_visitor_goes_on_with_what_the_browser_keeps(chat: Chat) -> None:
    chat.wish(do="ask", text="What is CoralNet?")
    stored = chat._finish(chat.conversation)[-1]
    forgotten = Conversation()
    assert chat._finish(forgotten)[-1] == gr.skip()
    told = chat.do(json.dumps({"do": "export", "format": "markdown"}), forgotten)[0]
    assert "The server no longer has this chat: reload the page" in told

    async def asked() -> None:
        sent = json.dumps({"do": "ask", "text": "And kelp?"})
        assert [step async for step in chat._ask(sent, forgotten, stored)]

    asyncio.run(asked())
    assert [turn.question for turn in forgotten.turns] == ["What is CoralNet?", "And kelp?"]
    assert [turn.question for turn in kept.unpacked(chat._finish(forgotten)[-1])] == [
        "What is CoralNet?",
        "And kelp?",
    ]


@pytest.mark.parametrize("liked", [True, False])
def test_an_answer_may_be_judged_and_a_chat_left_after_the_server_forgot_it(
    chat: Chat, liked: bool
) -> None:
    chat.wish(do="ask", text="What is CoralNet?")
    stored = chat._finish(chat.conversation)[-1]
    judged = json.dumps({"do": "judge", "turn": 1, "liked": liked})
    assert kept.unpacked(chat.judge(judged, Conversation(), stored)[0])[0].liked is liked
    fresh = chat._start_over(Conversation(), stored)[0]
    assert [turn.question for turn in fresh.before] == ["What is CoralNet?"]


def test_gradio_itself_forgets_no_conversation() -> None:
    built = page.build_page(ScriptedEngine(), CORPUS_LINE)
    states = [block for block in built.blocks.values() if isinstance(block, gr.State)]
    assert {state.time_to_live for state in states} == {math.inf}


def test_of_two_papers_that_look_alike_each_row_opens_its_own() -> None:
    again = replace(CORAL, paper_id="abs:000000000009", abstract="Reefs are mapped once more.")
    engine = _Stocked([CORAL, again])
    look = Look(engine, None, str)
    first, second = (look.leaf(row, "", "") for row in shelf.rows([CORAL, again]))
    assert ("once more" in first, "once more" in second) == (False, True)
    engine.fails = True
    assert look.leaf(shelf.rows([CORAL])[0], "", "").startswith("Nothing answers")
