"""XML rules: the attributes of a profile's XML that say usage, cardinality, length and table, read for a rule."""

from __future__ import annotations

import re
from typing import Any

from workbench.conformance.condition import Condition, read_condition
from workbench.conformance.message_profile import USAGES, Range, Usage
from workbench.conformance.rule_text import CONDITIONAL, parse_range
from workbench.conformance.xml_elements import XmlElement
from workbench.errors import WorkbenchError

NO_CONDITION = Condition("")
_CONDITIONAL = re.compile(r"C\s*\(\s*([A-Z]+)\s*/\s*([A-Z]+)\s*\)")
_HL7_TABLE = re.compile(r"(?:HL7)?(\d{4})")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
_NOTHING = ("", "0", "NA", "-1", "*")


def read_rule(element: XmlElement, source: str) -> dict[str, Any]:
    """Usage, condition and cardinality of a segment, group or part, as arguments of a rule."""
    word = (element.get("Usage") or element.get("Optionality")).upper().replace(" ", "")
    found = _CONDITIONAL.fullmatch(word)
    when, otherwise = found.groups() if found else CONDITIONAL.get(word, (word, ""))
    usage = _usage(when, element, source)
    if usage == "X" and not otherwise:
        return {"usage": usage}  # beside it tools leave what was there before
    rule: dict[str, Any] = {"usage": usage, "cardinality": _cardinality(element, source)}
    if otherwise:
        rule |= {"otherwise": _usage(otherwise, element, source), "condition": _condition(element)}
    return rule


def read_limits(element: XmlElement, source: str) -> dict[str, Any]:
    """Length, conformance length, constant, table and data type of a part."""
    return {
        "length": _length(element, source),
        "conformance_length": "" if element.get("ConfLength") in _NOTHING else element.get("ConfLength"),
        "constant": element.attributes.get("ConstantValue", ""),
        "table": table_number(element.get("Table")),
    }


def segment_name(element: XmlElement, source: str) -> str:
    name = element.get("Name").upper()
    if not _SEGMENT.fullmatch(name):
        raise WorkbenchError(f"“{name}” is no name of a segment.", source=source, line=element.line)
    return name


def table_number(text: str) -> str:
    """`HL70001` and `0001` are one table; a table of a guide keeps its name."""
    found = _HL7_TABLE.fullmatch(text)
    return found[1] if found else text


def _usage(word: str, element: XmlElement, source: str) -> Usage | None:
    if not word:
        return None
    for usage in USAGES:
        if word == usage:
            return usage
    raise WorkbenchError(
        f"“{word}” is no usage.",
        hint=f"Usages are {', '.join((*USAGES, *CONDITIONAL))} and C(R/X).",
        source=source,
        line=element.line,
    )


def _condition(element: XmlElement) -> Condition:
    said = element.find("Predicate")
    return read_condition(said.text) if said is not None and said.text.strip() else NO_CONDITION


def _cardinality(element: XmlElement, source: str) -> Range | None:
    least, most = element.get("Min"), element.get("Max")
    if not least and not most:
        return None
    if most.isdecimal() and least.isdecimal() and int(most) < int(least):
        most = "*"  # a tool of old wrote 0 where it had no limit
    return _range(f"{least or 0}..{most or '*'}", element, source)


def _length(element: XmlElement, source: str) -> Range | None:
    """`Length` is the most before 2.7; `MinLength` and `MaxLength` say both since."""
    if "MaxLength" in element.attributes or "MinLength" in element.attributes:
        least, most = element.get("MinLength"), element.get("MaxLength")
        if least in _NOTHING and most in _NOTHING:
            return None
        return _range(f"{0 if least in _NOTHING else least}..{'*' if most in _NOTHING else most}", element, source)
    said = element.get("Length")
    if said in _NOTHING:
        return None
    return _range(said if ".." in said else f"0..{said}", element, source)


def _range(text: str, element: XmlElement, source: str) -> Range:
    try:
        return parse_range(text)
    except WorkbenchError as error:
        raise WorkbenchError(error.message, hint=error.hint, source=source, line=element.line) from error
