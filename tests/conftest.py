"""Settings of every test: windows are drawn off the screen, and nothing of the user's is touched."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def settled_heap() -> Iterator[None]:
    """Keeps what earlier tests left from the collector, whose passes would cost a measurement too much."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
