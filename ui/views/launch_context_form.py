"""Launch context form: what an EHR tells the app beside user, patient and visit, picked from what the site has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QWidget

from ui.launch_choices import ContextChoices
from ui.theme.tokens import SPACE_2
from ui.widgets.choice import Choice
from ui.widgets.elided_combo_box import ElidedComboBox
from ui.widgets.example_line import make_example_line
from ui.widgets.picked_list import PickedList
from workbench.smart.launch_context import FhirContextItem, LaunchContext

_BANNERS = (("", "as the site has it"), ("app", "the app must show the patient"), ("ehr", "the EHR shows the patient"))


class LaunchContextForm(QWidget):
    """`changed` follows each change; `count` is how much is not as usual. `grant` are scopes ticked beforehand."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items = PickedList("Open beside the chart (fhirContext)", "Add an order, study, document…")
        self.intent = ElidedComboBox()
        self.intent.setEditable(True)
        self.intent.setAccessibleName("Intent")
        self.intent.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        if (line := self.intent.lineEdit()) is not None:
            line.setPlaceholderText("none")
        self.location = Choice("Place where the user works", searchable=True)
        self.tenant = make_example_line("Tenant", "as the site has it")
        self.banner = Choice("Who shows the patient")
        self.banner.offer(_BANNERS)
        self.style_url = make_example_line("Address of a SMART style", "as the site has it")
        self.grant = make_example_line("Scopes that the consent page has ticked", "all that the site offers")
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(SPACE_2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for name, field in (
            ("Also open", self.items),
            ("Intent", self.intent),
            ("Place", self.location),
            ("Tenant", self.tenant),
            ("Banner", self.banner),
            ("Style", self.style_url),
            ("Grants", self.grant),
        ):
            form.addRow(name, field)
        self.items.changed.connect(self.changed)
        self.intent.editTextChanged.connect(lambda _: self.changed.emit())
        self.location.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.banner.currentIndexChanged.connect(lambda _: self.changed.emit())
        for line in (self.tenant, self.style_url, self.grant):
            line.textChanged.connect(lambda _: self.changed.emit())

    def offer(self, choices: ContextChoices, intents: Sequence[str]) -> None:
        """Offer what the patient's chart and the site have."""
        self.items.offer(choices.resources)
        self.location.offer((("", "none"), *choices.places))
        written = self.intent.currentText()
        if [self.intent.itemText(at) for at in range(self.intent.count())] != list(intents):
            self.intent.clear()
            self.intent.addItems(list(intents))
            self.intent.setEditText(written)

    @property
    def count(self) -> int:
        given = self.read(LaunchContext())
        singles = (
            given.intent,
            given.location,
            given.tenant,
            given.smart_style_url,
            self.banner.value,
            self.grant.text(),
        )
        return len(given.fhir_context) + sum(map(bool, singles))

    def read(self, context: LaunchContext) -> LaunchContext:
        """The context with what is chosen here."""
        banner = self.banner.value
        return replace(
            context,
            fhir_context=tuple(FhirContextItem(reference) for reference in self.items.values),
            intent=self.intent.currentText().strip(),
            location=self.location.value.rpartition("/")[2],
            tenant=self.tenant.text().strip(),
            need_patient_banner=None if not banner else banner == "app",
            smart_style_url=self.style_url.text().strip(),
        )
