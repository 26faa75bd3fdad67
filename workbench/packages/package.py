"""Package: a FHIR package on disk, compiled once into facts that lie in a cache and are read as they are asked for."""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import tempfile
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
_COMPILER = 3
# In seconds, since it was read last; packages that nobody asks for any more leave the cache.
_FORGOTTEN = 90 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Example:
    """One resource of a package that shows something; `profiles` are those it claims to meet."""

    type: str
    id: str
    file: str
    profiles: tuple[str, ...] = ()


class Package(PackageFacts):
    """What was compiled of a package, and the way back to its own files."""

    def __init__(self, path: Path, source: PackageSource) -> None:
        super().__init__(path, whole=True)
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
    folder = cache if cache is not None else default_cache()
    target = folder / f"{source.key()}-{FORMAT}.{_COMPILER}.facts"
    with contextlib.suppress(OSError, ValueError, KeyError, WorkbenchError):
        package = Package(target, source)
        os.utime(target, ns=(time.time_ns(), target.stat().st_mtime_ns))  # it was of use today
        return package
    content = compile_package(source)
    return Package(_keep(target, content), source)


def default_cache() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("Interop Workbench", appauthor=False) / "packages"


def _forget(folder: Path) -> None:
    """Delete what nobody has read for long, what an older compiler made, and what a process that died left behind."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            current = path.name.endswith(f"-{FORMAT}.{_COMPILER}.facts") or path.suffix == ".tmp"
            if path.suffix in (".facts", ".tmp") and (not current or time.time() - path.stat().st_atime > _FORGOTTEN):
                path.unlink()


def _keep(target: Path, content: bytes) -> Path:
    """What cannot be kept in the cache lies in the system's own folder for temporary files."""
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        _forget(target.parent)
        os.replace(temporary, target)  # noqa: PTH105  # the one step that must be atomic on every system
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        with tempfile.NamedTemporaryFile(prefix="workbench-", suffix=".facts", delete=False) as file:
            file.write(content)
        atexit.register(Path(file.name).unlink, missing_ok=True)
        return Path(file.name)
    return target
