"""Package: a FHIR package on disk, compiled once into facts that lie in a cache and are read as they are asked for."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench.definitions.facts_file import FORMAT
from workbench.definitions.package_facts import PackageFacts, ResourceHead
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json
from workbench.packages.package_compiler import compile_package
from workbench.packages.package_source import PackageSource, find_source

# Changes whenever the compiler takes something else from a package.
_COMPILER = 4
# In seconds, since it was read last; packages that nobody asks for any more leave the cache.
_FORGOTTEN = 90 * 24 * 3600.0
_LEFT_BEHIND = 24 * 3600.0
# What could not be kept on disk is kept here, so that it is not compiled each time it is asked for.
_in_memory: dict[str, bytes] = {}
_MOST_IN_MEMORY = 12


@dataclass(frozen=True, slots=True)
class Example:
    """One resource of a package that shows something; `profiles` are those it claims to meet."""

    type: str
    id: str
    file: str
    profiles: tuple[str, ...] = ()


class Package(PackageFacts):
    """What was compiled of a package, and the way back to its own files."""

    def __init__(self, facts: Path | bytes, source: PackageSource) -> None:
        super().__init__(facts, whole=True)
        self.source = source

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        return tuple(
            Example(kind, name, file, tuple(profiles)) for kind, name, file, profiles in self._list("examples")
        )

    @property
    def unread(self) -> tuple[str, ...]:
        """The files that could not be read as JSON."""
        return tuple(self._list("unread"))

    def read_example(self, example: Example) -> bytes:
        return self.source.read(example.file)

    def other_heads(self) -> tuple[ResourceHead, ...]:
        """The heads of capability statements, operation definitions and others; the id stands for a url that lacks."""
        return tuple(
            ResourceHead(key.partition(" ")[0], key.partition(" ")[2], facts[2], facts[3], facts[4], self.label)
            for key, facts in self._index("others").items()
        )

    def other(self, type_name: str, url: str) -> Json | None:
        """Return one of `other_heads` whole."""
        place = self._index("others").get(f"{type_name} {url}")
        return dict(self._file.record(place[0], place[1])) if place else None

    def _list(self, section: str) -> list[Any]:
        return list(self._file.section(section))


def open_package(path: Path, *, cache: Path | None = None) -> Package:
    """Return the package at `path`, an archive or a folder; compiled the first time, read from `cache` afterwards.

    A cache that is damaged or cannot be written does no harm. Raises WorkbenchError where there is no package.
    """
    source = find_source(path)
    key = source.key()
    name = f"{key}-{FORMAT}.{_COMPILER}.facts"
    folder = cache if cache is not None else default_cache()
    known = _open_compiled(folder / name if folder else None, source) or _open_compiled(_in_memory.get(name), source)
    if known is not None:
        return known
    content = compile_package(source)
    if source.key() != key:  # it changed while it was read: this is what it held, whatever it holds now
        return Package(content, source)
    if folder is not None and _keep(folder / name, content):
        return _open_compiled(folder / name, source) or Package(content, source)
    if len(_in_memory) >= _MOST_IN_MEMORY:
        _in_memory.clear()
    _in_memory[name] = content
    return Package(content, source)


def default_cache() -> Path | None:
    """Return the user's cache folder; None for a user who has no home."""
    import platformdirs

    try:
        folder = platformdirs.user_cache_path("Interop Workbench", appauthor=False) / "packages"
    except RuntimeError:
        return None
    return folder if folder.is_absolute() else None


def _open_compiled(facts: Path | bytes | None, source: PackageSource) -> Package | None:
    """None where there is nothing compiled that can be used."""
    if facts is None:
        return None
    try:
        package = Package(facts, source)
    except (OSError, ValueError, WorkbenchError):
        return None
    if isinstance(facts, Path):
        with contextlib.suppress(OSError):  # it was of use today
            os.utime(facts, ns=(time.time_ns(), facts.stat().st_mtime_ns))
    return package


def _keep(target: Path, content: bytes) -> bool:
    """Put the facts in the cache in one step; False where it cannot be written."""
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        _forget(target.parent)
        os.replace(temporary, target)  # noqa: PTH105  # the one step that must be atomic on every system
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        return False
    return True


def _forget(folder: Path) -> None:
    """Delete what nobody has read for long, and sooner what another compiler made or a process that died left behind.

    Two versions of the workbench may be in use side by side.
    """
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            if _is_forgotten(path):
                path.unlink()


def _is_forgotten(path: Path) -> bool:
    is_current = path.name.endswith(f"-{FORMAT}.{_COMPILER}.facts")
    age = time.time() - path.stat().st_atime
    return path.suffix in (".facts", ".tmp") and age > (_FORGOTTEN if is_current else _LEFT_BEHIND)
