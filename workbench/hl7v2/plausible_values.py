"""Plausible values: what a field may hold in a message that is made here: synthetic, of its type and from its table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workbench.hl7v2.dictionary import ComponentDefinition, Dictionary, FieldDefinition
from workbench.hl7v2.escapes import STANDARD, escape_text
from workbench.hl7v2.place_facts import is_coded
from workbench.hl7v2.times import format_time

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./+-]{0,19}")
# What is chosen of a table, where the first of its values would be odd.
_PREFERRED: Mapping[str, str] = {
    "0001": "F",
    "0003": "A01",
    "0004": "I",
    "0007": "R",
    "0008": "AA",
    "0052": "W",
    "0061": "M10",
    "0063": "SPO",
    "0070": "BLD",
    "0074": "LAB",
    "0076": "ADT",
    "0078": "N",
    "0080": "N",
    "0085": "F",
    "0103": "P",
    "0119": "NW",
    "0123": "F",
    "0125": "NM",
    "0127": "DA",
    "0128": "MO",
    "0136": "Y",
    "0155": "AL",
    "0190": "H",
    "0191": "TEXT",
    "0200": "L",
    "0201": "PRN",
    "0202": "PH",
    "0203": "MR",
    "0270": "PN",
    "0271": "AU",
    "0273": "AV",
    "0291": "PDF",
    "0299": "A",
    "0301": "ISO",
    "0396": "L",
    "0399": "USA",
    "0440": "ST",
}
# The components of a type; those that a version has withdrawn stay empty.
_PERSON = ("Okafor", "Amara")
_STAFF = ("RAMAN", "Raman", "Priya")
_ADDRESS = ("12 Harbor Lane", "", "Springfield", "IL", "62701", "USA")
_TYPES: Mapping[str, tuple[str, ...]] = {
    "XPN": _PERSON,
    "PN": _PERSON,
    "PPN": _STAFF,
    "XCN": _STAFF,
    "CN": _STAFF,
    "CNN": _STAFF,
    "XAD": _ADDRESS,
    "AD": _ADDRESS,
    "PL": ("4W", "401", "A"),
    "EI": ("4711", "WORKBENCH"),
    "HD": ("WORKBENCH",),
    "XON": ("Community Hospital",),
    "CQ": ("1", "mL"),
    "MO": ("10.00", "USD"),
    "NR": ("60", "100"),
    "SN": ("=", "72"),
    "PT": ("P",),
    "ED": ("WORKBENCH", "TEXT", "", "A", "Seen and well"),
    "FN": ("Okafor",),
    "SAD": ("12 Harbor Lane",),
    "NA": ("1", "2"),
    "MA": ("1", "2"),
    "RCD": ("PID.3", "ST", "20"),
}
_NUMBERS = ("CK", "CX", "CM_PAT_ID", "CM_PAT_ID_0192", "CK_ACCOUNT_NO")
_LONGEST = 12
_TELEPHONE = "(217)555-0104"


@dataclass(frozen=True, slots=True)
class Values:
    """Makes the values of one message of `dictionary`'s version; `authority` assigns the patient's number."""

    dictionary: Dictionary
    now: datetime
    authority: str = "HOSPITAL"

    def make_field(self, field: FieldDefinition, *, ordinal: int = 1) -> str:
        """The text of a field, escaped; `ordinal` counts the segments of its name, for set IDs."""
        if field.datatype == "SI":
            return str(ordinal)
        if field.datatype == "varies":
            return "1"
        return self._make(field, field.table, "^&")

    def write(self, field: FieldDefinition, parts: tuple[str, ...]) -> str:
        """Given components in the form that the field's type has in this version: all of them, or the first alone."""
        components = self.dictionary.components(field.datatype)
        if not components:
            digits = re.sub(r"\D", "", parts[0]) if field.datatype in ("NM", "SI") else parts[0]
            return escape_text(digits, STANDARD)
        given = tuple(self.authority if part == "@" else part for part in parts)
        filled = self._fill(components, given, field.table, "^&")
        return "^".join(filled).rstrip("^")

    def _make(self, definition: ComponentDefinition, table: str, separators: str) -> str:
        """The value of an element; its parts go between the first of `separators`."""
        kind = definition.datatype
        components = self.dictionary.components(kind)
        if not components:
            return escape_text(self._make_primitive(definition, table), STANDARD)
        if not separators:
            return escape_text(self._make_primitive(components[0], table), STANDARD)
        parts = self._parts_of(kind, definition, table)
        return separators[0].join(self._fill(components, parts, table, separators)).rstrip(separators[0])

    def _parts_of(self, kind: str, definition: ComponentDefinition, table: str) -> tuple[str, ...]:
        if kind in _NUMBERS:
            return ("100001", "", "", self.authority, "MR") if kind == "CX" else ("100001",)
        if kind == "XTN":
            return (_TELEPHONE, "PRN", "PH", "", "", "217", "5550104")
        if kind in ("TS", "DR"):
            return (self._make_time(definition.name, "TS"),)
        if kind in ("CE", "CWE", "CNE", "CF"):
            code = self._choose(table)
            return (code, "", "") if code else ("1", _words(definition.name), "L")
        return _TYPES.get(kind, ())

    def _fill(
        self, components: tuple[ComponentDefinition, ...], parts: tuple[str, ...], table: str, separators: str
    ) -> list[str]:
        """Each component: what is given, what is required, or the first where nothing else is there."""
        filled = []
        for number, component in enumerate(components):
            given = parts[number] if number < len(parts) else ""
            if component.usage == "W":
                filled.append("")
            elif given:
                filled.append(escape_text(given, STANDARD))
            elif component.usage == "R" or (not parts and number == 0):
                coded = number == 0 and is_coded("", component)
                filled.append(self._make(component, component.table or (table if coded else ""), separators[1:]))
            else:
                filled.append("")
        return filled

    def _make_primitive(self, definition: ComponentDefinition, table: str) -> str:
        table = definition.table or table
        match definition.datatype:
            case "ID" | "IS":
                return self._choose(table) or ("Y" if "indicator" in definition.name.lower() else "A")
            case "NM" | "SI" | "SNM":
                return "1"
            case "DT" | "TM" | "TS" | "DTM" | "GTS" as kind:
                return self._make_time(definition.name, kind)
            case "TN":
                return _TELEPHONE
        return self._choose(table) or _words(definition.name)

    def _make_time(self, name: str, kind: str) -> str:
        if "birth" in name.lower():
            return "19840312"
        moment = format_time(self.now)
        return {"DT": moment[:8], "TM": moment[8:12]}.get(kind, moment)

    def _choose(self, table: str) -> str:
        """A value of a table; empty where none is listed."""
        found = self.dictionary.table(table) if table else None
        values = found[1] if found else ()
        preferred = _PREFERRED.get(table, "")
        if preferred and (preferred in values or not values):
            return preferred
        return next((value for value in values if _CODE.fullmatch(value)), "")


def _words(name: str) -> str:
    """A text that says what it stands for, of whole words, short enough for any field."""
    words = re.sub(r"\s*[-(/].*", "", name).split()
    while len(words) > 1 and len(" ".join(words)) > _LONGEST:
        words.pop()
    return " ".join(words)[:_LONGEST] or "Text"
