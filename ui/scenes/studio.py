"""Studio: a window over a workspace that is thrown away, and what scenes do in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QComboBox, QDialog, QWidget

from ui.main_window import MainWindow
from workbench.errors import WorkbenchError
from workbench.exchange import Request
from workbench.workspace.library import fixtures_folder

# Work that waits for somebody is not waited for.
_WAITING = ("Listening", "Launching as an app")
MODERN, OLDER = "community-hospital", "academic-medical-center"


class Studio:
    """A window of its own for each scene, over a workspace that is thrown away."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.bench = window.bench
        self.dialog: QDialog | None = None
        self.popup: tuple[QWidget, QWidget] | None = None
        """A list that drops down, and the widget that it hangs from."""

    async def settle(self, seconds: float = 0.15) -> None:
        """Wait until the named work is done and the window has drawn what came of it."""
        for _ in range(100):
            under_way = [task for task in self.bench.tasks.running if not task.name.startswith(_WAITING)]
            if not under_way:
                break
            await asyncio.wait([asyncio.ensure_future(task.wait()) for task in under_way], timeout=1)
        await asyncio.sleep(seconds)

    async def send_message(self, name: str, sandbox_id: str = MODERN) -> None:
        from workbench.transports.mllp_client import send_mllp

        state = self.bench.find_sandbox(sandbox_id)
        if state is None or state.mllp is None:
            raise WorkbenchError(f"{sandbox_id} does not run.")
        data = read_message(name).encode("utf-8")
        self.bench.add_exchange(await send_mllp(*state.mllp, data, receiver=state.name))

    async def ask(self, path: str, sandbox_id: str = MODERN) -> None:
        state = self.bench.find_sandbox(sandbox_id)
        if state is not None:
            request = Request("GET", f"{state.fhir_base}/{path}", (("Accept", "application/fhir+json"),))
            self.bench.add_exchange(await self.bench.http.send(request, receiver=state.name))

    async def fill_strip(self) -> None:
        """A few exchanges of every kind and verdict."""
        await self.bench.start_sandbox(MODERN)
        await self.bench.start_sandbox(OLDER)
        await self.ask("metadata")
        await self.ask("Patient/amara-okafor")
        for message in ("adt-a01-admission", "oru-r01-vitals", "faulty-missing-patient-identifier"):
            await self.send_message(message)
        await self.send_message("adt-a01-admission", OLDER)
        await asyncio.sleep(0.2)

    def select_row(self, row: int) -> None:
        self.window.strip.table.selectRow(row)


def read_message(name: str) -> str:
    return (fixtures_folder() / "messages" / f"{name}.hl7").read_bytes().decode("utf-8")


def choose(box: QComboBox, value: str) -> None:
    """Choose the entry whose data is `value` or starts with it."""
    for row in range(box.count()):
        if str(box.itemData(row) or "").startswith(value):
            box.setCurrentIndex(row)
            return


Scene = Callable[[Studio], Awaitable[None]]
