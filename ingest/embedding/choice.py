"""Which model embeds the papers and the questions: the one that a single setting names."""

from __future__ import annotations

from ingest.embedding.models import Embedding, StaticEmbedding
from ingest.errors import SettingsError
from ingest.integrations import arguments
from ingest.servers.endpoints import addresses, holds_secret, is_key
from ingest.settings import IngestSettings


def chosen(settings: IngestSettings) -> Embedding:
    """The embedding of the settings. Nothing is loaded or asked before the first text.

    Raises SettingsError for a key or an address that cannot be used.
    """
    kind, _, model = settings.embedding.partition(":")
    if kind == "openai":
        return _served(model, settings)
    if kind == "fastembed":
        from ingest.embedding.onnx import LocalEmbedding

        return LocalEmbedding(model, settings.embedding_folder)
    if kind == "llamaindex":
        from ingest.embedding.llamaindex import IntegratedEmbedding

        return IntegratedEmbedding(model, arguments(settings.embedding_args), settings.timeout)
    if kind == "minilm":
        from ingest.embedding.encoder import EncoderEmbedding

        return EncoderEmbedding()
    return StaticEmbedding()


def _served(model: str, settings: IngestSettings) -> Embedding:
    from ingest.embedding.server import ServerEmbedding
    from ingest.servers.failover import Patience

    # The key of one server is no business of another one.
    own = settings.embedding_url is not None
    secret = settings.embedding_key if own else settings.openai_api_key
    key = secret.get_secret_value().strip() if secret else ""
    names = (
        ("ASKPAPERS_EMBEDDING_KEY", "ASKPAPERS_EMBEDDING_URL")
        if own
        else ("OPENAI_API_KEY", "OPENAI_BASE_URL")
    )
    if not is_key(key):
        raise SettingsError(f"{names[0]} holds characters that no key has. Copy the key once more.")
    places = addresses(settings.embedding_url or settings.openai_base_url)
    if any(map(holds_secret, places)):
        raise SettingsError(
            f"{names[1]} holds a user name or password. Write the address without it, and the "
            f"secret into {names[0]}."
        )
    patience = Patience(settings.timeout, settings.retries, settings.parallel)
    return ServerEmbedding(model, places, key, patience)
