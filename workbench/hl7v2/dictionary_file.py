"""DictionaryFile: the compiled facts of one version on disk: a header, the facts with one record a line, a checksum.

`tools/compile_hl7v2.py` writes the files; a change of the tables reads as a change of lines.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError

FORMAT = 1
_DATA = Path(__file__).parent / "data"
_CHECKSUM_LENGTH = 11
_Facts = Mapping[str, Mapping[str, Any]]


def read_facts(version: str, folder: Path = _DATA) -> dict[str, dict[str, Any]]:
    """The sections of a version: segments, datatypes, structures, events and tables, each by name."""
    path = folder / f"{version}.facts"
    content = path.read_bytes() if path.is_file() else b""
    told = content[:-_CHECKSUM_LENGTH]
    header, _, facts = told.partition(b"\n")
    if not facts or _checksum_of(told) != content[-_CHECKSUM_LENGTH:] or json.loads(header)["format"] != FORMAT:
        raise WorkbenchError(
            f"The dictionary of HL7 v{version} is missing, damaged or of another version of the workbench.",
            hint="Install the workbench again.",
            source=str(path),
        )
    sections: dict[str, dict[str, Any]] = json.loads(facts)
    return sections


def to_bytes(header: Mapping[str, Any], facts: _Facts) -> bytes:
    """The file of a version: `header` in the first line, then the records of each section."""
    sections = (f"{_to_json(name)}:{{\n{_to_lines(records)}\n}}" for name, records in facts.items())
    told = f"{_to_json({'format': FORMAT, **header})}\n{{{','.join(sections)}}}\n".encode()
    return told + _checksum_of(told)


def _to_lines(records: Mapping[str, Any]) -> str:
    return ",\n".join(f"{_to_json(name)}:{_to_json(record)}" for name, record in records.items())


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _checksum_of(content: bytes) -> bytes:
    return b"%010d\n" % zlib.crc32(content)
