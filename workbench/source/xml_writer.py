"""Writer of FHIR XML: a resource from its JSON value, its elements in the order that the release defines.

What the release does not know is written as elements at the end, so that a tester can send what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from itertools import zip_longest
from typing import Any

from workbench.definitions.definitions import Definitions
from workbench.definitions.type_table import TypedElement, TypeTable
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json
from workbench.source.xml_tree import FHIR, parse_xml

# What XML cannot hold, not even by number (XML 1.0, Char).
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_ENTITY = re.compile(r"&(\w+);")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)
_NO_TABLE = TypeTable("", {}, (), {})


def to_xml(resource: Json, definitions: Definitions, *, indent: int | None = None) -> str:
    """Return `resource` as XML in one line, or with `indent` spaces a level; what XML cannot say raises an error."""
    writer = _Writer(definitions, indent)
    writer.write_resource(resource, 0, f' xmlns="{FHIR}"')
    return "".join(writer.parts).lstrip("\n") + ("" if indent is None else "\n")


class _Writer:
    def __init__(self, definitions: Definitions, indent: int | None) -> None:
        self.parts: list[str] = []
        self._definitions = definitions
        self._indent = indent

    def write_resource(self, resource: Json, level: int, namespace: str = "") -> None:
        name = resource.get("resourceType")
        if not isinstance(name, str):
            raise WorkbenchError("A resource without “resourceType” has no name in XML.", hint="Add resourceType.")
        table = self._definitions.table(name) if self._definitions.is_resource(name) else None
        members = {key: value for key, value in resource.items() if key != "resourceType"}
        self._write_element(_checked_name(name), members, table or _NO_TABLE, level, namespace)

    def _write_element(self, name: str, members: Json, table: TypeTable, level: int, head: str = "") -> None:
        """One element with its attributes and children; without children it ends in its tag."""
        head += "".join(_attribute(key, members[key]) for key in _attributes(members, table))
        inner = [key for key in _in_order(members, table) if key not in _attributes(members, table)]
        self._line(level, f"<{name}{head}")
        if not inner:
            self.parts.append("/>")
            return
        self.parts.append(">")
        for key in inner:
            self._write_member(key, members.get(key), members.get(f"_{key}"), table.elements.get(key), level + 1)
        self._line(level, f"</{name}>")

    def _write_member(self, name: str, value: Any, sibling: Any, element: TypedElement | None, level: int) -> None:
        values = value if isinstance(value, list) else [value]
        siblings = sibling if isinstance(sibling, list) else [sibling]
        for one, beside in zip_longest(values, siblings):
            self._write_one(_checked_name(name), one, beside, element, level)

    def _write_one(self, name: str, value: Any, sibling: Any, element: TypedElement | None, level: int) -> None:
        type_name = element.type if element else ""
        if type_name == "xhtml" and isinstance(value, str):
            self._line(level, _xhtml(value))
        elif isinstance(value, dict) and (type_name == "Resource" or self._definitions.is_resource(type_name)):
            self._line(level, f"<{name}>")
            self.write_resource(value, level + 1)
            self._line(level, f"</{name}>")
        elif isinstance(value, dict):
            self._write_element(name, value, self._definitions.table(type_name) or _NO_TABLE, level)
        else:
            head = "" if value is None else _attribute("value", value)
            table = self._definitions.table("Element") or _NO_TABLE
            self._write_element(name, sibling if isinstance(sibling, dict) else {}, table, level, head)

    def _line(self, level: int, text: str) -> None:
        if self._indent is not None:
            self.parts.append("\n" + " " * (self._indent * level))
        self.parts.append(text)


def _attributes(members: Json, table: TypeTable) -> list[str]:
    return [
        key
        for key, element in table.elements.items()
        if element.is_attribute and key in members and not isinstance(members[key], dict | list)
    ]


def _in_order(members: Json, table: TypeTable) -> Iterator[str]:
    """The elements that stand, with a value or with a sibling alone, and then those that are not known."""
    names = dict.fromkeys(name.removeprefix("_") for name in members)
    yield from (name for name in table.elements if name in names)
    yield from (name for name in names if name not in table.elements)


def _attribute(name: str, value: Any) -> str:
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    wrong = _NO_CHARACTER.search(text)
    if wrong:
        raise WorkbenchError(
            f"XML cannot hold the character U+{ord(wrong[0]):04X} of “{text[:40]}”.", hint="Take it out of the value."
        )
    return f' {name}="{text.translate(_ESCAPES)}"'


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise WorkbenchError(f"XML has no element named “{name[:40]}”.", hint="Take this member out of the resource.")
    return name


def _xhtml(text: str) -> str:
    """The narrative as it stands in JSON, but for characters that have names in HTML alone."""
    text = _ENTITY.sub(lambda match: match[0] if match[1] in _OF_XML else html5.get(f"{match[1]};", match[0]), text)
    try:
        parse_xml(text.encode())
    except WorkbenchError as error:
        raise WorkbenchError(
            f"The narrative cannot stand in XML. {error.message}", hint="Correct the text.div of the resource."
        ) from error
    return text
