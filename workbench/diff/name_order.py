"""Order of the names of two sides: as the left has them, what the right alone has where it stands there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merge_names(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[str]:
    """Return the left's names, each name of the right alone after the one that it follows on the right."""
    followers: dict[str, list[str]] = {}
    anchor = ""
    for name in right:
        if name in left:
            anchor = name
        else:
            followers.setdefault(anchor, []).append(name)
    merged = followers.get("", [])[:]
    for name in left:
        merged += [name, *followers.get(name, ())]
    return merged
