"""JSON branch: a container of a large JSON text whose members are parsed when they are asked for.

A whole value of five megabytes holds a million objects: making, collecting and freeing them would each hold the
window. The index of a branch holds only where its members start.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

DECODER = json.JSONDecoder(parse_float=Decimal)
_BLANK = re.compile(r"[ \t\r\n]*")
# The root and its own members are indexed; what lies deeper is passed over in one call each.
_DEPTH = 2


class JsonBranch:
    """An object where `keys` is set, else an array; `member` gives a value, or a branch for a large one."""

    __slots__ = ("_branches", "_starts", "_text", "keys")

    def __init__(self, text: str, keys: list[str] | None) -> None:
        self.keys = keys
        self._text = text
        self._starts = array("Q")
        self._branches: dict[int, JsonBranch] = {}

    def __len__(self) -> int:
        return len(self._starts)

    def member(self, row: int) -> Any:
        """The value in `row`; parses it anew at each call."""
        if row in self._branches:
            return self._branches[row]
        return DECODER.raw_decode(self._text, self._starts[row])[0]

    def get(self, key: str) -> Any:
        """The member called `key` of an object, None where there is none."""
        if self.keys is None or key not in self.keys:
            return None
        return self.member(self.keys.index(key))

    def add(self, start: int, branch: JsonBranch | None) -> None:
        if branch is not None:
            self._branches[len(self._starts)] = branch
        self._starts.append(start)


def index_json(text: str) -> Any:
    """Index a JSON text, or parse it where it is no container; raises JSONDecodeError as `json.loads` does.

    Other threads get a turn between the entries of a bundle; one call of the C parser over the whole would not let
    them.
    """
    at = skip_blank(text, 1 if text.startswith("\ufeff") else 0)
    value, end = _index(text, at, 0)
    end = skip_blank(text, end)
    if end != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def _index(text: str, at: int, depth: int) -> tuple[Any, int]:
    if depth >= _DEPTH or text[at : at + 1] not in ("{", "["):
        return DECODER.raw_decode(text, at)
    branch = JsonBranch(text, [] if text[at] == "{" else None)
    last = at + 1
    for start, end, value in _members(text, at, depth, branch.keys):
        branch.add(start, value if isinstance(value, JsonBranch) else None)
        last = end
    return branch, _close(text, last, "}" if branch.keys is not None else "]")


def _members(text: str, at: int, depth: int, keys: list[str] | None) -> Iterator[tuple[int, int, Any]]:
    """Start, end and value of each member of the container at `at`; names go to `keys`."""
    close = "]" if keys is None else "}"
    at = skip_blank(text, at + 1)
    if text[at : at + 1] == close:
        return
    while True:
        if keys is not None:
            at = _read_key(text, at, keys)
        value, end = _index(text, at, depth + 1)
        yield at, end, value
        at = skip_blank(text, end)
        if text[at : at + 1] != ",":
            return
        at = skip_blank(text, at + 1)


def _read_key(text: str, at: int, keys: list[str]) -> int:
    if text[at : at + 1] != '"':
        raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
    key, at = DECODER.raw_decode(text, at)
    keys.append(key)
    at = skip_blank(text, at)
    if text[at : at + 1] != ":":
        raise json.JSONDecodeError("Expecting ':' delimiter", text, at)
    return skip_blank(text, at + 1)


def _close(text: str, at: int, close: str) -> int:
    at = skip_blank(text, at)
    if text[at : at + 1] != close:
        raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
    return at + 1


def skip_blank(text: str, at: int) -> int:
    """Where the next character that is no white space stands."""
    found = _BLANK.match(text, at)
    return found.end() if found is not None else at
