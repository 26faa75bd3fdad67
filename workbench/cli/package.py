"""Command `package`: the FHIR packages that are here, and how others are installed."""

from __future__ import annotations

import sys
from argparse import Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.printing import print_json
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from workbench.definitions.package_facts import PackageFacts
    from workbench.workspace.packages import InstallEvent, PackageHere

COLUMNS = (("label", "PACKAGE"), ("fhir", "FHIR"), ("size", "SIZE"), ("where", "WHERE"))
_ARCHIVES = (".tgz", ".tar.gz")


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("package", help="the FHIR packages that are here")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list the packages that are installed or built in")
    listing.set_defaults(run=list_all)
    showing = actions.add_parser("show", help="tell what a package holds")
    showing.add_argument("package", metavar="PACKAGE", help="ID#VERSION, ID, a .tgz, or a folder")
    showing.set_defaults(run=show)
    installing = actions.add_parser("install", help="install a package in ~/.fhir/packages")
    installing.add_argument("package", metavar="PACKAGE", help="a .tgz; with --registry also ID#VERSION or ID")
    installing.add_argument("--registry", default="", metavar="ADDRESS", help="the package registry to take it from")
    installing.add_argument(
        "--dependencies", action="store_true", help="with --registry: install what it depends on too"
    )
    installing.add_argument("--replace", action="store_true", help="replace the package where it is installed already")
    installing.set_defaults(run=install)
    removing = actions.add_parser("remove", help="remove an installed package")
    removing.add_argument("package", metavar="ID#VERSION")
    removing.set_defaults(run=remove)
    for each in (listing, showing, installing, removing):
        each.add_argument("--json", action="store_true", help="print JSON for programs")


def list_all(arguments: Namespace) -> int:
    from workbench.workspace.packages import list_packages

    packages = list_packages()
    if arguments.json:
        print_json({"packages": [_to_json(package) for package in packages]})
        return 0
    rows = [_in_words(package) for package in packages]
    widths = [max(len(row[key]) for row in (*rows, dict(COLUMNS))) for key, _ in COLUMNS]
    for row in (dict(COLUMNS), *rows):
        cells = [f"{row[key]:<{width}}" for (key, _), width in zip(COLUMNS, widths, strict=True)]
        print("  ".join(cells).rstrip())
    for package in packages:
        _tell_missing(package)
    return 0


def show(arguments: Namespace) -> int:
    from workbench.packages.package import Package
    from workbench.workspace.packages import describe_package

    told, package = describe_package(arguments.package)
    contents, unread = _contents_of(package), list(package.unread) if isinstance(package, Package) else []
    if arguments.json:
        print_json(_to_json(told) | contents | {"unread": unread})
        return 0
    row = _in_words(told)
    print(f"{told.label}  {told.title}".rstrip())
    print(f"  FHIR {row['fhir']}, {row['size']}, {row['where']}{', a part of the package' if told.is_partial else ''}")
    for name, found in contents.items():
        if isinstance(found, list) and found:
            print(f"\n{name.replace('_', ' ')} ({len(found)})")
            for item in found:
                print(f"  {item['name'] or item['url']}  {item['url']}".rstrip())
    print()
    if unread:
        print(f"Left out, as they are no JSON: {', '.join(unread)}.")
    _tell_missing(told)
    return 0


def install(arguments: Namespace) -> int:
    import asyncio

    from workbench.workspace.packages import install_archive, install_from_registry, install_with_dependencies

    name = str(arguments.package)
    if name.lower().endswith(_ARCHIVES):
        events = install_archive(Path(name), replace=arguments.replace)
    elif arguments.registry:
        fetch = install_with_dependencies if arguments.dependencies else install_from_registry
        events = fetch(name, arguments.registry, replace=arguments.replace)
    else:
        raise WorkbenchError(
            f"“{name}” is not a .tgz, and no registry is named to take it from.",
            hint="Name the file, or the address of a package registry with --registry.",
        )
    installed = asyncio.run(_follow(events))
    if arguments.json:
        print_json(_to_json(installed))
        return 0
    print(f"Installed {installed.label} in {installed.folder}.")
    _tell_missing(installed)
    return 0


def remove(arguments: Namespace) -> int:
    from workbench.workspace.packages import remove_package

    removed = remove_package(arguments.package)
    if arguments.json:
        print_json(_to_json(removed))
        return 0
    print(f"Removed {removed.label} from {removed.folder}.")
    return 0


async def _follow(events: AsyncGenerator[InstallEvent, None]) -> PackageHere:
    from contextlib import aclosing

    from workbench.workspace.packages import PackageInstalled

    shown, installed = sys.stderr.isatty(), None
    async with aclosing(events) as told:
        async for event in told:
            if isinstance(event, PackageInstalled):
                installed = event.package
                if shown:
                    print(f"\r{installed.label}: installed{' ' * 30}", file=sys.stderr)
            elif shown:
                of = f" of {event.total:,}" if event.total else ""
                print(f"\r{event.label}: {event.stage} {event.done:,}{of}   ", end="", file=sys.stderr, flush=True)
    if installed is None:
        raise WorkbenchError("The package was not installed.")
    return installed


def _to_json(package: PackageHere) -> dict[str, Any]:
    return {
        "id": package.id,
        "version": package.version,
        "title": package.title,
        "fhir_versions": list(package.fhir_versions),
        "built_in": package.folder is None,
        "partial": package.is_partial,
        "folder": str(package.folder) if package.folder else "",
        "size": package.size,
        "missing": list(package.missing),
        "error": package.error,
    }


def _in_words(package: PackageHere) -> dict[str, str]:
    where = "built in" if package.folder is None else str(package.folder)
    part = ", in part" if package.is_partial else ""
    return {
        "label": package.label,
        "fhir": ", ".join(package.fhir_versions),
        "size": f"{package.size / 1_000_000:.1f} MB",
        "where": f"cannot be read: {package.error}" if package.error else where + part,
    }


def _tell_missing(package: PackageHere) -> None:
    if package.missing:
        print(f"{package.label} depends on what is not here: {', '.join(package.missing)}.")


def _contents_of(package: PackageFacts) -> dict[str, Any]:
    heads = package.structure_heads()
    extensions = [head for head in heads if head.type == "Extension" and head.derivation == "constraint"]
    profiles = [head for head in heads if head.derivation == "constraint" and head.type != "Extension"]
    types = [head for head in heads if head.derivation != "constraint"]
    parameters = [{"url": each.url, "name": each.code, "of": list(each.bases)} for each in package.search_parameters()]
    return {
        "dependencies": dict(package.dependencies),
        "profiles": [{"url": head.url, "name": head.name, "of": [head.type]} for head in profiles],
        "extensions": [{"url": head.url, "name": head.name, "of": []} for head in extensions],
        "types": [{"url": head.url, "name": head.name, "of": []} for head in types],
        "value_sets": [{"url": head.url, "name": head.name, "of": []} for head in package.value_set_heads()],
        "code_systems": [{"url": head.url, "name": head.name, "of": []} for head in package.code_system_heads()],
        "search_parameters": parameters,
    }
