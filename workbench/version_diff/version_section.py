"""Sections of a comparison of versions: which part of the standard each row is of."""

from __future__ import annotations

import re

from workbench.diff.difference import Difference

SECTIONS = ("Trigger events", "Messages", "Segments", "Data types", "Tables")
_FIELD = re.compile(r"[A-Z][A-Z0-9]{2}-\d+")
_COMPONENT = re.compile(r"[A-Z][A-Z0-9_]*\.\d+")


def section_of(row: Difference) -> str:
    """The section of a row of `diff_versions`, known by the path and the aspect that it has."""
    if row.path.startswith("table"):
        return "Tables"
    if "^" in row.path:
        return "Trigger events"
    if _FIELD.fullmatch(row.path) or (row.aspect == "segment" and "." not in row.path):
        return "Segments"
    if _COMPONENT.fullmatch(row.path) or row.aspect in ("datatype", "components"):
        return "Data types"
    return "Messages"
