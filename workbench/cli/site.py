"""Command `site`: the sites that are known, and message profiles of others in the form of site files."""

from __future__ import annotations

from argparse import Namespace, _SubParsersAction
from typing import Any

from workbench.cli.printing import print_json, print_whole
from workbench.errors import WorkbenchError

COLUMNS = (
    ("id", "ID"),
    ("name", "NAME"),
    ("us_core", "US CORE"),
    ("scopes", "SCOPES"),
    ("note", "NOTES"),
    ("hl7v2", "HL7 V2"),
)


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("site", help="the sites that can be simulated")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list the sites")
    listing.add_argument("--json", action="store_true", help="print JSON for programs")
    listing.set_defaults(run=list_sites)
    check = actions.add_parser("check", help="look for rules of HL7 v2 in a site file that no message can keep")
    check.add_argument("site", nargs="+", metavar="SITE", help="a site by its id, or the path of a site file")
    check.set_defaults(run=check_sites)
    profile = actions.add_parser("profile", help="write a message profile in XML as the YAML that a site file takes")
    profile.add_argument("file", metavar="FILE", help="HL7's message profile, or an export of NIST's IGAMT")
    profile.add_argument("--message", default="", metavar="TYPE", help="which message of several, such as ADT^A01")
    profile.add_argument(
        "--beyond-version", action="store_true", help="write only what it asks beyond its version of HL7 v2"
    )
    profile.add_argument("--tables", default="", metavar="FILE", help="tables in XML, in place of those of the profile")
    profile.set_defaults(run=write_profile)
    secret = actions.add_parser(
        "secret", help="make the secret of an app, shown once, and the digest a site file holds"
    )
    secret.add_argument("--json", action="store_true", help="print JSON for programs")
    secret.set_defaults(run=make_client_secret)


def list_sites(arguments: Namespace) -> int:
    from workbench.workspace.workspace import Workspace

    workspace = Workspace(arguments.workspace)
    rows = [_describe(workspace, entry) for entry in workspace.sites()]
    if arguments.json:
        print_json({"sites": rows})
        return 0
    widths = [max(len(str(row.get(key, ""))) for row in (*rows, dict(COLUMNS))) for key, _ in COLUMNS]
    for row in ({**dict(COLUMNS), "error": ""}, *rows):
        cells = [f"{row.get(key, ''):<{width}}" for (key, _), width in zip(COLUMNS, widths, strict=True)]
        print("  ".join(cells).rstrip())
        if row["error"]:
            print(f"  cannot be read: {row['error']}")
    return 0


def check_sites(arguments: Namespace) -> int:
    from workbench.conformance.profile_check import check_profile
    from workbench.workspace.workspace import Workspace

    workspace, found = Workspace(arguments.workspace), 0
    for name in arguments.site:
        site = workspace.read_site(name)
        profiles = [rule.profile for rule in site.hl7v2.messages if rule.profile is not None]
        issues = [(each.message, issue) for each in profiles for issue in check_profile(each, site.hl7v2.version)]
        found += len(issues)
        said = f"{len(issues)} doubtful" if issues else "all can be kept"
        print(f"{site.name}: rules of {len(profiles)} messages, {said}")
        for message, issue in issues:
            print(f"  {issue.severity:<8} {message}  {issue.path}  {issue.message}")
    return 1 if found else 0


def write_profile(arguments: Namespace) -> int:
    from workbench.conformance.profile_reduction import reduce_profile
    from workbench.conformance.profile_source import read_profiles
    from workbench.conformance.profile_writer import to_profile_yaml
    from workbench.conformance.profile_xml import with_tables

    profiles = read_profiles(arguments.file)
    chosen = [profile for profile in profiles if arguments.message in ("", profile.message)]
    if len(chosen) != 1:
        known = ", ".join(profile.message for profile in profiles)
        said = f"has no profile of {arguments.message}" if arguments.message else "has profiles of several messages"
        raise WorkbenchError(f"{arguments.file} {said}.", hint=f"Name one with --message: {known}.")
    profile = with_tables(chosen[0], arguments.tables) if arguments.tables else chosen[0]
    print_whole(to_profile_yaml(reduce_profile(profile) if arguments.beyond_version else profile))
    return 0


def make_client_secret(arguments: Namespace) -> int:
    import secrets

    from workbench.authorization_server.client_authentication import digest_secret, make_secret

    secret = make_secret(secrets.token_bytes(32))
    if arguments.json:
        print_json({"secret": secret, "secret_sha256": digest_secret(secret)})
        return 0
    print(f"secret:         {secret}")
    print(f"secret_sha256:  {digest_secret(secret)}")
    print("Give the secret to the app now: it is kept nowhere. The digest stands in the site file, beside the app's")
    print("authentication (client_secret_basic or client_secret_post).")
    return 0


def _describe(workspace: Any, entry: Any) -> dict[str, Any]:
    row = {"id": entry.id, "name": entry.name, "shipped": entry.shipped, "path": str(entry.path), "error": ""}
    try:
        traits = workspace.read_site(entry.id).traits
    except WorkbenchError as error:
        return row | {"error": str(error)}
    return row | {
        "fhir": traits["fhir"],
        "us_core": traits["us-core"],
        "scopes": traits["scopes"],
        "note": traits["note"],
        "hl7v2": traits["hl7v2"],
    }
