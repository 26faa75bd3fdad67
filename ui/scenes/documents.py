"""Scenes of documents: a file that is offered to be sent as a note, and the documents of a received message."""

from __future__ import annotations

from pathlib import Path

from ui.dialogs.open_documents import OpenDocumentsDialog
from ui.dialogs.send_note import SendNoteDialog
from ui.scenes.studio import MODERN, OLDER, Scene, Studio, choose, read_message

_NOTE = """Day 3, ward round.

Walking again; no fever since yesterday. Temp 36.9, pulse 88, BP 132/84.
Lungs: crackles at the left base, less than on day 2.

Plan: oral antibiotics & fluids; home tomorrow if well.
"""
_PDF = b"%PDF-1.4\n" + b"% a page of a letter\n" * 400 + b"%%EOF\n"


async def _offer(studio: Studio, name: str, content: bytes, site: str) -> SendNoteDialog:
    path = Path(studio.bench.workspace.folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    await studio.fill_strip()
    studio.bench.set_current(site)
    studio.window.show_panel("compose")
    dialog = SendNoteDialog(studio.bench, path, studio.window)
    studio.dialog = dialog
    await studio.settle(0.5)
    await studio.settle(0.5)
    return dialog


async def show_note(studio: Studio) -> None:
    """A text that the site takes, line by line."""
    await _offer(studio, "ward-round-day-3.txt", _NOTE.encode(), OLDER)


async def show_note_pdf(studio: Studio) -> None:
    """A PDF as a report, with base64 that is shown shortened."""
    await _offer(studio, "discharge-letter-of-the-other-hospital.pdf", _PDF, MODERN)


async def show_note_refused(studio: Studio) -> None:
    """A PDF at a site that takes text alone, by a message that needs what is not there."""
    dialog = await _offer(studio, "discharge-letter.pdf", _PDF, OLDER)
    choose(dialog.form.visit, "none")
    dialog.form.changed.emit()
    await studio.settle(0.6)
    await studio.settle(0.6)


async def show_note_in_compose(studio: Studio) -> None:
    """The message as it is opened, not sent yet."""
    dialog = await _offer(studio, "ward-round-day-3.txt", _NOTE.encode(), OLDER)
    panel = studio.window.show_panel("compose")
    dialog.made.connect(lambda site, data: panel.receive("message", data))
    dialog.open_in_compose()
    studio.dialog = None
    await studio.settle(0.6)
    await studio.settle(0.4)


async def _open_message(studio: Studio, payload: bytes) -> None:
    await studio.fill_strip()
    studio.window.show_panel("compose")
    dialog = OpenDocumentsDialog(studio.bench, payload, studio.window)
    studio.dialog = dialog
    await studio.settle(0.5)


async def show_open_documents(studio: Studio) -> None:
    await _open_message(studio, read_message("mdm-t02-note").encode())


async def show_open_documents_wrong(studio: Studio) -> None:
    """A PDF in the wrong component: read all the same, and named by what the receiver sees."""
    broken = read_message("mdm-t02-pdf").replace("^application^pdf^Base64^", "").replace("|AU||AV", "|AU||UN")
    await _open_message(studio, broken.encode())


SCENES: dict[str, Scene] = {
    "note": show_note,
    "note-pdf": show_note_pdf,
    "note-refused": show_note_refused,
    "note-in-compose": show_note_in_compose,
    "open-documents": show_open_documents,
    "open-documents-wrong": show_open_documents_wrong,
}
