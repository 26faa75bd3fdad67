"""Faults of a site file: what the site does wrongly in a launch, on purpose, one line a fault."""

from __future__ import annotations

from workbench.authorization_server.fault_rule import FaultRule
from workbench.authorization_server.launch_fault_text import parse_fault_rule
from workbench.errors import WorkbenchError
from workbench.yaml_file import YamlMap


def read_faults(fields: YamlMap) -> tuple[FaultRule, ...]:
    """The list `faults:` of a site's `smart:`; absent for none."""
    rules = []
    for text, line, column in fields.lines("faults"):
        try:
            rules.append(parse_fault_rule(text))
        except WorkbenchError as error:
            message = f"“{text}” is no fault of a launch. {error.message}"
            raise WorkbenchError(message, hint=error.hint, source=fields.source, line=line, column=column) from error
    return tuple(rules)
