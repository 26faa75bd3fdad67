"""Verdicts of a validator, and whether one finds a fault at its place and tells nothing elsewhere.

The right place is the place of the fault, one below it, or one of those that the fault names: the object that holds
it, and for what chooses a slice the list of the slices and its holder. A choice is one place, whatever its type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TYPE = re.compile(r"\.ofType\(\w+\)")
_ENTRY = re.compile(r"/\*[^*]*\*/")
# Validators write Observation.value[x], Observation.value.ofType(Quantity) and Observation.valueQuantity for one place.
_CHOICES = re.compile(
    r"\.(value|effective|onset|abatement|performed|occurrence|medication|deceased|multipleBirth|timing|asNeeded|dose|rate"
    r"|bounds|content|product|serviced|allowed|reported|due|detail|answer|quantity|start|born|age|defaultValue)"
    r"(\[x\]|[A-Z]\w*)"
)


@dataclass(frozen=True, slots=True)
class Told:
    """An error that a validator told: where, and in which words."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`found`: any new error; `placed`: one at the right place; `elsewhere`: new errors at other places."""

    found: bool
    placed: bool
    elsewhere: tuple[Told, ...]


def plain_path(path: str) -> str:
    return _CHOICES.sub(r".\1", _ENTRY.sub("", _TYPE.sub("", path)))


def judge(places: Iterable[str], told: Iterable[Told], before: Iterable[Told]) -> Finding:
    """Hold what was told of the fault against its places and what was told before there was one."""
    known = {(plain_path(error.path), _bare(error.text)) for error in before}
    new = [error for error in told if (plain_path(error.path), _bare(error.text)) not in known]
    wanted = [plain_path(place) for place in places]
    outside = [error for error in new if not _is_at(plain_path(error.path), wanted)]
    return Finding(bool(new), len(outside) < len(new), tuple(outside))


def _is_at(path: str, wanted: list[str]) -> bool:
    """The nearest place and all below it; the others exactly, as everything lies below a resource."""
    return path in wanted or path.startswith((f"{wanted[0]}.", f"{wanted[0]}["))


def _bare(text: str) -> str:
    """The words without numbers, since a count may change with what was added."""
    return re.sub(r"\d+", "", text)[:80]
