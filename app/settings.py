"""Settings of the application: ingestion's, and those of answering and the model server."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from app.retrieval.ranking import Weights
from ingest.settings import IngestSettings, class_name, json_object


class Settings(IngestSettings):
    """What answering needs to know. Every field is documented in `.env.example`."""

    chat_model: str = Field(
        "gpt-4o-mini", min_length=1, description="Model that writes the answers."
    )
    llm: str | None = Field(
        None,
        description=(
            "Chat model through LlamaIndex, as package.module:Class of one of its integrations, "
            "such as llama_index.llms.ollama:Ollama; the OpenAI-compatible server where empty."
        ),
    )
    llm_args: SecretStr | None = Field(
        None, description="Arguments of that class as a JSON object, its model and key among them."
    )
    reranker: str | None = Field(
        None,
        description=(
            "Node postprocessor of LlamaIndex, as package.module:Class, that reorders the papers "
            "of a look-up before their sentences are read; none where empty."
        ),
    )
    reranker_args: SecretStr | None = Field(
        None, description="Arguments of that class as a JSON object."
    )
    mode: Literal["auto", "extractive", "generated"] = Field(
        "auto", description="auto writes with the model server where one is configured."
    )
    answer_seconds: float = Field(
        120.0,
        gt=0,
        le=3600,
        description=(
            "Longest time for a whole answer of the model, in seconds; what was checked by then "
            "is shown."
        ),
    )
    temperature: float = Field(
        0.0, ge=0, le=2, description="How freely the model writes; 0 is the most repeatable."
    )
    seed: int | None = Field(None, description="Seed sent to the model server; none where empty.")
    context_window: int = Field(
        8192, ge=512, description="What the model can read and write at once, in tokens."
    )
    max_tokens: int = Field(700, ge=50, le=8000, description="Longest generated answer, in tokens.")
    prompt_papers: int = Field(
        8, ge=1, le=50, description="Most abstracts sent to the model with a question."
    )
    unsupported: Literal["mark", "drop", "mark-all"] = Field(
        "mark",
        description=(
            "What happens to a sentence that no abstract backs: mark it, but drop it where it "
            "invents a number or name; drop it; or mark-all."
        ),
    )
    judge: str = Field(
        "auto",
        min_length=1,
        description=(
            "Model that checks the sentences of a written answer once more: auto is the one that "
            "wrote them; or a model's name; or off."
        ),
    )
    judged_papers: int = Field(
        40, ge=0, le=500, description="Most papers that the model judges for a list; 0 for none."
    )
    announced_tokens: int = Field(
        20_000, ge=0, description="A run that sends more tokens is announced with its cost."
    )
    price_in: float = Field(
        0.0, ge=0, description="Price of a million tokens read by the model, in dollars."
    )
    price_out: float = Field(
        0.0, ge=0, description="Price of a million tokens written by the model, in dollars."
    )
    paper_weight: float = Field(
        0.8, ge=0, le=5, description="What the meaning of a paper counts in ranking, beside words."
    )
    title_weight: float = Field(
        0.5, ge=0, le=5, description="What the meaning of its title counts in ranking."
    )
    sentence_weight: float = Field(
        0.4, ge=0, le=5, description="What its best sentence counts in ranking."
    )
    answered_from: float = Field(
        0.17, ge=0, le=1, description="How sure an answer must be to be given as one, from 0 to 1."
    )
    near_from: float = Field(
        0.01,
        ge=0,
        le=1,
        description="How sure a sentence must be to be shown as the nearest to a question.",
    )
    listed_from: float = Field(
        0.15, ge=0, le=1, description="How sure it must be that any paper is on a topic to list it."
    )
    listed_near: float = Field(
        0.03, ge=0, le=1, description="How sure it must be to show papers that perhaps are on it."
    )
    host: str = Field("127.0.0.1", description="Address that the page listens on.")
    port: int = Field(7860, ge=1, le=65535, description="Port that the page listens on.")
    allowed_hosts: str = Field(
        "",
        description=(
            "Further names that the page answers to, and sites that may send it requests, with "
            "commas between them: papers.example.org, localhost:3000."
        ),
    )
    editing: Literal["auto", "on", "off"] = Field(
        "auto",
        description=(
            "Who may add and remove papers in the page: auto is who sits at this machine, while "
            "the page is served to it alone; on is everybody who reaches the page; off is nobody."
        ),
    )
    upload_mb: int = Field(
        100, ge=1, le=10_000, description="Largest file that the page takes, in megabytes."
    )
    users: SecretStr | None = Field(
        None,
        description=(
            "Who may log in: a file with a NAME:HASH a line, or several with commas between them; "
            "askpapers password makes one. Nobody has to where empty."
        ),
    )
    secret: SecretStr | None = Field(
        None,
        min_length=16,
        description=(
            "What log-ins are signed with, the same for all processes behind a proxy; a new one "
            "at each start where empty, which logs everyone out."
        ),
    )
    rate: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Most questions a minute of one user or address; 0 for no limit.",
    )
    answers_at_once: int = Field(
        4, ge=1, le=64, description="Questions that the page's server answers at the same time."
    )
    waiting: int = Field(
        64,
        ge=0,
        le=500,
        description="Questions that wait for their turn; further ones are told to come back.",
    )
    log: Literal["quiet", "text", "json"] = Field(
        "quiet",
        description=(
            "What the page's server writes to stderr: quiet is warnings only; text is a line for "
            "each request and question; json the same as JSON."
        ),
    )
    log_questions: bool = Field(
        False, description="Whether questions stand in the log, and texts in traces."
    )
    traces: bool = Field(
        False,
        description=(
            "Whether each question is traced over OpenTelemetry, which needs the extra otel; "
            "OTEL_EXPORTER_OTLP_ENDPOINT says where to."
        ),
    )
    slow_seconds: float = Field(
        10.0,
        ge=0,
        description="Answers that take longer stand in the log as slow; 0 for none.",
    )
    today: date | None = Field(
        None, description="The date that “this year” counts from; the clock's where empty."
    )

    _classes = field_validator("llm", "reranker")(class_name)
    _arguments = field_validator("llm_args", "reranker_args")(json_object)

    @field_validator("today", mode="before")
    @classmethod
    def _plain_date(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("it is not a date such as 2026-01-31") from None

    @property
    def weights(self) -> Weights:
        """The weights of ranking."""
        return Weights(self.paper_weight, self.title_weight, self.sentence_weight)

    @property
    def allowed_names(self) -> tuple[str, ...]:
        """The names of `allowed_hosts`, one by one."""
        return tuple(name for part in self.allowed_hosts.split(",") if (name := part.strip()))

    @property
    def judge_model(self) -> str:
        """The model that checks the sentences of a written answer, "" for none."""
        named = self.judge.strip()
        return {"auto": self.chat_model, "off": ""}.get(named.casefold(), named)

    @property
    def is_configured(self) -> bool:
        """Whether any chat model is named."""
        servers = (self.openai_api_key, self.openai_base_url, self.llm)
        return any(one is not None for one in servers)

    @property
    def has_server(self) -> bool:
        """Whether answers are to be written by a model."""
        return self.mode != "extractive" and self.is_configured
