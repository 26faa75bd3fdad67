"""Faults of a JSON text that its reader refuses without a place: where they stand."""

from __future__ import annotations

import json
import re

from workbench.fhir.resource import DEEPEST, LONGEST_NUMBER

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|-?Infinity|NaN|-?\d[\d.eE+-]*', re.DOTALL)
_HALF_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)
_LARGEST_EXPONENT = re.compile(r"[eE][+-]?0*(\d{4,})")


def find_json_fault(text: str) -> int | None:
    """Return the offset of a name that stands twice, a number out of bounds, a half character or too deep a bracket."""
    names: list[set[str] | None] = []  # of the objects around the token; None for an array
    wants_name = False
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            names.append(set() if token == "{" else None)
            if len(names) > DEEPEST:
                return match.start()
        elif token in "}]":
            if names:
                names.pop()
        elif token[0] == '"':
            half = _HALF_CHARACTER.search(token)
            if half:
                return match.start() + half.start()
            if wants_name and names and names[-1] is not None:
                if (name := _decoded(token)) in names[-1]:
                    return match.start()
                names[-1].add(name)
        elif token not in ",:" and _is_out_of_bounds(token):
            return match.start()
        wants_name = token in "{,"
    return None


def _decoded(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except json.JSONDecodeError:
        return token


def _is_out_of_bounds(token: str) -> bool:
    exponent = _LARGEST_EXPONENT.search(token)
    return len(token) > LONGEST_NUMBER or token[-1] in "yN" or (exponent is not None and int(exponent[1][:9]) > 0)
