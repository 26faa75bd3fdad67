"""One community hospital on loopback for the tests of the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench.workspace.workspace import Workspace

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import SandboxAddresses


@pytest.fixture(scope="package")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxAddresses]:
    sandbox = Workspace(tmp_path_factory.mktemp("empty")).make_sandbox("community-hospital")
    asyncio.run(sandbox.start())
    yield sandbox.addresses
    asyncio.run(sandbox.stop())


@pytest.fixture(scope="package")
def teaching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxAddresses]:
    sandbox = Workspace(tmp_path_factory.mktemp("empty")).make_sandbox("academic-medical-center")
    asyncio.run(sandbox.start())
    yield sandbox.addresses
    asyncio.run(sandbox.stop())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace of one's own, so that the tester's is left alone."""
    return tmp_path / "work"
