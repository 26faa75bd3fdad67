"""Check choices: what each document of a workspace is checked against, remembered by its path in `checks.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.workspace.atomic import write_text

VERSION = 1
# The oldest are forgotten first.
MOST_CHOICES = 300


@dataclass(frozen=True, slots=True)
class CheckChoice:
    """What to check against: a release (`4.0`) or what the text says of itself, a profile or what the text claims.

    `package`, `ID#VERSION`, is what brings the profile. `second_opinion` asks fhir.resources too, beside the verdict.
    """

    release: str = ""
    profile: str = ""
    package: str = ""
    second_opinion: bool = False


@dataclass(frozen=True, slots=True)
class RememberedChoice:
    """A choice, and the title its profile had."""

    choice: CheckChoice
    title: str = ""


def read_choice(folder: Path, document: Path) -> RememberedChoice | None:
    """What `document` was checked against last; None where nothing else was chosen than what it claims."""
    found = _read(folder).get(str(document.resolve()))
    if found is None:
        return None
    words = {name: str(found.get(name) or "") for name in ("release", "profile", "package", "title")}
    second = found.get("secondOpinion") is True
    return RememberedChoice(CheckChoice(words["release"], words["profile"], words["package"], second), words["title"])


def remember_choice(folder: Path, document: Path, remembered: RememberedChoice) -> None:
    """Keep it for the next time the document is opened; the plain choice is forgotten instead."""
    choices = _read(folder)
    key = str(document.resolve())
    choices.pop(key, None)
    choice = remembered.choice
    if choice != CheckChoice():
        choices[key] = {
            "release": choice.release,
            "profile": choice.profile,
            "package": choice.package,
            "title": remembered.title,
            "secondOpinion": choice.second_opinion,
        }
    kept = dict(list(choices.items())[-MOST_CHOICES:])
    write_text(_path(folder), json.dumps({"version": VERSION, "choices": kept}, indent=2, ensure_ascii=False) + "\n")


def _path(folder: Path) -> Path:
    return folder / "checks.json"


def _read(folder: Path) -> dict[str, dict[str, Any]]:
    """What is remembered; a file that cannot be read is told and not written over."""
    try:
        value = json.loads(_path(folder).read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise WorkbenchError(
            "What the documents are checked against cannot be read.",
            hint="Delete the file; each document is then checked against what it claims.",
            source=_path(folder),
        ) from error
    if not isinstance(value, dict) or value.get("version") != VERSION or not isinstance(value.get("choices"), dict):
        raise WorkbenchError(
            "What the documents are checked against was written by a newer workbench, or by something else.",
            hint="Delete the file; each document is then checked against what it claims.",
            source=_path(folder),
        )
    choices = value["choices"]
    return {key: each for key, each in choices.items() if isinstance(each, dict)}
