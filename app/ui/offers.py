"""Questions to click below an answer, and the papers that a question may point at."""

from __future__ import annotations

from collections.abc import Sequence

from app.answer import Answer
from app.ui.markdown import escape, shortened
from app.ui.wishes import button
from app.understanding.question import Asked

_LONGEST = 160  # characters of a button


def offers(found: Sequence[Asked], answer: Answer, place: int) -> str:
    """These questions as markup, below the answer of the turn at this place; "" for none."""
    if not found:
        return ""
    buttons = "".join(_button(one, answer, place) for one in found)
    lead = "Which paper?" if found[0].about else "Ask next"
    return f'<p class="offers"><span class="lead">{escape(lead)}</span>{buttons}</p>'


def _button(offered: Asked, answer: Answer, place: int) -> str:
    if offered.about:
        named = {paper.paper_id: paper.title for paper in answer.closest}
        shown = shortened(named.get(offered.about, offered.about), _LONGEST)
        return button(shown, do="about", kind="suggestion", turn=place, name=offered.about)
    shown = shortened(offered.text, _LONGEST)
    return button(shown, do="ask", kind="suggestion", text=offered.text)
