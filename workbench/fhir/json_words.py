"""Words for what is wrong in a JSON text, from what its reader says and what stands at that place."""

from __future__ import annotations

import json
import re

_TOKEN = re.compile(r"[^\s,:\[\]{}\"]{1,20}|.", re.DOTALL)
# By the words of Python's reader, as they begin.
_WORDS = {
    "Expecting ',' delimiter": "a comma or a closing bracket is missing here",
    "Expecting ':' delimiter": "the colon after a name is missing here",
    "Expecting property name": "a name in double quotes must stand here",
    "Illegal trailing comma": "a comma stands here, and nothing follows it",
    "Unterminated string": "a text begins here and has no closing quote",
    "Invalid control character": "a line break or another control character stands in a text; write its escape",
    "Invalid \\": "a backslash begins no escape that JSON has",
    "Extra data": "something follows the end of the resource",
}


def tell_json_fault(error: json.JSONDecodeError) -> str:
    """Return a part of a sentence that says what is wrong at the place of `error`."""
    text, at, said = error.doc, error.pos, error.msg
    if not text.strip():
        return "there is nothing in it"
    if said.startswith("Expecting") and at >= len(text.rstrip()):
        return "it ends before its last bracket is closed"
    token = match[0] if (match := _TOKEN.match(text, at)) else ""
    if said.startswith("Expecting value"):
        return _tell_no_value(text, at, token)
    if said.startswith("Expecting property name"):
        if token == "}" and text[:at].rstrip().endswith(","):
            return _WORDS["Illegal trailing comma"]
        if token.startswith("'"):
            return "names and texts stand in double quotes, not in single ones"
    known = next((words for beginning, words in _WORDS.items() if said.startswith(beginning)), "")
    return known or said[:1].lower() + said[1:]


def _tell_no_value(text: str, at: int, token: str) -> str:
    if not text[:at].strip():
        return f"it begins with “{token}”, as neither JSON nor XML does"
    if token in "]}" and text[:at].rstrip().endswith(","):
        return _WORDS["Illegal trailing comma"]
    if token in ",]}":
        return "a value is missing here"
    if token.startswith("'"):
        return "texts stand in double quotes, not in single ones"
    return f"“{token}” is no value; a text stands in double quotes"
