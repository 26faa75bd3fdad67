"""ValueLook: a close look at single values: their format, their table, their length and their escapes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from workbench.conformance.issue_log import IssueLog
from workbench.conformance.meant_value import find_meant_value
from workbench.conformance.value_format import ValueFormat
from workbench.conformance.version_plan import CLOSED_TABLES, CODED, ESCAPE_BODY, VersionPlan
from workbench.hl7v2.dictionary import ComponentDefinition
from workbench.hl7v2.escapes import unescape_text
from workbench.hl7v2.segment import Part

_NULL = '""'
_LONGEST_LIST = 120


@dataclass(frozen=True, slots=True)
class ValueLook:
    """Values of one message; a value that a table lacks is told once, where it stands first."""

    log: IssueLog
    plan: VersionPlan
    _told: set[tuple[str, str]] = field(default_factory=set)

    def look_at(
        self, leaf: ComponentDefinition, facts: ComponentDefinition, part: Part, path: str, rule: str, *, whole: bool
    ) -> bool:
        """Tell what is wrong with `part` as a value of the primitive `leaf`; whether it has the shape of one at least.

        `facts` is the leaf, or what it stands first in; `whole` is told of a field.
        """
        if part.text in ("", _NULL) or leaf.datatype in ("", "varies", "CM"):
            return True
        value = unescape_text(part.text, part.encoding)
        if format_ := self.plan.format(leaf.datatype):
            if format_.accepts(value):
                return True
            if leaf.datatype == "SI" and value.isdecimal():
                self._tell_long_number(facts, part, path, rule)
                return True
            self._tell_format(facts, leaf.datatype, format_, value, part, path, rule)
            return False
        self._look_at_escapes(part, path, rule)
        if leaf.datatype in ("ID", "IS"):
            self._look_at_table(leaf.table or facts.table, value, facts, part, path)
        if not whole and leaf.length and len(value) > leaf.length:
            self.tell_length(leaf, part, path, rule, len(value))
        return True

    def look_at_code(self, facts: ComponentDefinition, pieces: tuple[Part, ...], path: str, rule: str) -> None:
        """The code of a CE, CWE or CNE, where it is said to be, or can only be, of a table of HL7."""
        if facts.datatype not in CODED or not facts.table or self.plan.owner(facts.table) != "HL7":
            return
        system = pieces[2].text if len(pieces) > 2 else ""
        if pieces[0].text in ("", _NULL) or system not in ("", f"HL7{facts.table}"):
            return
        value = unescape_text(pieces[0].text, pieces[0].encoding)
        self._look_at_table(facts.table, value, facts, pieces[0], f"{path}.1")

    def _list_values(self, table: str, values: frozenset[str]) -> str:
        """`D Debugging, P Production, T Training`; the codes alone, or their number, where that is too long to read."""
        codes = sorted(values)
        named = (f"{code} {self.plan.dictionary.value_name(table, code)}".rstrip() for code in codes)
        lists = (", ".join(named), ", ".join(codes))
        return next((text for text in lists if len(text) <= _LONGEST_LIST), f"{len(codes)} values")

    def tell_length(self, facts: ComponentDefinition, part: Part, path: str, rule: str, length: int) -> None:
        """Tell it of each place once; of what has components as a remark, since few keep to it there."""
        if not self.plan.has_length(facts) or ("length", rule) in self._told:
            return
        self._told.add(("length", rule))
        self.log.add(
            "information" if self.plan.parts(facts.datatype) else "warning",
            "too-long",
            f"{path} {facts.name} has {length:,} characters, and {self.log.standard} gives it {facts.length:,}: "
            "a receiver may cut it off.",
            path=path,
            rule=f"{rule} length {facts.length}",
            offset=part.start,
        )

    def _tell_long_number(self, facts: ComponentDefinition, part: Part, path: str, rule: str) -> None:
        """A number past 9999 stands where a message has as many segments (2.5.1, 2.A.68); tell each place once."""
        if ("length", rule) not in self._told:
            self._told.add(("length", rule))
            said = f"{path} {facts.name} has more than the 4 digits of an SI of {self.log.standard}"
            said += ": a receiver may refuse it."
            self.log.add("warning", "too-long", said, path=path, rule=f"{rule} length 4", offset=part.start)

    def _tell_format(
        self,
        facts: ComponentDefinition,
        datatype: str,
        format_: ValueFormat,
        value: str,
        part: Part,
        path: str,
        rule: str,
    ) -> None:
        if datatype == "DTM" and not self.plan.is_datatype(datatype):
            datatype = "TS"
        meant = find_meant_value(value, format_)
        advice = f" Write {meant}." if meant else ""
        article = "an" if datatype[0] in "NS" and datatype != "SN" else "a"
        self.log.add(
            "error",
            "value",
            f"“{value[:60]}” in {path} {facts.name} is no {datatype}: {article} {datatype} is written "
            f"{format_.shape}.{advice}",
            path=path,
            rule=f"{rule} {datatype}",
            offset=part.start,
        )

    def _look_at_escapes(self, part: Part, path: str, rule: str) -> None:
        mark = part.encoding.escape
        if not mark or mark not in part.text:
            return
        rest = _escapes(mark).sub("", part.text)
        if mark in rest:
            at = _escapes(mark).sub(lambda found: "x" * len(found[0]), part.text).index(mark)
            self.log.add(
                "warning",
                "value",
                f"The “{mark}” in {path} begins no escape sequence: write it as {mark}E{mark} where it is text.",
                path=path,
                rule=f"{rule} escape",
                offset=part.start + at,
            )

    def _look_at_table(self, table: str, value: str, facts: ComponentDefinition, part: Part, path: str) -> None:
        values = self.plan.values(table)
        if not values or self.plan.is_listed(value, table) or (table, value) in self._told:
            return
        self._told.add((table, value))
        owner = self.plan.owner(table)
        listed = self.plan.dictionary.table(table)
        named = f"table {table} {listed[0]}" if listed else f"table {table}"
        said = f"“{value[:60]}” in {path} {facts.name}".rstrip()
        some = self._list_values(table, values)
        if owner == "HL7":
            closed = table in CLOSED_TABLES or (table == "0125" and not self.plan.is_datatype(value))
            advice = "use one of them" if closed else "agree on it with the receiver, or use one of them"
            sentence = f"{said} is none of HL7’s {named} ({some}): {advice}."
            self.log.add(
                "error" if closed else "warning",
                "code-invalid",
                sentence,
                path=path,
                rule=f"table {table}",
                offset=part.start,
            )
            return
        sentence = f"{said} is none of the suggested values of {named}; a site may have its own."
        self.log.add("information", "code-invalid", sentence, path=path, rule=f"table {table}", offset=part.start)


@lru_cache(maxsize=64)
def _escapes(mark: str) -> re.Pattern[str]:
    return re.compile(re.escape(mark) + ESCAPE_BODY + re.escape(mark))
