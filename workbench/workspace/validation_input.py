"""Inputs of a validation: the files that names on a command line stand for, and the pieces of work they come to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from workbench.errors import WorkbenchError
from workbench.source.text_form import LONGEST_TEXT, is_ndjson

STANDARD_INPUT = "-"
MESSAGE_ENDINGS = (".hl7", ".er7")
ENDINGS = (".json", ".xml", ".ndjson", *MESSAGE_ENDINGS)
_BY_LINE = (".ndjson", ".jsonl")
# What packages hold beside resources.
_NO_RESOURCES = frozenset({"package.json", "package-lock.json"})
# Bytes of lines that make one piece of work.
_PIECE = 1 << 19
_HEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class Input:
    """One file by the name that it is reported under; `content` is what came by standard input or a pipe."""

    name: str
    path: Path
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Texts to judge in one go, each with its first line in the file; `path` is read where there are none.

    `evidence` is the beginning of the file, in which the release is looked for where each line alone has none.
    """

    path: Path
    texts: tuple[tuple[int, bytes], ...] = ()
    evidence: bytes = b""


Batch = tuple[Piece, ...]
"""Pieces that are judged in one go."""


def find_inputs(names: Sequence[str], content: bytes | None = None) -> tuple[Input, ...]:
    """Return the files that `names` stand for, folders searched for JSON, XML, NDJSON and HL7 v2; `-` is `content`.

    Raises WorkbenchError for a name of nothing, and for a folder without any.
    """
    found: dict[str, Input] = {}
    for name in names:
        for each in _find(name, content):
            found.setdefault(each.name, each)
    return tuple(found.values())


def divide(item: Input) -> Iterator[Piece]:
    """Yield the pieces of a file: one for a resource, one for some hundred lines of NDJSON. Raises OSError."""
    if item.content is not None:
        lines = item.content.splitlines(keepends=True)
        if is_ndjson(lines):
            yield from _divide_lines(item.path, lines)
        else:
            yield Piece(item.path, ((1, item.content),))
        return
    with item.path.open("rb") as file:
        if item.path.suffix.lower() not in _BY_LINE and not is_ndjson(iter(lambda: file.readline(_HEAD), b"")):
            yield Piece(item.path)
            return
        file.seek(0)
        yield from _divide_lines(item.path, _lines_of(file))


def read_whole(path: Path) -> bytes:
    """Return the bytes of a file, one more than a resource may have where it is longer. Raises OSError."""
    with path.open("rb") as file:
        return file.read(LONGEST_TEXT + 1)


def _find(name: str, content: bytes | None) -> Iterable[Input]:
    path = Path(name)
    if name == STANDARD_INPUT and content is not None:
        return [Input("standard input", path, content)]
    if not path.is_dir():
        if path.is_fifo():
            return [Input(name, path, path.read_bytes())]  # what a pipe gives, it gives once
        if path.exists():
            return [Input(name, path)]
        raise WorkbenchError(f"There is no file {name}.", hint="Name files, folders, or - for standard input.")
    files = sorted(each for each in path.rglob("*") if _may_be_resource(each, path))
    if not files:
        raise WorkbenchError(
            f"There is no resource and no message in {name}.", hint=f"Files that end in {', '.join(ENDINGS)} count."
        )
    return [Input(str(each), each) for each in files]


def _may_be_resource(path: Path, folder: Path) -> bool:
    is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not is_hidden and path.suffix.lower() in ENDINGS and path.name not in _NO_RESOURCES and path.is_file()


def _lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file; of one that is too long for a resource no more than shows that it is."""
    while line := file.readline(LONGEST_TEXT + 2):
        yield line
        while len(line) == LONGEST_TEXT + 2 and not line.endswith(b"\n"):
            line = file.readline(LONGEST_TEXT + 2)


def _divide_lines(path: Path, lines: Iterable[bytes]) -> Iterator[Piece]:
    gathered: list[tuple[int, bytes]] = []
    size, evidence = 0, b""
    for number, line in enumerate(lines, start=1):
        text = line.rstrip(b"\r\n")
        if not text.strip():
            continue
        evidence = evidence or text
        gathered.append((number, text))
        size += len(text)
        if size >= _PIECE:
            yield Piece(path, tuple(gathered), evidence)
            gathered, size = [], 0
    if gathered:
        yield Piece(path, tuple(gathered), evidence)
