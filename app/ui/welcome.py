"""An empty chat: what the collection is about, and a question of each job to click."""

from __future__ import annotations

from app.choices import span_of
from app.extractive.assemble import joined
from app.suggesting.introduction import Introduction
from app.ui.markdown import escape, shortened
from app.ui.wishes import button

_TOPICS = 5
_HEAD = "<h2>What do the papers say?</h2>"
_PROMISE = (
    "Every sentence of an answer names the paper it comes from. "
    "What the abstracts do not say is not answered."
)
# Before the collection has been looked at.
PLAIN = f"{_HEAD}<p>{_PROMISE}</p>"


def welcome(told: Introduction) -> str:
    """The introduction as markup."""
    examples = "".join(
        button(one.question, do="ask", kind="example", said=one.job, text=one.question)
        for one in told.examples
    )
    shown = f'<p class="examples">{examples}</p>' if examples else ""
    return f'{_HEAD}<p class="collection">{escape(collection(told))}</p><p>{_PROMISE}</p>{shown}'


def collection(told: Introduction) -> str:
    """One sentence: "47 papers, 2019–2024, on recommendation, graphs and language models."."""
    count = "1 paper" if told.papers == 1 else f"{told.papers:,} papers"
    years = span_of(told.since, told.until)
    topics = [shortened(topic, 60) for topic in told.topics[:_TOPICS]]
    parts = [count, *([years] if years else []), *([f"on {joined(topics)}"] if topics else [])]
    return f"{', '.join(parts)}." if told.papers else "There are no papers yet."
