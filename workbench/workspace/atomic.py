"""Atomic saving: a file holds its old text or its new text, whatever happens in between.

The text goes to a temporary file in the same folder, is flushed to the disk, and takes the file's place in one step.
A `Stamp` tells what a file held when it was read, so that a change by somebody else is never overwritten unseen.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError

Stamp = str
"""SHA-256 of a file's bytes in hexadecimal; empty for a file that is not there."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """What a text file held at the moment it was read."""

    path: Path
    text: str
    stamp: Stamp


def read_text(path: Path) -> TextFile:
    """Read a UTF-8 file with its stamp; raises WorkbenchError."""
    try:
        content = path.read_bytes()
        return TextFile(path, content.decode("utf-8-sig"), _stamp_of(content))
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise WorkbenchError("The file is not UTF-8 text.", source=path, hint="Save it as UTF-8.") from error


def read_stamp(path: Path) -> Stamp:
    """The stamp of the file as it is now; empty where there is none. Raises WorkbenchError."""
    try:
        return _stamp_of(path.read_bytes())
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.") from error


def write_text(path: Path, text: str, *, read_as: Stamp | None = None) -> Stamp:
    """Save `text` as UTF-8 and return its stamp; folders that are missing are made.

    With `read_as`, a file that no longer holds what was read is left alone. Raises WorkbenchError, and then the file
    is as it was.
    """
    return write_bytes(path, text.encode("utf-8"), read_as=read_as)


def write_bytes(path: Path, content: bytes, *, read_as: Stamp | None = None) -> Stamp:
    """Save `content` as `write_text` does."""
    target = Path(os.path.realpath(path))  # a link stays a link, and what it names is saved
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_whole(temporary, content)
            _keep_mode(target, temporary)
            if read_as is not None:
                _refuse_changed(target, read_as)
            os.replace(temporary, target)  # noqa: PTH105  # the one step that must be atomic on every system
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise _not_saved(path, error) from error
    _flush_folder(target.parent)
    return _stamp_of(content)


def _write_whole(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _keep_mode(target: Path, temporary: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.copymode(target, temporary)


def _refuse_changed(path: Path, read_as: Stamp) -> None:
    if read_stamp(path) != read_as:
        gone = "was deleted" if read_as and not path.exists() else "was changed by somebody else"
        hint = "Save under another name, or open the file again and repeat your change."
        raise WorkbenchError(f"{path.name} {gone} since it was read here, so it was not saved over.", hint=hint)


def _not_saved(path: Path, error: OSError) -> WorkbenchError:
    reason = error.strerror or str(error)
    kept = "The file is as it was before." if path.exists() else "No file was left behind."
    hint = "Free some space on the disk or save in another folder." if error.errno in _NO_SPACE else ""
    return WorkbenchError(f"Cannot save {path}: {reason}. {kept}", hint=hint or "Save in another folder.")


def _no_space_codes() -> frozenset[int]:
    import errno

    return frozenset(code for name in ("ENOSPC", "EDQUOT") if (code := getattr(errno, name, None)) is not None)


_NO_SPACE = _no_space_codes()


def _flush_folder(folder: Path) -> None:
    """Make the new name itself last through a power cut, where the system lets a folder be flushed."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _stamp_of(content: bytes) -> Stamp:
    return hashlib.sha256(content).hexdigest()
