"""Archives of packages (`.tgz`), read within limits: no path outside, no link, no more bytes and files than it takes.

Whatever breaks a limit is refused as a whole, in words, before anything of it is kept.
"""

from __future__ import annotations

import gzip
import re
import tarfile
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from workbench.errors import WorkbenchError

MOST_FILES: Final = 60_000
MOST_BYTES: Final = 2 << 30
LARGEST_FILE: Final = 256 << 20
# How many times larger than the archive its content may be; packages come to fifteen.
MOST_GROWTH: Final = 120
_FREE_GROWTH: Final = 32 << 20
_NAME = re.compile(r"[^<>:\"|?*\\/\x00-\x1f\x7f]{1,200}")
# Names that Windows keeps for its devices.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d¹²³])(?: *\..*)?", re.IGNORECASE)


def read_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name, `package/…`, and the content of each file; raises WorkbenchError where the archive is refused."""
    count, seen = 0, set[str]()
    try:
        with path.open("rb") as packed, gzip.GzipFile(fileobj=packed) as unpacked:
            bounded = _Bounded(unpacked, path, path.stat().st_size)
            with tarfile.open(fileobj=bounded, mode="r|") as archive:  # type: ignore[call-overload] # reads alone
                for member in archive:
                    count += 1
                    if count > MOST_FILES:
                        raise _refuse(path, f"it has more than {MOST_FILES:,} files")
                    name = _safe_name(path, member)
                    if not name:
                        continue
                    if (same := _one_on_every_system(name)) in seen:
                        raise _refuse(path, f"it holds “{name}” twice")
                    seen.add(same)
                    content = archive.extractfile(member)
                    yield name, content.read() if content else b""
            while bounded.read(1 << 20):  # to the end, where the checksum stands
                pass
    except FileNotFoundError as error:
        raise WorkbenchError(f"There is no file {path}.", hint="Name the .tgz of a FHIR package.") from error
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError) as error:
        raise WorkbenchError(
            f"{path.name} cannot be read as a package: {_reason_of(error, path)}.",
            hint="A FHIR package is a .tgz with a folder “package” in it. Download it again.",
        ) from error


def _reason_of(error: Exception, path: Path) -> str:
    """What the readers of archives say, in words for who has a download that failed."""
    if isinstance(error, gzip.BadGzipFile):
        return "its content is damaged" if "CRC" in str(error) else "it is not packed as a .tgz is"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, EOFError) or "unexpected end" in str(error):
        return "it ends before its content does"
    if isinstance(error, zlib.error):
        return "its content is damaged"
    return "it is empty" if not path.stat().st_size else "what is packed in it is no archive of files"


def _one_on_every_system(name: str) -> str:
    """Some systems hold names that differ in case, or in how an accent is written, for one."""
    return unicodedata.normalize("NFC", name).casefold()


def _safe_name(path: Path, member: tarfile.TarInfo) -> str:
    """Return the file's name, from the folder `package` on; empty for a folder."""
    parts = [part for part in member.name.split("/") if part not in ("", ".")]
    if member.isdir():
        return ""
    if not member.isreg() or member.issparse():
        raise _refuse(path, f"“{_short(member.name)}” in it is a link or a device, which no package holds")
    if member.size > LARGEST_FILE:
        raise _refuse(path, f"“{_short(member.name)}” in it is larger than {LARGEST_FILE >> 20} MB")
    fine = all(_NAME.fullmatch(part) and not _RESERVED.fullmatch(part) and part[-1] not in ". " for part in parts)
    if member.name.startswith("/") or not parts or not fine:
        raise _refuse(path, f"“{_short(member.name)}” in it would lie outside the package, or cannot be a file's name")
    if len(parts) > 12:
        raise _refuse(path, f"“{_short(member.name)}” in it lies too deep")
    return str(PurePosixPath(*parts))


class _Bounded:
    """A stream that refuses to grow past the limits; tarfile reads headers and contents through it."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, path: Path, packed: int) -> None:
        self._stream = stream
        self._path = path
        self._most = min(MOST_BYTES, max(_FREE_GROWTH, packed * MOST_GROWTH))
        self._read = 0

    def read(self, size: int = -1) -> Any:
        if size < 0 or size > LARGEST_FILE:
            raise _refuse(self._path, "a part of it is too large")
        content = self._stream.read(size)
        self._read += len(content)
        if self._read > self._most:
            raise _refuse(self._path, f"it unpacks to more than {self._most >> 20} MB")
        return content


def _refuse(path: Path, reason: str) -> WorkbenchError:
    return WorkbenchError(
        f"The package {path.name} was refused: {reason}.",
        hint="Nothing of it was installed. Take it from its publisher again.",
    )


def _short(name: str) -> str:
    shown = name.encode("ascii", "backslashreplace").decode()
    return shown if len(shown) <= 80 else shown[:79] + "…"
