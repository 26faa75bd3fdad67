"""XHTML text: a narrative's element cut out of the XML around it, so that it stands alone as JSON holds it."""

from __future__ import annotations

import re

from workbench.source.xml_tree import START_TAG, XHTML, XmlNode

_NAME = re.compile(r"<([^\s/>]+)")
_DEFAULT_NAMESPACE = re.compile(r"\sxmlns\s*=")


def xhtml_text(data: bytes, node: XmlNode) -> str:
    """Return the element as it is written in `data`, without a prefix, its namespace added where the tag has none."""
    start = START_TAG.match(data, node.at)
    if start is None:
        return ""
    is_empty = start[0].endswith(b"/>")
    end = start.end() if is_empty else data.index(b">", node.end) + 1
    text = data[node.at : end].decode()
    tag = start[0].decode()
    name = _NAME.match(tag)
    prefix = name[1].partition(":")[0] if name and ":" in name[1] else ""
    if node.namespace != XHTML or (not prefix and _DEFAULT_NAMESPACE.search(tag)):
        return text
    if prefix:
        text = re.sub(f"(</?){re.escape(prefix)}:", r"\1", text)
    if not _DEFAULT_NAMESPACE.search(tag):
        text = f'<{node.name} xmlns="{XHTML}"{text[len(node.name) + 1 :]}'
    return text
