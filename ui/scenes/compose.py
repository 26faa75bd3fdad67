"""Scenes of the panel Compose: messages and requests that are sent."""

from __future__ import annotations

import asyncio

from ui.panels.compose import ComposePanel
from ui.scenes.studio import MODERN, Scene, Studio, read_message
from ui.views.message_page import MessagePage
from ui.widgets.fold_dialog import FoldDialog
from workbench.workspace.library import fixtures_folder


async def show_compose(studio: Studio) -> None:
    await studio.fill_strip()
    studio.bench.set_current(MODERN)
    panel = studio.window.show_panel("compose")
    if isinstance(panel, ComposePanel):
        panel.open_path(fixtures_folder() / "messages" / "adt-a01-admission.hl7")
        await studio.settle()
        panel.send()
        await studio.settle(0.3)
        studio.select_row(studio.window.strip.model.rowCount() - 1)


async def show_compose_request(studio: Studio) -> None:
    await studio.fill_strip()
    studio.bench.set_current(MODERN)
    panel = studio.window.show_panel("compose")
    if isinstance(panel, ComposePanel):
        panel.new_request()
        await studio.settle()
        panel.send()
        await studio.settle(0.3)
        studio.select_row(studio.window.strip.model.rowCount() - 1)


async def show_compose_empty(studio: Studio) -> None:
    studio.window.show_panel("compose")


async def show_compose_error(studio: Studio) -> None:
    panel = studio.window.show_panel("compose")
    if isinstance(panel, ComposePanel):
        panel.open_path(fixtures_folder() / "messages" / "faulty-missing-patient-identifier.hl7")
        await studio.settle()
        panel.send()


async def open_message(studio: Studio, text: str) -> MessagePage | None:
    """A message in a tab of its own, judged by the rules of a site that runs."""
    panel = studio.window.show_panel("compose")
    if not isinstance(panel, ComposePanel):
        return None
    panel.receive("message", text)
    await studio.settle()
    page = panel.page
    if not isinstance(page, MessagePage):
        return None
    for _ in range(100):
        if page.checked.check is not None:
            break
        await asyncio.sleep(0.1)
    return page


async def show_compose_problems(studio: Studio) -> None:
    studio.bench.set_current(MODERN)
    text = read_message("oru-r01-lab").replace("|NM|", "|XX|", 1).replace("|19840312|F", "|12.3.1984|X").rstrip("\r")
    page = await open_message(studio, text + "\rZPI|1|Bed near the window\rPV2|||^Pneumonia\r")
    if page is not None:
        page.step_problem(1)


async def show_compose_completion(studio: Studio) -> None:
    page = await open_message(studio, read_message("adt-a01-admission"))
    if page is not None:
        page.editor.setFocus()
        page.editor.go_to(page.editor.text().index("|M|") + 1)
        page.view.completion.ask()


async def show_compose_groups(studio: Studio) -> None:
    pdf = "JVBERi0xLjQK" * 70_000
    text = read_message("oru-r01-lab").rstrip("\r")
    report = f"\rOBX|9|ED|11502-2^Report^LN||LAB^application^pdf^Base64^{pdf}||||||F\r"
    page = await open_message(studio, text + report)
    if page is not None:
        page.editor.setFocus()
        page.editor.go_to(page.editor.shown_text().index("718-7") + 10)


async def show_compose_fold(studio: Studio) -> None:
    await show_compose_groups(studio)
    panel = studio.window.show_panel("compose")
    if isinstance(panel, ComposePanel) and isinstance(panel.page, MessagePage):
        editor = panel.page.editor
        editor.open_fold(editor.document().findBlockByNumber(10).position())
        studio.dialog = editor.findChild(FoldDialog)


async def show_compose_several(studio: Studio) -> None:
    messages = [read_message(name) for name in ("adt-a01-admission", "oru-r01-vitals", "adt-a03-discharge")]
    page = await open_message(studio, "".join(messages * 4))
    if page is not None:
        page.view.go_to_message(4)
        page.list_asked.emit()
        await studio.settle()
    panel = studio.window.show_panel("compose")
    if isinstance(panel, ComposePanel):
        studio.dialog = panel.messages.picker


async def show_compose_insert(studio: Studio) -> None:
    page = await open_message(studio, read_message("oru-r01-lab"))
    panel = studio.window.show_panel("compose")
    if page is not None and isinstance(panel, ComposePanel):
        page.editor.go_to(page.editor.text().index("OBX|1"))
        page.insert_asked.emit()
        await studio.settle()
        studio.dialog = panel.messages.picker


async def show_compose_new(studio: Studio) -> None:
    studio.bench.set_current(MODERN)
    panel = studio.window.show_panel("compose")
    if isinstance(panel, ComposePanel):
        panel.messages.make_new()
        studio.dialog = panel.messages.picker


SCENES: dict[str, Scene] = {
    "compose": show_compose,
    "compose-request": show_compose_request,
    "compose-empty": show_compose_empty,
    "compose-error": show_compose_error,
    "compose-problems": show_compose_problems,
    "compose-completion": show_compose_completion,
    "compose-groups": show_compose_groups,
    "compose-fold": show_compose_fold,
    "compose-several": show_compose_several,
    "compose-insert": show_compose_insert,
    "compose-new": show_compose_new,
}
