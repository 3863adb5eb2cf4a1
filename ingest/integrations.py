"""Classes of other packages, named in a setting as package.module:Class, and made of arguments."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import SecretStr, ValidationError

from ingest.errors import SettingsError
from ingest.servers.endpoints import quoted

NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*:[A-Za-z_]\w*")

_SECRET = re.compile(r"key|token|secret|password|credential", re.I)
_FEWEST = 3  # characters of a secret that is looked for


def arguments(given: SecretStr | None) -> dict[str, Any]:
    """The arguments of a setting that holds a JSON object; none where it is empty."""
    found: dict[str, Any] = json.loads(given.get_secret_value()) if given else {}
    return found


def secrets(values: object, name: str = "") -> list[str]:
    """The texts among arguments that no person may see, by the names that they stand under."""
    if isinstance(values, dict):
        return [secret for key in values for secret in secrets(values[key], str(key))]
    if isinstance(values, list):
        return [secret for value in values for secret in secrets(value, name)]
    found = isinstance(values, str) and len(values) >= _FEWEST and _SECRET.search(name)
    return [str(values)] if found else []


def made(
    named: str,
    values: dict[str, Any],
    setting: str,
    kind: type,
    also: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """An object of the class that a setting names. Raises SettingsError if there can be none.

    `kind` is what it must be an instance of; the arguments stand in the setting's own `…_ARGS`.
    Of `also` it gets those that it knows by name and that are not among its arguments.
    """
    module, _, name = named.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise SettingsError(
            f"{setting} names {named}, but {error.name or module} is not installed."
            f"{_package(module)}"
        ) from None
    except AttributeError:
        raise SettingsError(f"{setting} names {named}, but {module} has no {name}.") from None
    if not (isinstance(found, type) and issubclass(found, kind)):
        raise SettingsError(f"{setting} names {named}, which is no {kind.__name__} of LlamaIndex.")
    try:
        known = inspect.signature(found).parameters
        return found(**{name: also[name] for name in also if name in known} | values)
    except Exception as error:  # noqa: BLE001 - a foreign class may raise anything
        raise SettingsError(
            f"{name} cannot be made of {setting}_ARGS{_why(error, values)}. It holds a JSON "
            "object with the arguments of the class."
        ) from None


def masked(text: str, values: dict[str, Any]) -> str:
    """A text without the secrets among some arguments."""
    for secret in secrets(values):
        text = text.replace(secret, "…")
    return text


def told(error: Exception, values: dict[str, Any]) -> str:
    """What a foreign class said when it failed, in brackets, without secrets; else its name."""
    return quoted(masked(str(error), values)) or f" ({type(error).__name__})"


def _package(module: str) -> str:
    """How to install a module of LlamaIndex, whose packages have the names of their modules."""
    if not module.startswith("llama_index."):
        return " Install its package."
    package = "-".join(module.split(".")[:4]).replace("_", "-")
    return f' Install its package: pip install "{package}".'


def _why(error: Exception, values: dict[str, Any]) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        return f" ({place}: {first['msg']})" if place else f" ({first['msg']})"
    return told(error, values)
