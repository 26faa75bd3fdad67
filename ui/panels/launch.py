"""Launch panel: a SMART launch as the EHR or as the app, its trace in words, and what was granted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QDialog, QSplitter, QVBoxLayout, QWidget

from ui.app_launching import AppLaunching
from ui.bench import Bench, SandboxState
from ui.ehr_launching import EhrLaunching, How
from ui.launch_choices import AppLaunch, EhrLaunch
from ui.launch_reviewing import LaunchReviewing
from ui.launches import tell_facts
from ui.panels.panel import Command, Panel
from ui.views.launch_copies import LaunchCopies
from ui.views.launch_outcome_view import REVIEW, LaunchOutcomeView
from ui.views.launch_side import AS_APP, AS_EHR, FAULTS, LaunchSide
from workbench.exchange import Exchange
from workbench.smart.scope_words import TYPES
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused

if TYPE_CHECKING:
    from workbench.launch_review.review import LaunchFacts


class LaunchPanel(Panel):
    """One form for each side; both write into one trace, which starts anew with each launch."""

    title = "Launch"
    icon_name = "launch"

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(bench, parent)
        self._watched = ""
        self._site_keys: dict[str, Any] = {}
        # Made where they stand, as each widget that is moved takes on the style sheet anew.
        split = QSplitter(Qt.Orientation.Horizontal, self)
        self.side = LaunchSide(bench, split)
        self.ehr_form, self.app_form = self.side.ehr_form, self.side.app_form
        self.outcome = LaunchOutcomeView(split)
        self.copies = LaunchCopies(bench, self.outcome)
        self.launching = AppLaunching(bench, self)
        self.opening = EhrLaunching(bench, self)
        self.reviewing = LaunchReviewing(bench, self)
        self._lay_out(split)
        self.side.start_asked.connect(self._start_current)
        self.ehr_form.launch_asked.connect(lambda chosen: self._launch_as_ehr(chosen, "browser"))
        self.ehr_form.link_asked.connect(lambda chosen: self._launch_as_ehr(chosen, "link"))
        self.ehr_form.scripted_asked.connect(lambda chosen: self._launch_as_ehr(chosen, "script"))
        self.ehr_form.wait_asked.connect(self._wait_for_app)
        self.ehr_form.register_asked.connect(self._register_app)
        self.ehr_form.withhold_asked.connect(self._withhold_scopes)
        self.app_form.client.key_asked.connect(self._show_keys)
        self.app_form.scopes_asked.connect(self._choose_scopes)
        self.app_form.launch_asked.connect(self._launch_as_app)
        self.app_form.stop_asked.connect(self.stop)
        self.opening.opened.connect(self._open_app)
        self.opening.exchanged.connect(self._show)
        self.opening.told.connect(self.outcome.tell)
        self.opening.failed.connect(self._fail_to_open)
        self.launching.exchanged.connect(self._show)
        self.launching.waiting.connect(self._show_running)
        self.launching.ended.connect(self._end)
        self.launching.failed.connect(self._fail)
        self.reviewing.reviewed.connect(self.outcome.show_review)
        self.outcome.exchange_chosen.connect(self.open_exchange)
        self.outcome.result.use_asked.connect(lambda result: self.hand_over.emit("compose", "token", result))
        self.outcome.result.token_asked.connect(self.launching.ask)
        self.launching.answered.connect(self.outcome.result.show_answer)
        bench.exchange_added.connect(self._take_exchange)
        bench.app_visited.connect(self._take_visit)
        bench.exchange_replaced.connect(self._take_replaced)

    def commands(self) -> tuple[Command, ...]:
        return (
            Command("Launch an app as the EHR", lambda: self._show_tab(AS_EHR), icon="launch"),
            Command("Launch the workbench as an app", lambda: self._show_tab(AS_APP), icon="launch"),
            Command("Wait for an app that comes by itself", self._ask_to_wait, icon="launch"),
            Command("Faults of the site in a launch", lambda: self._show_tab(FAULTS), icon="error"),
            Command("Keys of the workbench as an app", self._show_keys, icon="key"),
        )

    def find_text(self) -> bool:
        """Ctrl+F searches the requirements where they are in front."""
        if self.outcome.tabs.currentIndex() != REVIEW or self.outcome.review.review is None:
            return False
        self.outcome.review.bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def receive(self, kind: str, payload: object) -> None:
        """Choose the patient that was found elsewhere (`patient`, its id), as soon as the site has told of it."""
        if kind == "patient" and isinstance(payload, str):
            self.side.choose_patient(payload)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops a launch that waits, where nothing inside, such as a search, has a use of its own for it."""
        if event.key() == Qt.Key.Key_Escape and self.launching.is_running:
            self.stop()
            return
        super().keyPressEvent(event)

    def stop(self) -> None:
        """Stop waiting for the browser; the redirect port is freed."""
        if self.launching.stop():
            self._fail("Stopped by you.")

    # As the EHR.

    def _launch_as_ehr(self, chosen: EhrLaunch, how: How) -> None:
        state = self.bench.current
        if state is not None:
            self.stop()
            self._start_trace(state, state, state.fhir_base)
            self.ehr_form.set_busy(True)
            self.opening.start(state, chosen, how)

    def _ask_to_wait(self) -> None:
        self._show_tab(AS_EHR)
        if self.ehr_form.isEnabled():
            self._wait_for_app()

    def _wait_for_app(self) -> None:
        """Draw what an app does that comes by itself: a standalone launch, or a backend service."""
        state = self.bench.current
        if state is not None:
            self.stop()
            self._start_trace(state, state, state.fhir_base)
            self.opening.wait()
            QGuiApplication.clipboard().setText(state.fhir_base)
            words = f"Waiting for an app at {state.fhir_base}, which is on the clipboard."
            self.outcome.tell("running", words)

    def _open_app(self, how: str, address: str) -> None:
        self.ehr_form.set_busy(False)
        if how == "browser":
            self._open(address)
        elif how == "link":
            self._copy_link(address)

    def _fail_to_open(self, words: str) -> None:
        self.ehr_form.set_busy(False)
        self.bench.notice.emit("error", words)

    def _open(self, address: str) -> None:
        if not QDesktopServices.openUrl(QUrl(address)):
            self._copy_link(address)
            self.bench.notice.emit("warning", "No browser could be opened. The launch address is on the clipboard.")

    def _copy_link(self, address: str) -> None:
        QGuiApplication.clipboard().setText(address)
        self.bench.notice.emit("success", "The launch address is on the clipboard. It holds for ten minutes.")

    def _register_app(self) -> None:
        from ui.dialogs.register_app import RegisterAppDialog

        state = self.bench.current
        if state is not None:
            dialog = RegisterAppDialog(self.bench, state.id, self)
            dialog.registered.connect(self.side.take_app)
            _open(dialog)

    def _withhold_scopes(self) -> None:
        """Pick scopes that the site grants to nobody for now; those of its file stay withheld besides."""
        state = self.bench.current
        if state is None or state.state != "up" or state.kind != "simulated":
            return
        sandbox = self.bench.running(state.id)

        def withhold(text: str) -> None:
            sandbox.withheld = tuple(text.split())
            self.ehr_form.show_withheld(len(sandbox.withheld))

        self._pick_scopes("Scopes to withhold", " ".join(sandbox.withheld), withhold)

    # As the app.

    def _choose_scopes(self) -> None:
        self._pick_scopes("Scopes to ask for", self.app_form.scopes.toPlainText(), self.app_form.write_scopes)

    def _pick_scopes(self, title: str, text: str, take: Callable[[str], object]) -> None:
        from ui.dialogs.choose_scopes import ChooseScopesDialog

        site = self.bench.current.site if self.bench.current is not None else None
        versions = site.smart.scope_versions if site is not None else ("v2",)
        types = tuple(rules.type for rules in site.fhir.resources) if site is not None else tuple(TYPES)
        dialog = ChooseScopesDialog(title, text, "v2" if "v2" in versions else "v1", types, self)
        dialog.chosen.connect(take)
        _open(dialog)

    def _launch_as_app(self, chosen: AppLaunch) -> None:
        async def open_browser(address: str) -> None:
            self._open(address)

        self.opening.stop()
        self.launching.start(chosen, open_browser)
        self._start_trace(None, self.launching.state, chosen.fhir_base)
        self._show_running("Asking the site how to sign in…")

    def _show_running(self, words: str, hint: str = "") -> None:
        """Tell how far it is, and beside the button what is to be done for it, which can be copied there."""
        self.app_form.set_running(True, hint)
        self.outcome.tell("running", words)

    def _show_keys(self) -> None:
        from ui.dialogs.app_key import AppKeyDialog

        dialog = AppKeyDialog(self.bench, self)
        dialog.finished.connect(lambda _: self._show_key())
        _open(dialog)

    def _show_key(self) -> None:
        if keys := self.bench.served_keys:
            self.app_form.client.show_key(f"{keys[0].algorithm} · {keys[0].id}")

    def _end(self, outcome: LaunchResult | LaunchRefused) -> None:
        self.app_form.set_running(False, "")
        self._show_key()
        if isinstance(outcome, LaunchResult):
            self.outcome.show_result(outcome)
        else:
            self.outcome.show_refusal(outcome)

    def _fail(self, words: str) -> None:
        self.app_form.set_running(False, words)
        self.outcome.tell("skip", words)

    # What is shown.

    def _start_trace(self, watched: SandboxState | None, state: SandboxState | None, fhir_base: str) -> None:
        """Begin a trace: of what the app sends, or of all that the sandbox `watched` sees."""
        self._watched = watched.name if watched is not None else ""
        self._site_keys = {}
        self.outcome.clear()
        # The app may be registered only once the launch is under way, so the facts are asked for at each review.
        self.reviewing.begin(
            lambda: self.outcome.trace.model.exchanges,
            lambda: self._tell_facts(state, fhir_base),
        )

    def _tell_facts(self, state: SandboxState | None, fhir_base: str) -> LaunchFacts:
        """A site that was started anew has another key, and the tokens of the trace are by the one before."""
        facts = tell_facts(self.bench, self.bench.find_sandbox(state.id) if state else None, fhir_base)
        self._site_keys |= {key["kid"]: key for key in (facts.site_keys or {}).get("keys", ())}
        return replace(facts, site_keys={"keys": [*self._site_keys.values()]} if self._site_keys else None)

    def _show(self, exchange: Exchange) -> None:
        self.outcome.add(exchange)
        self.reviewing.ask_soon()

    def _take_exchange(self, index: int) -> None:
        """As the EHR, all that the site sees by HTTP belongs to the trace; as the app, what its token is used for."""
        exchange = self.bench.log[index]
        if exchange.protocol != "http":
            return
        if self._watched:
            if exchange.receiver == self._watched:
                self._show(exchange)
                self.opening.take(exchange)
        elif self._uses_token(exchange):
            self._show(exchange)

    def _uses_token(self, exchange: Exchange) -> bool:
        """Whether it is a FHIR call with the token of this launch, such as Compose sends."""
        result = self.outcome.result.result
        if result is None or not exchange.request.address.startswith(result.fhir_base):
            return False
        return exchange.request.header("authorization") == f"Bearer {result.access_token}"

    def _take_visit(self, exchange: Exchange) -> None:
        """The site does not see what a browser does at the sample app."""
        if self._watched:
            self._show(exchange)

    def _take_replaced(self, index: int) -> None:
        """Both ends of an exchange are known now: what its receiver noted of it stands on its arrow too."""
        if self.outcome.trace.model.replace_same(self.bench.log[index]):
            self.reviewing.ask_soon()

    def _start_current(self) -> None:
        if self.bench.current is not None:
            self.bench.tasks.start(
                self.bench.start_sandbox(self.bench.current.id), name=f"Starting {self.bench.current.name}"
            )

    def _show_tab(self, index: int) -> None:
        self.show_panel.emit("launch")
        self.side.tabs.setCurrentIndex(index)

    def _lay_out(self, split: QSplitter) -> None:
        split.setChildrenCollapsible(False)
        split.addWidget(self.side)
        split.addWidget(self.outcome)
        split.setSizes([420, 588])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(split)


def _open(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
