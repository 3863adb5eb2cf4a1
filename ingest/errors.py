"""The errors a person can meet. Each message is one sentence or two: what is wrong, what to do.

AskpapersError
├── UsageError           the person must do something first          exit code 2
│   ├── SettingsError    a setting has a value that cannot be used
│   ├── SourceError      a path that cannot be read
│   ├── IndexMissing     there is nothing to ask yet
│   ├── IndexMismatch    the index was made by another format or embedding, or is damaged
│   │   └── IndexDamaged the catalog itself is broken or gone
│   └── IndexBusy        another process is writing
├── Stopped              the person pressed Ctrl-C, and what was read is stored  exit code 130
├── ServerError          the model server did not give an answer     exit code 3 in eval
├── StoreGone            a server that holds the index did not answer  exit code 3
├── Regression           an eval is worse than its baseline          exit code 1 in eval
└── NotComparable        baseline and run measure different things   exit code 4 in eval
"""


class AskpapersError(Exception):
    """Base of every error whose message is meant for a person."""

    exit_code = 2


class UsageError(AskpapersError):
    """The person must do something before this can work."""


class SettingsError(UsageError):
    """A setting has a value that cannot be used."""


class SourceError(UsageError):
    """A path that was named cannot be read."""


class IndexMissing(UsageError):
    """The index does not exist or is empty."""


class IndexMismatch(UsageError):
    """The index was written by another format version or embedding, or what it holds is damaged."""


class IndexDamaged(IndexMismatch):
    """The catalog is broken or gone: no rebuild helps, a backup or what can still be read does."""


class IndexBusy(UsageError):
    """Another process holds the writer's lock."""


class Stopped(AskpapersError):
    """The person stopped a run; the message says what is done and how to go on."""

    exit_code = 130


class ServerError(AskpapersError):
    """The model server refused, failed or fell silent."""

    exit_code = 3


class StoreGone(AskpapersError):
    """The database or the vector server of an index cannot be reached, or went away."""

    exit_code = 3


class Regression(AskpapersError):
    """An evaluation is worse than its baseline."""

    exit_code = 1


class NotComparable(AskpapersError):
    """A baseline was made on another corpus, other cases or other scorers."""

    exit_code = 4
