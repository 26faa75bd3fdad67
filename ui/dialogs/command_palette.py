"""Command palette: one field that finds sandboxes, patients, scenarios, messages and commands, and does them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.bench import Bench
from ui.command import Command
from ui.dialogs.picker import Picker
from ui.views.sandbox_words import STATE_WORDS


class CommandPalette(Picker):
    """`handed_over` carries a panel, what it gets, and the thing itself."""

    handed_over = Signal(str, str, object)

    def __init__(self, bench: Bench, commands: Sequence[Command], parent: QWidget | None = None) -> None:
        self._bench = bench
        prompt = "Search sandboxes, patients, scenarios, messages and commands"
        super().__init__("Search or run", prompt, (*self._sandbox_commands(), *commands), parent)
        bench.tasks.start(asyncio.to_thread(self._find_things), on_done=self.model.add, owner=self)

    def _sandbox_commands(self) -> tuple[Command, ...]:
        return tuple(
            Command(
                state.name,
                lambda chosen=state.id: self._bench.set_current(chosen),  # type: ignore[misc] # bound early
                detail=STATE_WORDS[state.state],
                icon="hospital" if state.kind == "simulated" else "remote",
                kind="Sandbox",
            )
            for state in self._bench.sandboxes
        )

    def _find_things(self) -> tuple[Command, ...]:
        """Scenarios, messages and patients; runs beside the window, since it reads files."""
        workspace = self._bench.workspace
        found = [
            self._hand(e.name, "Scenario", "scenarios", "path", e.path, "scenarios") for e in workspace.scenarios()
        ]
        found += [self._hand(e.name, "Message", "compose", "path", e.path, "document") for e in workspace.messages()]
        current = self._bench.current
        if current is not None and current.site is not None:
            from workbench.workspace.library import load_population

            for resource in load_population(current.site.population):
                if resource.get("resourceType") == "Patient":
                    patient = str(resource["id"])
                    found.append(self._hand(_name_of(resource), "Patient", "launch", "patient", patient, "patient"))
        return tuple(found)

    def _hand(self, title: str, kind: str, panel: str, what: str, payload: object, icon: str) -> Command:
        return Command(title, lambda: self.handed_over.emit(panel, what, payload), icon=icon, kind=kind)


def _name_of(patient: dict[str, Any]) -> str:
    name: dict[str, Any] = next(iter(patient.get("name", ())), {})
    given = " ".join(name.get("given", ()))
    born = patient.get("birthDate", "")
    return f"{given} {name.get('family', '')} · {born}".strip()
