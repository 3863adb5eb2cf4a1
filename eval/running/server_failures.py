"""A model server that fails is told as such, never counted as a bad answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.answer import Answer
from app.llm.choice import chat_model
from app.llm.errors import OutOfTime
from app.settings import Settings
from ingest.errors import ServerError
from ingest.servers.endpoints import addresses, shown

if TYPE_CHECKING:
    from eval.running.run import Ask


def with_server(ask: Ask, settings: Settings) -> Ask:
    """`ask`, raising ServerError where the engine answered without its server because that failed.

    Without a server it is `ask` itself. A server that is dead from the start raises here.
    """
    if not settings.has_server:
        return ask
    model = chat_model(settings)
    model.check()
    # Every sentence about a failing server names its address, and no other note does.
    served = [shown(address) for address in addresses(settings.openai_base_url)]
    places = [*([model.address] if settings.llm else served), str(OutOfTime())]

    def asked(question: str, history: Sequence[str]) -> Answer:
        answer = ask(question, history)
        for note in answer.notes:
            if any(place in note for place in places):
                raise ServerError(f"The cases were not scored to the end. {note}")
        return answer

    return asked
