"""JSON answers of a site's endpoints: the object that came, or half a sentence saying why there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from workbench.exchange import Response

LARGEST = 1024 * 1024
# Such letters are left out by one program and taken by the next, a browser among them.
UNSAFE = re.compile(r"[\s\x00-\x1f\x7f\\]")


def parse_object(response: Response, *, any_status: bool = False, largest: int = LARGEST) -> dict[str, Any] | str:
    """The JSON object that a site answered, or half a sentence saying why there is none."""
    if not any_status and response.status != 200:
        return _tell_status(response)
    if len(response.body) > largest:
        return f"it answered {response.status} with {len(response.body):,} bytes, and over {largest:,} are not read"
    try:
        value = json.loads(response.body)
    except (ValueError, RecursionError):
        return f"{_tell_status(response)} with a body that is not JSON"
    return value if isinstance(value, dict) else f"it answered {response.status} with JSON that is not an object"


def text_of(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def address_of(document: Mapping[str, Any], name: str) -> str:
    """The web address that a member gives; empty where it gives none, or what is none."""
    value = text_of(document, name)
    return value if is_web_address(value) else ""


def is_web_address(address: str) -> bool:
    """Tell whether `address` is a whole http or https address that a request can go to."""
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme.lower() in ("https", "http") and bool(parts.hostname) and parts.port != 0
        return is_whole and not UNSAFE.search(address)
    except ValueError:
        return False


def texts_of(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = document.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def objects_of(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def tell_error(what: str, error: str, document: Mapping[str, Any]) -> str:
    """An OAuth error with the description that came with it, as a sentence that begins with `what`."""
    description = text_of(document, "error_description")
    return f"{what}: {error}" + (f" (“{description.rstrip('.')}”)." if description else ".")


def _tell_status(response: Response) -> str:
    location = response.header("location").partition("?")[0].partition("#")[0]
    if response.status in (301, 302, 303, 307, 308) and location:
        return f"it answered {response.status} and pointed to {location}, where the app does not follow"
    return f"it answered {response.status}"
