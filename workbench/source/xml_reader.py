"""Reader of FHIR XML: a tree of elements as the JSON value that means the same, by what the release defines.

What is unknown is kept as it can be, for the validator to tell; what JSON has no place for is told here as an issue.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Any

from workbench.definitions.definitions import Definitions
from workbench.definitions.type_table import TypedElement, TypeTable
from workbench.errors import WorkbenchError
from workbench.fhir.resource import LONGEST_NUMBER, Json, parse_decimal
from workbench.issue import Issue
from workbench.source.xhtml_text import xhtml_text
from workbench.source.xml_tree import FHIR, SEPARATOR, XHTML, XmlNode

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
MOST_ISSUES = 1000
_NO_TABLE = TypeTable("", {}, (), {})


class XmlReader:
    """Reads one tree; `issues` is what it has to say of it."""

    def __init__(self, data: bytes, definitions: Definitions) -> None:
        self._data = data
        self._definitions = definitions
        self.issues: list[Issue] = []
        self._orders: dict[str, Mapping[str, int]] = {}
        self._kinds: dict[str, str | None] = {}

    def read_resource(self, node: XmlNode, path: str = "") -> Json:
        """Return the resource; its path is its type where nothing holds it."""
        table = self._definitions.table(node.name) if self._definitions.is_resource(node.name) else None
        return {"resourceType": node.name, **self._read_members(node, table or _NO_TABLE, path or node.name)}

    def _read_members(self, node: XmlNode, table: TypeTable, path: str, *, is_primitive: bool = False) -> Json:
        value = self._read_attributes(node, table, path, is_primitive=is_primitive) if node.attributes else {}
        if node.stray:
            self._tell(path, "Text stands between the elements; FHIR puts every value in an attribute “value”.")
        groups: dict[str, list[XmlNode]] = {}
        for child in node.children:
            if self._is_readable(child, table, path):
                groups.setdefault(child.name, []).append(child)
        if len(node.children) > 1:
            self._check_order(node, table, path)
        for name, nodes in groups.items():
            element, first = table.elements.get(name), nodes[0]
            kind = None if element is None or element.most != 1 or len(nodes) > 1 else self._kind_of(element.type)
            if kind is not None and first.is_bare:
                value[name] = self._read_text(first.attributes["value"], kind)
            else:
                self._read_group(name, nodes, element, path, value)
        return value

    def _read_group(
        self, name: str, nodes: list[XmlNode], element: TypedElement | None, path: str, value: Json
    ) -> None:
        """All elements of one name become one member, and what primitives have beside their values its sibling."""
        is_list = len(nodes) > 1 or (element is not None and element.repeats)
        stem = f"{path}.{element.name.removesuffix('[x]') if element else name}"
        if is_list and element is not None and not element.repeats:
            self._tell(stem, f"“{name}” stands {len(nodes)} times and may stand once; keep one of them.", "max")
            nodes, is_list = nodes[:1], False
        values: list[Any] = []
        siblings: list[Any] = []
        for at, node in enumerate(nodes):
            inner = f"{stem}[{at}]" if is_list else stem
            kind = None if element is None else self._kind_of(element.type)
            if kind is not None:
                one, sibling = self._read_primitive(node, kind, inner)
            else:
                one, sibling = self._read_value(node, element, inner), None
            values.append(one)
            siblings.append(sibling)
        if any(one is not None for one in values):
            value[name] = values if is_list else values[0]
        if any(sibling is not None for sibling in siblings):
            value[f"_{name}"] = siblings if is_list else siblings[0]

    def _read_value(self, node: XmlNode, element: TypedElement | None, path: str) -> Any:
        if element is None:
            return self._read_unknown(node)
        if element.type == "xhtml":
            return self._read_xhtml(node, path)
        if element.type in ("Resource", "DomainResource") or self._definitions.is_resource(element.type):
            return self._read_held_resource(node, path)
        table = self._definitions.table(element.type)
        return self._read_unknown(node) if table is None else self._read_members(node, table, path)

    def _read_held_resource(self, node: XmlNode, path: str) -> Json | None:
        held = [child for child in node.children if child.namespace == FHIR]
        if node.stray or len(held) != 1 or len(node.children) != 1:
            self._tell(path, f"“{node.name}” must hold one resource and nothing beside it.")
        return self.read_resource(held[0], path) if held else None

    def _read_xhtml(self, node: XmlNode, path: str) -> str:
        if node.namespace != XHTML or node.name != "div":
            self._tell(path, f'The narrative must be a “div” of XHTML: add xmlns="{XHTML}".')
        return xhtml_text(self._data, node)

    def _read_primitive(self, node: XmlNode, kind: str, path: str) -> tuple[Any, Json | None]:
        text = node.attributes.get("value")
        sibling: Json | None = None
        if node.children or node.stray or len(node.attributes) > (text is not None):
            table = self._definitions.table("Element") or _NO_TABLE
            sibling = self._read_members(node, table, path, is_primitive=True) or None
        if text is None and node.stray:
            text = node.stray  # told by now, and judged as what it was meant to be
        if text is None:
            return (None if sibling is not None else ""), sibling
        return self._read_text(text, kind), sibling

    def _kind_of(self, type_name: str) -> str | None:
        """What the values of a primitive type are in JSON; None for others and for XHTML."""
        if type_name not in self._kinds:
            primitive = None if type_name == "xhtml" else self._definitions.primitive(type_name)
            self._kinds[type_name] = None if primitive is None else primitive.kind
        return self._kinds[type_name]

    def _read_text(self, text: str, kind: str) -> Any:
        """What is not of its kind stays a text, for the validator to tell."""
        if kind == "string":
            return text
        if kind == "boolean":
            return {"true": True, "false": False}.get(text, text)
        if kind in ("integer", "number") and len(text) <= LONGEST_NUMBER and _INTEGER.fullmatch(text):
            return int(text)
        if kind == "number" and _DECIMAL.fullmatch(text):
            with contextlib.suppress(WorkbenchError):
                return parse_decimal(text)
        return text

    def _read_unknown(self, node: XmlNode) -> Any:
        value: Json = {name: text for name, text in node.attributes.items() if SEPARATOR not in name}
        groups: dict[str, list[Any]] = {}
        for child in node.children:
            groups.setdefault(child.name, []).append(self._read_unknown(child))
        if not groups and set(value) <= {"value"}:
            return value.get("value", "")
        return value | {name: values[0] if len(values) == 1 else values for name, values in groups.items()}

    def _read_attributes(self, node: XmlNode, table: TypeTable, path: str, *, is_primitive: bool) -> Json:
        value: Json = {}
        for key, text in node.attributes.items():
            namespace, _, name = key.rpartition(SEPARATOR)
            element = None if namespace else table.elements.get(name)
            if namespace == _SCHEMA or (is_primitive and key == "value"):
                continue
            if element is not None and element.is_attribute:
                value[name] = text
            elif element is not None:
                self._tell(path, f'“{name}” is an attribute here and must be an element: <{name} value="…"/>.')
            elif key == "value":
                self._tell(path, "This element has parts, which stand within it, and no “value” of its own.")
            else:
                self._tell(path, f"The attribute “{name}” is not known here; FHIR has “value”, “id” and “url” alone.")
        return value

    def _is_readable(self, child: XmlNode, table: TypeTable, path: str) -> bool:
        element = table.elements.get(child.name)
        if element is not None and child.namespace == FHIR and not element.is_attribute:
            return True
        wanted = XHTML if element is not None and element.type == "xhtml" else FHIR
        if child.namespace not in (wanted, FHIR):
            named = f"of the namespace {child.namespace}" if child.namespace else "of no namespace"
            self._tell(path, f"The element “{child.name}” is {named}, and must be of {wanted}.", "namespace")
            return False
        if child.name == "resourceType" or child.name.startswith("_"):
            self._tell(path, f"“{child.name}” is a word of FHIR JSON alone; XML has no such element.")
            return False
        if element is not None and element.is_attribute:
            self._tell(path, f'“{child.name}” must be an attribute in XML: {child.name}="…".')
        return True

    def _check_order(self, node: XmlNode, table: TypeTable, path: str) -> None:
        """Elements stand in the order of their definition (FHIR, XML representation); the first astray is told."""
        order = self._orders.get(table.name)
        if order is None:
            order = self._orders[table.name] = _order_of(table)
        latest, before = -1, ""
        for at, child in enumerate(node.children):
            position = order.get(child.name, -1)
            if 0 <= position < latest:
                index = sum(1 for other in node.children[:at] if other.name == child.name)
                element = table.elements[child.name]
                place = f"{path}.{element.name.removesuffix('[x]')}{f'[{index}]' if element.repeats else ''}"
                self._tell(place, f"“{child.name}” must stand before “{before}” in XML; move it up.", "order")
                return
            if position > latest:
                latest, before = position, child.name

    def _tell(self, path: str, message: str, rule: str = "form") -> None:
        if len(self.issues) < MOST_ISSUES:
            self.issues.append(Issue("error", "structure", message, path, f"XML {rule}"))


def _order_of(table: TypeTable) -> Mapping[str, int]:
    """The position of each JSON name; the types of one choice share theirs."""
    names = {name: at for at, name in enumerate(table.choices)}
    return {json_name: names[element.name] for json_name, element in table.elements.items()}
