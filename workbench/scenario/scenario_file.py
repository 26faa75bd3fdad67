"""Files of scenarios: one YAML file that a person writes and a reviewer reads.

The format is described for its writers in `docs/scenario-format.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.scenario.scenario import Scenario
from workbench.scenario.scenario_reader import parse_document

SUFFIX = ".scenario.yaml"


def read_scenario(path: Path, folders: Sequence[Path] = ()) -> Scenario:
    """The scenario in the file at `path`; messages that it names are looked for beside it, then in `folders`.

    Raises WorkbenchError with file, line, column and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise WorkbenchError("The file is not UTF-8 text.", source=path, hint="Save it as UTF-8.") from error
    return parse_scenario(text, str(path), folders)


def parse_scenario(text: str, source: str = "", folders: Sequence[Path] = ()) -> Scenario:
    """The scenario that `text` writes down; where `source` is a path, files are looked for beside it."""
    return parse_document(text, source, (*_folders_of(source), *folders))


def to_scenario_text(scenario: Scenario) -> str:
    """The file of `scenario` as a person would write it."""
    from workbench.scenario.scenario_writer import to_document

    return to_document(scenario)


def edit_scenario_text(text: str, scenario: Scenario, folders: Sequence[Path] = ()) -> str:
    """`text` with what `scenario` says otherwise changed in place; comments, order and spacing elsewhere stay.

    Raises WorkbenchError where `text` is not a scenario.
    """
    from workbench.scenario.scenario_editor import edit_document

    return edit_document(text, scenario, (*_folders_of(scenario.source), *folders))


def _folders_of(source: str) -> tuple[Path, ...]:
    """The folder of the file and, as workspaces are laid out, the messages and resources next to it."""
    if not source:
        return ()
    folder = Path(source).parent
    return folder, folder.parent / "messages", folder.parent / "resources"
