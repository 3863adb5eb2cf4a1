"""Questions to click below an answer, and the papers that a question may point at."""

from __future__ import annotations

from collections.abc import Sequence

from app.answer import Answer
from app.ui.markdown import escape, shortened
from app.ui.wishes import button
from app.understanding.question import Asked

_LONGEST = 160  # characters of a button
_BACK = button("Back to the chat before", do="back", kind="suggestion")
BACK = f'<p class="offers alone">{_BACK}</p>'


def offers(found: Sequence[Asked], answer: Answer, place: int, unkept: int = 0) -> str:
    """These questions as markup, below the answer of the turn at this place; "" for none.

    Below them, that the browser has no room for the first turns, where it has none.
    """
    return "\n\n".join(filter(None, (_questions(found, answer, place), _unkept(unkept))))


def _unkept(turns: int) -> str:
    if not turns:
        return ""
    some = "first question" if turns == 1 else f"first {turns:,} questions"
    told = f"This chat is too long for the browser to keep: after a reload its {some} will be gone."
    return f'<p class="note unkept">{told} Export chat saves all of it.</p>'


def _questions(found: Sequence[Asked], answer: Answer, place: int) -> str:
    if not found:
        return ""
    buttons = "".join(_button(one, answer, place) for one in found)
    lead, kind = ("Which paper?", "offers long") if found[0].about else ("Ask next", "offers")
    return f'<p class="{kind}"><span class="lead">{escape(lead)}</span>{buttons}</p>'


def _button(offered: Asked, answer: Answer, place: int) -> str:
    if offered.about:
        named = {paper.paper_id: paper.title for paper in answer.closest}
        shown = shortened(named.get(offered.about, offered.about), _LONGEST)
        return button(
            shown, do="about", kind="suggestion", title=shown, turn=place, name=offered.about
        )
    shown = shortened(offered.text, _LONGEST)
    return button(shown, do="ask", kind="suggestion", title=shown, text=offered.text)
