"""Command `message`: new HL7 v2 messages from the structure of any version and event."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import Any

from workbench.cli.printing import print_json, print_whole
from workbench.hl7v2.dictionary import KNOWN_VERSIONS

_VERSION = "2.5.1"


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("message", help="new HL7 v2 messages of any version and event")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    new = actions.add_parser("new", help="make a message, filled with plausible values")
    new.add_argument("kind", metavar="TYPE", help="message type and event, such as ADT^A01; see message list")
    _add_version(new, "")
    new.add_argument("--site", default="", metavar="ID", help="as this site wants it; see site list")
    new.add_argument("--required", action="store_true", help="only what the version requires")
    new.add_argument("-o", "--out", type=Path, metavar="FILE", help="save it there, its segments ended by CR")
    new.add_argument("--json", action="store_true", help="print JSON for programs")
    new.set_defaults(run=make_new)
    listing = actions.add_parser("list", help="list the types and events of a version, with their structures")
    _add_version(listing, _VERSION)
    listing.add_argument("--json", action="store_true", help="print JSON for programs")
    listing.set_defaults(run=list_types)


def _add_version(parser: ArgumentParser, default: str) -> None:
    words = f"one of {', '.join(KNOWN_VERSIONS)}; {_VERSION}, or the site\u2019s, if not said"
    parser.add_argument("--hl7-version", default=default, metavar="VERSION", choices=KNOWN_VERSIONS, help=words)


def make_new(arguments: Namespace) -> int:
    text = _make(arguments)
    if arguments.out is not None:
        from workbench.workspace.atomic import write_text

        write_text(arguments.out, text)
    if arguments.json:
        print_json({"message": arguments.kind, "text": text, "saved": str(arguments.out) if arguments.out else None})
    elif arguments.out is None:
        print_whole(text.replace("\r", "\n"))
    else:
        print(f"Saved to {arguments.out}.")
    return 0


def _make(arguments: Namespace) -> str:
    from workbench.exchange import utc_now
    from workbench.hl7v2.new_message import Extent, make_message
    from workbench.site.new_site_message import make_site_message
    from workbench.workspace.workspace import Workspace

    extent: Extent = "required" if arguments.required else "usual"
    control_id, now, version = f"WB{secrets.token_hex(8).upper()}", utc_now(), arguments.hl7_version
    if not arguments.site:
        return make_message(arguments.kind, version=version or _VERSION, now=now, control_id=control_id, extent=extent)
    site = Workspace(arguments.workspace).read_site(arguments.site)
    return make_site_message(site, arguments.kind, now=now, control_id=control_id, version=version, extent=extent)


def list_types(arguments: Namespace) -> int:
    from workbench.hl7v2.new_message import list_kinds

    kinds = list_kinds(arguments.hl7_version)
    if arguments.json:
        print_json({"version": arguments.hl7_version, "types": [{"type": k, "structure": s} for k, s in kinds]})
        return 0
    width = max(len(kind) for kind, _ in kinds)
    for kind, structure in kinds:
        print(f"{kind:<{width}}  {structure}")
    return 0
