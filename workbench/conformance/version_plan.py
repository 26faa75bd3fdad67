"""VersionPlan: what a version asks of values, looked up fast: the type of each part, its format, its table's values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from workbench.conformance.value_format import ValueFormat, find_format
from workbench.hl7v2.dictionary import ComponentDefinition, Dictionary, FieldDefinition, TableOwner, load_dictionary

# Tables of HL7 that decide how a message is read, so that a value outside of them is an error and no local extension.
CLOSED_TABLES = frozenset({"0008", "0103", "0136", "0155"})
# Tables of the header, which is judged as a whole, and the names of coding systems, which are added to at any time.
OTHER_TABLES = frozenset({"0003", "0076", "0104", "0354", "0396"})
# How table 0203 lists national identifiers, whose country stands in their code.
NATIONAL, NATIONAL_PATTERN = "NNxxx", "NN[A-Z]{3}"
_OPEN = re.compile(r"\.\.|…|<integer>|SUGGESTION")
# Fields whose type another field names: the observation's value, and the keys of master files.
TYPED_BY = {("OBX", 5): 2, ("MFE", 4): 5, ("MFA", 5): 6}
# Segments whose last field stands for as many as the query has: its parameters, and the columns of a row (2.5.1, 5.5).
OPEN_SEGMENTS = frozenset({"QPD", "RDT"})
# A universal identifier and its type, which stand both or neither (2.5.1, 2.A.36 and 2.A.28).
PAIRED = {"HD": (2, 3), "EI": (3, 4)}
OID = r"[0-2](?:\.(?:0|[1-9]\d*+))++"
# Types whose first component is a code, drawn from the table of the field.
CODED = frozenset({"CE", "CWE", "CNE", "CF"})
# What may stand between two escape characters.
ESCAPE_BODY = r"(?:[EFSTRHNP]|\.[a-z]{2} ?[+-]?\d*|[XCMZ][0-9A-Fa-f]*)"


@dataclass(frozen=True, slots=True)
class VersionPlan:
    """The facts of one version; each is made when it is first asked for, and kept."""

    dictionary: Dictionary
    _fields: dict[str, tuple[FieldDefinition, ...]] = field(default_factory=dict, repr=False)
    _parts: dict[str, tuple[ComponentDefinition, ...]] = field(default_factory=dict, repr=False)
    _tables: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    @property
    def version(self) -> str:
        return self.dictionary.version

    def fields(self, segment: str) -> tuple[FieldDefinition, ...]:
        """The fields of a segment that the version knows; none of one that it does not."""
        found = self._fields.get(segment)
        if found is None:
            found = self.dictionary.fields(segment)
            if segment in OPEN_SEGMENTS and found:
                found = (*found[:-1], replace(found[-1], most=None, length=0))
            if found:  # names come from messages, of which nobody knows how many there are
                self._fields[segment] = found
        return found

    def parts(self, datatype: str) -> tuple[ComponentDefinition, ...]:
        """The components of a data type, or its subcomponents where it is the type of a component."""
        if datatype not in self._parts:
            parts = self.dictionary.components(datatype)
            if datatype == "TS" and parts:  # up to 2.4 its time is an ST in the tables, whose format is that of the TS
                parts = (replace(parts[0], datatype="DTM"), *parts[1:])
            self._parts[datatype] = parts
        return self._parts[datatype]

    def leaf(self, part: ComponentDefinition) -> ComponentDefinition:
        """`part`, or the first of its parts for as long as it has some: what a text without delimiters is."""
        seen = part
        while parts := self.parts(seen.datatype):
            seen = parts[0]
        return seen

    def values(self, table: str) -> frozenset[str]:
        """The values of a table, none where the version does not list them all or they are not judged one by one."""
        if table not in self._tables:
            found = None if table in OTHER_TABLES else self.dictionary.table(table)
            self._tables[table] = _read_values(found[1]) if found else frozenset()
        return self._tables[table]

    def is_listed(self, value: str, table: str) -> bool:
        """Whether a table has a value; a national identifier is one with its country in table 0203."""
        values = self.values(table)
        return value in values or (NATIONAL in values and re.fullmatch(NATIONAL_PATTERN, value) is not None)

    def owner(self, table: str) -> TableOwner:
        return self.dictionary.table_owner(table)

    def format(self, datatype: str) -> ValueFormat | None:
        return find_format(self.version, datatype)

    def has_length(self, part: ComponentDefinition) -> bool:
        """Whether the length of a part is judged: tables and formats say more than a length does."""
        if not part.length:
            return False
        datatype = self.leaf(part).datatype
        return (
            bool(self.parts(part.datatype))
            or datatype == "NM"
            or (datatype not in ("ID", "IS") and self.format(datatype) is None)
        )

    def is_datatype(self, name: str) -> bool:
        return name in self.dictionary.datatypes()


def _read_values(listed: Iterable[str]) -> frozenset[str]:
    """The values of a table; none where one of them stands for others that are not listed.

    Some have blanks (`UNICODE UTF-8`), and some are printed with blanks that are not theirs (`Octet - stream`).
    """
    each = [part.strip() for value in listed for part in value.split(",")]
    values = frozenset((*each, *(value.replace(" ", "") for value in each)))
    return frozenset() if any(_OPEN.search(value) for value in values) else values


@lru_cache(maxsize=16)
def load_version_plan(version: str) -> VersionPlan:
    """The plan of `version`, or of the nearest one that is known."""
    return VersionPlan(load_dictionary(version))
