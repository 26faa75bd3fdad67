"""Table XML: the tables of a profile's XML, as HL7's table profile, Messaging Workbench and IGAMT write them."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.conformance.message_profile import TableRule
from workbench.conformance.xml_elements import XmlElement
from workbench.conformance.xml_rules import table_number

# The element of a table, those of its values, and the attributes that name the table.
_TABLES = ("hl7table", "TableDefinition", "Table", "ValueSetDefinition")
_VALUES = ("tableElement", "TableElement", "ValueElement")
_NO_VALUES = "..."
_NUMBERS = ("id", "Id", "ID", "BindingIdentifier")


def find_tables(root: XmlElement) -> tuple[TableRule, ...]:
    """The tables that stand anywhere in a file; of two of one number the first.

    One without values, or that the file wants not to be judged, is open and empty, so that no other is taken for it.
    """
    found = {table_number(name): TableRule(table_number(name), closed=False) for name in _unjudged(root)}
    for element in _walk(root):
        table = _read_table(element) if element.name in _TABLES else None
        if table is not None:
            found.setdefault(table.number, table)
    return tuple(found.values())


def _unjudged(root: XmlElement) -> Iterator[str]:
    for element in _walk(root):
        if element.name == "NoValidation":
            yield from (child.text.strip() for child in element.children if child.text.strip())


def _walk(root: XmlElement) -> Iterator[XmlElement]:
    waiting = [root]
    while waiting:
        element = waiting.pop()
        yield element
        waiting.extend(reversed(element.children))


def _read_table(element: XmlElement) -> TableRule | None:
    number = _first(element, ("BindingIdentifier", *_NUMBERS))
    if not number:
        return None
    values: dict[str, str] = {}
    for value in _walk(element):
        code = _first(value, ("code", "Code", "Value")) if value.name in _VALUES else ""
        if code and code != _NO_VALUES and _first(value, ("Usage", "usage")) not in ("E", "X"):
            values.setdefault(code, _first(value, ("description", "displayName", "DisplayName", "Description")))
    is_open = not values or element.get("Extensibility") == "Open" or element.get("ContentDefinition") == "Intensional"
    return TableRule(table_number(number), _first(element, ("name", "Name")), tuple(values.items()), closed=not is_open)


def _first(element: XmlElement, names: tuple[str, ...]) -> str:
    return next((element.get(name) for name in names if element.get(name)), "")
