"""Note previews: the message that would take a file to a site, shortened to be read, and the site's word on it.

What stands here is done in a process of its own, since a document of megabytes is built for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import Message
from workbench.issue import Issue
from workbench.site.note_message import NoteProposal
from workbench.site.site import Site
from workbench.workspace.note_desk import NoteFile, NoteRequest, propose_note_file, read_note_file
from workbench.workspace.note_people import NotePeople

LONGEST = 240
MOST_LINES = 200
_SHOWN = 48


@dataclass(frozen=True, slots=True)
class NotePlan:
    """All that a message is made of, the same for its preview and for the message that is opened."""

    site: Site
    people: NotePeople
    path: Path
    request: NoteRequest
    now: datetime
    control_id: str


@dataclass(frozen=True, slots=True)
class NotePreview:
    """`size` is that of the whole message in bytes, 0 where none can be built."""

    message: str
    lines: tuple[str, ...]
    size: int
    issues: tuple[Issue, ...]
    is_taken: bool
    file: str


def preview_note(plan: NotePlan) -> NotePreview:
    """Build the message and keep of it what is read."""
    proposal = _propose(plan)
    file = _read(plan.path, *_stamp(plan.path))
    message = proposal.message
    return NotePreview(
        proposal.name,
        shorten_lines(message) if message else (),
        len(message.to_bytes()) if message else 0,
        proposal.issues,
        proposal.is_taken,
        f"{file.name} · {file.media_type} · {len(file.content):,} bytes",
    )


def build_note(plan: NotePlan) -> bytes:
    """The bytes of the message; WorkbenchError where it cannot be built."""
    proposal = _propose(plan)
    if proposal.message is None:
        raise WorkbenchError(proposal.issues[-1].message if proposal.issues else "No message can be built.")
    return proposal.message.to_bytes()


def shorten_lines(message: Message) -> tuple[str, ...]:
    """The segments, long values cut in their middle and many lines at their end."""
    lines = [_shorten(segment.text, message.encoding.field) for segment in message.segments[:MOST_LINES]]
    more = len(message.segments) - MOST_LINES
    return (*lines, f"… and {more:,} more segments") if more > 0 else tuple(lines)


def _shorten(text: str, separator: str) -> str:
    return separator.join(_shorten_field(field) for field in text.split(separator))


def _shorten_field(field: str) -> str:
    if len(field) <= LONGEST:
        return field
    hidden = len(field) - 2 * _SHOWN
    return f"{field[:_SHOWN]}…{hidden:,} letters…{field[-_SHOWN:]}"


def _propose(plan: NotePlan) -> NoteProposal:
    file = _read(plan.path, *_stamp(plan.path))
    return propose_note_file(plan.site, plan.people, file, plan.request, now=plan.now, control_id=plan.control_id)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.") from error
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int, _size: int) -> NoteFile:
    """The file, read once while somebody chooses."""
    return read_note_file(path)
