"""Failures of our own, each a sentence the analyst can act on."""

from __future__ import annotations

from pathlib import Path


class WorkbenchError(Exception):
    """What the workbench itself could not do; a tested system's failure is never one of these.

    `message` says what happened, `hint` what to do next, and the place (1-based line and column) where.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        source: str | Path = "",
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.source = str(source)
        self.line = line
        self.column = column

    @property
    def place(self) -> str:
        """`file:line:column`, as far as it is known."""
        return ":".join(str(part) for part in (self.source, self.line, self.column) if part not in ("", None))

    def __str__(self) -> str:
        sentence = f"{self.place}: {self.message}" if self.place else self.message
        return f"{sentence} {self.hint}" if self.hint else sentence
