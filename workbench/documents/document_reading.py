"""Documents of a received message: read out of OBX-5, however they were written, with what had to be mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench.documents.base64_reading import WORDS, read_base64
from workbench.documents.carrier import Carrier, read_carriers
from workbench.documents.media_type import TEXT, UNKNOWN, media_type_of_words, sniff_media_type, suffix_of
from workbench.documents.pieces import join_pieces
from workbench.hl7v2.escapes import unescape_text
from workbench.hl7v2.message import Message

NULL = '""'


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """One document: `path` is where it begins, `pointer` the address of one that lies elsewhere (RP).

    `mended` are parts of sentences that say what was wrong with the way it was written.
    """

    path: str
    media_type: str
    data: bytes = field(repr=False)
    title: str = ""
    number: str = ""
    pointer: str = ""
    mended: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """A name for a file: the document's number, with the ending of what it is."""
        stem = "".join(char if char.isalnum() or char in "-_." else "-" for char in self.number).strip("-.")
        return f"{stem or 'document'}{suffix_of(self.media_type)}"


@dataclass(slots=True)
class _TextGroup:
    """Lines of one text: those of an MDM, or of one order of an ORU."""

    order: int
    carriers: list[Carrier] = field(default_factory=list)


def read_documents(message: Message, *, texts: bool = True) -> tuple[FoundDocument, ...]:
    """The documents in order; without `texts` those alone that are encapsulated or pointed to."""
    carriers = read_carriers(message)
    orders = _orders_of(message)
    found: list[tuple[int, FoundDocument]] = []
    groups: dict[int, _TextGroup] = {}
    for carrier, pieces in join_pieces(carriers):
        order = orders.get(carrier.segment.index, 0)
        if carrier.kind == "ED":
            found.extend((carrier.segment.index, each) for each in _encapsulated(message, carrier, pieces, order))
        elif carrier.kind == "RP":
            found.append((carrier.segment.index, _pointed(message, carrier, order)))
        elif carrier.kind == "text" and texts:
            groups.setdefault(order, _TextGroup(order)).carriers.append(carrier)
    for group in groups.values():
        found.append((group.carriers[0].segment.index, _text(message, group)))
    return tuple(each for _, each in sorted(found, key=lambda pair: pair[0]))


def _orders_of(message: Message) -> dict[int, int]:
    """The ordinal of the OBR before each segment."""
    orders, current = dict[int, int](), 0
    for segment in message.segments:
        current = segment.ordinal if segment.name == "OBR" else current
        orders[segment.index] = current
    return orders


def _encapsulated(
    message: Message, carrier: Carrier, pieces: tuple[Carrier, ...], order: int
) -> Iterator[FoundDocument]:
    if not carrier.place:
        return
    data, mended = _decode(message, carrier, pieces)
    if len(pieces) > 1:
        mended = (f"it was split over {len(pieces)} OBX", *mended)
    declared = carrier.declared
    actual = sniff_media_type(data)
    media_type = declared if declared not in ("", UNKNOWN) else actual
    if actual not in (TEXT, UNKNOWN, "text/xml", "application/zip") and actual != media_type:
        mended = (*mended, f"it says {media_type} and is {actual}")
        media_type = actual
    path = f"{carrier.at}-5.{carrier.place}"
    yield FoundDocument(path, media_type, data, _title(message, carrier), _number(message, order), "", mended)


def _decode(message: Message, carrier: Carrier, pieces: tuple[Carrier, ...]) -> tuple[bytes, tuple[str, ...]]:
    mended: list[str] = []
    if carrier.place != 5 or carrier.value_type != "ED":
        where = f"{carrier.at}-5.{carrier.place}"
        kind = "" if carrier.value_type == "ED" else f" with OBX-2 {carrier.value_type or 'empty'}"
        mended.append(f"it stood in {where}{kind}, and belongs in OBX-5.5 of ED")
    coding = carrier.encoding.strip().lower()
    if coding == "hex" and (hexed := _from_hexadecimal(carrier.content)) is not None:
        return hexed, tuple(mended)
    content = carrier.content
    spilled = any(piece.spill for piece in pieces)
    if coding == "base64" and carrier.place == 5 and not spilled:
        whole = _without_separators(message, pieces)
        if whole != content and read_base64(whole, message.encoding.escape) is not None:
            mended.append("separators stood in it")
            content = whole
    reading = None if coding == "a" else read_base64(content, message.encoding.escape)
    if reading is None:
        if coding != "a":
            mended.append("it could not be read as base64 and is given as it stands")
        return unescape_text(carrier.content, message.encoding).encode("utf-8", "surrogateescape"), tuple(mended)
    return reading.data, (*mended, *(WORDS[mishap] for mishap in reading.mishaps))


def _without_separators(message: Message, pieces: tuple[Carrier, ...]) -> str:
    """All after ED-4 without the separators that cut it; base64 has none of these letters."""
    encoding = message.encoding
    parts = [piece.value.split(encoding.component, 4)[-1] for piece in pieces]
    text = "".join(parts)
    for mark in (encoding.component, encoding.subcomponent, encoding.repetition):
        text = text.replace(mark, "") if mark and mark in text else text  # to find none is far quicker
    return text


def _from_hexadecimal(text: str) -> bytes | None:
    try:
        return bytes.fromhex("".join(text.split()))
    except ValueError:
        return None


def _pointed(message: Message, carrier: Carrier, order: int) -> FoundDocument:
    """RP: pointer, application that holds it, type and subtype (2.5.1, 2.A.65)."""
    pointer = unescape_text(carrier.component(1), message.encoding)
    media_type = media_type_of_words(carrier.component(3), carrier.component(4)) or UNKNOWN
    return FoundDocument(f"{carrier.at}-5", media_type, b"", _title(message, carrier), _number(message, order), pointer)


def _text(message: Message, group: _TextGroup) -> FoundDocument:
    lines: list[str] = []
    mended: list[str] = []
    carriers = sorted(group.carriers, key=lambda each: each.set_id)
    if carriers != group.carriers:
        mended.append("its lines stood in another order than OBX-1 counts them")
    for carrier in carriers:
        lines += _lines_of(message, carrier)
        if carrier.spill:
            mended.append(f"a line break cut {carrier.at}-5, and what followed was taken in again")
            lines += [part.text.split(message.encoding.field, 1)[0] for part in carrier.spill]
    first = group.carriers[0]
    data = "\n".join(lines).encode("utf-8", "surrogateescape")
    title, number = _title(message, first), _number(message, group.order)
    return FoundDocument(f"{first.at}-5", "text/plain; charset=utf-8", data, title, number, "", tuple(mended))


def _lines_of(message: Message, carrier: Carrier) -> list[str]:
    if carrier.value == NULL:
        return [""]
    repetitions = carrier.value.split(message.encoding.repetition) if message.encoding.repetition else [carrier.value]
    return [unescape_text(text, message.encoding) for text in repetitions]


def _title(message: Message, carrier: Carrier) -> str:
    at = carrier.at
    places = ("TXA-25.1", f"{at}-3.2", "OBR-4.2", "TXA-16", f"{at}-3.1")
    return next((value for place in places if (value := message.get(place)) and value != NULL), "")


def _number(message: Message, order: int) -> str:
    places = ("TXA-12.1", f"OBR[{order}]-3.1" if order else "OBR-3.1")
    return next((value for place in places if (value := message.get(place)) and value != NULL), "")
