"""Printing of reports: JSON and whole texts in UTF-8 whatever the terminal has, and how wide lines may be."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Any


def print_json(value: Any, *, indent: int | None = 2) -> None:
    print_whole(json.dumps(value, indent=indent, ensure_ascii=False, default=str) + "\n")


def print_whole(text: str) -> None:
    """In UTF-8 with the line ends as they are, whatever the terminal's own, so that `> FILE` gives a good file."""
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
        return
    buffer.write(text.encode("utf-8", "replace"))
    buffer.flush()


def line_width() -> int:
    """How many characters a line of text may have: those of the terminal, within bounds that can be read."""
    return min(max(shutil.get_terminal_size((100, 24)).columns, 60), 160)
