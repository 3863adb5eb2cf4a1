"""A LlamaIndex LLM that runs in this process and blocks while it thinks, as local ones do."""

from __future__ import annotations

import time
from typing import Any

from llama_index.core.base.llms.types import CompletionResponse, LLMMetadata
from llama_index.core.llms import CustomLLM


class Blocking(CustomLLM):
    seconds: float = 0.0
    api_key: str = ""
    temperature: float = 0.0
    context_window: int = 0
    refuse: bool = False

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        if self.refuse:
            raise RuntimeError(f"no such key {self.api_key}")

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="blocking")

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        del formatted
        time.sleep(self.seconds)
        return CompletionResponse(text=prompt, delta=prompt)

    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:
        yield self.complete(prompt, formatted)
