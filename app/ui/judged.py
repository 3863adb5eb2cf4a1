"""What a visitor says of an answer: from a wish of the page to what the catalog keeps.

Nothing of it says who it was, and nobody is shown what others said.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime

from app.ui.chat import Turn, Turns, history
from app.ui.wishes import Wish
from ingest.catalog import Feedback

_LONGEST_ANSWER, _LONGEST_COMMENT = 20_000, 2_000  # characters
_MOST_CITED = 1_000
_TOKEN = re.compile(r"[\w-]{20,60}")


def judged(turns: Turns, wish: Wish) -> tuple[Turns, Feedback] | None:
    """The turns with what the visitor says of one of them, and what is to be kept of it.

    None for a turn that was not answered.
    """
    if wish.do != "judge" or not 1 <= wish.turn <= len(turns):
        return None
    turn = turns[wish.turn - 1]
    if turn.answer is None or turn.state != "done":
        return None
    # What the browser brings back may be anything; a token of ours cannot be guessed.
    token = turn.token if _TOKEN.fullmatch(turn.token) else secrets.token_urlsafe(24)
    marked = replace(turn, liked=wish.liked, token=token)
    earlier = history(turns[: wish.turn - 1])
    return (
        (*turns[: wish.turn - 1], marked, *turns[wish.turn :]),
        _feedback(marked, wish, tuple(asked.text for asked in earlier)),
    )


def _feedback(turn: Turn, wish: Wish, earlier: tuple[str, ...]) -> Feedback:
    answer = turn.answer
    assert answer is not None
    cited = answer.citations[:_MOST_CITED]
    return Feedback(
        turn.token,
        datetime.now(UTC).isoformat(timespec="seconds"),
        turn.question,
        wish.liked,
        history=earlier,
        kind=answer.kind,
        answer=answer.text[:_LONGEST_ANSWER],
        abstained=answer.abstained,
        cited=tuple(one.paper.paper_id for one in cited if one.sure),
        wrong=tuple(one.paper.paper_id for one in cited if one.number in wish.numbers),
        missing=" ".join(wish.missing.split()),
        not_said=wish.not_said,
        comment=wish.text.strip()[:_LONGEST_COMMENT],
    )
