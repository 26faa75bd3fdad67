"""Garbage is collected on the window's thread alone."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from ui.garbage import GarbageCollector


class Cycle:
    """Something that only a collection frees; it tells in which thread it went."""

    def __init__(self, went: list[int]) -> None:
        self.me = self
        self.went = went

    def __del__(self) -> None:
        self.went.append(threading.get_ident())


@pytest.fixture
def collector(qapp: QApplication) -> Iterator[GarbageCollector]:
    collector = GarbageCollector()
    collector.start()
    yield collector
    collector.stop()
    # Other tests of the window run without the interpreter's collector, too.
    gc.disable()


def test_a_busy_thread_collects_nothing(collector: GarbageCollector) -> None:
    went: list[int] = []
    Cycle(went)

    kept: list[list[int]] = []

    def allocate() -> None:
        kept.extend([each] for each in range(200_000))

    thread = threading.Thread(target=allocate)
    thread.start()
    thread.join()
    assert went == []
    assert collector.collect() is not None
    assert went == [threading.get_ident()]


def test_nothing_is_collected_where_nothing_is_due(collector: GarbageCollector) -> None:
    gc.collect()
    assert collector.collect() is None


def test_stopping_gives_the_work_back(qapp: QApplication) -> None:
    owner = QObject()
    collector = GarbageCollector(owner)
    collector.start()
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
    gc.disable()
