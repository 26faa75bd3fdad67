"""Questions that the window asks in a box: what becomes of unsaved work, and what this program is."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

Answer = Literal["save", "discard", "cancel"]


def ask_about_unsaved(
    parent: QWidget,
    things: list[str],
    *,
    title: str = "Close the workbench",
    question: str = "Save it before the window closes?",
) -> Answer:
    """Ask once about everything that going on would lose; saving is the default, and Escape stays."""
    buttons = QMessageBox.StandardButton
    box = _make_box(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle(title)
    box.setText(f"There is {' and '.join(things)}.")
    box.setInformativeText(question)
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    box.setEscapeButton(buttons.Cancel)
    answers: dict[int, Answer] = {buttons.Save.value: "save", buttons.Discard.value: "discard"}
    return answers.get(box.exec(), "cancel")


def ask(parent: QWidget, question: str, yes: str) -> bool:
    """Ask one thing whose answer is the button `yes`, or else to leave it."""
    box = _make_box(parent)
    box.setWindowTitle("Interop Workbench")
    box.setText(question)
    accept = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    return box.clickedButton() is accept


def show_about(parent: QWidget, version: str, folder: str) -> None:
    text = "Record a health-IT integration once; run it at every site; see where it breaks, on which rule, and why."
    box = _make_box(parent)
    box.setWindowTitle("About")
    box.setText(f"Interop Workbench {version}")
    box.setInformativeText(f"{text}\n\nYour workspace: {folder}")
    box.open()


def ask_remove(parent: QWidget, name: str) -> QMessageBox:
    """A box that asks before a sandbox is forgotten; its `accepted` follows the yes."""
    words = "Its addresses and its saved secret are forgotten. The system itself is not touched."
    return _ask_remove(parent, "Remove the sandbox", f"Remove “{name}” from the workbench?", words)


def ask_remove_package(parent: QWidget, name: str, folder: str) -> QMessageBox:
    """A box that asks before an installed package is deleted; its `accepted` follows the yes."""
    words = f"Its files in {folder} are deleted, for other programs too. Install it again to have it back."
    return _ask_remove(parent, "Remove the package", f"Remove {name}?", words)


def _make_box(parent: QWidget) -> QMessageBox:
    """A box whose text is shown letter by letter: names in it may be of others' making."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    return box


def _ask_remove(parent: QWidget, title: str, question: str, words: str) -> QMessageBox:
    buttons = QMessageBox.StandardButton
    box = _make_box(parent)
    box.setWindowTitle(title)
    box.setText(question)
    box.setInformativeText(words)
    box.setStandardButtons(buttons.Ok | buttons.Cancel)
    box.button(buttons.Ok).setText("Remove")
    box.setDefaultButton(buttons.Cancel)
    box.open()
    return box
