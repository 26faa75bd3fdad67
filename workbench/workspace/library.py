"""The shipped library: where its files lie in a checkout or an installed wheel, and the patients in it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import workbench
from workbench.errors import WorkbenchError
from workbench.fhir.resource import parse_resource

POPULATIONS = {"standard": "population"}
"""Name of a population, as a site file gives it, and its folder below `resources`."""


def fixtures_folder() -> Path:
    """The folder of the shipped library: `workbench/fixtures` in a wheel, `fixtures` beside it in a checkout."""
    package = Path(workbench.__file__).resolve().parent
    for folder in (package / "fixtures", package.parent / "fixtures"):
        if (folder / "sites").is_dir():
            return folder
    raise WorkbenchError("The shipped library is missing from this installation.", hint="Install the workbench again.")


def load_population(name: str) -> tuple[dict[str, Any], ...]:
    """The resources that a simulated site starts with, in a fixed order, fresh at every call.

    Raises WorkbenchError for a name that is not known, or a file that cannot be read.
    """
    if name not in POPULATIONS:
        known = ", ".join(POPULATIONS)
        raise WorkbenchError(f"There is no population named “{name}”.", hint=f"Known populations: {known}.")
    resources: list[dict[str, Any]] = []
    for _, text in _files(POPULATIONS[name]):
        resources.extend(entry["resource"] for entry in parse_resource(text)["entry"])
    return tuple(resources)


@lru_cache
def _files(folder: str) -> tuple[tuple[str, str], ...]:
    paths = sorted((fixtures_folder() / "resources" / folder).glob("*.json"))
    try:
        return tuple((path.name, path.read_text("utf-8")) for path in paths)
    except OSError as error:
        raise WorkbenchError(f"The shipped patients cannot be read: {error.strerror or error}.") from error
