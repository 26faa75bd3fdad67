"""Command `replay`: scenarios at sites, told while they run, with a summary and reports."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentTypeError, Namespace, _SubParsersAction
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from workbench.cli.printing import print_json
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.scenario.runner import Endpoints
    from workbench.scenario.scenario import ReplayFinished, Scenario, StepResult
    from workbench.transports.http_client import HttpClient
    from workbench.workspace.workspace import Workspace

STOPPED = 130


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("replay", help="replay scenarios and tell what passed")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="scenario file, folder, or name of a shipped scenario")
    parser.add_argument("--site", action="append", default=[], metavar="SITE", help="site to replay at; repeatable")
    parser.add_argument("--remote", action="append", default=[], metavar="ID", help="remote sandbox; repeatable")
    parser.add_argument("--var", action="append", default=[], type=variable, metavar="NAME=VALUE")
    parser.add_argument("--secret-env", metavar="NAME", help="environment variable with the remote's client secret")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write a JUnit XML report")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write an HTML report in one file")
    parser.add_argument(
        "--scopes", action="store_true", help="tell the least scopes that launches need; replay nothing"
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.set_defaults(run=replay_scenarios)


def variable(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise ArgumentTypeError(f"“{text}” is not NAME=VALUE")
    return name.strip(), value


@dataclass(frozen=True, slots=True)
class Target:
    """Where to replay: a site to simulate, or a remote sandbox."""

    id: str
    is_remote: bool = False


def replay_scenarios(arguments: Namespace) -> int:
    import asyncio

    from workbench.workspace.replay_words import summary_line, verdict_table
    from workbench.workspace.workspace import Workspace

    workspace = Workspace(arguments.workspace)
    planned, secret = _plan(workspace, arguments), _secret(arguments)
    if arguments.scopes:
        return _tell_scopes(workspace, planned, arguments)
    finished: list[ReplayFinished] = []
    words = sys.stderr if arguments.json else sys.stdout
    stopped, broken = False, None
    try:
        asyncio.run(_replay_all(workspace, planned, dict(arguments.var), secret, finished, words))
    except KeyboardInterrupt:
        stopped = True
        print(f"\nStopped after {len(finished)} of {len(planned)} replays.", file=words)
    except WorkbenchError as error:
        broken = error
    if len(finished) > 1:
        print("\n" + "\n".join(verdict_table(finished)), file=words)
    print(f"\n{summary_line(finished)}", file=words, flush=True)
    _write_reports(finished, arguments)
    if broken is not None:
        raise broken  # what was finished before it is told and saved
    return STOPPED if stopped else _exit_code(finished)


def _plan(workspace: Workspace, arguments: Namespace) -> list[tuple[Scenario, Target]]:
    """Each scenario with each place it is replayed at; everything is read before anything is sent."""
    chosen = [Target(site) for site in arguments.site] + [Target(remote, True) for remote in arguments.remote]
    for target in chosen:
        if target.is_remote:
            workspace.find_remote(target.id)
        else:
            workspace.read_site(target.id)
    planned: list[tuple[Scenario, Target]] = []
    for path in _find_scenarios(workspace, arguments.paths):
        scenario = workspace.read_scenario(path)
        targets = chosen or [Target(site) for site in scenario.sites]
        if not targets:
            raise WorkbenchError(
                f"“{scenario.name}” names no site.",
                source=path,
                hint="Say where to replay it: --site community-hospital.",
            )
        planned += [(scenario, target) for target in targets]
    return planned


def _tell_scopes(workspace: Workspace, planned: list[tuple[Scenario, Target]], arguments: Namespace) -> int:
    """Print what each launch needs at each place; 1 where one does not ask for all of it."""
    from workbench.scenario.scope_needs import find_scope_needs
    from workbench.smart.scopes import to_scope_text
    from workbench.workspace.replay_words import scope_lines

    told, lines = [], []
    for scenario, target in planned:
        site_id = workspace.find_remote(target.id).like if target.is_remote else target.id
        traits = workspace.read_site(site_id).traits if site_id else {}
        needs = find_scope_needs(scenario, traits, dict(arguments.var))
        lines += [f"{scenario.name} at {target.id}", *scope_lines(scenario, needs)]
        told += [
            {
                "scenario": scenario.name,
                "sandbox": target.id,
                "step": each.step + 1,
                "needed": to_scope_text(each.needed),
                "missing": to_scope_text(each.missing),
            }
            for each in needs
        ]
    if arguments.json:
        print_json({"scopes": told})
    else:
        print("\n".join(lines))
    return 1 if any(each["missing"] for each in told) else 0


def _find_scenarios(workspace: Workspace, names: list[str]) -> list[Path]:
    if not names:
        return [entry.path for entry in workspace.scenarios() if entry.shipped]
    return list(dict.fromkeys(path for name in names for path in _find_scenario(workspace, name)))


def _find_scenario(workspace: Workspace, name: str) -> list[Path]:
    from workbench.workspace.workspace import SCENARIO_SUFFIX

    path = Path(name)
    if path.is_dir():
        found = sorted(path.rglob(f"*{SCENARIO_SUFFIX}"))
        if not found:
            raise WorkbenchError(f"There is no scenario in {name}.", hint=f"Scenario files end in {SCENARIO_SUFFIX}.")
        return found
    if path.exists():
        return [path]
    entries = {entry.path.name.removesuffix(SCENARIO_SUFFIX): entry.path for entry in workspace.scenarios()}
    if name.removesuffix(SCENARIO_SUFFIX) in entries:
        return [entries[name.removesuffix(SCENARIO_SUFFIX)]]
    raise WorkbenchError(f"There is no scenario {name}.", hint=f"Known by name: {', '.join(entries) or 'none'}.")


async def _replay_all(
    workspace: Workspace,
    planned: list[tuple[Scenario, Target]],
    variables: dict[str, str],
    secret: str | None,
    finished: list[ReplayFinished],
    words: TextIO,
) -> None:
    from workbench.transports.http_client import HttpClient
    from workbench.workspace.sandbox_pool import SandboxPool

    async with SandboxPool(workspace) as pool, HttpClient() as client:
        for scenario, target in planned:
            if target.is_remote:
                endpoints = workspace.endpoints_of(workspace.find_remote(target.id), secret=secret)
            else:
                endpoints = await pool.prepare(target.id)
            finished.append(await _replay(scenario, endpoints, variables, client, words))


async def _replay(
    scenario: Scenario, endpoints: Endpoints, variables: dict[str, str], client: HttpClient, words: TextIO
) -> ReplayFinished:
    from workbench.scenario.runner import replay
    from workbench.scenario.scenario import ReplayFinished, StepFinished
    from workbench.scenario.scope_needs import find_scope_needs
    from workbench.workspace.replay_words import finish_line, review_words, scope_hints, step_lines

    print(f"{scenario.name} at {endpoints.name}", file=words, flush=True)
    for line in scope_hints(find_scope_needs(scenario, endpoints.site_traits, variables)):
        print(line, file=words, flush=True)
    results: list[StepResult] = []
    async for event in replay(scenario, endpoints, variables=variables, client=client):
        if isinstance(event, StepFinished):
            for line in step_lines(event.index, event.result, results):
                print(line, file=words, flush=True)
            results.append(event.result)
        elif isinstance(event, ReplayFinished):
            for line in review_words(event):
                print(line, file=words, flush=True)
            print(f"  {finish_line(event)}", file=words, flush=True)
            return event
    raise WorkbenchError(f"The replay of “{scenario.name}” ended without a verdict.")


def _secret(arguments: Namespace) -> str | None:
    if not arguments.secret_env:
        return None
    secret = os.environ.get(arguments.secret_env, "")
    if not secret:
        raise WorkbenchError(f"The environment variable {arguments.secret_env} holds no secret.", hint="Set it first.")
    return secret


def _write_reports(finished: list[ReplayFinished], arguments: Namespace) -> None:
    """Write what was asked for; raises WorkbenchError where a report cannot be saved, after all else is told."""
    if not (arguments.json or arguments.junit or arguments.html):
        return
    from workbench.scenario.report import to_html, to_json_report, to_junit
    from workbench.workspace.atomic import write_text

    if arguments.json:
        print_json(to_json_report(finished))
    if arguments.junit:
        write_text(arguments.junit, to_junit(finished))
    if arguments.html:
        write_text(arguments.html, to_html(finished))


def _exit_code(finished: list[ReplayFinished]) -> int:
    """2 before 1, since a run that broke off proves nothing; what was skipped is told, and is no failure."""
    verdicts = {each.verdict for each in finished}
    return 2 if "error" in verdicts else 1 if "fail" in verdicts else 0
