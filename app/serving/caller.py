"""Who sent a request, and the name that the request has in the log, the response and errors."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import Scope

_KEY = "askpapers.caller"
# What a proxy may have named a request; anything else could forge lines of a log.
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Caller:
    """The name of a request, the address that it came from, and the user who logged in, if any."""

    request: str = ""
    address: str = ""
    user: str = ""

    @property
    def who(self) -> str:
        """Whom a limit counts for: the user, else the address. No address can be a user's name."""
        return f"user {self.user}" if self.user else self.address


_NOBODY = Caller()
calling: ContextVar[Caller] = ContextVar("calling", default=_NOBODY)
"""The caller of the work at hand."""


def received(scope: Scope) -> Caller:
    """The caller of a request that has just come, which is remembered with it."""
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    name = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    caller = Caller(name, _network((scope.get("client") or ("",))[0]))
    scope[_KEY] = caller
    return caller


def logged_in(scope: Scope, user: str) -> None:
    """Remember whose request this is."""
    scope[_KEY] = replace(caller_of(scope), user=user)
    calling.set(scope[_KEY])


def caller_of(scope: Any) -> Caller:
    """Who sent a request; nobody known for one that did not come over the network."""
    caller = scope.get(_KEY) if scope else None
    return caller if isinstance(caller, Caller) else _NOBODY


def sender(request: Any) -> Caller:
    """Who sent a request of Gradio; nobody known where a handler is called without one."""
    wrapped = request.request if request is not None else None
    return caller_of(wrapped.scope) if wrapped is not None else _NOBODY


def _network(address: str) -> str:
    """The address, of IPv6 the network of one customer, who may use any address in it."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"
