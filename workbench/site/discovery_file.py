"""Discovery edits of a site file: where what a site publishes for apps is not what it does."""

from __future__ import annotations

from workbench.authorization_server.discovery_edits import DISCOVERY_FAULTS, DiscoveryEdits
from workbench.yaml_file import YamlMap, to_plain


def read_discovery(fields: YamlMap) -> DiscoveryEdits:
    """The part `smart: discovery:`; absent where the site publishes what it does."""
    members = fields.map("set", default=True)
    edits = DiscoveryEdits(
        leave_out=fields.texts("leave_out", ()),
        set=tuple((name, to_plain(members.raw(name))) for name in members.names()),
        faults=fields.words("faults", DISCOVERY_FAULTS),
    )
    fields.finish()
    return edits
