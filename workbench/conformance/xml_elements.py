"""XmlElement: the elements of a profile's XML as a tree, read safely: no entities, and nothing outside is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from workbench.errors import WorkbenchError

# A profile of a whole guide, with its data types, has some 50,000 elements in 10 MB.
MOST_BYTES = 64 * 1024 * 1024
MOST_ELEMENTS = 1_000_000
DEEPEST = 60


class XmlElement:
    """One element by its local name, whatever its namespace; `line` is where its tag begins, from 1."""

    __slots__ = ("attributes", "children", "line", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.children: list[XmlElement] = []
        self.text = ""

    def get(self, name: str) -> str:
        """An attribute without blanks around it, empty where there is none."""
        return self.attributes.get(name, "").strip()

    def find(self, name: str) -> XmlElement | None:
        return next((child for child in self.children if child.name == name), None)

    def find_all(self, *names: str) -> Iterator[XmlElement]:
        return (child for child in self.children if child.name in names)


def read_xml(path: Path) -> XmlElement:
    """The root of the file at `path`; raises WorkbenchError with line and column."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.") from error
    return parse_elements(data, str(path))


def parse_elements(data: bytes, source: str = "") -> XmlElement:
    """The root of `data`, in the encoding that it declares; raises WorkbenchError with its place."""
    if len(data) > MOST_BYTES:
        raise WorkbenchError(
            f"This XML has more than {MOST_BYTES // 1024 // 1024} MB.", hint="Divide it.", source=source
        )
    reader = _Reader(source)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise WorkbenchError(
            f"This is not well-formed XML: {expat.ErrorString(error.code)}.",
            hint="Correct the text at that place.",
            source=source,
            line=error.lineno,
            column=error.offset + 1,
        ) from error
    except (ValueError, LookupError) as error:  # an encoding that is declared and that nobody knows
        raise WorkbenchError(
            f"This XML cannot be read: {error}.", hint="Save it as UTF-8.", source=source, line=1
        ) from error
    finally:
        del reader.parser  # which knows the reader, so that else both would stay until they are searched for
    return reader.root.children[0]


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self.root = XmlElement("", {}, 0)
        self._open = [self.root]
        self._count = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._refuse_entity
        self.parser = parser

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) > DEEPEST:
            many = (
                f"more than {MOST_ELEMENTS:,} elements" if self._count > MOST_ELEMENTS else "elements nested too deeply"
            )
            raise self._here(f"This XML has {many}.", "Divide it.")
        element = XmlElement(name.rpartition(" ")[2], attributes, self.parser.CurrentLineNumber)
        self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        if not text.isspace():
            self._open[-1].text += text

    def _refuse_entity(self, *_: object) -> None:
        raise self._here("This XML defines an entity (<!ENTITY …>), which is not read here.", "Take it out.")

    def _here(self, message: str, hint: str) -> WorkbenchError:
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        return WorkbenchError(message, hint=hint, source=self._source, line=line, column=column)
