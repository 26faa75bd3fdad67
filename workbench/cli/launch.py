"""Command `launch`: a SMART launch told step by step and judged, with the workbench as the EHR or as the app."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from functools import partial
from pathlib import Path
from typing import Any

from workbench.authorization_server.discovery_edits import DISCOVERY_FAULTS
from workbench.cli.http_options import add_trust_options
from workbench.cli.launch_as_app import launch_as_app
from workbench.cli.launch_as_ehr import launch_as_ehr
from workbench.cli.mllp_options import port
from workbench.cli.send_options import seconds
from workbench.errors import WorkbenchError
from workbench.smart.client_methods import CLIENT_AUTHENTICATIONS

MILESTONES = ("authorize", "code", "token", "use", "refresh")
KINDS = ("ehr", "standalone", "backend")
# Options that one side alone has, by the names under which they are read.
EHR_OPTIONS = ("app", "redirect", "jwks", "client_scope", "intent", "context", "until", "http_port")
APP_OPTIONS = (
    "kind", "scope", "app_key", "port", "then", "ca", "certificate", "certificate_key", "key_password_env", "proxy",
    "proxy_password_env",
)  # fmt: skip


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("launch", help="launch an app at a site, or launch as an app, and judge each step")
    parser.add_argument("--as", dest="role", required=True, choices=("ehr", "app"), help="what the workbench is")
    parser.add_argument(
        "target", metavar="SITE", help="site to simulate; as the app also a FHIR base or a remote sandbox"
    )
    _add_common(parser)
    _add_client(parser)
    _add_ehr_options(parser.add_argument_group("as the EHR"))
    _add_app_options(parser.add_argument_group("as the app"))
    add_trust_options(parser, key="--certificate-key")
    parser.set_defaults(run=partial(launch, parser))


def _add_common(parser: ArgumentParser) -> None:
    parser.add_argument("--user", default="", metavar="ID", help="who is signed in, one of the site's users")
    parser.add_argument("--patient", default="", metavar="ID", help="whose chart is open")
    parser.add_argument("--encounter", default="", metavar="ID", help="the visit; the open one if not said, or none")
    parser.add_argument(
        "--grant", default="", metavar="SCOPES", help="scopes that the user leaves ticked; all if not said"
    )
    parser.add_argument("--fault", action="append", default=[], metavar="FAULT", help='such as "expired-token once"')
    parser.add_argument(
        "--discovery",
        action="append",
        default=[],
        choices=DISCOVERY_FAULTS,
        metavar="NAME",
        help="what is wrong with the discovery of the site",
    )
    parser.add_argument("--script", action="store_true", help="a scripted user in a person's place")
    parser.add_argument("--open", action="store_true", help="open the system browser")
    parser.add_argument(
        "--within", type=seconds, default=300.0, metavar="SECONDS", help="how long to wait for the next step"
    )
    parser.add_argument("--json", action="store_true", help="print trace and verdicts as JSON for programs")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a report in one file")
    parser.add_argument("--verbose", action="store_true", help="tell all verdicts, not only those that failed")


def _add_client(parser: ArgumentParser) -> None:
    parser.add_argument("--client", default="", metavar="ID", help="client id of the app")
    parser.add_argument("--authentication", choices=CLIENT_AUTHENTICATIONS, help="how it shows that it is itself")
    parser.add_argument("--secret-env", metavar="NAME", help="environment variable with its client secret")


def _add_ehr_options(group: Any) -> None:
    group.add_argument(
        "--app", default="", metavar="LAUNCH_URL|sample", help="where the app is opened; it comes by itself if not said"
    )
    group.add_argument(
        "--redirect", action="append", default=[], metavar="URL", help="register the app with this redirect address"
    )
    group.add_argument("--jwks", default="", metavar="FILE|URL", help="register the app with these keys")
    group.add_argument(
        "--client-scope", default="", metavar="SCOPES", help="system scopes that it may have as a backend service"
    )
    group.add_argument("--intent", default="", metavar="WORD", help="what the app is opened for")
    group.add_argument("--context", action="append", default=[], metavar="REF|JSON", help="an item of fhirContext")
    group.add_argument("--until", choices=MILESTONES, default="use", help="how far to watch; use if not said")
    group.add_argument(
        "--http-port", type=port, default=0, metavar="N", help="port of the site; any free one if not said"
    )


def _add_app_options(group: Any) -> None:
    group.add_argument("--kind", choices=KINDS, default="standalone", help="standalone if not said")
    group.add_argument("--scope", default="", metavar="SCOPES", help="scopes to ask for; usual ones if not said")
    group.add_argument(
        "--key",
        dest="app_key",
        default="",
        metavar="FILE|keyring",
        help="private key that signs (PEM or JWK), or the one in the keyring",
    )
    group.add_argument(
        "--port", type=port, default=0, metavar="N", help="port to come back to; any free one if not said"
    )
    group.add_argument(
        "--then",
        default="read,refresh,introspect,revoke",
        metavar="LIST",
        help="what the token is tried for: read,refresh,introspect,revoke where the site has them, or none",
    )


def launch(parser: ArgumentParser, arguments: Namespace) -> int:
    other, side = (APP_OPTIONS, "as the EHR") if arguments.role == "ehr" else (EHR_OPTIONS, "as the app")
    given = next((name for name in other if getattr(arguments, name) != parser.get_default(name)), "")
    if given:
        option = "--key" if given == "app_key" else f"--{given.replace('_', '-')}"
        raise WorkbenchError(f"{option} says nothing of a launch {side}.", hint="Leave it out.")
    picks = [name for name in ("user", "patient", "encounter", "grant") if getattr(arguments, name)]
    if arguments.role == "app" and picks and not arguments.script:
        hint = "Leave it out and choose in the browser, or say --script."
        raise WorkbenchError(f"--{picks[0]} is a choice of the scripted user, and there is none.", hint=hint)
    if arguments.script and arguments.open:
        raise WorkbenchError("A scripted user needs no browser.", hint="Leave out --open or --script.")
    return launch_as_ehr(arguments) if arguments.role == "ehr" else launch_as_app(arguments)
