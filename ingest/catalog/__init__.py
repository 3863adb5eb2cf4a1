"""The catalog: papers, their records, chunks and names. The truth; sole owner of the database.

Vectors and text index are derived from it. A writer keeps one transaction open until both hold
what it stores, so that other processes see all of a change or nothing of it. Before it touches
them it notes the papers in a file beside the database: a run that was killed leaves them there,
and the next one begins with them.
"""

from ingest.catalog.feedback import Feedback
from ingest.catalog.reading import Catalog
from ingest.catalog.rows import Entry, Mark, Name, StoredRecord, fold, singular, stored
from ingest.catalog.schema import FORMAT
from ingest.catalog.writing import Writing

__all__ = [
    "FORMAT",
    "Catalog",
    "Entry",
    "Feedback",
    "Mark",
    "Name",
    "StoredRecord",
    "Writing",
    "fold",
    "singular",
    "stored",
]
