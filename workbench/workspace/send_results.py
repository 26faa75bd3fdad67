"""SendResults: what became of many messages, as a file that grows while they are sent: CSV, JSON or JUnit.

No value of a patient stands in it: reasons are masked. It holds the messages in their order, and is whole at its end; a
run that is killed leaves what it had in a file beside it, `NAME.part`.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO
from xml.sax.saxutils import quoteattr

from workbench.errors import WorkbenchError
from workbench.plain_text import for_xml
from workbench.workspace.reason_mask import mask_reason
from workbench.workspace.send_result import Outcome, Place, SendResult

COLUMNS = (
    "number", "file", "line", "offset", "type", "control_id", "original_id", "outcome", "code", "condition", "location",
    "text", "note", "duration", "attempts", "accept",
)  # fmt: skip
ENDINGS = (".csv", ".json", ".xml")
_FORMULAS = ("=", "+", "-", "@", "\t")
_FORMULA = re.compile(r"\A'(?=[=+\-@\t])")
_KINDS = {
    "refused": "failure", "failed": "failure", "unreadable": "error", "not sent": "skipped", "left out": "skipped",
}  # fmt: skip


def to_row(result: SendResult) -> dict[str, str | int | float]:
    """A result as a row without a patient's values."""
    payload = result.exchange.request.body if result.exchange else b""
    values = (
        result.number, result.source, result.line, result.offset, result.type_name, result.control_id,
        result.original_id, result.outcome, result.code, result.condition, result.location,
        mask_reason(result.text, payload), result.note, round(result.duration, 6), result.attempts,
        result.accept,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


class SendResults:
    """The file at `path`, of the format that its name ends in; written to `NAME.part`, and whole when it is closed."""

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in ENDINGS:
            raise WorkbenchError(f"“{path.name}” is no file for results.", hint=f"Let it end in {', '.join(ENDINGS)}.")
        self.path = path
        self._part = path.with_name(f"{path.name}.part")
        self._format = path.suffix.lower()
        self._waiting: dict[int, SendResult] = {}
        self._next = 1
        self._counts: Counter[Outcome] = Counter()
        self._seconds = 0.0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = self._part.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise _not_saved(path, error) from error
        if self._format == ".csv":
            self._write(_to_csv(COLUMNS))

    def __enter__(self) -> SendResults:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, result: SendResult) -> None:
        """Take one result; it is written when all before it are, so that the file has the order of the messages."""
        self._waiting[result.number] = result
        while (due := self._waiting.pop(self._next, None)) is not None:
            self._put(due)
            self._next += 1

    def close(self) -> None:
        """Write what still waits, and put the whole file in its place."""
        if self._file.closed:
            return
        for number in sorted(self._waiting):
            self._put(self._waiting.pop(number))
        try:
            self._file.close()
            self._finish()
        except OSError as error:
            raise _not_saved(self.path, error) from error

    def _put(self, result: SendResult) -> None:
        self._counts[result.outcome] += 1
        self._seconds += result.duration
        row = to_row(result)
        if self._format == ".csv":
            self._write(_to_csv(row.values()))
        elif self._format == ".json":
            self._write(("" if self._counts.total() == 1 else ",\n") + json.dumps(row, ensure_ascii=False))
        else:
            self._write(_to_case(row))

    def _write(self, text: str) -> None:
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            raise _not_saved(self.path, error) from error

    def _finish(self) -> None:
        head, tail = self._frame()
        whole = self._part.with_name(f".{self._part.name}.whole")
        try:
            with (
                whole.open("w", encoding="utf-8", newline="") as target,
                self._part.open(encoding="utf-8", newline="") as rows,
            ):
                target.write(head)
                shutil.copyfileobj(rows, target)
                target.write(tail)
                target.flush()
                os.fsync(target.fileno())
            whole.replace(self.path)
            self._part.unlink()
        finally:
            whole.unlink(missing_ok=True)

    def _frame(self) -> tuple[str, str]:
        """What stands before and after the rows."""
        if self._format == ".csv":
            return "", ""
        if self._format == ".json":
            return '{"messages": [\n', f'\n], "counts": {json.dumps(self._counts)}}}\n'
        bad = self._counts["refused"] + self._counts["failed"]
        skipped = self._counts["not sent"] + self._counts["left out"]
        counts = f'tests="{self._counts.total()}" failures="{bad}" errors="{self._counts["unreadable"]}"'
        head = f'<testsuite name="HL7 v2 messages sent" {counts} skipped="{skipped}" time="{self._seconds:.3f}">\n'
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{head}', "</testsuite>\n</testsuites>\n"


def read_accepted(path: Path) -> frozenset[Place]:
    """The places of what an earlier run had accepted, from its results as CSV or JSON, whole or `.part`."""
    try:
        text = path.read_text("utf-8-sig")
        rows = list(_read_rows(path, text))
        done = (row for row in rows if row["outcome"] == "accepted")
        return frozenset((row["file"], int(row["line"]), row["original_id"] or row["control_id"]) for row in done)
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        hint = "Name the CSV or JSON file that an earlier run with --results wrote."
        raise WorkbenchError(f"{path.name} holds no results of messages that were sent.", hint=hint) from error


def _read_rows(path: Path, text: str) -> Iterator[dict[str, str]]:
    """Each whole row; the last one of a run that was killed may be cut."""
    if ".json" in path.suffixes:
        lines = [line.rstrip(",\r") for line in text.split("\n") if line.startswith('{"number"')]
        yield from (json.loads(line) for line in lines if line.endswith("}"))
        return
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if tuple(reader.fieldnames or ()) not in (COLUMNS, COLUMNS[:-1]):  # those of before `accept` too
        raise ValueError(path.name)
    for row in reader:
        if None not in row.values():
            yield {name: _FORMULA.sub("", value) for name, value in row.items()}


def _to_csv(values: Iterable[str | int | float]) -> str:
    """One line; a text that a spreadsheet would take for a formula gets an apostrophe."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow(f"'{value}" if str(value)[:1] in _FORMULAS else value for value in values)
    return buffer.getvalue()


def _to_case(row: dict[str, str | int | float]) -> str:
    name = " ".join(str(row[key]) for key in ("type", "control_id") if row[key]) or "message"
    said = ": ".join(str(row[key]) for key in ("code", "text") if row[key]) or str(row["outcome"])
    kind = _KINDS.get(str(row["outcome"]))
    inner = f"<{kind} message={_attribute(said)}/>" if kind else ""
    place = _attribute(f"{row['file']}:{row['line']}")
    return f'  <testcase classname={place} name={_attribute(name)} time="{row["duration"]}">{inner}</testcase>\n'


def _attribute(text: str) -> str:
    return quoteattr(for_xml(text))


def _not_saved(path: Path, error: OSError) -> WorkbenchError:
    return WorkbenchError(f"Cannot save {path}: {error.strerror or error}.", hint="Save in another folder.")
