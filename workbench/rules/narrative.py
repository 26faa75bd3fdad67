"""Narrative: whether the XHTML of a resource is well formed, of what is allowed there, and says anything.

FHIR R4, Narrative: chapters 7 to 11 (without 9.4) and 15 of HTML 4.0, links, images, and style attributes.
"""

from __future__ import annotations

from typing import Literal
from xml.parsers import expat

XHTML = "http://www.w3.org/1999/xhtml"
_XML = "http://www.w3.org/XML/1998/namespace"
# What separates a namespace from a name, as no name holds it.
_APART = "\n"
DEEPEST = 200
_ELEMENTS = frozenset(
    "div address h1 h2 h3 h4 h5 h6 p br hr span bdo em strong dfn code samp kbd var cite abbr acronym blockquote q sub"
    " sup pre ul ol li dl dt dd dir menu table caption thead tfoot tbody colgroup col tr th td a img map area tt i b"
    " big small strike s u font basefont center".split()
)
_EVERYWHERE = frozenset("id class style title lang dir accesskey tabindex".split())
_TABLE = frozenset("align valign char charoff width bgcolor".split())
_CELL = _TABLE | frozenset("abbr axis headers scope rowspan colspan nowrap height".split())
_LINK = frozenset("href name rel rev target type hreflang charset shape coords".split())
_FONT = frozenset("size color face".split())
_ALIGNED = frozenset({"align"})
_ATTRIBUTES: dict[str, frozenset[str]] = {
    "a": _LINK,
    "area": frozenset("shape coords href alt nohref target".split()),
    "map": frozenset({"name"}),
    "img": frozenset("src alt longdesc height width border hspace vspace align usemap ismap name".split()),
    "q": frozenset({"cite"}),
    "blockquote": frozenset({"cite"}),
    "br": frozenset({"clear"}),
    "hr": frozenset("align noshade size width".split()),
    "pre": frozenset({"width"}),
    "ul": frozenset("type compact".split()),
    "ol": frozenset("type compact start".split()),
    "dl": frozenset({"compact"}),
    "li": frozenset("type value".split()),
    "table": frozenset("summary width border frame rules cellspacing cellpadding align bgcolor".split()),
    "caption": _ALIGNED,
    **dict.fromkeys(("colgroup", "col"), _TABLE | {"span"}),
    **dict.fromkeys(("thead", "tfoot", "tbody", "tr"), _TABLE),
    **dict.fromkeys(("th", "td"), _CELL),
    **dict.fromkeys(("div", "p", "h1", "h2", "h3", "h4", "h5", "h6"), _ALIGNED),
    **dict.fromkeys(("font", "basefont"), _FONT),
}
_ALLOWED = {tag: _EVERYWHERE | _ATTRIBUTES.get(tag, frozenset()) for tag in _ELEMENTS}
# Addresses, which may hold a script.
_SCRIPTED = frozenset("href src cite longdesc usemap".split())
# (rule, what is wrong as a part of a sentence).
Fault = tuple[Literal["txt-1", "txt-2", "xhtml"], str]
_MOST_FAULTS = 20
# What the parser says, where that does not tell what to change.
_WHY = {
    "undefined entity": "XML knows no named characters but &amp; &lt; &gt; &quot; &apos;; write &nbsp; as &#160;",
    "mismatched tag": "a tag ends another element than the one that is open, or one is left open, as <br> for <br/>",
    "not well-formed (invalid token)": "a “&” or “<” stands for itself, or an attribute has no quotes",
    "no element found": "it ends before its elements do",
    "unclosed token": "it ends within a tag",
    "junk after document element": "more than one element stands side by side; put all into one “div”",
}


def find_narrative_faults(text: str) -> tuple[Fault, ...]:
    """Return what is wrong with the `div` of a narrative; nothing where all is well."""
    reader = _Reader()
    try:
        reader.read(text)
    except _Refused as refused:
        return (*reader.faults, ("xhtml", str(refused)))
    except expat.ExpatError as error:
        where = f"(line {error.lineno}, column {error.offset + 1} of it)"
        said = _WHY.get(expat.ErrorString(error.code), expat.ErrorString(error.code))
        return (*reader.faults, ("xhtml", f"is not well-formed XHTML {where}: {said}"))
    if not reader.says_something:
        reader.faults.append(("txt-2", "has no text and no picture in it"))
    return tuple(reader.faults)


class _Refused(ValueError):
    """The text is not worth reading on."""


class _Reader:
    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.says_something = False
        self._depth = 0
        self._namespace = XHTML
        self._told: set[str] = set()
        self._parser = expat.ParserCreate(namespace_separator=_APART)
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.ProcessingInstructionHandler = self._refuse_instruction

    def read(self, text: str) -> None:
        self._parser.Parse(text.encode("utf-8", "replace"), True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _Refused(f"nests deeper than {DEEPEST} levels")
        namespace, _, tag = name.rpartition(_APART)
        if self._depth == 1:
            self._look_at_root(tag, namespace)
        elif namespace not in (XHTML, self._namespace):
            self._tell("txt-1", f"holds the element “{tag}” of another namespace")
        elif tag not in _ALLOWED:
            self._tell("txt-1", f"holds the element “{tag}”, which is not allowed there")
        if attributes:
            self._look_at_attributes(tag, attributes)
        if tag == "img":
            self.says_something = True

    def _look_at_root(self, tag: str, namespace: str) -> None:
        self._namespace = namespace  # where it is the wrong one, that is told of the root alone
        if tag != "div":
            self._tell("xhtml", f'must be one “div” with xmlns="{XHTML}", and is “{tag}”')
        elif namespace != XHTML:
            self._tell("xhtml", f'must have xmlns="{XHTML}" on its “div”')

    def _look_at_attributes(self, tag: str, attributes: dict[str, str]) -> None:
        allowed = _ALLOWED.get(tag, _EVERYWHERE)
        if allowed.issuperset(attributes) and _SCRIPTED.isdisjoint(attributes):
            return
        for name, value in attributes.items():
            namespace, _, bare = name.rpartition(_APART)
            if namespace == _XML or (not namespace and bare.startswith("data-")):
                continue  # data-… says nothing to a reader, and HL7's own tools write it
            if namespace or bare not in allowed:
                self._tell("txt-1", f"holds the attribute “{bare}” on “{tag}”, which is not allowed there")
            elif value.strip().lower().startswith(("javascript:", "vbscript:")):
                self._tell("txt-1", f"holds a script in the attribute “{bare}” of “{tag}”")

    def _end(self, name: str) -> None:
        self._depth -= 1

    def _characters(self, text: str) -> None:
        if not self.says_something and text.strip():
            self.says_something = True

    def _refuse_doctype(self, *_: object) -> None:
        raise _Refused("declares a document type, which could define entities; leave the declaration out")

    def _refuse_instruction(self, target: str, data: str) -> None:
        if target.lower() != "xml":
            self._tell("txt-1", f"holds the processing instruction “{target}”")

    def _tell(self, rule: Literal["txt-1", "txt-2", "xhtml"], said: str) -> None:
        if said not in self._told and len(self.faults) < _MOST_FAULTS:
            self._told.add(said)
            self.faults.append((rule, said))
