"""Launch with the workbench as the app: at a simulated site, a remote sandbox or any FHIR base address."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Literal, TextIO
from urllib.parse import urlsplit

from workbench.cli.http_options import read_trust, read_variable
from workbench.cli.launch_report import review_and_tell
from workbench.cli.launch_words import exchange_line, on_interrupt, open_browser, print_lines, ungranted_lines, words_to
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.exchange import Exchange
    from workbench.launch_review.review import LaunchFacts
    from workbench.sandbox.sandbox import Sandbox
    from workbench.scenario.endpoints import Endpoints
    from workbench.smart.client_methods import ClientAuthentication
    from workbench.smart_app.app_keys import AppKey
    from workbench.smart_app.client_credentials import ClientCredentials
    from workbench.smart_app.launch import LaunchResult
    from workbench.smart_app.launch_refusal import LaunchRefused
    from workbench.workspace.app_run import AppRun, Use
    from workbench.workspace.workspace import Workspace

OWN_ID = "workbench"
STOPPED = "stopped"
OURS = {STOPPED: 130, "needs_a_person": 2}
"""Exit codes of launches that ended by us, and not by the tested system."""


def launch_as_app(arguments: Namespace) -> int:
    import asyncio

    return asyncio.run(_launch(arguments, words_to(arguments.json)))


async def _launch(arguments: Namespace, words: TextIO) -> int:
    from workbench.smart.secrets import SeenSecrets
    from workbench.smart_app.launch_refusal import LaunchRefused
    from workbench.workspace.workspace import Workspace

    async with AsyncExitStack() as stack:
        endpoints, sandbox = await _find_target(Workspace(arguments.workspace), arguments, stack)
        run = _read_run(arguments, endpoints, sandbox)
        print(f"Launching at {endpoints.name}, {endpoints.fhir_base}", file=words)
        exchanges: list[Exchange] = []
        outcome = await _follow_or_stop(_follow(endpoints, run, arguments, words, exchanges))
    granted = () if isinstance(outcome, LaunchRefused) else outcome.granted
    lines = [*_outcome_lines(outcome), *ungranted_lines(arguments.grant, granted)]
    print_lines(lines, SeenSecrets(exchanges), words)
    facts = _facts_of(endpoints, run, sandbox)
    told = {
        "as": "app",
        "title": f"Launch at {endpoints.name}",
        "site": endpoints.site_traits.get("site", ""),
        "fhir_base": facts.fhir_base,
    }
    told |= _outcome_json(outcome)
    review = review_and_tell(exchanges, told, party="server", facts=facts, arguments=arguments, words=words)
    if isinstance(outcome, LaunchRefused):
        return OURS.get(outcome.error, 1)
    return 1 if review.failed else 0


async def _follow_or_stop(story: Coroutine[Any, Any, LaunchResult | LaunchRefused]) -> LaunchResult | LaunchRefused:
    """What the launch came to; Ctrl-C ends it, so that what came until then is still judged."""
    import asyncio

    from workbench.smart_app.launch_refusal import LaunchRefused

    task = asyncio.ensure_future(story)
    on_interrupt(asyncio.get_running_loop(), task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return LaunchRefused("sign-in", STOPPED, "Stopped by you.")


async def _find_target(
    workspace: Workspace, arguments: Namespace, stack: AsyncExitStack
) -> tuple[Endpoints, Sandbox | None]:
    """Where the launch goes, and the simulated site where it is one, which runs until the stack ends."""
    from dataclasses import replace

    from workbench.scenario.endpoints import Endpoints
    from workbench.transports.http_trust import AS_USUAL

    target, trust = arguments.target, read_trust(arguments)
    if target.startswith(("http://", "https://")):
        return Endpoints(_host_of(target), fhir_base=target.rstrip("/"), trust=trust), None
    if target in {remote.id for remote in workspace.remotes()}:
        endpoints = workspace.endpoints_of(workspace.find_remote(target))
        return (replace(endpoints, trust=trust) if trust != AS_USUAL else endpoints), None
    sandbox = workspace.make_sandbox(target)
    _set_wrong(sandbox, arguments)
    await sandbox.start()
    stack.push_async_callback(sandbox.stop)
    return workspace.endpoints_of(sandbox), sandbox


def _host_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise WorkbenchError("The address of the FHIR base cannot be read.", hint="Write http://HOST/PATH.") from error
    if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        hint = "Write http://HOST/PATH, without name and password and without what follows a ? or #."
        raise WorkbenchError("This is no address of a FHIR base.", hint=hint)
    return parts.netloc


def _set_wrong(sandbox: Sandbox, arguments: Namespace) -> None:
    from workbench.workspace.sandbox_control import SandboxControl

    SandboxControl(sandbox).set_wrong(arguments.fault, arguments.discovery)


def _read_run(arguments: Namespace, endpoints: Endpoints, sandbox: Sandbox | None) -> AppRun:
    from workbench.app_launch.scripted_user import ScriptedUser
    from workbench.workspace.app_registration import register_workbench
    from workbench.workspace.app_run import AppRun, usual_scopes

    if endpoints.fhir_base is None:
        raise WorkbenchError(f"{endpoints.name} has no FHIR address.", hint="Add one to the remote sandbox.")
    if (arguments.fault or arguments.discovery) and sandbox is None:
        hint = "Leave out --fault and --discovery."
        raise WorkbenchError("Only a simulated site goes wrong when it is asked to.", hint=hint)
    credentials = _read_credentials(arguments, endpoints, is_simulated=sandbox is not None)
    scope = arguments.scope or usual_scopes(arguments.kind, endpoints.site_traits.get("scopes", ""))
    if sandbox is not None and credentials.authentication != "none":
        register_workbench(sandbox, credentials, scope)
    user = ScriptedUser(arguments.user, arguments.patient, arguments.encounter, tuple(arguments.grant.split()))
    return AppRun(
        arguments.kind,
        credentials,
        scope,
        user if arguments.script else None,
        port=arguments.port,
        within=arguments.within,
        uses=_read_uses(arguments.then),
    )


def _read_uses(text: str) -> tuple[Use, ...]:
    from workbench.workspace.app_run import USES

    words = [] if text == "none" else text.split(",")
    if unknown := next((word for word in words if word not in USES), ""):
        raise WorkbenchError(f"“{unknown}” is no use of a token.", hint=f"Name some of {', '.join(USES)}, or none.")
    return tuple(use for use in USES if use in words)


def _read_credentials(arguments: Namespace, endpoints: Endpoints, *, is_simulated: bool) -> ClientCredentials:
    """Who the workbench is there; at a simulated site a secret or key that was not given is made for this launch."""
    import secrets
    from dataclasses import replace

    from workbench.smart_app.app_keys import make_app_key
    from workbench.smart_app.client_credentials import ClientCredentials

    client_id = arguments.client or endpoints.client_id or OWN_ID
    own = client_id == endpoints.client_id
    secret = read_variable(arguments.secret_env, "client secret") or (endpoints.client_secret if own else "")
    key = _read_key(arguments.app_key) or (endpoints.key if own else None)
    way: ClientAuthentication | Literal[""] = arguments.authentication or (endpoints.authentication if own else "")
    way = way or ("private_key_jwt" if arguments.kind == "backend" and not secret else "")
    if is_simulated and way == "private_key_jwt":
        key = key or make_app_key()
    elif is_simulated and way.startswith("client_secret"):
        secret = secret or secrets.token_urlsafe(32)
    usual = ClientCredentials.of(client_id, secret, key)
    credentials = replace(usual, authentication=way) if way else usual
    credentials.require_whole()
    return credentials


def _read_key(file: str) -> AppKey | None:
    from pathlib import Path

    from workbench.smart_app.app_keys import parse_app_key

    if not file:
        return None
    if file == "keyring":
        from workbench.workspace.app_keys import AppKeyStore

        if (kept := AppKeyStore().current()) is None:
            raise WorkbenchError("There is no key in the keyring.", hint="Make one with: workbench key make")
        return kept
    try:
        return parse_app_key(Path(file).expanduser().read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbenchError("The file of the private key cannot be read.", source=file) from error


async def _follow(
    endpoints: Endpoints, run: AppRun, arguments: Namespace, words: TextIO, exchanges: list[Exchange]
) -> LaunchResult | LaunchRefused:
    """Tell the launch as it goes on, and put its exchanges into `exchanges`."""
    from contextlib import aclosing

    from workbench.app_launch.app_launch import LaunchWaiting
    from workbench.exchange import Exchange
    from workbench.smart.secrets import SeenSecrets
    from workbench.transports.http_client import HttpClient
    from workbench.workspace.app_run import run_as_app

    async def go(address: str) -> None:
        if arguments.open:
            await open_browser(address)
        else:
            is_page = bool(endpoints.ehr_page) and address.startswith(endpoints.ehr_page)
            what = "Open the app from the EHR’s page" if is_page else "Sign in here"
            print(f"{what}:\n  {address}", file=words, flush=True)

    outcome: LaunchResult | LaunchRefused | None = None
    seen = SeenSecrets()
    async with HttpClient() as client, aclosing(run_as_app(client, endpoints, run, go)) as events:
        async for event in events:
            if isinstance(event, Exchange):
                exchanges.append(event)
                print(exchange_line(event, seen), file=words, flush=True)
            elif isinstance(event, LaunchWaiting):
                _tell_waiting(event.launch_address, endpoints, words)
            else:
                outcome = event
    if outcome is None:
        raise WorkbenchError("The launch ended without a word.")
    return outcome


def _tell_waiting(launch_address: str, endpoints: Endpoints, words: TextIO) -> None:
    if launch_address and not endpoints.ehr_page:
        print(f"Waiting for the EHR to open the app at {launch_address}", file=words, flush=True)


def _outcome_lines(outcome: LaunchResult | LaunchRefused) -> list[str]:
    from workbench.smart_app.launch_refusal import LaunchRefused

    if isinstance(outcome, LaunchRefused):
        return [f"Refused ({outcome.error}): {outcome.sentence}", *(f"  {remark}" for remark in outcome.remarks)]
    told = (("patient", outcome.patient), ("encounter", outcome.encounter), ("user", outcome.fhir_user))
    values = (f"  {name} {value}" for name, value in told if value)
    return [f"Granted: {outcome.scope or 'no scope'}", *values, *(f"  {finding}" for finding in outcome.findings)]


def _outcome_json(outcome: LaunchResult | LaunchRefused) -> dict[str, Any]:
    from workbench.scenario.launch_runner import context_of
    from workbench.smart_app.launch_refusal import LaunchRefused

    if isinstance(outcome, LaunchRefused):
        refusal = {"stage": outcome.stage, "error": outcome.error, "sentence": outcome.sentence}
        return {"granted": False, "refusal": refusal, "remarks": list(outcome.remarks)}
    return {
        "granted": True,
        "scopes": list(outcome.granted),
        "withheld": list(outcome.missing_scopes),
        "context": {name: value for name, value in context_of(outcome).items() if value},
        "checks": [{"name": each.name, "holds": each.holds, "sentence": each.sentence} for each in outcome.checks],
        "differences": [{"name": each.name, "sentence": each.sentence} for each in outcome.differences],
        "remarks": list(outcome.remarks),
    }


def _facts_of(endpoints: Endpoints, run: AppRun, sandbox: Sandbox | None) -> LaunchFacts:
    """A simulated site says what is registered of the app; of another one that is not known, the own way aside."""
    from workbench.authorization_server.rules import Client
    from workbench.launch_review.review import LaunchFacts

    credentials = run.credentials
    own = Client(credentials.client_id, OWN_ID, authentication=credentials.authentication)
    known = {own.id: own} | {client.id: client for client in (sandbox.clients if sandbox is not None else ())}
    return LaunchFacts(
        endpoints.fhir_base or "",
        credentials.client_id,
        tuple(known.values()),
        scope_versions=endpoints.scope_versions,
    )
