"""The traces of LlamaIndex, sent to whatever speaks OpenTelemetry: the extra `otel`.

OpenInference turns LlamaIndex's spans into OpenTelemetry's. Where they go, and under which name,
is said by OpenTelemetry's own variables, such as OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_SERVICE_NAME.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ingest.errors import UsageError

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor


def send_traces(*, with_texts: bool, processor: SpanProcessor | None = None) -> Callable[[], None]:
    """Begins to send traces; returns what ends it and sends the rest.

    Questions, answers and abstracts are in them only `with_texts`. Raises UsageError without the
    extra.
    """
    if find_spec("openinference") is None:
        raise UsageError('Traces need their package: pip install "askpapers[otel]".')
    from openinference.instrumentation import TraceConfig
    from openinference.instrumentation.llama_index import LlamaIndexInstrumentor
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(resource=_named())
    provider.add_span_processor(processor or _exported())
    hidden = TraceConfig(
        hide_inputs=not with_texts, hide_outputs=not with_texts,
        hide_input_messages=not with_texts, hide_output_messages=not with_texts,
    )  # fmt: skip
    instrumentor = LlamaIndexInstrumentor()
    instrumentor.instrument(
        tracer_provider=provider, config=hidden, skip_dep_check=True,
        separate_trace_from_runtime_context=True,
    )  # fmt: skip

    def end() -> None:
        instrumentor.uninstrument()
        provider.shutdown()

    return end


def _named() -> Resource:
    """What the traces are of: as the environment names it, else our name."""
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource

    found = Resource.create()
    unknown = str(found.attributes.get(SERVICE_NAME, "")).startswith("unknown_service")
    return found.merge(Resource({SERVICE_NAME: "askpapers"})) if unknown else found


def _exported() -> SpanProcessor:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(OTLPSpanExporter())
