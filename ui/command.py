"""Command: one thing that Ctrl+K can find and do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One thing Ctrl+K can find and do; `kind` groups it (Command, Sandbox, Patient, Scenario, Message …)."""

    title: str
    run: Callable[[], object]
    detail: str = ""
    shortcut: str = ""
    icon: str = "command"
    kind: str = "Command"
