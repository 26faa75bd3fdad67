"""Launch copies: what a launch came to as a file: a picture of its sequence, or a report of its review."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from ui.bench import Bench
from ui.tasks import beside
from ui.views.launch_outcome_view import LaunchOutcomeView
from ui.widgets.sequence_picture import to_png, to_svg
from workbench.launch_review.review import LaunchReview
from workbench.workspace.atomic import write_bytes, write_text


class LaunchCopies(QObject):
    """Asks for a name and writes beside the window."""

    def __init__(self, bench: Bench, outcome: LaunchOutcomeView) -> None:
        super().__init__(outcome)
        self._bench = bench
        self._outcome = outcome
        self._trace = outcome.trace
        outcome.trace.save_asked.connect(self.save_picture)
        outcome.review.save_asked.connect(self.save_report)

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

        self._write(write(), path)

    def save_report(self, kind: str) -> None:
        word = kind.upper()
        name, _ = QFileDialog.getSaveFileName(
            self._outcome, f"Save the report as {word}", f"launch-review.{kind}", f"{word} (*.{kind})"
        )
        if name:
            self.save_report_to(Path(name), kind)

    def save_report_to(self, path: Path, kind: str) -> None:
        """Write what the review found, whole and without a secret, as `html` or `json`."""
        review = self._outcome.review.review
        if review is not None:
            self._write(beside(lambda: write_text(path, to_report(review, kind))), path)

    def _write(self, work: Coroutine[Any, Any, object], path: Path) -> None:
        self._bench.tasks.start(
            work,
            on_done=lambda _: self._bench.notice.emit("success", f"Written to {path.name}."),
            name=f"Writing {path.name}",
            owner=self,
        )


def to_report(review: LaunchReview, kind: str) -> str:
    """The whole review as a page of its own, or as JSON for programs."""
    if kind == "html":
        from workbench.launch_review.page import review_page

        return review_page(review, "Review of a SMART launch")
    from workbench.launch_review.words import review_json

    return json.dumps(review_json(review), indent=2, ensure_ascii=False) + "\n"
