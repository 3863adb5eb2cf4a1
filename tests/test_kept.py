"""What the browser keeps of a conversation, and what comes back of it."""

from __future__ import annotations

import json
import lzma
import random
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace

import pytest
from page_samples import CORAL, ScriptedEngine, listing, lookup

from app.answer import Answer
from app.ui import kept, render, view
from app.ui.chat import Turn, Turns
from app.ui.gone import as_it_is_now
from app.ui.offers import offers
from ingest.records import Paper


def _long_list(question: str, count: int = 233) -> Answer:
    """A list of as many papers, each with an abstract of its own, no word of it said twice."""
    rolled = random.Random(question)
    answer = listing(question, count)

    def told(place: int) -> str:
        words = (f"{rolled.getrandbits(40):x}" for _ in range(150))
        return f"{CORAL.abstract} {place} {' '.join(words)}"

    cited = (
        replace(one, paper=replace(one.paper, abstract=told(place)))
        for place, one in enumerate(answer.citations)
    )
    return replace(answer, citations=tuple(cited))


def _of_long_lists(count: int, papers: int = 233) -> Turns:
    return tuple(Turn(f"Which {n}?", "done", _long_list(f"{n}", papers)) for n in range(count))


def test_all_turns_of_a_days_work_with_long_lists_are_kept() -> None:
    turns = (*_of_long_lists(20), Turn("What is CoralNet?", "done", lookup()))
    stored = kept.packed(turns)
    back = kept.unpacked(json.loads(json.dumps(stored)))
    assert [turn.question for turn in back] == [turn.question for turn in turns]
    assert [len(turn.answer.citations) for turn in back if turn.answer] == [233] * 20 + [2]
    assert back[-1] == turns[-1]
    assert view.as_markdown(back) == view.as_markdown(turns)
    assert kept.lost(stored) == 0


def test_what_does_not_fit_is_lost_from_the_beginning_and_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept, "LARGEST", 40_000)
    turns = _of_long_lists(9, 20)
    stored = kept.packed(turns, lost=2)
    back = kept.unpacked(stored)
    assert 0 < len(back) < 9
    assert [turn.question for turn in back] == [turn.question for turn in turns[-len(back) :]]
    assert kept.lost(stored) == 2 + 9 - len(back)
    first = view.messages(back, kept.lost(stored))[0]
    assert f"The first {kept.lost(stored)} questions of this chat" in first["content"]
    assert "Export chat saves all of it" in offers((), lookup(), 9, unkept=3)
    assert offers((), lookup(), 9) == ""


def test_a_single_answer_that_does_not_fit_is_lost_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "LARGEST", 100)
    stored = kept.packed(_of_long_lists(1, 20))
    assert (kept.unpacked(stored), kept.lost(stored)) == ((), 1)


def _packing(plain: bytes) -> str:
    return b64encode(lzma.compress(plain)).decode()


@pytest.mark.parametrize(
    "stored",
    [
        None, 7, [], {}, {"version": 1, "turns": "[]"}, {"version": 2}, {"version": 2, "turns": 7},
        {"version": 2, "turns": "[]"}, {"version": 2, "turns": "\u00e9"},
        {"version": 2, "turns": _packing(b"{}")}, {"version": 2, "turns": _packing(b'[{"a": 1}]')},
        {"version": 2, "turns": _packing(b"[" * 100_000)},
        {"version": 2, "turns": _packing(b"[]")[:-8]},
        {"version": 2, "turns": _packing(b" " * (kept.LARGEST_UNPACKED + 1) + b"[]")},
        {"version": 2, "turns": "A" * (kept.LARGEST + 4)},
    ],
)  # fmt: skip
def test_what_anybody_may_have_written_is_no_conversation(stored: object) -> None:
    assert kept.unpacked(stored) == ()


@pytest.mark.parametrize("count", [None, -1, True, "9", 1.5, []])
def test_what_is_no_number_of_turns_counts_as_none(count: object) -> None:
    assert kept.lost({"version": 2, "lost": count}) == 0
    assert kept.lost({"version": 2, "lost": 10**30}) < 10**6


def test_abstracts_of_a_long_list_come_back_from_the_collection() -> None:
    turns = (Turn("Which?", "done", listing("Which?", 9)),)
    back = kept.unpacked(kept.packed(turns))
    assert back[0].answer
    assert back[0].answer.citations[-1].paper.abstract == ""
    assert as_it_is_now(ScriptedEngine(), back) == turns


def test_an_abstract_that_has_changed_since_is_not_shown_for_the_one_that_was_quoted() -> None:
    class Changed(ScriptedEngine):
        def held_of(self, paper_ids: Sequence[str]) -> dict[str, Paper]:
            return {one: replace(CORAL, abstract="Other words.") for one in paper_ids}

    back = kept.unpacked(kept.packed((Turn("Which?", "done", listing("Which?", 9)),)))
    now = as_it_is_now(Changed(), back)
    assert now == back
    assert "of bleached corals" in view.panel(now, 1, 9)
    assert "<summary>Abstract" not in view.panel(now, 1, 9)


def test_an_answer_says_at_its_marker_and_card_which_papers_are_gone() -> None:
    engine = ScriptedEngine()
    engine.gone = {"abs:000000000002"}
    turns = as_it_is_now(engine, (Turn("What is CoralNet?", "done", lookup()),))
    there, left = render.turn(turns[0], 1).split("\n\n", 2)[1:]
    assert "no longer in the library" not in there
    assert 'title="We count kelp in drone images – no longer in the library"' in left
    assert view.panel(turns).count("This paper is no longer in the library.") == 1


def test_who_logs_in_finds_no_chat_of_another_user_at_the_browser() -> None:
    ada, bo = kept.owner_of("ada"), kept.owner_of("bo")
    turns = (Turn("What is CoralNet?", "done", lookup()),)
    stored = kept.packed(turns, 3, ada)
    assert (kept.unpacked(stored, ada), kept.lost(stored, ada)) == (turns, 3)
    for other in (bo, kept.owner_of("")):
        assert (kept.unpacked(stored, other), kept.lost(stored, other)) == ((), 0)
        assert kept.is_of_another(stored, other)
    assert "ada" not in str(stored)


def test_a_chat_that_was_kept_before_chats_had_owners_is_nobodys_where_people_log_in() -> None:
    turns = (Turn("What is CoralNet?", "done", lookup()),)
    old = {name: value for name, value in kept.packed(turns).items() if name != "owner"}
    assert kept.unpacked(old) == turns
    assert kept.unpacked(old, kept.owner_of("ada")) == ()
    assert not kept.is_of_another(None, kept.owner_of("ada"))
