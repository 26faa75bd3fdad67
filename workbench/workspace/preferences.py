"""Preferences: what the user has set for a workspace, in `preferences.json`; everything is off until it is set."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.workspace.atomic import write_text

VERSION = 1


@dataclass(frozen=True, slots=True)
class Preferences:
    """`package_registry` is the one address that packages may be fetched from; none is asked where it is empty.

    `empty_fields` shows the empty fields in the tree of an HL7 v2 message. `launch_addresses` are those of apps that
    were typed for a launch, the newest first.
    """

    package_registry: str = ""
    empty_fields: bool = False
    launch_addresses: tuple[str, ...] = ()


def read_preferences(folder: Path) -> Preferences:
    """What is set; a file that cannot be read is told and left as it is."""
    path = folder / "preferences.json"
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError, RecursionError) as error:
        raise WorkbenchError(
            "The preferences of this workspace cannot be read.", hint="Correct the file or delete it.", source=path
        ) from error
    if not isinstance(value, dict) or value.get("version") != VERSION:
        raise WorkbenchError(
            "The preferences of this workspace were written by a newer workbench, or by something else.",
            hint="Use that workbench, or delete the file.",
            source=path,
        )
    addresses = value.get("launchAddresses")
    listed = addresses if isinstance(addresses, list) else []
    return Preferences(
        str(value.get("packageRegistry") or ""),
        value.get("emptyFields") is True,
        tuple(each for each in listed if isinstance(each, str)),
    )


def change_preferences(folder: Path, **changes: Any) -> None:
    """Set some and leave the others as they are."""
    save_preferences(folder, replace(read_preferences(folder), **changes))


def save_preferences(folder: Path, preferences: Preferences) -> None:
    read_preferences(folder)
    value = {
        "version": VERSION,
        "packageRegistry": preferences.package_registry,
        "emptyFields": preferences.empty_fields,
        "launchAddresses": list(preferences.launch_addresses),
    }
    write_text(folder / "preferences.json", json.dumps(value, indent=2, ensure_ascii=False) + "\n")
