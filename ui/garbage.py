"""Garbage of the window, collected on the window's own thread alone.

Python collects in whichever thread happens to allocate; a Qt object that dies in another thread than its own can take
the program with it.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_INTERVAL = 500


class GarbageCollector(QObject):
    """Takes over from the interpreter's own collector until `stop`; young generations often, the old one seldom."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL)
        self._timer.timeout.connect(self.collect)

    def start(self) -> None:
        """Collect from here on; what was loaded until now lives as long as the program and is not looked at again."""
        gc.disable()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def collect(self) -> int | None:
        """Collect the oldest generation that is due; tell which, or None."""
        counts = gc.get_count()
        due = [age for age in range(3) if counts[age] > self._thresholds[age]]
        if not due:
            return None
        gc.collect(max(due))
        return max(due)
