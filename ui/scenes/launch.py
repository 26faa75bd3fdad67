"""Scenes of the panel Launch."""

from __future__ import annotations

import asyncio

from ui.dialogs.app_key import AppKeyDialog
from ui.dialogs.choose_scopes import ChooseScopesDialog
from ui.dialogs.register_app import RegisterAppDialog
from ui.panels.launch import LaunchPanel
from ui.scenes.studio import MODERN, Scene, Studio, choose
from ui.views.launch_outcome_view import RESULT, REVIEW
from ui.views.launch_side import AS_APP, AS_EHR, FAULTS
from workbench.authorization_server.fault_rule import LaunchFault
from workbench.authorization_server.launch_faults import make_fault_rule


async def open_panel(studio: Studio, tab: int = AS_EHR) -> LaunchPanel:
    await studio.bench.start_sandbox(MODERN)
    panel = studio.window.show_panel("launch")
    await studio.settle()
    if not isinstance(panel, LaunchPanel):
        raise TypeError("The panel Launch is another.")
    panel.side.tabs.setCurrentIndex(tab)
    return panel


async def launch(studio: Studio, *faults: LaunchFault, scope: str = "") -> LaunchPanel:
    """Launch with a scripted user, and wait for the review."""
    panel = await open_panel(studio, AS_APP)
    for fault in faults:
        studio.bench.running(MODERN).faults.add(make_fault_rule(fault))
    form = panel.app_form
    form.scripted.setChecked(True)
    choose(form.user, "raman")
    choose(form.patient, "amara-okafor")
    if scope:
        form.scopes.setPlainText(scope)
    await studio.settle()
    form.launch_asked.emit(form.chosen())
    await asyncio.sleep(0.3)
    while panel.launching.is_running or panel.reviewing.is_running:  # noqa: ASYNC110  # a timer of Qt sets no event
        await asyncio.sleep(0.05)
    return panel


async def show_launch(studio: Studio) -> None:
    await launch(studio)


async def show_launch_empty(studio: Studio) -> None:
    await open_panel(studio)


async def show_launch_context(studio: Studio) -> None:
    panel = await open_panel(studio)
    form = panel.ehr_form
    choose(form.patient, "amara-okafor")
    await studio.settle(0.3)
    form.more.button.setChecked(True)
    items = form.context.items
    for row in (1, 1):
        if items.choice.count() > row:
            items.pick(str(items.choice.itemData(row)))
    form.context.intent.setEditText("reconcile-medications")
    form.context.location.setCurrentIndex(min(1, form.context.location.count() - 1))


async def show_launch_waiting(studio: Studio) -> None:
    panel = await open_panel(studio, AS_APP)
    panel._open = lambda address: None  # type: ignore[method-assign]  # no browser opens for a picture
    form = panel.app_form
    form.launch_asked.emit(form.chosen())
    await asyncio.sleep(0.6)


async def show_launch_refused(studio: Studio) -> None:
    panel = await launch(studio, "invalid-scope")
    panel.outcome.tabs.setCurrentIndex(RESULT)


async def show_launch_faults(studio: Studio) -> None:
    panel = await launch(studio, "id-token-wrong-signature", "missing-patient")
    panel.side.tabs.setCurrentIndex(FAULTS)
    panel.side.faults.launch.refresh()


async def show_launch_review(studio: Studio) -> None:
    panel = await launch(studio, "id-token-wrong-signature", "missing-patient")
    panel.outcome.tabs.setCurrentIndex(REVIEW)
    panel.outcome.review.table.selectRow(0)


async def show_launch_result(studio: Studio) -> None:
    scope = "openid fhirUser launch/patient offline_access patient/Patient.rs patient/Observation.crs"
    panel = await launch(studio, scope=scope)
    result = panel.outcome.result.result
    if result is not None:
        panel.launching.ask("introspection", result)
        await studio.settle()
    panel.outcome.tabs.setCurrentIndex(RESULT)


async def show_launch_long(studio: Studio) -> None:
    """A launch followed by many FHIR calls, some of which are refused, read as by an app under test."""
    panel = await launch(studio, scope="openid launch/patient patient/Patient.rs")
    result, outcome = panel.outcome.result.result, panel.outcome
    if result is None:
        return
    from workbench.exchange import Request

    headers = (("Authorization", f"Bearer {result.access_token}"), ("Accept", "application/fhir+json"))
    for path in ("Patient/amara-okafor", "Observation?patient=amara-okafor", "Patient/daniel-kim") * 5:
        exchange = await studio.bench.http.send(Request("GET", f"{result.fhir_base}/{path}", headers), receiver="site")
        studio.bench.add_exchange(exchange)
        panel._show(exchange)
    await studio.settle(0.5)
    outcome.trace.point_to(14)


async def show_launch_backend(studio: Studio) -> None:
    panel = await open_panel(studio, AS_APP)
    form = panel.app_form
    choose(form.kind, "backend")
    form.client.way.setCurrentIndex(form.client.way.findData("private_key_jwt"))
    form.scopes.setPlainText("system/Patient.rs system/Observation.rs")
    form.launch_asked.emit(form.chosen())
    await asyncio.sleep(0.3)
    while panel.launching.is_running or panel.reviewing.is_running:  # noqa: ASYNC110  # as above
        await asyncio.sleep(0.05)


async def show_launch_scopes(studio: Studio) -> None:
    panel = await open_panel(studio, AS_APP)
    site = studio.bench.running(MODERN).site
    types = tuple(rules.type for rules in site.fhir.resources)
    text = panel.app_form.scopes.toPlainText()
    studio.dialog = ChooseScopesDialog("Scopes to ask for", text, "v2", types, studio.window)


async def show_launch_register(studio: Studio) -> None:
    await open_panel(studio)
    dialog = RegisterAppDialog(studio.bench, MODERN, studio.window)
    dialog.client_id.setText("chart-viewer")
    dialog.launch_uri.setText("http://127.0.0.1:8000/launch")
    dialog.way.setCurrentIndex(dialog.way.findData("client_secret_basic"))
    dialog._make_secret()
    studio.dialog = dialog


async def show_launch_key(studio: Studio) -> None:
    await open_panel(studio, AS_APP)
    dialog = AppKeyDialog(studio.bench, studio.window)
    await studio.settle()
    dialog._make("ES384")
    dialog.serve()
    await studio.settle()
    studio.dialog = dialog


SCENES: dict[str, Scene] = {
    "launch": show_launch,
    "launch-empty": show_launch_empty,
    "launch-context": show_launch_context,
    "launch-waiting": show_launch_waiting,
    "launch-refused": show_launch_refused,
    "launch-faults": show_launch_faults,
    "launch-review": show_launch_review,
    "launch-result": show_launch_result,
    "launch-long": show_launch_long,
    "launch-backend": show_launch_backend,
    "launch-scopes": show_launch_scopes,
    "launch-register": show_launch_register,
    "launch-key": show_launch_key,
}
