"""Package installs: packages coming from a file or a registry, one after the other, and going again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from ui.bench import Bench
from ui.tasks import Report, Task, beside

if TYPE_CHECKING:
    from workbench.workspace.packages import InstallEvent, PackageHere


class PackageInstalls(QObject):
    """`installed` and `removed` carry the package; `failed` the report, and the file to try again with, if any."""

    installed = Signal(object)
    removed = Signal(object)
    failed = Signal(object, object)

    def __init__(self, bench: Bench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench = bench

    def install_file(self, path: Path, *, replace: bool = False) -> Task:
        """Install a `.tgz`; stopping it leaves nothing behind."""
        return self._start(path.name, _install_file(path, replace), path)

    def install_named(self, name: str, registry: str) -> Task:
        """Install `ID#VERSION` from the address that the user has set."""
        return self._start(name, _install_named(name, registry), None)

    def remove(self, label: str) -> Task:
        work = beside(_remove, label)
        fail = partial(self._fail, None)
        return self._bench.tasks.start(
            work, on_done=self.removed.emit, on_error=fail, name=f"Removing {label}", owner=self
        )

    def _start(self, name: str, events: AsyncGenerator[InstallEvent, None], path: Path | None) -> Task:
        task: list[Task] = []
        task.append(
            self._bench.tasks.stream(
                events,
                on_item=lambda event: self._take(task[0], event),
                on_error=partial(self._fail, path),
                name=f"Installing {name}",
                owner=self,
            )
        )
        return task[0]

    def _take(self, task: Task, event: InstallEvent) -> None:
        from workbench.workspace.packages import PackageInstalled

        if isinstance(event, PackageInstalled):
            self.installed.emit(event.package)
        else:
            done = f"{event.done / 1e6:.1f} MB" if event.stage == "downloading" else f"{event.done:,} files"
            task.set_progress(event.done, event.total or 0, f"{event.stage} {done}")

    def _fail(self, path: Path | None, report: Report) -> None:
        self.failed.emit(report, path)


async def _install_file(path: Path, replace: bool) -> AsyncGenerator[InstallEvent, None]:
    packages = await beside(_load)
    async with aclosing(packages.install_archive(path, replace=replace)) as events:
        async for event in events:
            yield event


async def _install_named(name: str, registry: str) -> AsyncGenerator[InstallEvent, None]:
    packages = await beside(_load)
    async with aclosing(packages.install_from_registry(name, registry)) as events:
        async for event in events:
            yield event


def _remove(label: str) -> PackageHere:
    removed: PackageHere = _load().remove_package(label)
    return removed


def _load() -> Any:
    """Imported beside the window, since what reads packages takes longer to load than a frame."""
    import workbench.workspace.packages as packages

    return packages
