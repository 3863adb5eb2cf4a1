"""Questions to click below an answer, and the papers that a question may point at."""

from __future__ import annotations

from app.answer import Answer
from app.ui.chat import Turn, Turns
from app.ui.markdown import escape, shortened
from app.ui.wishes import button
from app.understanding.question import Asked

_LONGEST = 160  # characters of a button


def offers(turns: Turns) -> str:
    """What the last turn offers, as markup; "" for nothing."""
    if not turns or not turns[-1].offered:
        return ""
    last, place = turns[-1], len(turns)
    buttons = "".join(_button(one, last, place) for one in last.offered)
    lead = "Which paper?" if last.offered[0].about else "Ask next"
    return f'<p class="offers"><span class="lead">{escape(lead)}</span>{buttons}</p>'


def _button(offered: Asked, turn: Turn, place: int) -> str:
    if offered.about:
        shown = shortened(_title(turn.answer, offered.about), _LONGEST)
        return button(shown, do="about", kind="suggestion", turn=place, name=offered.about)
    shown = shortened(offered.text, _LONGEST)
    return button(shown, do="ask", kind="suggestion", text=offered.text)


def _title(answer: Answer | None, paper_id: str) -> str:
    """What the paper of this id is called that an answer names as one of the closest."""
    closest = answer.closest if answer else ()
    return next((paper.title for paper in closest if paper.paper_id == paper_id), paper_id)
