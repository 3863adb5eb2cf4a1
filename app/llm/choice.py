"""Which chat model answers: the one that the settings name."""

from __future__ import annotations

from app.llm.client import ChatModel
from app.llm.model import Model
from app.settings import Settings


def chat_model(settings: Settings) -> Model:
    """The OpenAI-compatible model server, or the LlamaIndex LLM of ASKPAPERS_LLM.

    Raises SettingsError for a class that is not there or cannot be made.
    """
    if settings.llm is None:
        return ChatModel(settings)
    from app.integrations.model import IntegratedModel

    return IntegratedModel(settings)
