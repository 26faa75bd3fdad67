"""Command `document`: a file built into the message that takes it to a site, and documents read out of messages."""

from __future__ import annotations

import os
import secrets
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.mllp_options import add_tls_options, mllp_address, read_tls
from workbench.cli.printing import print_json, print_whole
from workbench.cli.send_options import seconds
from workbench.errors import WorkbenchError
from workbench.plain_text import printable

if TYPE_CHECKING:
    from workbench.issue import Issue
    from workbench.site.note_message import NoteProposal
    from workbench.workspace.received_documents import ReceivedDocuments


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("document", help="documents in HL7 v2 messages: build, send and open them")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="build the message that takes a PDF, RTF or text to a site")
    _add_build_options(build)
    build.set_defaults(run=build_document)
    opening = actions.add_parser("open", help="read the documents out of a message, and tell what is wrong with it")
    opening.add_argument("file", metavar="MESSAGE", help="file of one message or several; - reads standard input")
    opening.add_argument("-o", "--out", default="", metavar="PATH", help="file to save them to, or FOLDER/")
    opening.add_argument("--json", action="store_true", help="print JSON for programs")
    opening.set_defaults(run=open_documents)


def _add_build_options(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="PDF, RTF, text or another document")
    parser.add_argument("--site", required=True, metavar="ID", help="the site that it goes to; see site list")
    parser.add_argument("--patient", required=True, metavar="NUMBER", help="medical record number, or id at the site")
    parser.add_argument("--visit", default="open", metavar="NUMBER", help="number, open or none; open if not said")
    parser.add_argument("--author", default="", metavar="WHO", help="user of the site, or NUMBER^FAMILY^GIVEN")
    parser.add_argument("--title", default="", help="the file's name if not said")
    parser.add_argument("--type", default="PR", metavar="CODE", help="table 0270 or LOINC; PR if not said")
    parser.add_argument(
        "--message", default="", metavar="TYPE", help="MDM^T02, MDM^T10, ORU^R01; the site's if not said"
    )
    parser.add_argument("--number", default="", help="the document's own number; a fresh one if not said")
    parser.add_argument("--replaces", default="", metavar="NUMBER", help="the number of the document that it replaces")
    parser.add_argument("--completion", default="", metavar="CODE", help="TXA-17; the site's if not said")
    parser.add_argument("--availability", default="", metavar="CODE", help="TXA-19; the site's if not said")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="save the message there")
    parser.add_argument("--to", type=mllp_address, metavar="mllp://HOST:PORT", help="send it, where the site takes it")
    add_tls_options(parser)
    parser.add_argument("--anyway", action="store_true", help="send it whatever the site's file says")
    parser.add_argument("--within", type=seconds, default=30.0, metavar="SECONDS", help="how long to wait")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def build_document(arguments: Namespace) -> int:
    proposal = _propose(arguments)
    payload = proposal.message.to_bytes() if proposal.message else None
    if arguments.out is not None and payload is not None:
        from workbench.workspace.atomic import write_bytes

        write_bytes(arguments.out, payload)
    sent: dict[str, Any] | None = None
    if arguments.to is not None and payload is not None and (proposal.is_taken or arguments.anyway):
        sent = _send(arguments, payload)
    if arguments.json:
        print_json(_build_result(proposal, payload, sent))
    else:
        _print_built(arguments, proposal, payload, sent)
    return 0 if (sent["accepted"] if sent else proposal.is_taken) else 1


def _propose(arguments: Namespace) -> NoteProposal:
    from workbench.exchange import utc_now
    from workbench.workspace.library import load_population
    from workbench.workspace.note_desk import NoteRequest, propose_note_file, read_note_file
    from workbench.workspace.note_people import read_note_people
    from workbench.workspace.workspace import Workspace

    site = Workspace(arguments.workspace).read_site(arguments.site)
    people = read_note_people(site, load_population(site.population))
    request = NoteRequest(
        patient=arguments.patient,
        number=arguments.number or f"WB-{secrets.token_hex(6).upper()}",
        visit=arguments.visit,
        author=arguments.author,
        title=arguments.title,
        type=arguments.type,
        message=arguments.message,
        replaces=arguments.replaces,
        completion=arguments.completion,
        availability=arguments.availability,
    )
    control_id = f"WB{secrets.token_hex(8).upper()}"
    file = read_note_file(arguments.file)
    return propose_note_file(site, people, file, request, now=utc_now(), control_id=control_id)


def _send(arguments: Namespace, payload: bytes) -> dict[str, Any]:
    import asyncio

    from workbench.cli.hl7_answer import hl7_result, judge_answer
    from workbench.transports.mllp_client import send_mllp

    to, tls = arguments.to, read_tls(arguments)
    exchange = asyncio.run(send_mllp(to.host, to.port, payload, within=arguments.within, tls=tls))
    acknowledgment, accepted, sentence = judge_answer(exchange)
    return hl7_result(exchange, acknowledgment, accepted) | {"sentence": sentence}


def _print_built(
    arguments: Namespace, proposal: NoteProposal, payload: bytes | None, sent: dict[str, Any] | None
) -> None:
    for issue in proposal.issues:
        print(_issue_line(issue), file=sys.stderr)
    if sent is not None:
        print(sent["sentence"])
    elif arguments.to is not None:
        print("not sent: the site does not take it; --anyway sends it all the same")
    elif payload is not None and arguments.out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(payload.replace(b"\r", b"\n"))
        sys.stdout.buffer.flush()
    elif payload is not None:
        print(f"{proposal.name} with {len(payload):,} bytes saved to {arguments.out}")


def _build_result(proposal: NoteProposal, payload: bytes | None, sent: dict[str, Any] | None) -> dict[str, Any]:
    answer = {key: value for key, value in sent.items() if key != "sentence"} if sent else None
    return {
        "message": proposal.name,
        "taken": proposal.is_taken,
        "issues": [_issue_result(issue) for issue in proposal.issues],
        "text": payload.decode("utf-8", "replace") if payload is not None else None,
        "sent": answer,
    }


def open_documents(arguments: Namespace) -> int:
    from workbench.workspace.received_documents import choose_target, read_received

    payload = sys.stdin.buffer.read() if arguments.file == "-" else _read(Path(arguments.file))
    received = read_received(payload)
    documents = tuple(document for each in received for document in each.documents)
    kept = tuple(document for document in documents if document.data)
    paths: dict[int, str] = {}
    if arguments.out and kept:
        from workbench.workspace.atomic import write_bytes

        is_folder = arguments.out.endswith(("/", os.sep))
        for document, path in zip(kept, choose_target(Path(arguments.out), kept, is_folder=is_folder), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, document.data)
            paths[id(document)] = str(path)
    if arguments.json:
        print_json({"messages": [_received_result(each, paths) for each in received]})
    else:
        print_whole("".join(f"{line}\n" for line in _received_lines(received, paths)))
    return 0 if documents and not any(issue.is_error for each in received for issue in each.issues) else 1


def _received_lines(received: tuple[ReceivedDocuments, ...], paths: dict[int, str]) -> list[str]:
    lines: list[str] = []
    for each in received:
        lines.append(printable(f"{each.message} {each.control_id}".strip()))
        for document in each.documents:
            what = (document.pointer and f"at {document.pointer}") or f"{len(document.data):,} bytes"
            title = f" “{document.title}”" if document.title else ""
            lines.append(printable(f"  {document.path}  {document.media_type}  {what}{title}"))
            lines += [f"    mended: {words}" for words in document.mended]
            if saved := paths.get(id(document)):
                lines.append(f"    saved to {saved}")
        lines += [f"  {_issue_line(issue)}" for issue in each.issues]
    return lines or ["No message here carries a document."]


def _received_result(each: ReceivedDocuments, paths: dict[int, str]) -> dict[str, Any]:
    return {
        "message": each.message,
        "control_id": each.control_id,
        "documents": [
            {
                "path": document.path,
                "media_type": document.media_type,
                "size": len(document.data),
                "title": document.title,
                "number": document.number,
                "pointer": document.pointer,
                "mended": list(document.mended),
                "saved": paths.get(id(document)),
            }
            for document in each.documents
        ],
        "issues": [_issue_result(issue) for issue in each.issues],
    }


def _issue_line(issue: Issue) -> str:
    place = f"{issue.path}: " if issue.path else ""
    return printable(f"{issue.severity}: {place}{issue.message} ({issue.rule})")


def _issue_result(issue: Issue) -> dict[str, Any]:
    keys = ("severity", "code", "path", "line", "column", "message", "rule")
    return {key: getattr(issue, key) for key in keys}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.") from error
