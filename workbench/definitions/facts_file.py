"""FactsFile: compiled facts on disk, one JSON text a line, of which only the lines that are asked for are read.

The first line is the header: what was compiled, and where each section lies, as offset from the header's end and
length in bytes. A section is one line too, often an index that says where its records lie, each again a line.
So a change of a package reads as a change of lines, and one type is ready without the others.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.fhir.resource import to_json

FORMAT = 2
_HEADER_CHUNK = 1 << 14


class FactsFile:
    """Reads are by offset from a file opened for each, so that threads share one of these without a lock."""

    def __init__(self, path: Path, *, whole: bool = False) -> None:
        """With `whole`, a file that is not as it was written raises ValueError."""
        self._path = path
        with path.open("rb") as file:
            line = file.readline(_HEADER_CHUNK)
            if whole and zlib.crc32(file.read()) != json.loads(line)["checksum"]:
                raise ValueError(f"{path.name} is damaged")
        self._start = len(line)
        self.header: dict[str, Any] = json.loads(line)
        if self.header.get("format") != FORMAT:
            raise WorkbenchError(
                f"{path.name} holds definitions in a format that this version does not read.",
                hint="Install the workbench again; the file belongs to another version of it.",
            )
        self._sections: dict[str, Any] = {}

    def section(self, name: str) -> Any:
        """Return the section of that name, read once; an empty mapping where there is none."""
        if name not in self._sections:
            place = self.header["sections"].get(name)
            self._sections[name] = self.record(*place) if place else {}
        return self._sections[name]

    def record(self, offset: int, length: int) -> Any:
        with self._path.open("rb") as file:
            file.seek(self._start + offset)
            return json.loads(file.read(length), parse_float=Decimal)


class FactsWriter:
    """Gathers lines in the order they are added, and knows where each will lie."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []
        self._end = 0
        self._sections: dict[str, tuple[int, int]] = {}

    def add_record(self, value: Any) -> tuple[int, int]:
        line = to_json(value).encode() + b"\n"
        place = self._end, len(line)
        self._lines.append(line)
        self._end += len(line)
        return place

    def add_section(self, name: str, value: Any) -> None:
        self._sections[name] = self.add_record(value)

    def to_bytes(self, header: Mapping[str, Any]) -> bytes:
        """Return the file: `header` with the places of the sections, then the lines."""
        lines = b"".join(self._lines)
        told = {"format": FORMAT, **header, "sections": self._sections, "checksum": zlib.crc32(lines)}
        first = to_json(told).encode() + b"\n"
        if len(first) >= _HEADER_CHUNK:
            raise WorkbenchError("The header of compiled definitions is too long to be read back.")
        return first + lines
