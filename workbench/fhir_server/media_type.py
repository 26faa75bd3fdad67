"""Media types of FHIR requests: whether JSON is accepted, and whether JSON or a form was sent."""

from __future__ import annotations

JSON_TYPES = ("application/fhir+json", "application/json", "text/json", "application/json+fhir", "json")
ANY_TYPES = ("*/*", "application/*", "")


def accepts_json(wanted: str) -> bool:
    """Tell whether an Accept header or `_format` value lets JSON through; an empty one lets everything through."""
    ranges = [_parse(part) for part in wanted.split(",")]
    return any(name in (*JSON_TYPES, *ANY_TYPES) and _is_wanted(parameters) for name, parameters in ranges)


def is_json(content_type: str) -> bool:
    """Tell whether a body is FHIR JSON in UTF-8."""
    name, parameters = _parse(content_type)
    charset = parameters.get("charset", "utf-8").strip('"').lower()
    return name in JSON_TYPES[:-1] and charset in ("utf-8", "utf8", "us-ascii") and _is_wanted(parameters)


def is_form(content_type: str) -> bool:
    return _parse(content_type)[0] == "application/x-www-form-urlencoded"


def _parse(text: str) -> tuple[str, dict[str, str]]:
    name, *rest = text.split(";")
    pairs = (part.partition("=") for part in rest)
    # “+” arrives as a blank where a client did not escape it in a query: _format=application/fhir+json.
    return name.strip().lower().replace("fhir json", "fhir+json"), {
        key.strip().lower(): value.strip() for key, _, value in pairs
    }


def _is_wanted(parameters: dict[str, str]) -> bool:
    """`q=0` means not at all (RFC 9110, 12.4.2); another `fhirVersion` is another format."""
    try:
        wanted = float(parameters.get("q", "1")) > 0
    except ValueError:
        wanted = True
    return wanted and parameters.get("fhirversion", "4.0").strip('"').startswith("4.0")
