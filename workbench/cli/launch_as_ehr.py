"""Launch with the workbench as the EHR: a simulated site opens the app under test, and tells what it sees."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TextIO

from workbench.cli.http_options import read_variable
from workbench.cli.launch_report import review_and_tell
from workbench.cli.launch_words import exchange_line, on_interrupt, open_browser, print_lines, ungranted_lines, words_to
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.app_launch.scripted_user import ScriptedUser
    from workbench.exchange import Exchange
    from workbench.launch_review.review import LaunchFacts, LaunchReview
    from workbench.launch_review.story import Story
    from workbench.sandbox.sandbox import Sandbox
    from workbench.smart.launch_context import FhirContextItem, LaunchContext
    from workbench.workspace.ehr_launch import EhrLaunch, ExchangeFeed, LaunchEnded

STOPPED = 130
SAMPLE, SAMPLE_CLIENT = "sample", "vitals-app"
"""The word for the built-in sample app, and how the shipped sites know it."""


def launch_as_ehr(arguments: Namespace) -> int:
    import asyncio

    return asyncio.run(_launch(arguments, words_to(arguments.json)))


async def _launch(arguments: Namespace, words: TextIO) -> int:
    import asyncio

    from workbench.smart.secrets import SeenSecrets
    from workbench.workspace.ehr_launch import ExchangeFeed
    from workbench.workspace.workspace import Workspace

    feed = ExchangeFeed()
    launch = _read_launch(arguments)
    if arguments.script:
        _require_plain_app(arguments.app)
    sandbox = Workspace(arguments.workspace).make_sandbox(arguments.target, feed.take, http_port=arguments.http_port)
    _prepare(sandbox, arguments)
    await sandbox.start()
    try:
        on_interrupt(asyncio.get_running_loop(), feed.stop)
        _tell_site(sandbox, launch.context, words)
        async with _hosting(launch, feed) as launch:
            exchanges, ended = await _follow(sandbox, feed, launch, arguments, words)
        facts = _facts_of(sandbox, launch)
    finally:
        await sandbox.stop()
    ended, lines = _conclude(exchanges, ended, facts, arguments.grant)
    print_lines(lines, SeenSecrets(exchanges), words)
    told = {
        "as": "ehr",
        "title": f"Launch from {sandbox.site.name}",
        "site": sandbox.site.id,
        "fhir_base": facts.fhir_base,
        "reached": ended.reached,
        "ended": ended.sentence,
    }
    review = review_and_tell(exchanges, told, party="app", facts=facts, arguments=arguments, words=words)
    return _exit_code(ended, review, is_wrong=bool(arguments.fault or arguments.discovery))


def _require_plain_app(app: str) -> None:
    """Raise WorkbenchError where a scripted user cannot open the app."""
    if app == SAMPLE:
        hint = "Leave out --script, and open the address, or say --open."
        raise WorkbenchError("The sample app runs scripts of its own, so it needs a real browser.", hint=hint)
    if not app:
        raise WorkbenchError("A scripted user opens an app, and none is named.", hint="Name its address with --app.")


def _conclude(
    exchanges: list[Exchange], ended: LaunchEnded, facts: LaunchFacts, grant: str
) -> tuple[LaunchEnded, list[str]]:
    """The end with what came otherwise than it was asked for, and the lines that tell it."""
    from dataclasses import replace

    from workbench.launch_review.attribution import tell_story

    story = tell_story(exchanges, replace(facts, client_id=""))
    ended = replace(ended, sentence=f"{ended.sentence} {_find_stranger(story, facts)}".strip())
    granted = {scope for traded in story.launched for scope in traded.scope_texts}
    return ended, [ended.sentence, *(ungranted_lines(grant, granted) if story.asked else ())]


def _exit_code(ended: LaunchEnded, review: LaunchReview, *, is_wrong: bool) -> int:
    """An app that stops where the site is wrong does well, so that its verdicts alone decide; one that never came
    did nothing.
    """
    if ended.is_stopped and not ended.reached:
        return STOPPED
    if ended.needs_person and not review.failed:
        return 2
    is_seen = any(verdict.outcome != "not-seen" for verdict in review.verdicts)
    came_through = ended.reached or (is_wrong and is_seen)
    return 0 if came_through and not review.failed else 1


@asynccontextmanager
async def _hosting(launch: EhrLaunch, feed: ExchangeFeed) -> AsyncIterator[EhrLaunch]:
    """The launch with the address of the sample app, which is served meanwhile, where it is the one to open."""
    if launch.launch_uri != SAMPLE:
        yield launch
        return
    from dataclasses import replace

    from workbench.sandbox.app_host import AppHost
    from workbench.workspace.library import fixtures_folder

    app = AppHost(fixtures_folder() / "apps" / "vitals", on_exchange=feed.take)
    await app.start()
    try:
        yield replace(launch, launch_uri=app.launch_address)
    finally:
        await app.stop()


async def _follow(
    sandbox: Sandbox, feed: ExchangeFeed, launch: EhrLaunch, arguments: Namespace, words: TextIO
) -> tuple[list[Exchange], LaunchEnded]:
    from contextlib import aclosing

    from workbench.exchange import Exchange
    from workbench.smart.secrets import SeenSecrets
    from workbench.transports.http_client import HttpClient
    from workbench.workspace.ehr_launch import AppOpened, LaunchEnded, launch_from_ehr

    exchanges: list[Exchange] = []
    seen = SeenSecrets()
    user = _scripted_user(launch) if arguments.script else None
    if not launch.launch_uri:
        print("Waiting for an app or a backend service to come by itself. Ctrl-C ends it.", file=words, flush=True)
    async with HttpClient() as client:
        story = launch_from_ehr(
            sandbox, feed, launch, client=client, user=user, open_app=open_browser if arguments.open else None
        )
        async with aclosing(story) as events:
            async for event in events:
                if isinstance(event, AppOpened):
                    _tell_opening(event.address, arguments, words)
                elif isinstance(event, Exchange):
                    exchanges.append(event)
                    print(exchange_line(event, seen), file=words, flush=True)
                elif isinstance(event, LaunchEnded):
                    return exchanges, event
    raise WorkbenchError("The launch ended without a word.")


def _read_launch(arguments: Namespace) -> EhrLaunch:
    from workbench.workspace.ehr_launch import EhrLaunch

    if arguments.app not in ("", SAMPLE) and not arguments.app.startswith(("http://", "https://")):
        raise WorkbenchError(f"“{arguments.app}” is not the address of an app.", hint="Write it in full, http://…")
    client = arguments.client or (SAMPLE_CLIENT if arguments.app == SAMPLE else "")
    context = _read_context(arguments)
    return EhrLaunch(client, arguments.app, context, arguments.grant, arguments.until, arguments.within)


def _read_context(arguments: Namespace) -> LaunchContext:
    from workbench.smart.launch_context import LaunchContext

    encounter = "" if arguments.encounter == "none" else arguments.encounter or None
    return LaunchContext(
        user=arguments.user,
        patient=arguments.patient,
        encounter=encounter,
        fhir_context=tuple(_read_item(text) for text in arguments.context),
        intent=arguments.intent,
    )


def _read_item(text: str) -> FhirContextItem:
    """A reference such as `ServiceRequest/1`, or an item as JSON."""
    from workbench.smart.launch_context import FhirContextItem

    if not text.lstrip().startswith("{"):
        return FhirContextItem(reference=text)
    try:
        value: dict[str, Any] = json.loads(text)
        names = ("reference", "canonical", "type", "role")
        if unknown := next((name for name in value if name not in (*names, "identifier")), ""):
            raise WorkbenchError(f"An item of fhirContext has no “{unknown}”.", hint=f"It has {', '.join(names)}.")
        return FhirContextItem(
            **{name: str(value[name]) for name in names if name in value}, identifier=value.get("identifier")
        )
    except (ValueError, RecursionError) as error:
        raise WorkbenchError(
            f"The item of fhirContext is no JSON: {error}.", hint='Such as {"reference": "Task/1"}.'
        ) from error


def _prepare(sandbox: Sandbox, arguments: Namespace) -> None:
    """The faults that were asked for, and the app as it says that it is registered."""
    from workbench.authorization_server.rules import Client
    from workbench.workspace.app_registration import register_app
    from workbench.workspace.sandbox_control import SandboxControl

    SandboxControl(sandbox).set_wrong(arguments.fault, arguments.discovery)
    registered = (arguments.redirect, arguments.authentication, arguments.jwks, arguments.client_scope)
    if any(registered) or arguments.secret_env:
        if not arguments.client:
            raise WorkbenchError("An app is registered under its client id.", hint="Name it with --client.")
        app = Client(
            arguments.client,
            arguments.client,
            tuple(arguments.redirect),
            arguments.app,
            arguments.authentication or ("private_key_jwt" if arguments.jwks else "none"),
            scope=arguments.client_scope,
        )
        register_app(sandbox, app, secret=read_variable(arguments.secret_env, "client secret"), keys=arguments.jwks)


def _facts_of(sandbox: Sandbox, launch: EhrLaunch) -> LaunchFacts:
    from workbench.launch_review.review import LaunchFacts

    return LaunchFacts(
        sandbox.addresses.fhir_base,
        launch.client_id,
        sandbox.clients,
        sandbox.used_keys,
        scope_versions=sandbox.site.smart.scope_versions,
        registration=sandbox.site.smart.registration,
    )


def _find_stranger(story: Story, facts: LaunchFacts) -> str:
    """Where an app came under no other name than one that was not awaited, a sentence that says so."""
    came = ({asked.client_id for asked in story.asked} | {traded.client_id for traded in story.traded}) - {""}
    if not facts.client_id or facts.client_id in came or not came:
        return ""
    named = " and ".join(f"“{client_id}”" for client_id in sorted(came))
    return f"It calls itself {named}, and “{facts.client_id}” was awaited (--client)."


def _scripted_user(launch: EhrLaunch) -> ScriptedUser:
    from workbench.app_launch.scripted_user import ScriptedUser

    context = launch.context
    encounter = "none" if context.encounter == "" else context.encounter or ""
    return ScriptedUser(context.user, context.patient, encounter, tuple(launch.grant.split()))


def _tell_site(sandbox: Sandbox, context: LaunchContext, words: TextIO) -> None:
    addresses = sandbox.addresses
    print(f"{addresses.name} is up at {addresses.fhir_base} (iss).", file=words)
    for use in sandbox.faults.uses:
        from workbench.authorization_server.launch_fault_text import to_text

        print(f"  on purpose: {to_text(use.rule)}", file=words)
    if differing := sandbox.discovery.tell():
        print(f"  on purpose: discovery: {differing}", file=words)
    picked = ("encounter", context.encounter), ("fhirContext", context.fhir_context), ("intent", context.intent)
    for name in (name for name, value in picked if value and name not in sandbox.site.smart.context):
        print(f"  {name}: This site does not tell it to apps, so it is left out.", file=words)


def _tell_opening(address: str, arguments: Namespace, words: TextIO) -> None:
    if arguments.script:
        print("A scripted user opens the app.", file=words, flush=True)
    elif arguments.open:
        print("The app is opened in your browser.", file=words, flush=True)
    else:
        print(f"Open the app in a browser; the address holds for ten minutes:\n  {address}", file=words, flush=True)
