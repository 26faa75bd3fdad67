"""XmlNode: the elements of a FHIR XML text as a tree, read safely: no document type, no entities, bounded in depth.

XHTML is not taken apart: its outermost element knows where it begins and ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.parsers import expat

from workbench.errors import WorkbenchError
from workbench.fhir.resource import DEEPEST, too_deep

# More than any bundle that one would send at once, and little enough to be held in memory.
MOST_ELEMENTS = 1_000_000
FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
START_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
SEPARATOR = " "
# What the reader says in its own words, in ours (by the codes of xml.parsers.expat.errors).
_WORDS = {
    "no element found": "it ends before its elements do",
    "mismatched tag": "an end tag is not that of the element that is open",
    "undefined entity": "it names a character that XML does not know by this name",
    "not well-formed (invalid token)": "a character stands where it cannot",
    "junk after document element": "something follows the end of the resource",
    "duplicate attribute": "an attribute stands twice in one element",
    "unbound prefix": "a prefix is used that no xmlns explains",
    "unclosed token": "a tag or comment is not ended",
    "reference to invalid character number": "a character reference names no character of XML",
}
_HINTS = {"undefined entity": "Write the character itself, or its number such as &#160;."}


_Start = Callable[[str, dict[str, str]], None]


class XmlNode:
    """One element; `at` is where its tag begins in the bytes of the text, `end` where its last tag begins.

    `attributes` are by name, those of a namespace by its name, a blank and their own. `stray` is the text between its
    children, where that is not blank.
    """

    __slots__ = ("at", "attributes", "children", "end", "name", "namespace", "stray")

    def __init__(self, namespace: str, name: str, attributes: dict[str, str], at: int) -> None:
        self.namespace = namespace
        self.name = name
        self.attributes = attributes
        self.children: list[XmlNode] = []
        self.at = at
        self.end = at
        self.stray = ""

    @property
    def is_bare(self) -> bool:
        """Whether it says a value and nothing besides."""
        return "value" in self.attributes and len(self.attributes) == 1 and not self.children and not self.stray


def parse_xml(data: bytes) -> XmlNode:
    """Return the root of UTF-8 `data`; what is no safe XML raises WorkbenchError with line and column."""
    reader = _TreeReader(data)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        said = expat.ErrorString(error.code)
        raise WorkbenchError(
            f"This is not well-formed XML: {_WORDS.get(said, said)}.",
            hint=_HINTS.get(said, "Correct the text at that place."),
            line=error.lineno,
            column=error.offset + 1,
        ) from error
    finally:
        del reader.parser  # which knows the reader, so that else both would stay until they are searched for
    return reader.root.children[0]


class _TreeReader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        parser = expat.ParserCreate(encoding="utf-8", namespace_separator=SEPARATOR)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_document_type
        self.parser = parser
        self._handle(self._start, self._end, self._text)
        self.root = XmlNode("", "", {}, 0)
        self._open = [self.root]
        self._xhtml_depth = 0
        self._count = 0
        self._names: dict[str, tuple[str, str]] = {}

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > DEEPEST:
            raise self._here(too_deep("XML"))
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise self._here(
                WorkbenchError(
                    f"This XML has more than {MOST_ELEMENTS:,} elements.", hint="Divide it into smaller bundles."
                )
            )
        namespace, local = self._names.get(name) or self._divide(name)
        node = XmlNode(namespace, local, attributes, self.parser.CurrentByteIndex)
        self._open[-1].children.append(node)
        self._open.append(node)
        if namespace == XHTML:
            self._xhtml_depth = 1
            self._handle(self._start_xhtml, self._end_xhtml, None)

    def _end(self, name: str) -> None:
        self._open.pop().end = self.parser.CurrentByteIndex

    def _text(self, text: str) -> None:
        node = self._open[-1]
        if not text.isspace() and not node.stray:
            node.stray = text.strip()

    def _start_xhtml(self, name: str, attributes: dict[str, str]) -> None:
        self._xhtml_depth += 1
        if len(self._open) + self._xhtml_depth > DEEPEST + 1:
            raise self._here(too_deep("XML"))

    def _end_xhtml(self, name: str) -> None:
        self._xhtml_depth -= 1
        if not self._xhtml_depth:
            self._handle(self._start, self._end, self._text)
            self._end(name)

    def _handle(self, start: _Start, end: Callable[[str], None], text: Callable[[str], None] | None) -> None:
        """XHTML is skipped by handlers of its own, since most of a resource may be narrative."""
        self.parser.StartElementHandler = start
        self.parser.EndElementHandler = end
        self.parser.CharacterDataHandler = text

    def _refuse_document_type(self, *_: object) -> None:
        """Before any entity is defined; the reader is already past the word itself."""
        before = self._data[: self._data.rfind(b"<!DOCTYPE", 0, self.parser.CurrentByteIndex + 1)].decode()
        raise WorkbenchError(
            "This XML has a document type declaration (DOCTYPE).",
            hint="FHIR has none; take it out.",
            line=before.count("\n") + 1,
            column=len(before) - before.rfind("\n"),
        )

    def _here(self, error: WorkbenchError) -> WorkbenchError:
        error.line = self.parser.CurrentLineNumber
        error.column = self.parser.CurrentColumnNumber + 1
        return error

    def _divide(self, name: str) -> tuple[str, str]:
        """Namespace and local name; there are few of them in a text, each many times."""
        namespace, _, local = name.rpartition(SEPARATOR)
        self._names[name] = namespace, local
        return namespace, local
