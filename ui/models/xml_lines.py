"""XML lines: a resource's XML with an element a line, for an editor that must not be given one endless line."""

from __future__ import annotations

import re

_TAG = re.compile(r"<(?:!--.*?--|[^>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_NAME = re.compile(r"</?([\w:.-]+)")
_HEAD = re.compile(r"<([A-Z]\w*)\b[^>]*?\bxmlns\s*=\s*[\"']http://hl7\.org/fhir[\"']")
_ID = re.compile(r"<id\s+value\s*=\s*[\"']([A-Za-z0-9.-]{1,64})[\"']")
_START = 4096


def looks_like_xml_resource(data: bytes) -> bool:
    """Tell whether `data` starts as FHIR XML does."""
    start = data[:_START].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[:1] == b"<" and b"http://hl7.org/fhir" in start


def identify_xml(data: bytes) -> tuple[str, str]:
    """The type and id of a resource in XML, as far as its start tells them."""
    text = data[:_START].decode("utf-8", "replace")
    head = _HEAD.search(text)
    found = _ID.search(text)
    return head[1] if head else "", found[1] if found else ""


def to_xml_lines(text: str) -> str:
    """Indent `text` between its tags; the narrative, in which spaces count, stays in its one line."""
    parts: list[str] = []
    depth, narrative, at = 0, 0, 0
    for tag in _TAG.finditer(text):
        between, at = text[at : tag.start()], tag.end()
        closing, single = tag[0].startswith("</"), tag[0].endswith("/>") or tag[0].startswith(("<?", "<!"))
        name = found[1] if (found := _NAME.match(tag[0])) else ""
        depth -= closing
        if narrative or between.strip():
            parts.append(between)
        else:
            parts.append("\n" + "  " * depth if parts else "")
        parts.append(tag[0])
        depth += not closing and not single
        if name == "div" and not single:
            narrative += -1 if closing else 1
    return "".join(parts) + text[at:]
