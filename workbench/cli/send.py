"""Command `send`: HL7 v2 messages or one FHIR request, and what came back."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.hl7_answer import answers_at, hl7_result, judge_answer, message_text
from workbench.cli.mllp_options import add_tls_options, mllp_address, port, read_tls
from workbench.cli.printing import print_json
from workbench.cli.send_fhir import add_fhir_options
from workbench.cli.send_options import add_options, is_many, read_input, seconds

if TYPE_CHECKING:
    from workbench.exchange import Exchange


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("send", help="send one HL7 v2 message or one FHIR request")
    kinds = parser.add_subparsers(title="kinds", metavar="KIND", required=True)
    hl7 = kinds.add_parser("hl7", help="send the HL7 v2 messages in files, folders and logs by MLLP, byte for byte")
    hl7.add_argument("files", nargs="+", metavar="FILE", help="file, batch, log or folder; - reads standard input")
    hl7.add_argument("--to", required=True, type=mllp_address, metavar="mllp://HOST:PORT", help="or mllps:// for TLS")
    add_options(hl7)
    add_tls_options(hl7)
    hl7.add_argument(
        "--answers-at",
        type=port,
        default=0,
        metavar="PORT",
        help="take application acknowledgments here too, where they come on connections of their own",
    )
    hl7.set_defaults(run=send_hl7)
    fhir = kinds.add_parser("fhir", help="send one FHIR request")
    add_fhir_options(fhir)
    for each in (hl7, fhir):
        _add_common(each)


def _add_common(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--within", type=seconds, default=30.0, metavar="SECONDS", help="how long to wait, 30 if not said"
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def send_hl7(arguments: Namespace) -> int:
    import asyncio

    from workbench.cli.send_many import send_many

    name = arguments.files[0]
    if is_many(arguments) or Path(name).is_dir():
        return send_many(arguments, sys.stdin.buffer.read() if "-" in arguments.files else b"")
    payload = read_input(name)
    if _holds_several(payload):
        return send_many(arguments, payload)
    *before, exchange = asyncio.run(_ask(arguments, payload))
    acknowledgment, accepted, sentence = judge_answer(exchange)
    if arguments.json:
        print_json(hl7_result(exchange, acknowledgment, accepted))
    else:
        for earlier in before:
            _print_answer(earlier, judge_answer(earlier)[2])
        _print_answer(exchange, sentence)
    if not accepted and b"\n" in payload and b"\r" not in payload:
        note = "The message has LF line ends and was sent as it is; HL7 v2 ends a segment with CR."
        print(f"note: {note}", file=sys.stderr)
    return 0 if accepted else 1


async def _ask(arguments: Namespace, payload: bytes) -> tuple[Exchange, ...]:
    """One exchange, or one for each of the acknowledgments that the message asks for (MSH-15, MSH-16)."""
    from contextlib import AsyncExitStack

    from workbench.transports.mllp_client import MllpConnection

    to, tls = arguments.to, read_tls(arguments)
    async with AsyncExitStack() as stack:
        port = arguments.answers_at
        deferred = await stack.enter_async_context(answers_at(port)) if port else None
        connection = MllpConnection(to.host, to.port, within=arguments.within, tls=tls, deferred=deferred)
        return await (await stack.enter_async_context(connection)).ask(payload)


def _print_answer(exchange: Exchange, sentence: str) -> None:
    print(sentence)
    if exchange.note:
        print(f"note: {exchange.note}")
    if exchange.response is not None:
        print(message_text(exchange.response.body).replace("\r", "\n").rstrip())


def _holds_several(payload: bytes) -> bool:
    from workbench.hl7v2.batch import read_pieces
    from workbench.hl7v2.message_log import is_log

    if is_log(payload):
        return True
    found = 0
    readable = False
    for piece in read_pieces(payload):
        found += piece.kind == "message"
        readable = readable or piece.message is not None
        if found > 1 and readable:
            return True
    return False
