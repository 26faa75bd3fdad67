"""Faults of encapsulated documents (ED): where the content stands, how it is encoded, whether it is what it says."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.documents.base64_reading import Mishap, Reading, is_truncated, looks_like_base64, read_base64
from workbench.documents.carrier import Carrier
from workbench.documents.encapsulated_words import find_word_faults
from workbench.documents.fault import Fault
from workbench.documents.media_type import TEXT, UNKNOWN, name_of_type, sniff_media_type
from workbench.hl7v2.message import Message

_EMPTY = "The receiver shows an empty document."
_BROKEN = "The receiver says that the document is damaged, or cannot open it."
_MISHAPS: dict[Mishap, tuple[str, str, str]] = {
    "data-uri": (_BROKEN, "OBX-5.5 begins as a data: URI, and a receiver decodes that as well.", "Cut it off."),
    "escapes": (
        _BROKEN,
        r"Escape sequences such as \.br\ or \X0D\ stand in the base64, and many receivers decode their letters.",
        "Write the base64 in one line.",
    ),
    "line-breaks": (
        "The document is damaged, or the message is cut short, at receivers that are strict.",
        "Line breaks or blanks stand in the base64 of OBX-5.5.",
        "Write the base64 in one line; many encoders wrap it after 76 letters unless they are told not to.",
    ),
    "url-safe": (
        _BROKEN,
        "The base64 has the letters - and _ of the URL-safe alphabet, which ED does not know.",
        "Encode it with the usual alphabet, which has + and /.",
    ),
    "pieces": (
        "The receiver shows the beginning of the document, or says that it is damaged.",
        "The base64 has an end (=) within it: pieces were encoded one by one and put together.",
        "Encode the document as a whole, or in pieces of a multiple of three bytes.",
    ),
    "cut": (
        _BROKEN,
        "The base64 is cut: its letters are no multiple of four.",
        "Send all of it; look for a limit of length on the way.",
    ),
    "unpadded": (
        "Receivers that are strict say that the document is damaged.",
        "The = at the end of the base64 are missing.",
        "Fill it up with = to a multiple of four letters.",
    ),
    "double": (
        "The receiver says that the document is damaged, or shows endless letters.",
        "The document was encoded in base64 twice.",
        "Encode it once.",
    ),
}


def find_encapsulated_faults(message: Message, carrier: Carrier) -> Iterator[Fault]:
    """What is wrong with one OBX that carries an encapsulated document."""
    start = carrier.segment.start
    if not carrier.place:
        yield from _find_no_content(carrier)
        return
    if misplaced := _find_misplaced(message, carrier):
        yield misplaced
    if carrier.spill:
        yield _spilled(carrier)
    elif carrier.place == 5 and (cut := _find_separators(message, carrier)):
        yield cut
        return
    yield from find_word_faults(message, carrier)
    if carrier.encoding.strip().lower() in ("", "base64") or carrier.place != 5:
        yield from _find_base64(message, carrier)
    elif carrier.encoding.strip().lower() == "hex" and not _is_hexadecimal(carrier.content):
        yield Fault(
            "encoding-wrong",
            _BROKEN,
            f"{carrier.at}-5.4 says Hex, and what stands in {carrier.at}-5.5 is not hexadecimal.",
            "Name the encoding that was used, Base64 as a rule.",
            f"{carrier.at}-5.4",
            start,
        )


def _find_no_content(carrier: Carrier) -> Iterator[Fault]:
    at, start = carrier.at, carrier.segment.start
    fields = carrier.segment.text.split(carrier.segment.encoding.field)
    other = next((number for number, text in enumerate(fields) if number not in (0, 5) and looks_like_base64(text)), 0)
    if other:
        yield Fault(
            "base64-place",
            _EMPTY,
            f"The base64 is {at}-{other}, and OBX-5 is empty: a field separator is missing or doubled before it.",
            f"Put it into {at}-5.5, as ^application^pdf^Base64^… has it.",
            f"{at}-{other}",
            start + sum(len(text) + 1 for text in fields[:other]),
        )
        return
    yield Fault(
        "content-empty",
        _EMPTY,
        f"{at}-2 says ED, and no component of {at}-5 holds a document.",
        f"Put the base64 into {at}-5.5, as ^application^pdf^Base64^… has it.",
        f"{at}-5",
        start,
        code="required",
    )


def _find_misplaced(message: Message, carrier: Carrier) -> Fault | None:
    at = carrier.at
    path = f"{at}-5.{carrier.place}" if len(carrier.components) > 1 else f"{at}-5"
    start = carrier.start_of(carrier.place)
    if carrier.value_type != "ED":
        said = f"{at}-2 is {carrier.value_type}" if carrier.value_type else f"{at}-2 is empty"
        return Fault(
            "value-type",
            "The receiver shows the base64 as text, or files nothing.",
            f"{said}, and {path} holds an encapsulated document.",
            f"Write ED into {at}-2, and into {at}-5 ^{{type}}^{{subtype}}^Base64^ and then the base64.",
            f"{at}-2",
            carrier.segment.start,
        )
    if carrier.place == 5:
        return None
    where = f"all of {at}-5" if len(carrier.components) == 1 else path
    return Fault(
        "base64-place",
        _EMPTY,
        f"The base64 is {where}, and ED keeps the document in its fifth component.",
        f"Write {at}-5 as {{source}}^{{type}}^{{subtype}}^Base64^{{document}}; the source may be empty, its ^ may not.",
        path,
        start,
    )


def _spilled(carrier: Carrier) -> Fault:
    first = carrier.spill[0]
    number = len(carrier.spill)
    lines = "A line that is no segment follows" if number == 1 else f"{number} lines that are no segments follow"
    return Fault(
        "line-break",
        "The receiver refuses the message for an unknown segment, or shows the beginning of the document alone.",
        f"{lines} {carrier.at}: a line break (CR or LF) in the base64 ends the segment.",
        "Write the base64 in one line; many encoders wrap it after 76 letters unless they are told not to.",
        f"{carrier.at}-5.{carrier.place}",
        first.start,
    )


def _find_separators(message: Message, carrier: Carrier) -> Fault | None:
    """A delimiter within the content: no letter of base64 is one, so something was put there, or taken out."""
    encoding, at = message.encoding, carrier.at
    further = [number for number, text in enumerate(carrier.components[5:], 6) if text]
    below = encoding.subcomponent and encoding.subcomponent in carrier.content
    repeated = (
        encoding.repetition
        and encoding.repetition in carrier.value
        and bool(carrier.value.split(encoding.repetition, 1)[1])
    )
    if not (further or below or repeated) or carrier.encoding.strip().lower() == "a":
        return None
    path = f"{at}-5.{further[0]}" if further else f"{at}-5.5"
    mark = encoding.component if further else encoding.subcomponent if below else encoding.repetition
    return Fault(
        "base64-cut",
        "The receiver shows the beginning of the document, or says that it is damaged.",
        f"A “{mark}” stands within the content: base64 has no such letter, and what follows is another part.",
        f"Look for what put it there; where the content is no base64, encode it and write Base64 into {at}-5.4.",
        path,
        carrier.start_of(further[0] if further else 5),
    )


def _find_base64(message: Message, carrier: Carrier) -> Iterator[Fault]:
    path = f"{carrier.at}-5.{carrier.place}"
    start = carrier.start_of(carrier.place)
    reading = read_base64(carrier.content, message.encoding.escape)
    if reading is None:
        place, letter = _first_foreign(carrier.content)
        yield Fault(
            "base64-foreign",
            _BROKEN,
            f"Letter {place:,} of {path}, “{letter}”, is no letter of base64, and {carrier.at}-5.4 says Base64.",
            "Encode the document in base64; where it is plain text, write A into the fourth component.",
            path,
            start,
        )
        return
    for mishap in reading.mishaps:
        if mishap == "line-breaks" and carrier.spill:
            continue
        symptom, cause, remedy = _MISHAPS[mishap]
        yield Fault(f"base64-{mishap}", symptom, cause, remedy, path, start)
    yield from _find_contradictions(carrier, reading, path, start)


def _find_contradictions(carrier: Carrier, reading: Reading, path: str, start: int) -> Iterator[Fault]:
    """What the bytes are, against what ED-2 and ED-3 say."""
    data, declared = reading.data, carrier.declared
    actual = sniff_media_type(data)
    known = declared not in ("", UNKNOWN)
    if (
        known
        and actual != declared
        and not (actual == "text/xml" and declared.endswith("xml"))
        and _is_telling(actual, declared)
    ):
        yield Fault(
            "type-wrong",
            f"The receiver opens the document as {name_of_type(declared)} and says that it is damaged.",
            f"{carrier.at}-5.2 and .3 say {name_of_type(declared)}, and the bytes are {name_of_type(actual)}.",
            "Name what it is, or send the other one.",
            f"{carrier.at}-5.3",
            start,
        )
        return
    if data.count(b"\xef\xbf\xbd", 0, 65536) > 8:
        yield Fault(
            "bytes-lost",
            _BROKEN,
            "The bytes were read as UTF-8 text before they were encoded, and those that are none were replaced.",
            "Read the file as bytes, not as text, and encode it anew.",
            path,
            start,
        )
    elif "cut" not in reading.mishaps and is_truncated(data):
        yield Fault(
            "document-truncated",
            "The receiver shows the beginning of the document, or says that it is damaged.",
            f"The {name_of_type(actual)} has no end.",
            "Send all of it; look for a limit of length on the way.",
            path,
            start,
        )


def _is_telling(actual: str, declared: str) -> bool:
    """Tell whether the difference is sure: bytes without a signature may be anything but what always has one."""
    signed = ("application/pdf", "application/rtf", "image/png", "image/jpeg", "image/gif", "image/tiff")
    if actual in signed:
        return True
    return declared in signed and actual in (TEXT, UNKNOWN, "text/html", "text/xml", "application/zip")


def _first_foreign(text: str) -> tuple[int, str]:
    known = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_ \t\r\n")
    return next(((place, letter) for place, letter in enumerate(text, 1) if letter not in known), (1, text[:1]))


def _is_hexadecimal(text: str) -> bool:
    try:
        bytes.fromhex("".join(text.split()))
    except ValueError:
        return False
    return True
