"""Versions of packages, ordered as semantic versions are, and the labels that name one: `ID#VERSION`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

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


def preference_of(version: str) -> tuple[bool, Order]:
    """Return what sorts versions so that the last is wanted where none is named: a release rather than a ballot."""
    return not _is_labelled(version), order_of(version)


def is_asked_for(version: str, asked: str) -> bool:
    """Tell whether `version` is what `asked` names: the same, any where nothing or `latest` is asked, or `1.0.x`.

    Ballots and the like are not among `1.0.x`.
    """
    if asked in ("", "latest", "*") or version == asked:
        return True
    open_end = _ANY.fullmatch(asked)
    return open_end is not None and version.startswith(open_end["start"]) and not _is_labelled(version)


def split_label(label: str) -> tuple[str, str]:
    """Return the id and the version of `ID#VERSION` or, as npm writes it, `ID@VERSION`; no version is empty."""
    name, _, version = label.partition("#" if "#" in label else "@")
    return name, version


def labels_of(dependencies: Mapping[str, str]) -> Iterator[str]:
    """Yield `ID#VERSION` of each dependency; with an alias one id may stand there in several versions.

    `us-core-6@npm:ID` names an alias in the key, `npm:ID@VERSION` in the value (npm, package aliases).
    """
    for name, version in dependencies.items():
        if version.startswith("npm:"):
            name, _, version = version.removeprefix("npm:").partition("@")
        yield f"{name.rpartition('@npm:')[2]}#{version}"


def _is_labelled(version: str) -> bool:
    return "-" in version.partition("+")[0]
