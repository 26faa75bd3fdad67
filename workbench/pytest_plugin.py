"""Scenarios as pytest items: each `*.scenario.yaml` file that pytest is given runs once for each site.

`--workbench-site SITE`, repeatable, chooses the sites; without it those that the file names. Nothing of the workbench
is imported before the first scenario is met, so that other test runs pay nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from workbench.scenario.scenario import ReplayFinished, Scenario
    from workbench.workspace.sandbox_pool import SandboxPool

SUFFIX = ".scenario.yaml"
_POOL: pytest.StashKey[SandboxPool] = pytest.StashKey()

ReplayScenario = Callable[..., "ReplayFinished"]


class ScenarioNotPassed(Exception):
    """Carries what the replay said, in the words that the test report shows."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("workbench", "Interop Workbench scenarios")
    group.addoption(
        "--workbench-site", action="append", default=[], metavar="SITE", help="site to replay scenarios at; repeatable"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.name.endswith(SUFFIX):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


def pytest_unconfigure(config: pytest.Config) -> None:
    if _POOL in config.stash:
        asyncio.run(config.stash[_POOL].close())
        del config.stash[_POOL]


@pytest.fixture
def replay_scenario(request: pytest.FixtureRequest) -> ReplayScenario:
    """A function of a scenario file, the site to replay it at and variables; it returns the finished replay."""

    def replay(path: str | Path, site: str, variables: Mapping[str, str] | None = None) -> ReplayFinished:
        scenario = _pool_of(request.config).workspace.read_scenario(Path(path))
        return _replay(request.config, scenario, site, variables)

    return replay


class ScenarioFile(pytest.File):
    """A scenario file; what cannot be read fails the collection with its place and what was expected."""

    def collect(self) -> Iterable[pytest.Item]:
        from workbench.errors import WorkbenchError

        try:
            scenario = _pool_of(self.config).workspace.read_scenario(self.path)
        except WorkbenchError as error:
            raise self.CollectError(str(error)) from error
        sites = self.config.getoption("--workbench-site") or scenario.sites
        if not sites:
            raise self.CollectError(f"{self.path}: the scenario names no site. Give one with --workbench-site.")
        yield from self._items(scenario, dict.fromkeys(sites))

    def _items(self, scenario: Scenario, sites: Iterable[str]) -> Iterator[pytest.Item]:
        for site in sites:
            yield ScenarioItem.from_parent(self, name=site, scenario=scenario)


class ScenarioItem(pytest.Item):
    """One scenario at one site."""

    def __init__(self, *, scenario: Scenario, **rest: Any) -> None:
        super().__init__(**rest)
        self.scenario = scenario

    def runtest(self) -> None:
        finished = _replay(self.config, self.scenario, self.name)
        from workbench.workspace.replay_words import failure_text, skip_reason

        if finished.verdict == "skip":
            pytest.skip(skip_reason(finished))
        if finished.verdict != "pass":
            raise ScenarioNotPassed(failure_text(finished))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from workbench.errors import WorkbenchError

        if isinstance(excinfo.value, ScenarioNotPassed):
            return str(excinfo.value)
        if isinstance(excinfo.value, WorkbenchError):
            return f"“{self.scenario.name}” at {self.name}: error\n  {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, 0, f"{self.scenario.name} at {self.name}"


def _pool_of(config: pytest.Config) -> SandboxPool:
    """The simulated sites of this test run, each started when it is first needed."""
    if _POOL not in config.stash:
        from workbench.workspace.sandbox_pool import SandboxPool
        from workbench.workspace.workspace import Workspace

        config.stash[_POOL] = SandboxPool(Workspace())
    return config.stash[_POOL]


def _replay(
    config: pytest.Config, scenario: Scenario, site: str, variables: Mapping[str, str] | None = None
) -> ReplayFinished:
    from workbench.scenario.runner import replay
    from workbench.scenario.scenario import ReplayFinished

    async def run() -> ReplayFinished:
        endpoints = await _pool_of(config).prepare(site)
        events = [event async for event in replay(scenario, endpoints, variables=variables)]
        finished = events[-1]
        assert isinstance(finished, ReplayFinished), "a replay ends with its verdict"  # noqa: S101  # its contract
        return finished

    return asyncio.run(run())
