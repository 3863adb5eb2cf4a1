"""What went wrong with a server, as one sentence that says how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.servers.endpoints import cause


@dataclass(frozen=True, slots=True)
class Server:
    """How messages call a server, and the settings that hold its address, its key and its model.

    `place` in all sentences is the address as a person may see it.
    """

    name: str
    address: str
    key: str
    model: str

    def unreachable(self, error: BaseException, place: str) -> str:
        """For a connection that was never made; "" for one that broke, which may pass."""
        return {
            "name": f"The name of the {self.name} in {place} cannot be found. "
            f"Check {self.address}.",
            "tls": f"No secure connection to {place} could be made: its certificate is not "
            "trusted, or it does not speak TLS. "
            f"Check whether {self.address} should begin with http:// instead.",
            "nobody": f"Nothing answers at {place}. Start the {self.name}, or correct "
            f"{self.address}.",
            "broken": "",
        }[cause(error)]

    def broken(self, place: str) -> str:
        """For a connection that broke."""
        return f"The connection to the {self.name} at {place} broke off."

    def silent(self, seconds: float, place: str) -> str:
        """For a server that sent nothing for too long."""
        return (
            f"The {self.name} at {place} said nothing for {seconds:g} seconds. "
            "ASKPAPERS_TIMEOUT sets how long to wait."
        )

    def refused(self, status: int, said: str, model: str, place: str) -> str:
        """For an HTTP status that another try would bring again; `said` are the server's words."""
        if status in (401, 403):
            return f"The {self.name} at {place} refused the key (HTTP {status}). Check {self.key}."
        if status == 404:
            return (
                f"The {self.name} at {place} does not know the model {model}, or its address is "
                f"wrong (HTTP 404). Set {self.model} to a model that it has; "
                f"{self.address} usually ends in /v1."
            )
        return f"The {self.name} at {place} refused the request (HTTP {status}){said}."


def is_passing(status: int) -> bool:
    """Whether an HTTP status tells of a failure that may be over soon."""
    return status in (408, 409, 429) or status >= 500
