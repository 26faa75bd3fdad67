"""Versions of packages, ordered as semantic versions are, and whether one is what a dependency asks for."""

from __future__ import annotations

import re

Order = tuple[tuple[int, ...], tuple[tuple[int, int, str], ...]]
# What a dependency may say in place of the last numbers (FHIR NPM packages, version references).
_ANY = re.compile(r"(?P<start>(?:\d+\.)*)(?:x|X|\*)(?:\.(?:x|X|\*))*")


def order_of(version: str) -> Order:
    """Return what sorts versions from old to new: `6.1.0-ballot` comes before `6.1.0`."""
    number, _, label = version.partition("+")[0].partition("-")
    numbers = tuple(int(part) if part.isdecimal() else -1 for part in number.split("."))
    if not label:
        return numbers, ((2, 0, ""),)
    return numbers, tuple((1, 0, part) if not part.isdecimal() else (0, int(part), "") for part in label.split("."))


def is_asked_for(version: str, asked: str) -> bool:
    """Tell whether `version` is what `asked` names: the same, `1.0.x`, or any where nothing or `latest` is asked."""
    if asked in ("", "latest", "*") or version == asked:
        return True
    open_end = _ANY.fullmatch(asked)
    return open_end is not None and version.startswith(open_end["start"])
