"""Scenes of the panel Scenarios."""

from __future__ import annotations

from ui.panels.scenarios import ScenariosPanel
from ui.scenes.studio import Scene, Studio, read_message


async def show_scenarios(studio: Studio) -> None:
    panel = studio.window.show_panel("scenarios")
    await studio.settle()
    entries = studio.bench.workspace.scenarios()
    if isinstance(panel, ScenariosPanel) and entries:
        panel.open_path(entries[0].path)
        await studio.settle()
        panel.replay_everywhere()
        await studio.settle(0.5)


async def show_scenarios_broken(studio: Studio) -> None:
    """An admission that holds at one hospital, and breaks on a rule of the other."""
    panel = studio.window.show_panel("scenarios")
    await studio.settle()
    message = "\n".join(f"      {line}" for line in read_message("adt-a01-admission").splitlines())
    steps = f"steps:\n  - name: Registration admits Daniel Kim\n    hl7v2: |\n{message}\n    checks:\n"
    text = f"version: 1\nname: An admission\nsites: [community-hospital]\n{steps}      - acknowledgment: AA\n"
    if isinstance(panel, ScenariosPanel):
        path = studio.bench.workspace.save_scenario("An admission", text, read_as=None)
        panel.open_path(path)
        await studio.settle()
        panel.replay_everywhere()
        await studio.settle(0.5)
        panel.bar.runs.setCurrentIndex(1)


async def show_scenarios_open(studio: Studio) -> None:
    panel = studio.window.show_panel("scenarios")
    await studio.settle()
    entries = studio.bench.workspace.scenarios()
    if isinstance(panel, ScenariosPanel) and entries:
        panel.open_path(entries[-1].path)
        await studio.settle()


async def show_scenarios_launch(studio: Studio) -> None:
    """A step that makes a launch, with its review."""
    panel = studio.window.show_panel("scenarios")
    await studio.settle()
    entry = next(each for each in studio.bench.workspace.scenarios() if each.path.name.startswith("launches-that-go"))
    if isinstance(panel, ScenariosPanel):
        panel.open_path(entry.path)
        await studio.settle()
        panel.replay_everywhere()
        await studio.settle(2.5)
        panel.view.step_table.selectRow(0)


SCENES: dict[str, Scene] = {
    "scenarios": show_scenarios,
    "scenarios-broken": show_scenarios_broken,
    "scenarios-open": show_scenarios_open,
    "scenarios-launch": show_scenarios_launch,
}
