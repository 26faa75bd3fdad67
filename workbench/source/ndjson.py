"""NDJSON: resources one a line, each read when it is asked for, with its line in the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from workbench.definitions.definitions import Definitions
from workbench.errors import WorkbenchError
from workbench.source.source import Source, parse_source


def parse_ndjson(lines: Iterable[bytes], definitions: Definitions) -> Iterator[tuple[int, Source | WorkbenchError]]:
    """Yield the number of each line that is not blank with its resource, or with what makes it none."""
    for number, line in enumerate(lines, start=1):
        text = line.strip(b" \t\r\n")
        if not text:
            continue
        try:
            yield number, parse_source(line.rstrip(b"\r\n"), definitions, first_line=number)
        except WorkbenchError as error:
            error.line = error.line or number
            yield number, error


def is_ndjson(text: str) -> bool:
    """Whether a text is resources one a line: its first line is an object by itself, and another begins below it."""
    first, _, rest = text.removeprefix("\ufeff").lstrip().partition("\n")
    if not first.startswith("{") or rest.lstrip()[:1] != "{":
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False
