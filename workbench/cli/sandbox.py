"""Command `sandbox`: a simulated site that runs until it is stopped."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentTypeError, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.printing import print_json
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    import asyncio
    import ssl
    from collections.abc import Sequence

    from workbench.exchange import Exchange
    from workbench.sandbox.sandbox import Sandbox, SandboxAddresses


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("sandbox", help="run a simulated site")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    running = actions.add_parser("run", help="run a simulated site until Ctrl-C")
    running.add_argument("site", metavar="SITE", help="id of a site, or path of a site file")
    running.add_argument("--json", action="store_true", help="print the addresses as one line of JSON")
    running.add_argument("--http-port", type=port, default=0, metavar="N", help="port for FHIR and SMART; 0 is any")
    running.add_argument("--mllp-port", type=port, default=0, metavar="N", help="port for HL7 v2; 0 is any free one")
    running.add_argument(
        "--hl7-answer",
        action="append",
        default=[],
        metavar="RULE",
        help='answer HL7 v2 messages otherwise than usual, such as "ADT^A01: AE after 3"',
    )
    running.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="FAULT",
        help='do wrongly in a launch, such as "expired-token once"',
    )
    running.add_argument("--mllp-cert", type=Path, metavar="FILE", help="take HL7 v2 by TLS with it (PEM)")
    running.add_argument("--mllp-key", type=Path, metavar="FILE", help="its key, where it is not in the same file")
    running.add_argument(
        "--mllp-client-ca", type=Path, metavar="FILE", help="let in only senders with certificates of these CAs"
    )
    running.set_defaults(run=run_sandbox)


def port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise ArgumentTypeError(f"“{text}” is not a port from 0 to 65535")
    return int(text)


def run_sandbox(arguments: Namespace) -> int:
    import asyncio

    from workbench.authorization_server.launch_fault_text import parse_fault_rule
    from workbench.authorization_server.launch_fault_text import to_text as to_fault_text
    from workbench.site.answer_rule_text import parse_answer_rule, to_text
    from workbench.workspace.workspace import Workspace

    sandbox = Workspace(arguments.workspace).make_sandbox(
        arguments.site,
        None if arguments.json else _print_exchange,
        http_port=arguments.http_port,
        mllp_port=arguments.mllp_port,
        mllp_tls=_read_tls(arguments),
    )
    asked = [to_text(sandbox.answers.add(parse_answer_rule(text)).rule) for text in arguments.hl7_answer]
    for text in arguments.fault:
        sandbox.faults.add(parse_fault_rule(text))
    asked += [to_fault_text(use.rule) for use in sandbox.faults.uses]
    asked += [f"discovery: {told}"] if (told := sandbox.discovery.tell()) else []
    asyncio.run(_serve(sandbox, asked, arguments.json))
    return 0


def _read_tls(arguments: Namespace) -> ssl.SSLContext | None:
    if arguments.mllp_cert is None:
        if arguments.mllp_key or arguments.mllp_client_ca:
            raise WorkbenchError("TLS needs a certificate of the site.", hint="Name its file with --mllp-cert.")
        return None
    from workbench.transports.mllp_tls import make_server_context

    return make_server_context(arguments.mllp_cert, arguments.mllp_key or "", client_ca=arguments.mllp_client_ca or "")


async def _serve(sandbox: Sandbox, asked: Sequence[str], as_json: bool) -> None:
    """Run until SIGINT or SIGTERM; raises WorkbenchError where the site ends by itself."""
    import asyncio

    asked_to_stop = _listen_for_signals()
    await sandbox.start()
    try:
        _tell(sandbox.addresses, asked, as_json)
        while sandbox.state == "up" and not asked_to_stop.is_set():
            try:
                await asyncio.wait_for(asked_to_stop.wait(), 0.5)
            except TimeoutError:
                continue
        died = not asked_to_stop.is_set()
    finally:
        await sandbox.stop()
    if died:
        raise WorkbenchError(f"{sandbox.site.name} ended by itself.", hint="Start it again.")
    print(f"{sandbox.site.name} is stopped.", file=sys.stderr)


def _listen_for_signals() -> asyncio.Event:
    import asyncio

    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM"):
        number = getattr(signal, name)
        try:
            loop.add_signal_handler(number, asked.set)
        except (NotImplementedError, RuntimeError):  # Windows, or a loop that is not in the main thread
            if name == "SIGINT":
                continue  # KeyboardInterrupt ends the loop, which stops the site
    return asked


def _tell(addresses: SandboxAddresses, asked: Sequence[str], as_json: bool) -> None:
    told = {
        "site": addresses.site_id,
        "name": addresses.name,
        "fhir_base": addresses.fhir_base,
        "smart_configuration": f"{addresses.fhir_base}/.well-known/smart-configuration",
        "issuer": addresses.issuer,
        "ehr_page": addresses.ehr_page,
        "mllp": addresses.mllp,
    }
    if as_json:
        print_json(told, indent=None)
        return
    print(f"{addresses.name} is up. Ctrl-C stops it.")
    print(f"  FHIR R4   {told['fhir_base']}")
    print(f"  SMART     {told['smart_configuration']}")
    print(f"  EHR page  {told['ehr_page']}")
    print(f"  HL7 v2    {told['mllp']}", flush=True)
    for text in asked:
        print(f"  on request: {text}", flush=True)


def _print_exchange(exchange: Exchange) -> None:
    """Called in the sandbox's thread, once for each exchange."""
    from workbench.narration import describe_exchange

    line = describe_exchange(exchange)
    at = exchange.started.astimezone().strftime("%H:%M:%S")
    print(f"{at}  {line.verdict:<5} {exchange.sender}: {line.what} → {line.result}", flush=True)
