"""Install dialog: packages by their names from a registry whose address the user sets; no address is there before."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QVBoxLayout, QWidget

from ui.bench import Bench
from ui.tasks import Report, beside
from ui.theme.tokens import SPACE_2, SPACE_4
from ui.widgets.dialog_buttons import DialogButtons
from ui.widgets.example_line import make_example_line
from ui.widgets.labels import make_label
from ui.widgets.notice_bar import NoticeBar
from workbench.workspace.preferences import Preferences, change_preferences, read_preferences


class InstallPackageDialog(QDialog):
    """`install_asked` carries the names of packages and the address of the registry."""

    install_asked = Signal(list, str)

    def __init__(self, bench: Bench, labels: tuple[str, ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self.setWindowTitle("Install packages from a registry")
        self.setMinimumWidth(520)
        self.name = make_example_line("Packages", "hl7.fhir.us.core#6.1.0, or a name alone for its newest")
        self.name.setToolTip("One or more, with spaces between them")
        self.name.setText(" ".join(labels))
        self.registry = make_example_line("Registry address", "https://packages.example.org")
        self.notice = NoticeBar()
        form = QFormLayout()
        form.setSpacing(SPACE_2)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Packages", self.name)
        form.addRow("&Registry address", self.registry)
        buttons = DialogButtons("&Install")
        self._install = buttons.accept_button
        buttons.accepted.connect(self.save)
        buttons.rejected.connect(self.reject)
        intro = "The workbench asks this address and no other, and only when you install. It is kept in your workspace."
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_4)
        layout.addWidget(make_label(intro, "quiet", wrap=True))
        layout.addWidget(self.notice)
        layout.addLayout(form)
        layout.addWidget(buttons)
        for line in (self.name, self.registry):
            line.textChanged.connect(lambda _: self._follow())
        self._follow()
        work = beside(read_preferences, bench.workspace.folder)
        bench.tasks.start(work, on_done=self._show_preferences, on_error=self._show_report, owner=self)

    def save(self) -> None:
        """Keep the address and ask for the package; what is wrong is said above the fields."""
        registry = self.registry.text().strip()
        work = beside(change_preferences, self._bench.workspace.folder, package_registry=registry)
        self._bench.tasks.start(work, on_done=lambda _: self._finish(), on_error=self._show_report, owner=self)

    def _finish(self) -> None:
        names = self.name.text().replace(",", " ").split()
        self.install_asked.emit(names, self.registry.text().strip())
        self.accept()

    def _follow(self) -> None:
        self._install.setEnabled(bool(self.name.text().strip() and self.registry.text().strip()))

    def _show_preferences(self, preferences: Preferences) -> None:
        if not self.registry.text():
            self.registry.setText(preferences.package_registry)

    def _show_report(self, report: Report) -> None:
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)
        self.adjustSize()
