"""Faults of documents as text (FT, TX, ST): separators and escapes that eat letters, lines that get lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.documents.carrier import Carrier
from workbench.documents.fault import Fault
from workbench.hl7v2.message import Message
from workbench.issue import Severity

_KNOWN = re.compile(r"[HNFSTREP]|X(?:[0-9A-Fa-f]{2})+|Z[^\\]*|[CM][0-9A-Fa-f]+|\.(?:br|sp|fi|nf|in|ti|sk|ce)[ +\-\d]*")
_STATUSES = frozenset("A B C D F I N O P R S U V W X".split())
_MARKUP = re.compile(r"<br\s*/?>|</?(?:p|div|span|html|body|b|i|table|tr|td)\b[^>]*>|&nbsp;", re.IGNORECASE)


def find_text_faults(message: Message, carrier: Carrier) -> Iterator[Fault]:
    """What is wrong with one OBX whose OBX-5 is a text."""
    if broken := _broken(message, carrier):
        yield broken
    if carrier.value.lstrip().startswith("{\\rtf"):
        yield _fault(
            carrier,
            "rtf-in-text",
            "The receiver shows RTF commands as text, or loses parts of it.",
            f"{carrier.at}-5 is RTF in a text field, where a backslash begins an escape sequence.",
            "Send RTF as ED, in base64.",
        )
        return
    if shifted := _find_shift(message, carrier):
        yield shifted
        return
    yield from _find_parts(message, carrier)
    yield from _find_escapes(message, carrier)
    if _MARKUP.search(carrier.value[:65536]):
        yield _fault(
            carrier,
            "markup-in-text",
            "The receiver shows the tags of HTML.",
            f"{carrier.at}-5 holds HTML, and {carrier.value_type} is plain text.",
            r"Write plain text with \.br\ or one OBX a line, or send the HTML as ED.",
            "warning",
        )


def _broken(message: Message, carrier: Carrier) -> Fault | None:
    """A raw line break: CR ends the segment everywhere, LF at many receivers."""
    if carrier.spill:
        number, start = len(carrier.spill), carrier.spill[0].start
        lines = "A line that is no segment follows" if number == 1 else f"{number} lines that are no segments follow"
        cause = f"{lines} {carrier.at}: a line break (CR or LF) in the text ends the segment."
    elif "\n" in carrier.value:
        start = message.text.find("\n", carrier.segment.start)
        cause = f"A line feed stands in the text of {carrier.at}-5, and many receivers end the segment there."
    else:
        return None
    return Fault(
        "text-line-break",
        "The receiver shows the first line alone, or refuses the message for an unknown segment.",
        cause,
        r"Write \.br\ for a line break, or one OBX a line.",
        f"{carrier.at}-5",
        start,
    )


def _find_shift(message: Message, carrier: Carrier) -> Fault | None:
    """A field separator in the text: what should be OBX-11 is no status, and more fields than usual hold words."""
    fields = carrier.segment.text.split(message.encoding.field)
    status = fields[11].strip() if len(fields) > 11 else ""
    words = [number for number, text in enumerate(fields) if number > 5 and " " in text.strip()]
    if not words or (status and status in _STATUSES):
        return None
    return _fault(
        carrier,
        "field-separator",
        "The receiver shows the text up to a point, and the rest is lost.",
        f"A “{message.encoding.field}” stands in the text and begins a new field: OBX-{words[0]} holds words.",
        r"Write \F\ for it.",
    )


def _find_parts(message: Message, carrier: Carrier) -> Iterator[Fault]:
    encoding = message.encoding
    for mark, escape, part in ((encoding.component, "S", "component"), (encoding.subcomponent, "T", "subcomponent")):
        if mark and mark in carrier.value:
            yield _fault(
                carrier,
                f"{part}-separator",
                f"The receiver shows the text up to the “{mark}”, and the rest is lost.",
                f"A “{mark}” stands in the text of {carrier.at}-5 and begins a new {part}.",
                f"Write {encoding.escape}{escape}{encoding.escape} for it.",
                "error" if part == "component" else "warning",
            )
            return


def _find_escapes(message: Message, carrier: Carrier) -> Iterator[Fault]:
    mark = message.encoding.escape
    if not mark or mark not in carrier.value:
        return
    pieces = carrier.value.split(mark)
    index, bad = 1, ""
    while index < len(pieces) and not bad:
        if index + 1 < len(pieces) and _KNOWN.fullmatch(pieces[index]):
            index += 2
        else:
            bad = mark + pieces[index][:12]
    if bad:
        yield _fault(
            carrier,
            "escape-broken",
            "The receiver loses letters, or shows the text with its backslashes.",
            f"“{bad}” in {carrier.at}-5 is no escape sequence.",
            f"Write {mark}E{mark} for the letter itself, and {mark}.br{mark} for a line break.",
            "warning",
        )


def _fault(carrier: Carrier, name: str, symptom: str, cause: str, remedy: str, severity: Severity = "error") -> Fault:
    return Fault(name, symptom, cause, remedy, f"{carrier.at}-5", carrier.start_of(0), severity)
