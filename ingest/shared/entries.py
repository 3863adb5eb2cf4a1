"""The entries of the text index as the server keeps them, written to as to a text index."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.catalog.sharing import SharedCatalog
from ingest.stores.lexicon import Leaf


class Entries:
    """Entries for the generation that will be published next. All of it is one transaction's."""

    def __init__(self, catalog: SharedCatalog) -> None:
        self._catalog = catalog
        self._is_begun = False

    def store(self, leaves: Sequence[Leaf]) -> None:
        """Keep entries; the first ones take the place of all that were there."""
        with self._catalog.shared_transaction() as writing:
            if not self._is_begun:
                writing.drop_leaves()
            self._is_begun = True
            writing.store_leaves(leaves, self._catalog.generation + 1)

    def commit(self) -> None:
        """They are committed with the catalog."""

    def count(self) -> int:
        """Papers that have an entry."""
        return self._catalog.count_leaves()
