"""Wire text: the bytes of a document and the text an editor shows of them.

Bytes that nobody edited go out as they were read; what was typed goes out with the document's line end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.hl7v2.character_set import CharacterSet
from workbench.hl7v2.characters import BYTE_ORDER_MARKS, decode_bytes, find_wide, follow_character_set

LineEnd = Literal["\r", "\n", "\r\n"]
LINE_END_NAMES: dict[LineEnd, str] = {"\r": "CR", "\n": "LF", "\r\n": "CRLF"}


@dataclass(frozen=True, slots=True)
class WireText:
    """`shown` is the text an editor starts with; `original` the bytes it stands for, None where it was made here.

    `character_set` is that of an HL7 v2 message, which says itself what it is written in.
    """

    shown: str
    original: bytes | None = None
    line_end: LineEnd = "\n"
    charset: str = "utf-8"
    reformatted: bool = False
    character_set: CharacterSet | None = None

    def follow(self, text: str) -> CharacterSet | None:
        """The character set that `text` goes out in, where it is a message: what MSH-18 names, once it was edited."""
        is_message = text[:200].lstrip("\ufeff\x0b \t\r\n").startswith(("MSH", "FHS", "BHS"))
        return follow_character_set(text, self.character_set) if is_message else None

    def to_bytes(self, text: str) -> bytes:
        """The bytes of the editor's `text`, whose lines end with LF."""
        if self.original is not None and text == self.shown:
            return self.original
        ended = text if self.line_end == "\n" else text.replace("\n", self.line_end)
        if (character_set := self.follow(ended)) is not None:
            mark = "\ufeff" if ended.startswith("\ufeff") else ""
            return mark.encode(character_set.codec) + character_set.to_bytes(ended[len(mark) :])
        try:
            return ended.encode(self.charset, errors="surrogatepass")
        except UnicodeEncodeError:
            return ended.encode("utf-8", errors="surrogatepass")

    def is_original(self, text: str) -> bool:
        return self.original is not None and text == self.shown


def read_wire_text(data: bytes, *, line_end: LineEnd) -> WireText:
    """Text for `data`, whatever it holds: a message in its own character set, all else in UTF-8 or else Latin-1.

    `line_end` counts where the bytes have none.
    """
    if is_message(data):
        text, character_set, mark = decode_bytes(data)
        shown = to_lines("\ufeff" + text if mark else text)
        return WireText(shown, data, find_line_end(text) or line_end, character_set.codec, character_set=character_set)
    try:
        text, charset = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, charset = data.decode("latin-1"), "latin-1"
    return WireText(to_lines(text), data, find_line_end(text) or line_end, charset)


def is_message(data: bytes) -> bool:
    """Tell whether `data` begins as HL7 v2 does, in whatever character set."""
    begin = data[:400].lstrip(b"\xef\xbb\xbf\xff\xfe\x00\x0b \t\r\n")
    wide = find_wide(data) or any(data.startswith(mark) for mark, codec in BYTE_ORDER_MARKS if codec != "utf-8")
    return (begin.replace(b"\x00", b"") if wide else begin).startswith((b"MSH", b"FHS", b"BHS"))


def to_lines(text: str) -> str:
    """`text` with LF for each of the three line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def find_line_end(text: str) -> LineEnd | None:
    """The line end that most lines of `text` have; CR wins a tie, since HL7 v2 asks for it."""
    both = text.count("\r\n")
    counts: dict[LineEnd, int] = {"\r": text.count("\r") - both, "\r\n": both, "\n": text.count("\n") - both}
    best = max(counts, key=lambda end: counts[end])
    return best if counts[best] else None


def show_control_characters(data: bytes, *, limit: int = 200_000) -> str:
    """`data` as a person can see it: CR and LF as ␍ and ␊, other control bytes as their pictures, a line per line end.

    Bytes that are not UTF-8 show as `\\xNN`; past `limit` bytes the rest is counted.
    """
    pictures = {code: chr(0x2400 + code) for code in range(32)} | {0x7F: "␡"}
    pictures[0x0D], pictures[0x0A] = "␍\r", "␊\n"
    text = data[:limit].decode("utf-8", errors="backslashreplace").translate(pictures)
    text = text.replace("␍\r␊\n", "␍␊\n").replace("\r", "\n")
    rest = len(data) - limit
    return f"{text}\n… {rest:,} more bytes" if rest > 0 else text


def describe_size(count: int) -> str:
    """`count` bytes in words a person reads at once."""
    if count < 1024:
        return f"{count} bytes" if count != 1 else "1 byte"
    if count < 1024 * 1024:
        return f"{count / 1024:.1f} KB"
    return f"{count / (1024 * 1024):.1f} MB"


def to_utf16(text: str, offset: int) -> int:
    """Qt's position of the character `offset` of `text`; Qt counts UTF-16 units."""
    if text.isascii():
        return offset
    return offset + sum(1 for letter in text[:offset] if letter > "\uffff")


def from_utf16(text: str, position: int) -> int:
    """The character offset of Qt's `position` in `text`."""
    if text.isascii() or not any(letter > "\uffff" for letter in text[:position]):
        return position
    units = 0
    for offset, letter in enumerate(text):
        if units >= position:
            return offset
        units += 2 if letter > "\uffff" else 1
    return len(text)
