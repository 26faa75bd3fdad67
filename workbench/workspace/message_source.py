"""Message sources: files, folders, batches and logs as one row of HL7 v2 messages, read while they are sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.hl7v2.batch import Piece, judge_pieces, read_pieces
from workbench.hl7v2.message_log import is_log, read_log

STANDARD_INPUT = "-"
_HEADER = re.compile(rb"(?:\A|[^A-Za-z0-9])MSH[^\w\s]|(?:\A|[^A-Za-z0-9])M\x00S\x00H\x00")
_LOOK = 1 << 16


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to send, `number` from 1; `trouble` says why it cannot be read, or is not one to send.

    `read` counts the bytes of all files up to its end, for telling how far the work is.
    """

    number: int
    source: str
    line: int
    offset: int
    payload: bytes
    type_name: str = ""
    control_id: str = ""
    trouble: str = ""
    read: int = 0

    @property
    def place(self) -> str:
        return f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said of a file and not of one of its messages, such as a trailer that miscounts."""

    source: str
    line: int
    message: str


class MessageSources:
    """The files that `names` stand for, in the order that they are read in; `-` is `content`.

    A folder stands for all files in it and below that hold a message, by name, hidden ones left out. Raises
    WorkbenchError for a name of nothing, and for a folder without any. `remarks` grow while messages are read.
    """

    def __init__(self, names: Sequence[str | Path], content: bytes = b"") -> None:
        self._content = content
        self._files = tuple(dict.fromkeys(file for name in names for file in _find(str(name))))
        self.remarks: list[Remark] = []

    @property
    def names(self) -> tuple[str, ...]:
        return self._files

    def count_bytes(self) -> int:
        """The size of all files; raises WorkbenchError for one that is gone."""
        return sum(len(self._content) if name == STANDARD_INPUT else _measure(name) for name in self._files)

    def read(self) -> Iterator[Outgoing]:
        """Each message of each file, one file at a time in memory; raises WorkbenchError for one that is gone."""
        number = before = 0
        for name in self._files:
            data = self._content if name == STANDARD_INPUT else _read(name)
            for piece in self._cut(name, data):
                number += 1
                yield _outgoing(number, name, piece, before)
            before += len(data)

    def _cut(self, name: str, data: bytes) -> Iterator[Piece]:
        if is_log(data):
            yield from read_log(data)
            return
        seen = []
        for piece in read_pieces(data):
            if piece.kind == "message":
                yield piece
            seen.append(replace(piece, data=b"", message=None) if piece.kind == "message" else piece)
        for issue in judge_pieces(seen):
            self.remarks.append(Remark(name, issue.line or 1, issue.message))


def _outgoing(number: int, name: str, piece: Piece, before: int) -> Outgoing:
    message = piece.message
    place = Outgoing(number, name, piece.line, piece.offset, piece.data, read=before + piece.offset + len(piece.data))
    if message is None:
        trouble = piece.trouble.message if piece.trouble else "It cannot be read."
        return replace(place, trouble=trouble, line=(piece.trouble and piece.trouble.line) or piece.line)
    kind = message.type_name
    trouble = "An acknowledgment is an answer, and not sent by itself." if kind.split("^")[0] == "ACK" else ""
    return replace(place, type_name=kind, control_id=message.control_id, trouble=trouble)


def _find(name: str) -> Iterable[str]:
    path = Path(name)
    if name == STANDARD_INPUT or not path.is_dir():
        if name != STANDARD_INPUT and not path.exists():
            raise WorkbenchError(f"Cannot read {name}: No such file or directory.")
        return (name,)
    found = tuple(str(file) for file in sorted(path.rglob("*")) if _holds_message(path, file))
    if not found:
        raise WorkbenchError(f"No file in {name} holds an HL7 v2 message.", hint="Name the files themselves.")
    return found


def _holds_message(folder: Path, file: Path) -> bool:
    if any(part.startswith(".") for part in file.relative_to(folder).parts) or not file.is_file():
        return False
    try:
        with file.open("rb") as opened:
            return _HEADER.search(opened.read(_LOOK)) is not None
    except OSError as error:
        raise WorkbenchError(f"Cannot read {file}: {error.strerror or error}.") from error


def _measure(name: str) -> int:
    try:
        return Path(name).stat().st_size
    except OSError as error:
        raise WorkbenchError(f"Cannot read {name}: {error.strerror or error}.") from error


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise WorkbenchError(f"Cannot read {name}: {error.strerror or error}.") from error
