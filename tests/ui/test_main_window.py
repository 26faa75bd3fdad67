from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from tests.ui.exchanges import make_message, make_read, make_refused
from ui.bench import Bench
from ui.dialogs.questions import Answer
from ui.frame.panel_stack import PANELS
from ui.main_window import MainWindow
from ui.panels.compose import ComposePanel
from ui.panels.launch import LaunchPanel
from ui.panels.panel import Panel
from ui.tasks import Report
from ui.theme.theme import Theme
from ui.views.launch_side import AS_APP, AS_EHR, FAULTS
from ui.views.request_page import RequestPage

Run = Callable[[Coroutine[Any, Any, Any]], Any]


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


def test_shipped_sites_are_offered_and_the_most_recent_is_current(window: MainWindow) -> None:
    assert {state.name for state in window.bench.sandboxes} == {"Academic Medical Center", "Community Hospital"}
    assert window.bench.current is not None
    assert window.bench.current.id == "community-hospital"
    assert "Community Hospital" in window.top_bar.sandbox.text()
    assert "stopped" in window.top_bar.sandbox.text()


def test_a_resource_that_was_received_opens_in_compose_to_be_checked(window: MainWindow, run: Run) -> None:
    async def opened(count: int) -> RequestPage:
        panel = window.panels.panel("compose")
        assert isinstance(panel, ComposePanel)
        await until(lambda: panel.tabs.count() == count and panel.page.resource.check is not None)
        assert isinstance(panel.page, RequestPage)
        return panel.page

    async def story() -> None:
        window.bench.add_exchange(make_read(1))
        window.strip.table.selectRow(0)
        next(a for a in window.strip.make_menu().actions() if "Chec&k" in a.text()).trigger()
        page = await opened(1)
        assert page.title == "From Community Hospital"
        assert page.resource.check is not None
        assert page.resource.check.type == "Patient"
        assert not window.inspector._check.isHidden()
        window.inspector._check.click()
        await opened(2)

    run(story())


def test_only_a_resource_can_be_checked(window: MainWindow) -> None:
    for exchange in (make_message(), make_refused(), make_read(1, b"<html></html>")):
        window.bench.add_exchange(exchange)
        window.strip.select_exchange(exchange)
        enabled = {a.text().replace("&", ""): a.isEnabled() for a in window.strip.make_menu().actions()}
        assert not enabled["Check the resource"]
        assert window.inspector._check.isHidden()


@pytest.mark.parametrize("entry", PANELS, ids=lambda entry: entry.name)
def test_every_panel_opens(window: MainWindow, entry: Any, run: Run, reports: list[Report]) -> None:
    panel = window.show_panel(entry.name)
    run(asyncio.sleep(0.05))
    assert panel.title == entry.title
    assert window.panels.currentWidget() is panel
    assert window.navigation.currentItem().data(Qt.ItemDataRole.UserRole) == entry.name
    assert reports == []


def test_panel_is_made_once_and_late(window: MainWindow) -> None:
    assert [type(panel).__name__ for panel in window.panels.made] == ["SandboxesPanel"]
    assert window.show_panel("compare") is window.show_panel("compare")


def test_exchange_appears_in_the_strip_and_fills_the_inspector(window: MainWindow) -> None:
    window.bench.add_exchange(make_read(1))
    assert window.strip.model.rowCount() == 1
    window.strip.table.selectRow(0)
    assert window.inspector.exchange == window.bench.log[0]


def test_inspector_leaves_its_room_until_something_is_selected(window: MainWindow) -> None:
    assert not window.inspector_dock.isVisible()
    window.bench.add_exchange(make_read(1))
    assert not window.inspector_dock.isVisible()
    window.strip.table.selectRow(0)
    assert window.inspector_dock.isVisible()
    window.inspector_dock.hide()
    window.strip.table.clearSelection()
    window.strip.table.selectRow(0)
    assert not window.inspector_dock.isVisible()


def test_inspector_opened_by_hand_is_there_and_says_what_it_is_for(window: MainWindow) -> None:
    window.inspector_dock.toggleViewAction().trigger()
    assert window.inspector_dock.isVisible()
    window.inspector_dock.toggleViewAction().trigger()
    window.bench.add_exchange(make_read(1))
    window.strip.table.selectRow(0)
    assert not window.inspector_dock.isVisible()


def test_inspector_that_was_hidden_stays_so_and_one_that_was_not_opens(
    bench: Bench, theme: Theme, settings: QSettings, run: Run
) -> None:
    settings.setValue("welcome/seen", True)
    run(bench.refresh())
    for hidden in (False, True):
        first = MainWindow(bench, theme, settings)
        first.resize(1300, 800)
        first.show()
        if hidden:
            first.inspect(make_read(1))
            first.inspector_dock.hide()
        first.close()
        first.deleteLater()
        second = MainWindow(bench, theme, settings)
        second.show()
        assert not second.inspector_dock.isVisible()
        second.show_in_inspector(make_read(1))
        assert second.inspector_dock.isVisible() is not hidden
        second.close()
        second.deleteLater()


def test_strip_is_one_line_until_something_happens(window: MainWindow, qtbot: QtBot) -> None:
    strip, line = window.strip, window.strip.fontMetrics().height()
    qtbot.waitUntil(lambda: window.strip_dock.height() < 4 * line)
    assert strip.is_empty and not strip.search.isVisible()
    window.bench.add_exchange(make_read(1))
    qtbot.waitUntil(lambda: window.strip_dock.height() > 6 * line)
    assert strip.search.isVisible() and strip.table.isVisible()
    strip.clear()
    qtbot.waitUntil(lambda: window.strip_dock.height() < 4 * line)


def test_both_records_of_one_exchange_are_one_row(window: MainWindow) -> None:
    from dataclasses import replace

    sent = make_read(1)
    window.bench.add_exchange(replace(sent, seen_by="receiver", id="other"))
    window.bench.add_exchange(sent)
    assert window.strip.model.rowCount() == 1


def test_a_flood_from_other_threads_is_listed_whole_and_in_order(window: MainWindow, qtbot: QtBot) -> None:
    """Also where the log is full and drops its oldest, and where both ends of an exchange are told."""
    count = 6000
    sent = [make_read(number) for number in range(count)]

    def tell() -> None:
        for exchange in sent:
            window.bench.take_soon(exchange)
            window.bench.take_soon(replace(exchange, id=f"{exchange.id}-there", seen_by="receiver"))

    thread = threading.Thread(target=tell)
    thread.start()
    thread.join()
    last = sent[-1].id
    qtbot.waitUntil(lambda: len(window.bench.log) > 0 and window.bench.log[len(window.bench.log) - 1].id == last)
    qtbot.waitUntil(lambda: not window.bench.in_turn and not window.bench._arrivals)
    listed = [window.strip.model.exchange_at(row).id for row in range(window.strip.model.rowCount())]
    assert listed == [exchange.id for exchange in window.bench.log.exchanges]
    assert listed == [exchange.id for exchange in sent[-len(listed) :]]
    assert 2000 < len(listed) <= 5000


def test_two_selected_exchanges_are_compared(window: MainWindow, qtbot: QtBot) -> None:
    for number in (1, 2):
        window.bench.add_exchange(make_read(number))
    window.strip.table.selectAll()
    assert window.strip.compare.isEnabled()
    with qtbot.waitSignal(window.strip.compare_requested) as sent:
        window.strip.compare.click()
    assert [each.request.address[-1] for each in sent.args] == ["1", "2"]
    assert window.panels.current_name == "compare"


def test_menu_of_an_exchange_offers_what_can_be_done_with_it(window: MainWindow) -> None:
    window.bench.add_exchange(make_message())
    window.bench.add_exchange(make_read(1))
    window.strip.table.selectRow(1)
    enabled = {action.text().replace("&", ""): action.isEnabled() for action in window.strip.make_menu().actions()}
    assert enabled["Copy as curl"]
    assert not enabled["Compare"]
    window.strip.table.selectRow(0)
    enabled = {action.text().replace("&", ""): action.isEnabled() for action in window.strip.make_menu().actions()}
    assert not enabled["Copy as curl"]
    assert enabled["Send again…"]


def test_copied_curl_holds_no_token(window: MainWindow) -> None:
    window.bench.add_exchange(make_read(1, headers=(("Authorization", "Bearer s3cr3t-canary-1"),)))
    window.strip.table.selectRow(0)
    next(a for a in window.strip.make_menu().actions() if "url" in a.text()).trigger()
    copied = QApplication.clipboard().text()
    assert copied.startswith("curl")
    assert "s3cr3t-canary-1" not in copied


def test_filter_tells_how_many_of_how_many(window: MainWindow, qtbot: QtBot) -> None:
    for exchange in (make_read(1), make_read(2), make_refused()):
        window.bench.add_exchange(exchange)
    window.strip.search.setText("patient/2")
    qtbot.waitUntil(lambda: window.strip._count.text() == "1 of 3")
    qtbot.keyClick(window.strip.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.strip._count.text() == "3")


def test_keys_reach_the_panels(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    for number in (5, 1):
        qtbot.keyClick(window, str(number), Qt.KeyboardModifier.ControlModifier)
        assert window.panels.current_name == PANELS[number - 1].name


def test_a_panel_that_a_key_shows_has_the_keyboard_and_the_list_of_panels_keeps_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.activateWindow()
    for name, number in (("compare", 6), ("packages", 8), ("compare", 6)):
        window.navigation.setFocus()
        qtbot.waitUntil(window.navigation.hasFocus)
        qtbot.keyClick(window, str(number), Qt.KeyboardModifier.ControlModifier)
        panel = window.panels.panel(name)
        qtbot.waitUntil(lambda panel=panel: panel.isAncestorOf(QApplication.focusWidget() or window))
    window.navigation.setFocus()
    qtbot.waitUntil(window.navigation.hasFocus)
    qtbot.keyClick(window.navigation, Qt.Key.Key_Up)
    assert window.navigation.hasFocus()


def test_every_control_has_a_name_for_a_screen_reader(window: MainWindow) -> None:
    nameless = [
        f"{type(widget).__name__} in {type(widget.parentWidget()).__name__}"
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisible()
        and not widget.objectName().startswith("qt_")
        and not (widget.accessibleName() or getattr(widget, "text", lambda: "")())
        and type(widget).__name__ not in ("QTabBar", "QTabWidget", "QScrollArea")
    ]
    assert nameless == []


def test_command_has_one_owner_for_its_key(window: MainWindow) -> None:
    for entry in PANELS:
        window.show_panel(entry.name)
        keys = [command.shortcut for command in window.commands() if command.shortcut]
        menu = [
            action.shortcut().toString() for action in window.findChildren(type(window.strip_dock.toggleViewAction()))
        ]
        taken = [key for key in menu if key]
        assert len(taken) == len(set(taken)), entry.name
        assert keys


def test_report_is_shown_with_its_next_step(window: MainWindow) -> None:
    window.bench.tasks.failed.emit(Report("Port 2575 is in use.", "Choose another one.", "details"))
    assert window.middle.notice_bar.isVisible()
    assert "Port 2575" in window.middle.notice_bar.accessibleName()
    assert "Choose another one." in window.middle.notice_bar.accessibleName()


def test_window_is_as_it_was_left(bench: Bench, theme: Theme, settings: QSettings, run: Run) -> None:
    settings.setValue("welcome/seen", True)
    first = MainWindow(bench, theme, settings)
    first.resize(800, 600)
    first.show()
    first.show_panel("compare")
    first.strip_dock.hide()
    first.close()
    second = MainWindow(bench, theme, settings)
    second.show()
    assert second.panels.current_name == "compare"
    assert second.size() == first.size()
    assert second.strip_dock.isHidden()
    second.hide()


def test_first_start_shows_three_doors_once(bench: Bench, theme: Theme, settings: QSettings, run: Run) -> None:
    run(bench.refresh())
    window = MainWindow(bench, theme, settings)
    window.show()
    welcome = window.middle.welcome
    assert welcome is not None
    assert len(welcome.doors) == 3
    welcome.doors[0].button.click()
    assert window.middle.tour is not None
    assert window.middle.tour.isVisible()
    assert window.middle.welcome is None
    again = MainWindow(bench, theme, settings)
    again.show()
    assert again.middle.welcome is None
    window.hide()
    again.hide()


class _Unsaved(Panel):
    title = "Draft"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.saved = 0

    def has_unsaved(self) -> bool:
        return not self.saved

    def save_unsaved(self) -> bool:
        self.saved += 1
        return True


@pytest.mark.parametrize(("answer", "closes", "saved"), [("save", True, 1), ("discard", True, 0), ("cancel", False, 0)])
def test_closing_with_unsaved_work_asks_once(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, answer: Answer, closes: bool, saved: int
) -> None:
    panel = _Unsaved(window.bench)
    window.panels._panels["draft"] = panel
    asked: list[list[str]] = []

    def ask(things: list[str]) -> Answer:
        asked.append(things)
        return answer

    monkeypatch.setattr(window, "ask_about_unsaved", ask)
    assert window.close() is closes
    assert asked == [["unsaved work in Draft"]]
    assert panel.saved == saved
    panel.saved = 1


def test_save_is_the_default_when_closing(window: MainWindow) -> None:
    found: list[QMessageBox] = []

    def answer() -> None:
        box = window.findChild(QMessageBox)
        assert isinstance(box, QMessageBox)
        found.append(box)
        box.defaultButton().click()

    QTimer.singleShot(0, answer)
    assert window.ask_about_unsaved(["unsaved work in Compose"]) == "save"
    assert "unsaved work in Compose" in found[0].text()


def test_command_palette_finds_sandboxes_patients_and_files(window: MainWindow, qtbot: QtBot, run: Run) -> None:
    from ui.dialogs.command_palette import CommandPalette

    palette = CommandPalette(window.bench, window.commands(), window)
    palette.show()

    async def wait() -> None:
        for task in window.bench.tasks.running:
            await task.wait()

    run(wait())
    kinds = {command.kind for command in palette.model._all}
    assert {"Command", "Sandbox", "Patient", "Message"} <= kinds
    palette.search.setText("academic")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert window.bench.current is not None
    assert window.bench.current.id == "academic-medical-center"


def test_stopped_sandbox_starts_and_stops_in_the_window(window: MainWindow, run: Run, reports: list[Report]) -> None:
    async def story() -> tuple[str, str, str]:
        await window.bench.start_sandbox("community-hospital")
        up = window.top_bar.sandbox.text()
        base = window.bench.current.fhir_base if window.bench.current is not None else ""
        await window.bench.stop_sandbox("community-hospital")
        return up, base, window.top_bar.sandbox.text()

    up, base, stopped = run(story())
    assert "up" in up
    assert base.startswith("http://127.0.0.1:")
    assert "stopped" in stopped
    assert reports == []


def test_patient_found_by_the_palette_is_chosen_for_a_launch(window: MainWindow, run: Run) -> None:
    from ui.panels.launch import LaunchPanel

    async def story() -> str:
        window.hand_over("launch", "patient", "grace-nguyen")
        await window.bench.start_sandbox("community-hospital")
        panel = window.show_panel("launch")
        assert isinstance(panel, LaunchPanel)
        for task in window.bench.tasks.running:
            await task.wait()
        await asyncio.sleep(0.05)
        return panel.ehr_form.patient.value

    assert run(story()) == "grace-nguyen"


def test_tour_leads_from_a_hospital_to_the_scenarios(window: MainWindow, run: Run, reports: list[Report]) -> None:
    window.start_tour()
    tour = window.middle.tour
    assert tour is not None

    async def story() -> None:
        for _ in range(6):
            tour.act.click()
            for task in window.bench.tasks.running:
                await task.wait()
            await asyncio.sleep(0.1)

    run(story())
    assert not tour.isVisible()
    assert window.panels.current_name == "scenarios"
    assert reports == []
    for dialog in window.findChildren(QDialog):
        dialog.done(0)


def test_what_the_menus_hold_lives_on_while_panels_come_and_go(window: MainWindow, run: Run) -> None:
    menu = next(action.menu() for action in window.menuBar().actions() if action.text() == "&Sandbox")
    assert isinstance(menu, QMenu)
    start = next(action for action in menu.actions() if action.text().startswith("&Start"))
    del menu
    for name in ("compose", "listen", "compose"):
        window.enter_panel(name)
    assert isValid(start) and start.isEnabled()
    run(window.bench.start_sandbox("community-hospital"))
    assert isValid(start) and not start.isEnabled()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_sandbox_is_changed_by_keys_alone(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    menu = window.top_bar.sandbox.menu()
    qtbot.waitUntil(menu.isVisible)
    others = [action for action in menu.actions() if action.isCheckable() and not action.isChecked()]
    assert not any(action.font().bold() for action in others) and any(each.font().bold() for each in menu.actions())
    while menu.activeAction() not in others:
        qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert window.bench.current is not None and window.bench.current.id == "academic-medical-center"


@pytest.mark.parametrize(
    "name", ["sandboxes", "launch", "compose", "send-many", "listen", "compare", "scenarios", "packages"]
)
def test_no_letter_stands_for_two_things_at_once(window: MainWindow, name: str, run: Run) -> None:
    panel = window.show_panel(name)
    if isinstance(panel, ComposePanel):
        panel.new_message()
    run(asyncio.sleep(0.1))
    assert clashing_letters(window) == {}


@pytest.mark.parametrize("tab", [AS_EHR, AS_APP, FAULTS])
def test_no_letter_of_a_launch_stands_for_two_things_at_once(window: MainWindow, tab: int, run: Run) -> None:
    """With a site that runs, an exchange in the inspector, and all rows of the form in sight."""
    run(window.bench.start_sandbox("community-hospital"))
    panel = window.show_panel("launch")
    assert isinstance(panel, LaunchPanel)
    panel.side.tabs.setCurrentIndex(tab)
    panel.app_form.scripted.setChecked(True)
    panel.ehr_form.more.button.setChecked(True)
    window.inspect(make_read())
    run(asyncio.sleep(0.2))
    assert clashing_letters(window) == {}


def clashing_letters(window: MainWindow) -> dict[str, list[str]]:
    """The keys that more than one of what is in sight would take."""
    shown = [each for each in window.findChildren(QWidget) if each.isVisibleTo(window)]
    words = [action.text() for action in window.menuBar().actions()]
    words += [each.text() for each in shown if isinstance(each, QAbstractButton)]
    words += [each.text() for each in shown if isinstance(each, QLabel) and each.buddy() is not None]
    keys: dict[str, list[str]] = {}
    for each in words:
        keys.setdefault(QKeySequence.mnemonic(each).toString(), []).append(each)
    return {key: them for key, them in keys.items() if key and len(them) > 1}
