"""FactsFile: compiled facts on disk, one JSON text a line, of which only the lines that are asked for are read.

The first line is the header: what was compiled, and where each section lies, as offset from the header's end and
length in bytes. A section is one line too, often an index that says where its records lie, each again a line.
So a change of a package reads as a change of lines, and one type is ready without the others. The last line is the
checksum of all before it.
"""

from __future__ import annotations

import json
import mmap
import zlib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.fhir.resource import to_json

FORMAT = 3
_HEADER_CHUNK = 1 << 14
_CHECKSUM_LENGTH = 11


class FactsFile:
    """The file is mapped: threads and processes read it without a lock, and it stays readable where it is deleted."""

    def __init__(self, source: Path | bytes, *, whole: bool = False) -> None:
        """Facts on disk, or in memory. With `whole`, what is not as it was written raises ValueError."""
        self._content = source if isinstance(source, bytes) else _map(source)
        if whole and not _is_whole(self._content):
            raise ValueError("the compiled definitions are damaged")
        self._start = self._content.find(b"\n", 0, _HEADER_CHUNK) + 1
        self.header: dict[str, Any] = json.loads(self._content[: self._start])
        if self.header.get("format") != FORMAT:
            raise WorkbenchError(
                "There are compiled definitions in a format that this version does not read.",
                hint="Install the workbench again; they belong to another version of it.",
            )
        self._sections: dict[str, Any] = {}

    def section(self, name: str) -> Any:
        """Return the section of that name, read once; an empty mapping where there is none."""
        if name not in self._sections:
            place = self.header["sections"].get(name)
            self._sections[name] = self.record(*place) if place else {}
        return self._sections[name]

    def record(self, offset: int, length: int) -> Any:
        start = self._start + offset
        return json.loads(self._content[start : start + length], parse_float=Decimal)


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
        first = to_json({"format": FORMAT, **header, "sections": self._sections}).encode() + b"\n"
        if len(first) >= _HEADER_CHUNK:
            raise WorkbenchError("The header of compiled definitions is too long to be read back.")
        return first + lines + _checksum_of(first + lines)


def _map(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _is_whole(content: bytes | mmap.mmap) -> bool:
    with memoryview(content) as view, view[:-_CHECKSUM_LENGTH] as told:
        return _checksum_of(told) == content[-_CHECKSUM_LENGTH:]


def _checksum_of(content: bytes | memoryview) -> bytes:
    return b"%010d\n" % zlib.crc32(content)
