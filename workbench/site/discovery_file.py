"""Discovery edits of a site file: where what a site publishes for apps is not what it does."""

from __future__ import annotations

from typing import Any

from workbench.smart.discovery_edits import DISCOVERY_FAULTS, DiscoveryEdits
from workbench.yaml_file import YamlMap


def read_discovery(fields: YamlMap) -> DiscoveryEdits:
    """The part `smart: discovery:`; absent where the site publishes what it does."""
    members = fields.map("set", default=True)
    edits = DiscoveryEdits(
        leave_out=fields.texts("leave_out", ()),
        set=tuple((name, _plain(members.raw(name))) for name in members.names()),
        faults=fields.words("faults", DISCOVERY_FAULTS),
    )
    fields.finish()
    return edits


def _plain(value: Any) -> object:
    """A JSON value of what the reader of YAML made."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool | int) or value is None:
        return value
    return float(value)
