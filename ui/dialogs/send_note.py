"""Send a note: a file put into the message that a site asks for, and the site's word on it, to be opened in Compose."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from ui.bench import Bench
from ui.models.note_preview import NotePlan, NotePreview, build_note, preview_note
from ui.newest import Newest
from ui.tasks import Report, beside
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from ui.views.issue_lines import IssueLines
from ui.views.message_page import make_control_id
from ui.views.note_form import NoteForm
from ui.widgets.dialog_buttons import DialogButtons
from ui.widgets.labels import ElidedLabel, make_label
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.side_by_side import put_side_by_side
from ui.widgets.text_view import TextView
from ui.widgets.verdict_label import VerdictLabel
from workbench.exchange import utc_now
from workbench.site.site import Site
from workbench.workspace.note_people import NOTE_RESOURCES, NotePeople, read_note_people

_PAUSE = 200


class SendNoteDialog(QDialog):
    """`made` carries the site's id and the bytes of the message; nothing is sent from here."""

    made = Signal(str, bytes)

    def __init__(self, bench: Bench, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._path = path
        self._people: NotePeople | None = None
        self._control_id, self._number = make_control_id(), f"WB-{secrets.token_hex(6).upper()}"
        self.preview: NotePreview | None = None
        self.setWindowTitle("Send as a note")
        self.form = NoteForm(path.stem)
        self.word = VerdictLabel("running", "Asking the site’s file…")
        self.issues = IssueLines("What the site says")
        self.text = TextView()
        self.text.setAccessibleName("Message that will be opened")
        self.notice = NoticeBar()
        self._file = ElidedLabel(path.name, "quiet")
        self._size = make_label("", "quiet")
        self._newest = Newest(bench.tasks, self)
        self._newest.answered.connect(self._show_preview)
        self._newest.failed.connect(self._show_report)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self._ask)
        self._lay_out()
        self.form.changed.connect(self._pause.start)
        self.form.site_chosen.connect(self._show_site)
        self._offer_sites()

    # What is chosen.

    @property
    def site(self) -> Site | None:
        state = self._bench.find_sandbox(self.form.site.value)
        return state.site if state is not None else None

    def open_in_compose(self) -> None:
        """Build the whole message beside the window and hand it over."""
        plan = self._plan()
        if plan is None:
            return
        self._accept.setEnabled(False)
        self._bench.tasks.start(
            self._bench.process.run(build_note, plan),
            on_done=partial(self._finish, self.form.site.value),
            on_error=self._show_report,
            name=f"Building the message of {self._path.name}",
            owner=self,
        )

    def _finish(self, site_id: str, data: bytes) -> None:
        self.made.emit(site_id, data)
        self.accept()

    # What is shown.

    def _offer_sites(self) -> None:
        states = [state for state in self._bench.sandboxes if state.site is not None]
        current = self._bench.current
        chosen = current.id if current is not None else ""
        if current is not None and current.remote is not None:
            chosen = current.remote.like
        self.form.offer_sites(tuple((state.id, state.name) for state in states), chosen)
        if states:
            self._show_site(self.form.site.value)
        else:
            self.notice.show_notice("warning", "No site is known here.", "Add a site file to the workspace.")
            self.word.set_verdict("undecided", "No site to ask")

    def _show_site(self, site_id: str) -> None:
        """Ask for the people of the site: those it has now where it runs, else those it would start with."""
        state = self._bench.find_sandbox(site_id)
        if state is None or state.site is None:
            return
        self._people = None
        self._accept.setEnabled(False)
        self._bench.tasks.start(
            self._read_people(state.site, site_id if state.state == "up" else ""),
            on_done=partial(self._take_people, state.site),
            on_error=self._show_report,
            owner=self,
        )

    async def _read_people(self, site: Site, running: str) -> NotePeople:
        if running:
            resources = await self._bench.running(running).list_resources(*NOTE_RESOURCES)
            return await beside(read_note_people, site, resources)
        return await beside(_read_population, site)

    def _take_people(self, site: Site, people: NotePeople) -> None:
        if self.site is site:
            self._people = people
            self.form.show_site(site, people)

    def _plan(self) -> NotePlan | None:
        site = self.site
        if site is None or self._people is None:
            return None
        request = self.form.chosen(self._number)
        return NotePlan(site, self._people, self._path, request, utc_now(), self._control_id)

    def _ask(self) -> None:
        plan = self._plan()
        if plan is not None:
            self._newest.ask(lambda: self._bench.process.run(preview_note, plan))

    def _show_preview(self, answer: object) -> None:
        if not isinstance(answer, NotePreview):
            return
        self.preview = answer
        self.notice.hide()
        site = self.site
        name = site.name if site is not None else "The site"
        errors = sum(issue.is_error for issue in answer.issues)
        reasons = "for one reason" if errors == 1 else f"for {errors} reasons"
        if answer.is_taken:
            self.word.set_verdict("pass", f"{name} takes it as {answer.message}")
        else:
            self.word.set_verdict("fail", f"{name} does not take it, {reasons}")
        self.issues.show_issues(answer.issues)
        self.issues.setVisible(bool(answer.issues))
        self.text.set_text("\n".join(answer.lines), "hl7")
        self._file.setText(answer.file)
        self._size.setText(f"{answer.size:,} bytes" if answer.size else "")
        self._accept.setEnabled(answer.size > 0)

    def _show_report(self, report: Report) -> None:
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)
        self.word.set_verdict("error", "The message could not be built")
        self._accept.setEnabled(False)

    # How it is built.

    def _lay_out(self) -> None:
        buttons = DialogButtons("Open in C&ompose")
        self._accept = buttons.accept_button
        self._accept.setEnabled(False)
        buttons.accepted.connect(self.open_in_compose)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_3)
        layout.addWidget(self._file)
        layout.addWidget(self.notice)
        layout.addWidget(put_side_by_side(self.form, self._make_right(), (340, 480)), 1)
        layout.addWidget(buttons)
        self.resize(880, 540)

    def _make_right(self) -> QWidget:
        right = QWidget()
        head = QHBoxLayout()
        head.addWidget(make_label("The message", "heading"))
        head.addStretch(1)
        head.addWidget(self._size)
        layout = QVBoxLayout(right)
        layout.setContentsMargins(SPACE_2, 0, 0, 0)
        layout.setSpacing(SPACE_1)
        layout.addWidget(self.word)
        layout.addWidget(self.issues, 2)
        layout.addLayout(head)
        layout.addWidget(self.text, 3)
        self.issues.hide()
        return right


def _read_population(site: Site) -> NotePeople:
    from workbench.workspace.library import load_population

    return read_note_people(site, load_population(site.population))
