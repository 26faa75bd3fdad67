"""Note form: whom a note is about and who wrote it, what it is, and by which message it goes."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from ui.theme.tokens import SPACE_2
from ui.widgets.choice import Choice, Option
from ui.widgets.example_line import make_example_line
from workbench.documents.document import MESSAGES
from workbench.documents.document_type import DOCUMENT_TYPES
from workbench.hl7v2.dictionary import load_dictionary
from workbench.site.site import Site
from workbench.workspace.note_desk import NO_VISIT, OPEN_VISIT, NoteRequest
from workbench.workspace.note_people import NotePeople

_STATUSES = {
    "AU": "authenticated",
    "DI": "dictated",
    "DO": "documented",
    "IN": "incomplete",
    "IP": "in progress",
    "LA": "legally authenticated",
    "PA": "pre-authenticated",
    "AV": "available for care",
    "CA": "cancelled",
    "OB": "obsolete",
    "UN": "not available",
}
_MESSAGE_WORDS = {
    "MDM^T02": "MDM^T02 · a new document",
    "MDM^T10": "MDM^T10 · in place of another",
    "ORU^R01": "ORU^R01 · a result",
}


class NoteForm(QWidget):
    """`changed` follows whatever is chosen or typed, `site_chosen` the site."""

    changed = Signal()
    site_chosen = Signal(str)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._people = NotePeople((), ())
        self.site = Choice("Site that it goes to")
        self.patient = Choice("Patient", searchable=True)
        self.patient.setToolTip("Choose, or type a medical record number")
        self.visit = Choice("Visit")
        self.author = Choice("Author", searchable=True)
        self.type = Choice("Type of document")
        self.type.offer(tuple((each.code, f"{each.text} · {each.code}") for each in DOCUMENT_TYPES.values()))
        self.type.setCurrentIndex(self.type.findData("PR"))
        self.title = QLineEdit(title)
        self.title.setAccessibleName("Title")
        self.title.setCursorPosition(0)
        self.message = Choice("Message")
        self.replaces = make_example_line("Replaces", "number of the other document")
        self.completion = Choice("Completion status")
        self.availability = Choice("Availability status")
        self._lay_out()
        self._connect()

    # What is chosen.

    def chosen(self, number: str) -> NoteRequest:
        """The request, with `number` for the document's own."""
        return NoteRequest(
            patient=_typed(self.patient),
            number=number,
            visit=self.visit.value or NO_VISIT,
            author=_typed(self.author),
            title=self.title.text().strip(),
            type=self.type.value,
            message=self.message.value,
            replaces=self.replaces.text().strip() if self.replaces.isEnabled() else "",
            completion=self.completion.value,
            availability=self.availability.value,
        )

    # What can be chosen.

    def offer_sites(self, sites: tuple[Option, ...], chosen: str) -> None:
        self.site.offer(sites)
        with QSignalBlocker(self.site):
            self.site.setCurrentIndex(max(0, self.site.findData(chosen)))

    def show_site(self, site: Site, people: NotePeople) -> None:
        """Offer what this site has and takes."""
        self._people = people
        with QSignalBlocker(self):
            self.patient.offer(tuple((each.patient.number, each.label) for each in people.patients))
            self.author.offer((("", "nobody"), *((each.id, each.label) for each in people.authors)))
            if people.authors and not self.author.value:
                self.author.setCurrentIndex(1)
            taken = site.document_messages or MESSAGES
            self.message.offer(tuple((name, _MESSAGE_WORDS.get(name, name)) for name in taken))
            self._offer_statuses(site)
            self._show_visits()
            self._show_replaces()
        self.changed.emit()

    def _offer_statuses(self, site: Site) -> None:
        form = site.note.form
        named = load_dictionary("2.5.1")
        for choice, taken, table in (
            (self.completion, form.completion if form else (), "0271"),
            (self.availability, form.availability if form else (), "0273"),
        ):
            known = named.table(table)
            usual = ("AU", "AV")
            codes = taken or tuple(sorted(known[1] if known else (), key=lambda code: code not in usual))
            choice.offer(tuple((code, f"{code} · {_STATUSES.get(code, '')}".rstrip(" ·")) for code in codes))

    def _show_visits(self) -> None:
        number = _typed(self.patient)
        found = next((each for each in self._people.patients if each.patient.number == number), None)
        visits = found.visits if found else ()
        options = tuple((each.visit.number or OPEN_VISIT, each.label) for each in visits)
        self.visit.offer((*options, (NO_VISIT, "no visit")))
        self.visit.setCurrentIndex(0)

    def _show_replaces(self) -> None:
        name = self.message.value
        self.replaces.setEnabled(name != "MDM^T02")
        is_notification = name.startswith("MDM")
        self.availability.setEnabled(is_notification)

    # How it is built.

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(SPACE_2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in (
            ("&Site", self.site),
            ("&Patient", self.patient),
            ("&Visit", self.visit),
            ("&Author", self.author),
            ("T&ype", self.type),
            ("&Title", self.title),
            ("&Message", self.message),
            ("&Replaces", self.replaces),
            ("&Completion", self.completion),
            ("Availa&bility", self.availability),
        ):
            form.addRow(name, field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, SPACE_2, 0)
        layout.addLayout(form)
        layout.addStretch(1)

    def _connect(self) -> None:
        self.site.currentIndexChanged.connect(lambda _: self.site_chosen.emit(self.site.value))
        self.patient.currentTextChanged.connect(lambda _: self._show_visits())
        self.message.currentIndexChanged.connect(lambda _: self._show_replaces())
        for choice in (self.patient, self.author):
            choice.currentTextChanged.connect(lambda _: self.changed.emit())
        for choice in (self.visit, self.type, self.message, self.completion, self.availability):
            choice.currentIndexChanged.connect(lambda _: self.changed.emit())
        for line in (self.title, self.replaces):
            line.textChanged.connect(lambda _: self.changed.emit())


def _typed(choice: Choice) -> str:
    """The value of what is chosen, or what was typed where it is none of the offered."""
    text = choice.currentText().strip()
    offered = any(choice.itemText(row).casefold() == text.casefold() for row in range(choice.count()))
    return choice.value if offered or not text else text
