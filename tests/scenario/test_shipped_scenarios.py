"""The shipped scenarios tell true stories of both shipped sites."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenario.sites import finish, tell
from workbench.sandbox.sandbox import Sandbox
from workbench.scenario.needs import find_unmet
from workbench.scenario.scenario import FhirInteraction, ReplayFinished, Scenario
from workbench.scenario.scenario_file import parse_scenario, read_scenario, to_scenario_text
from workbench.site.site_file import read_site
from workbench.workspace.endpoints import endpoints_of_sandbox
from workbench.workspace.library import fixtures_folder, load_population

FILES = sorted((fixtures_folder() / "scenarios").glob("*.scenario.yaml"))
SITES = ("community-hospital", "academic-medical-center")


@asynccontextmanager
async def running_sandbox(site_id: str) -> AsyncIterator[Sandbox]:
    site = read_site(fixtures_folder() / "sites" / f"{site_id}.yaml")
    sandbox = Sandbox(site, load_population(site.population))
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.stop()


def replay_twice(scenarios: list[Scenario], site_id: str) -> list[ReplayFinished]:
    async def main() -> list[ReplayFinished]:
        async with running_sandbox(site_id) as sandbox:
            return [await finish(each, endpoints_of_sandbox(sandbox)) for each in scenarios * 2]

    return asyncio.run(main())


@pytest.mark.parametrize("site_id", SITES)
def test_each_passes_at_each_site_it_names_and_again_without_a_reset(site_id: str) -> None:
    scenarios = [scenario for scenario in map(read_scenario, FILES) if site_id in scenario.sites]
    for finished in replay_twice(scenarios, site_id):
        assert finished.verdict == "pass", [finished.scenario.name, *map(tell, finished.results)]


def test_four_or_more_tell_of_both_sites() -> None:
    assert len([scenario for scenario in map(read_scenario, FILES) if scenario.sites == SITES]) >= 4


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_each_file_reads_back_and_its_needs_are_met_where_it_says(path: Path) -> None:
    scenario = read_scenario(path)
    assert parse_scenario(to_scenario_text(scenario)) == scenario
    assert scenario.description
    for site_id in scenario.sites:
        site = read_site(fixtures_folder() / "sites" / f"{site_id}.yaml")
        from workbench.scenario.needs import offers_of

        assert find_unmet(scenario.needs, site.traits, offers_of(site)) == ()


def test_a_story_that_is_not_true_fails() -> None:
    """Each check of the vitals story decides: with what it expects changed, that step fails and no other does."""
    scenario = read_scenario(fixtures_folder() / "scenarios" / "vitals-in-a-visit.scenario.yaml")
    changed = []
    for index, step in enumerate(scenario.steps):
        for at, check in enumerate(step.checks):
            if isinstance(step, FhirInteraction) and isinstance(check.expected, str) and check.kind == "fhirpath":
                wrong = "false" if check.expected == "true" else f"{check.expected}0"
                checks = (*step.checks[:at], replace(check, expected=wrong), *step.checks[at + 1 :])
                steps = (*scenario.steps[:index], replace(step, checks=checks), *scenario.steps[index + 1 :])
                changed.append((index, replace(scenario, steps=steps)))

    async def main() -> list[ReplayFinished]:
        async with running_sandbox("community-hospital") as sandbox:
            return [await finish(each, endpoints_of_sandbox(sandbox)) for _, each in changed]

    assert len(changed) >= 5
    for (index, _), finished in zip(changed, asyncio.run(main()), strict=True):
        assert [at for at, result in enumerate(finished.results) if result.verdict == "fail"] == [index]


def test_a_sandbox_killed_in_the_middle_is_told_within_a_second() -> None:
    import time

    from workbench.scenario.runner import replay
    from workbench.scenario.scenario import StepFinished, StepStarted

    scenario = read_scenario(fixtures_folder() / "scenarios" / "vitals-in-a-visit.scenario.yaml")

    async def main() -> tuple[float, list[str]]:
        async with running_sandbox("community-hospital") as sandbox:
            verdicts, stopped = [], 0.0
            async for event in replay(scenario, endpoints_of_sandbox(sandbox)):
                if isinstance(event, StepStarted) and event.index == 3:
                    await sandbox.stop()
                    stopped = time.perf_counter()
                if isinstance(event, StepFinished):
                    verdicts.append(event.result.verdict)
            return time.perf_counter() - stopped, verdicts

    took, verdicts = asyncio.run(main())
    assert took < 1
    assert verdicts[:4] == ["pass", "pass", "pass", "fail"]
    assert set(verdicts[4:]) <= {"fail", "skip"}
