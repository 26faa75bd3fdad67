"""Command `key`: the keys of the workbench as an app, and the JWK Set that a hospital is given of them."""

from __future__ import annotations

from argparse import Namespace, _SubParsersAction
from typing import TYPE_CHECKING, Any

from workbench.cli.printing import print_json
from workbench.errors import WorkbenchError
from workbench.smart.client_methods import SIGNING_ALGORITHMS

if TYPE_CHECKING:
    from workbench.workspace.app_keys import AppKeyStore


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("key", help="the keys of the workbench as an app, in the keyring")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list the keys, the one that signs first")
    listing.add_argument("--json", action="store_true", help="print JSON for programs")
    listing.set_defaults(run=list_keys)
    make = actions.add_parser("make", help="make a key that signs from now on; those before it stay")
    make.add_argument("--algorithm", choices=SIGNING_ALGORITHMS, default="ES384", help="ES384 if not said")
    make.set_defaults(run=make_key)
    jwks = actions.add_parser("jwks", help="print the public halves as the JWK Set that a hospital registers")
    jwks.set_defaults(run=print_jwks)
    forget = actions.add_parser("forget", help="delete a key")
    forget.add_argument("id", metavar="ID", help="its key id, as listed")
    forget.set_defaults(run=forget_key)


def list_keys(arguments: Namespace) -> int:
    keys = _store().read()
    if arguments.json:
        print_json({"keys": [{"id": key.id, "algorithm": key.algorithm} for key in keys]})
        return 0
    for key in keys:
        print(f"{key.algorithm}  {key.id}")
    if not keys:
        print("There is no key yet. Make one with: workbench key make")
    return 0


def make_key(arguments: Namespace) -> int:
    key = _store().make(arguments.algorithm)
    print(f"{key.algorithm}  {key.id}")
    print("It is in the keyring. Give its public half to the hospital: workbench key jwks")
    return 0


def print_jwks(arguments: Namespace) -> int:
    from workbench.smart_app.app_keys import to_jwks

    print_json(to_jwks(_store().read()))
    return 0


def forget_key(arguments: Namespace) -> int:
    store = _store()
    if arguments.id not in {key.id for key in store.read()}:
        raise WorkbenchError(f"There is no key “{arguments.id}”.", hint="See: workbench key list")
    store.forget(arguments.id)
    print(f"{arguments.id} is deleted.")
    return 0


def _store() -> AppKeyStore:
    """The keys; a machine without a keyring would lose them as soon as the command ends."""
    from workbench.workspace.app_keys import AppKeyStore

    store = AppKeyStore()
    if store.kept_in == "process":
        raise WorkbenchError(
            "This machine has no keyring that a key could be kept in.",
            hint="Start a desktop keyring, or give the file of a key to the command that signs.",
        )
    return store
