"""Message actions: the segment to insert and the type of a new message, picked from what structures have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QWidget

from ui.bench import Bench
from ui.command import Command
from ui.dialogs.picker import Picker
from ui.models.message_pieces import describe_pieces
from ui.models.place_words import describe_cardinality
from ui.theme.tokens import SPACE_2
from ui.views.message_page import MessagePage, make_control_id
from ui.widgets.labels import make_label
from workbench.errors import WorkbenchError
from workbench.exchange import utc_now
from workbench.hl7v2.dictionary import KNOWN_VERSIONS

if TYPE_CHECKING:
    from ui.models.message_reading import MessageReading
    from workbench.hl7v2.insertion import Insertable
    from workbench.site.site import Site

_VERSION = "2.5.1"


class MessageActions(QObject):
    """`open_made` takes the name and text of a new message."""

    def __init__(self, bench: Bench, window: QWidget, open_made: Callable[[str, str], None]) -> None:
        super().__init__(window)
        self._bench = bench
        self._window = window
        self._open_made = open_made
        self.picker: Picker | None = None

    # A segment.

    def insert(self, page: MessagePage) -> None:
        """Offer the segments that the structure allows, those that are missing first."""
        page.editor.settle()
        reading = page.view.model.reading
        if reading is None or reading.placement is None:
            named = reading.message.type_name if reading is not None else ""
            said = f"HL7 v{reading.names.version} has no structure for {named}." if reading is not None else ""
            hint = "Name its type and event in MSH-9." if reading is not None else "Start the message with MSH."
            page.notice.show_notice("warning", said or "There is no message to insert a segment into.", hint)
            return
        index = page.current_segment_index()
        work = asyncio.to_thread(_list, reading, index)
        self._bench.tasks.start(work, on_done=lambda found: self._offer(page, reading, found), owner=page)

    def _offer(self, page: MessagePage, reading: MessageReading, found: tuple[Insertable, ...]) -> None:
        commands = [self._name(page, reading, each) for each in found]
        self._pick(Picker("Insert a segment", "Insert a segment that its structure allows", commands, self._window))

    def _name(self, page: MessagePage, reading: MessageReading, each: Insertable) -> Command:
        node = each.place.node
        after = reading.segment(each.place.after).name if each.place.after >= 0 else "the beginning"
        group = each.place.path.rpartition("/")[0].rpartition("/")[2]
        inside = f", in {group}" if group else ""
        detail = f"{describe_cardinality(node.least, node.most)} · after {after}{inside}"
        return Command(
            f"{each.segment}  {each.name}",
            partial(page.insert, each),
            detail,
            "missing" if each.is_missing else "",
            "warning" if each.is_missing else "add",
            "",
        )

    # Several messages.

    def list_messages(self, page: MessagePage) -> None:
        """List the messages of a text that holds several, to go to one."""
        reading = page.view.model.reading
        if reading is None or len(reading.pieces) <= 1:
            page.notice.show_notice("information", "This document holds one message.", "")
            return
        work = asyncio.to_thread(describe_pieces, page.editor.shown_text(), reading.pieces)
        self._bench.tasks.start(work, on_done=lambda told: self._offer_messages(page, told), owner=page)

    def _offer_messages(self, page: MessagePage, told: tuple[tuple[str, str, int], ...]) -> None:
        commands = [
            Command(
                f"{number}  {title}",
                partial(page.view.go_to_message, number - 1),
                detail,
                f"line {line:,}",
                "message",
                "",
            )
            for number, (title, detail, line) in enumerate(told, 1)
        ]
        each = f"Send each of the {len(told):,} messages…"
        commands.insert(
            0, Command(each, page.each_asked.emit, "To the current sandbox, with its answer", "", "send", "")
        )
        reading = page.view.model.reading
        here = reading.number + 1 if reading is not None else 0
        prompt = "A message by its type, control ID or patient"
        self._pick(Picker("Messages", prompt, commands, self._window, row=here))

    # A message.

    def make_new(self) -> None:
        """Offer the types and events of a version, the site's own first."""
        site = self._bench.current.site if self._bench.current is not None else None
        choices = _NewChoices(site.hl7v2.version if site is not None else _VERSION)
        picker = Picker(
            "New message",
            "A type and event, such as ADT^A01",
            self._list_kinds(site, choices),
            self._window,
            extra=choices,
        )
        choices.version.currentTextChanged.connect(lambda _: picker.set_commands(self._list_kinds(site, choices)))
        self._pick(picker)

    def _list_kinds(self, site: Site | None, choices: _NewChoices) -> list[Command]:
        from workbench.hl7v2.new_message import list_kinds

        taken = [rule.message for rule in site.hl7v2.messages] if site is not None else []
        kinds = sorted(list_kinds(choices.version.currentText()), key=lambda each: each[0] not in taken)
        return [
            Command(
                kind,
                partial(self._make, kind, site, choices),
                structure,
                f"taken by {site.name}" if site is not None and kind in taken else "",
                "message",
                "",
            )
            for kind, structure in kinds
        ]

    def _make(self, kind: str, site: Site | None, choices: _NewChoices) -> None:
        from workbench.hl7v2.new_message import Extent, make_message
        from workbench.site.new_site_message import make_site_message

        extent: Extent = "required" if choices.required.isChecked() else "usual"
        version, now, control_id = choices.version.currentText(), utc_now(), make_control_id()
        try:
            if site is not None:
                text = make_site_message(site, kind, now=now, control_id=control_id, version=version, extent=extent)
            else:
                text = make_message(kind, version=version, now=now, control_id=control_id, extent=extent)
        except WorkbenchError as error:
            self._bench.tasks.report(error)
            return
        self._open_made(kind, text)

    def _pick(self, picker: Picker) -> None:
        self.picker = picker
        picker.finished.connect(picker.deleteLater)
        picker.open()


class _NewChoices(QWidget):
    """The version of a new message, and how much is filled in."""

    def __init__(self, version: str) -> None:
        super().__init__()
        self.version = QComboBox()
        self.version.setAccessibleName("Version of HL7 v2")
        self.version.addItems(KNOWN_VERSIONS)
        self.version.setCurrentText(version)
        self.required = QCheckBox("&Only what is required")
        label = make_label("&Version", "quiet")
        label.setBuddy(self.version)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_2)
        layout.addWidget(label)
        layout.addWidget(self.version)
        layout.addWidget(self.required)
        layout.addStretch(1)


def _list(reading: MessageReading, index: int) -> tuple[Insertable, ...]:
    from workbench.hl7v2.insertion import list_insertable

    return list_insertable(reading.placement, reading.names, index) if reading.placement is not None else ()
