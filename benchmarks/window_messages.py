"""Work of the benchmark of the window on HL7 v2: messages of a megabyte are opened and typed in, many are sent."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from workbench.workspace.library import fixtures_folder

LARGE_VALUE, LARGE_TEXT, MANY_SEGMENTS = "large-value.hl7", "large-text.hl7", "many-segments.hl7"


async def open_message(window: object, folder: Path, name: str) -> None:
    """Opens a message of one megabyte in a tab of its own, and waits until it is read and at rest."""
    from ui.main_window import MainWindow
    from ui.panels.compose import ComposePanel
    from ui.views.message_page import MessagePage

    assert isinstance(window, MainWindow)
    panel = window.show_panel("compose")
    assert isinstance(panel, ComposePanel)
    while panel.tabs.count():
        panel.tabs.close_front()
    panel.open_path(_write_message(folder, name))
    while not isinstance(panel.page, MessagePage) or panel.page.view.message is None:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    await asyncio.sleep(1)


async def type_in_message(window: object, folder: Path, name: str) -> None:
    """Types letters and lines into the patient's name and into the last segment, with rests that let it be read."""
    from PySide6.QtGui import QTextCursor

    from ui.main_window import MainWindow
    from ui.panels.compose import ComposePanel
    from ui.views.message_page import MessagePage

    assert isinstance(window, MainWindow)
    panel = window.show_panel("compose")
    assert isinstance(panel, ComposePanel)
    if panel.page is None or panel.page.name != name:
        await open_message(window, folder, name)
    assert isinstance(panel.page, MessagePage)
    editor = panel.page.editor
    editor.setFocus()
    for line in (2, editor.blockCount() - 1):
        editor.go_to_line(line, 25)
        for number in range(40):
            editor.insertPlainText("a")
            await asyncio.sleep(0.4 if number % 20 == 19 else 0.03)
        editor.moveCursor(QTextCursor.MoveOperation.EndOfLine)
        editor.insertPlainText("\nNTE|1||")
        await asyncio.sleep(0.4)
        editor.moveCursor(QTextCursor.MoveOperation.Up)
        await asyncio.sleep(0.05)
    for _ in range(2):
        editor.undo()
        await asyncio.sleep(0.3)
    editor.document().setModified(False)


def _write_message(folder: Path, name: str) -> Path:
    """An ORU of one megabyte: one document or text in OBX-5, or ten thousand observations."""
    path = folder / name
    head = (
        "MSH|^~\\&|LAB|HOSPITAL|EHR|HOSPITAL|20260101120000||ORU^R01^ORU_R01|1|P|2.5.1\r"
        "PID|1||100001^^^HOSP^MR||Okafor^Amara||19840229|F\rOBR|1|||24323-8^Panel^LN|||20260101\r"
    )
    if name == LARGE_VALUE:
        body = f"OBX|1|ED|18842-5^Summary^LN||^application^pdf^Base64^{'QUJDREVG' * 131_072}||||||F\r"
    elif name == LARGE_TEXT:
        body = f"OBX|1|FT|18842-5^Summary^LN||{'Patient seen & well, no change.~' * 33_000}||||||F\r"
    else:
        line = "|NM|2345-7^Glucose [Mass/volume] in Serum^LN||{}|mg/dL^^UCUM|70-99|N|||F|||202601011200||4711^Adams\r"
        body = "".join(f"OBX|{number}{line.format(70 + number % 60)}" for number in range(1, 10_000))
    path.write_bytes((head + body).encode())
    assert path.stat().st_size > 1_000_000, path.stat().st_size
    return path


async def _until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


async def offer_note(window: object, folder: Path, *, open_it: bool) -> None:
    """Drop a PDF, wait for the site's word, and open the message in Compose."""
    from ui.dialogs.send_note import SendNoteDialog
    from ui.main_window import MainWindow
    from ui.panels.compose import ComposePanel

    assert isinstance(window, MainWindow)
    path = folder / "large.pdf"
    if not path.exists():
        path.write_bytes(_large_pdf())
    panel = window.show_panel("compose")
    assert isinstance(panel, ComposePanel)
    before = panel.tabs.count()
    panel.open_paths([str(path)])
    await _until(lambda: any(each.isVisible() for each in panel.findChildren(SendNoteDialog)))
    dialog = next(each for each in panel.findChildren(SendNoteDialog) if each.isVisible())
    await _until(lambda: dialog.preview is not None)
    if not open_it:
        dialog.reject()
        return
    dialog.open_in_compose()
    await _until(lambda: panel.tabs.count() > before)
    await asyncio.sleep(1.5)
    panel.tabs.close_front()


async def open_documents(window: object, folder: Path) -> None:
    from ui.dialogs.open_documents import OpenDocumentsDialog
    from ui.main_window import MainWindow

    assert isinstance(window, MainWindow)
    dialog = OpenDocumentsDialog(window.bench, _large_document(), window)
    dialog.open()
    await _until(lambda: dialog.row is not None)
    await asyncio.sleep(0.2)
    dialog.reject()
    dialog.deleteLater()


async def send_many(window: object, folder: Path) -> None:
    """Send a thousand messages to the simulated site, and list their results."""
    from ui.main_window import MainWindow
    from ui.panels.send_many import SendManyPanel

    assert isinstance(window, MainWindow)
    panel = window.show_panel("send-many")
    assert isinstance(panel, SendManyPanel)
    path = folder / "many.hl7"
    if not path.exists():
        shipped = (fixtures_folder() / "messages" / "adt-a08-update.hl7").read_bytes()
        path.write_bytes(b"".join(shipped.replace(b"ADT0008", b"MANY%04d" % number) for number in range(1_000)))
    panel.set_sources([str(path)])
    await _until(lambda: panel.sources is not None)
    panel.start()
    await _until(lambda: panel.model.total == 1_000)


def _large_pdf() -> bytes:
    return b"%PDF-1.7\n" + bytes(range(256)) * 40_000 + b"\n%%EOF\n"


@lru_cache(maxsize=1)
def _large_document() -> bytes:
    coded = base64.b64encode(_large_pdf())
    head = b"MSH|^~\\&|A|B|C|D|20260302||MDM^T02^MDM_T02|1|P|2.5.1\rTXA|1|PR|AP|||||||||D-1|||||AU||AV\r"
    return head + b"OBX|1|ED|X||^AP^PDF^Base64^" + coded + b"||||||F\r"
