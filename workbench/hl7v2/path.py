"""Path: a place in a message in the standard's own notation, such as `PID-3[2].4.2` or `OBX[3]-5`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from workbench.errors import WorkbenchError

_PATH = re.compile(
    r"(?P<segment>[A-Z][A-Z0-9]{2})(?:\[(?P<ordinal>\d{1,6})\])?"
    r"(?:-(?P<field>\d{1,4})(?:\[(?P<repetition>\d{1,6})\])?"
    r"(?:\.(?P<component>\d{1,4})(?:\.(?P<subcomponent>\d{1,4}))?)?)?"
)
GROUP = re.compile(r"([A-Z][A-Z0-9_]*)(?:\[(\d{1,6})\])?")


@dataclass(frozen=True, slots=True)
class Path:
    """One place; all numbers count from 1, and None means the first, or not told."""

    segment: str
    ordinal: int | None = None
    field: int | None = None
    repetition: int | None = None
    component: int | None = None
    subcomponent: int | None = None

    def __str__(self) -> str:
        text = self.segment if self.ordinal is None else f"{self.segment}[{self.ordinal}]"
        if self.field is not None:
            text += f"-{self.field}" if self.repetition is None else f"-{self.field}[{self.repetition}]"
        if self.component is not None:
            text += f".{self.component}"
        return text if self.subcomponent is None else f"{text}.{self.subcomponent}"


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """Read a path; `WorkbenchError` where it is none."""
    found = _PATH.fullmatch(text.strip())
    numbers = (
        {key: int(value) for key, value in found.groupdict().items() if value and key != "segment"} if found else {}
    )
    if found is None or 0 in numbers.values():
        raise WorkbenchError(
            f"“{text}” is not a place in an HL7 v2 message.", hint="Write it as PID-5.1, PID-3[2].4.2 or OBX[3]-5."
        )
    return Path(found["segment"], **numbers)


def names_group(text: str) -> bool:
    """Whether a path ends in a group, such as `ORDER_OBSERVATION[2]`; what may name a segment names that."""
    last = text.rpartition("/")[2].strip()
    return GROUP.fullmatch(last) is not None and _PATH.fullmatch(last) is None


def check_path(text: str) -> None:
    """`WorkbenchError` where `text` is no path in form, with groups (`ORDER_OBSERVATION[2]/OBX[1]-5`) or without."""
    *groups, place = text.split("/")
    for group in groups:
        found = GROUP.fullmatch(group.strip())
        if found is None or found[2] == "0":
            raise WorkbenchError(f"“{group}” is not a group.", hint="Write it as ORDER_OBSERVATION[2]/OBX[1]-5.")
    parse_path(place)
