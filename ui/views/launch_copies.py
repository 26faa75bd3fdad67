"""Launch copies: what a launch came to as a file, as a picture of its sequence."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from ui.bench import Bench
from ui.tasks import beside
from ui.views.trace_view import TraceView
from ui.widgets.sequence_picture import to_png, to_svg
from workbench.workspace.atomic import write_bytes


class LaunchCopies(QObject):
    """Asks for a name and writes beside the window."""

    def __init__(self, bench: Bench, trace: TraceView) -> None:
        super().__init__(trace)
        self._bench = bench
        self._trace = trace
        trace.save_asked.connect(self.save_picture)

    def save_picture(self, kind: str) -> None:
        word = kind.upper()
        name, _ = QFileDialog.getSaveFileName(self._trace, f"Save as {word}", f"launch.{kind}", f"{word} (*.{kind})")
        if name:
            self.save_picture_to(Path(name), kind)

    def save_picture_to(self, path: Path, kind: str) -> None:
        """Draw the whole sequence, light and without a secret, as `svg` or `png`."""
        plan, arrows = self._trace.diagram.plan, self._trace.diagram.arrows()

        async def write() -> None:
            data = await (to_svg(plan, arrows, "SMART launch") if kind == "svg" else to_png(plan, arrows))
            await beside(write_bytes, path, data)

        self._bench.tasks.start(
            write(),
            on_done=lambda _: self._bench.notice.emit("success", f"Written to {path.name}."),
            name=f"Writing {path.name}",
            owner=self,
        )
