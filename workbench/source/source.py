"""Source: a resource and the text it was read from, JSON or XML, with the place of every element."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Literal, Protocol

from workbench.definitions.definitions import Definitions
from workbench.errors import WorkbenchError
from workbench.fhir.resource import DEEPEST, Json, is_deeper_than, parse_resource, read_text, too_deep
from workbench.issue import Issue
from workbench.source.json_fault import find_json_fault
from workbench.source.json_places import JsonPlaces
from workbench.source.lines import Lines
from workbench.source.text_form import LONGEST_TEXT
from workbench.source.xml_places import XmlPlaces
from workbench.source.xml_reader import XmlReader
from workbench.source.xml_tree import FHIR, XmlNode, parse_xml

Format = Literal["json", "xml"]


class Places(Protocol):
    def find(self, path: str) -> tuple[int, int] | None: ...

    def path_at(self, offset: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text, in characters."""

    offset: int
    length: int


@dataclass(slots=True)
class _Index:
    """What only the asking for places needs, made when it is first asked for."""

    places: Places | None = None
    lines: Lines | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """`value` is the resource as plain JSON; `issues` is what reading it found, already with their places.

    `text` has no byte order mark. `first_line` is the number of its first line in the file it stands in.
    """

    value: Json
    format: Format
    text: str
    issues: tuple[Issue, ...] = ()
    first_line: int = 1
    _root: XmlNode | None = None
    _index: _Index = field(default_factory=_Index)

    def place_of(self, path: str) -> tuple[int, int] | None:
        """Return line and column, from 1, of what a FHIRPath such as `Patient.name[0].family` names.

        What does not stand has the place of the nearest element above it that does; another resource's path has none.
        """
        span = self.span_of(path)
        return None if span is None else self._lines.place_of(span.offset)

    def span_of(self, path: str) -> Span | None:
        """Return the piece of the text that shows an element: a primitive whole, else its name or start tag."""
        found = self._places.find(path)
        return None if found is None else Span(*found)

    def path_at(self, line: int, column: int) -> str:
        """Return the FHIRPath of the innermost element at a line and column."""
        return self._places.path_at(self._lines.offset_of(line, column))

    def locate(self, issue: Issue) -> Issue:
        """Return `issue` with line and column, where it has none yet; the resource’s own where its path has none."""
        place = (self.place_of(issue.path) or self.place_of("")) if issue.line is None else None
        return issue if place is None else dataclasses.replace(issue, line=place[0], column=place[1])

    @property
    def _places(self) -> Places:
        if self._index.places is None:
            if self._root is not None:
                self._index.places = XmlPlaces(self.text.encode(), self._root)
            else:
                self._index.places = JsonPlaces(self.text, str(self.value["resourceType"]))
        return self._index.places

    @property
    def _lines(self) -> Lines:
        if self._index.lines is None:
            self._index.lines = Lines(self.text, self.first_line)
        return self._index.lines


def parse_source(data: bytes | str, definitions: Definitions, *, first_line: int = 1) -> Source:
    """Return the resource in `data`, JSON or XML; what is neither raises WorkbenchError with line and column."""
    try:
        if len(data) > LONGEST_TEXT:
            raise _too_long()
        text = read_text(data)
        _refuse_half_characters(text, data)
        read = _read_xml if is_xml(text) else _read_json
        return read(text, definitions, first_line)
    except WorkbenchError as error:
        if error.line is not None:
            error.line += first_line - 1
        raise


def is_xml(text: str) -> bool:
    return text[:1000].lstrip()[:1] == "<"


def _read_json(text: str, definitions: Definitions, first_line: int) -> Source:
    try:
        return Source(parse_resource(text), "json", text, first_line=first_line)
    except WorkbenchError as error:
        fault = find_json_fault(text) if error.line is None else None
        if fault is not None:
            error.line, error.column = Lines(text).place_of(fault)
        raise


def _read_xml(text: str, definitions: Definitions, first_line: int) -> Source:
    data = text.encode()
    root = parse_xml(data)
    if root.namespace != FHIR:
        line, column = Lines(text).place_of(len(data[: root.at].decode()))
        raise WorkbenchError(
            f"This is not a FHIR resource: “{root.name}” is not in the namespace of FHIR.",
            hint=f'Its start tag needs xmlns="{FHIR}".',
            line=line,
            column=column,
        )
    reader = XmlReader(data, definitions)
    value = reader.read_resource(root)
    if is_deeper_than(value, DEEPEST):
        error = too_deep("XML")
        error.line = error.column = 1
        raise error
    found = Source(value, "xml", text, (), first_line, root)
    return dataclasses.replace(found, issues=tuple(found.locate(issue) for issue in reader.issues))


def _too_long() -> WorkbenchError:
    return WorkbenchError(
        f"This resource is longer than {LONGEST_TEXT // 1024 // 1024} MB.",
        hint="Divide it, or write it as NDJSON with one resource a line.",
        line=1,
        column=1,
    )


def _refuse_half_characters(text: str, data: bytes | str) -> None:
    """Bytes that were UTF-8 hold none; a text from elsewhere may."""
    if isinstance(data, bytes):
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line, column = Lines(text).place_of(error.start)
        raise WorkbenchError("This text holds half a character.", line=line, column=column) from error
