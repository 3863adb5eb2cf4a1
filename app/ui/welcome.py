"""An empty chat: what the collection is about, and a question of each job to click."""

from __future__ import annotations

from app.choices import span_of
from app.extractive.assemble import joined
from app.suggesting.introduction import Introduction
from app.ui.markdown import escape, shortened
from app.ui.wishes import button

_TOPICS = 5
_NEARLY_ALL = 0.8
_HEAD = "<h2>What do the papers say?</h2>"
_PROMISE = (
    "Every sentence of an answer names the paper it comes from. "
    "What the abstracts do not say is not answered."
)
_LOOKING = "Looking for questions to begin with …"
# Before the collection has been looked at.
PLAIN = f"{_HEAD}<p>{_PROMISE}</p>"


def welcome(told: Introduction, *, looking: bool = False) -> str:
    """The introduction as markup, or that its examples are still looked for."""
    examples = "".join(
        button(one.question, do="ask", kind="example", said=one.job, text=one.question)
        for one in told.examples
    )
    shown = f'<p class="examples">{examples}</p>' if examples else ""
    shown = f"<p>{_LOOKING}</p>" if looking else shown
    return f'{_HEAD}<p class="collection">{escape(collection(told))}</p><p>{_PROMISE}</p>{shown}'


def collection(told: Introduction) -> str:
    """One sentence: "47 papers, 2019–2024, on recommendation, graphs and language models."."""
    count = "1 paper" if told.papers == 1 else f"{told.papers:,} papers"
    topics = [shortened(topic, 60) for topic in told.topics[:_TOPICS]]
    parts = filter(None, (count, _years(told), f"on {joined(topics)}" if topics else ""))
    return f"{', '.join(parts)}." if told.papers else "There are no papers yet."


def _years(told: Introduction) -> str:
    """The years of the papers, and how many have one where many have none."""
    years, dated = span_of(told.since, told.until), told.papers - told.undated
    if not years or dated >= _NEARLY_ALL * told.papers:
        return years
    return f"{dated:,} of them dated {years}"
