"""Text of a document: read from the bytes of a file, and written into OBX-5 so that no character is lost on the way."""

from __future__ import annotations

import codecs
import re

from workbench.documents.document import LineForm
from workbench.hl7v2.escapes import STANDARD, EncodingCharacters, escape_text

# A tab may stand in TX and FT; any other control character would end a segment, a frame or the receiver's patience.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile(r"\r\n|\r|\n|\x85|\u2028|\u2029")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode_text(data: bytes) -> str:
    """The text of a file: by its byte order mark, as UTF-8 where it is that, else as Windows-1252."""
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(codec, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def split_lines(text: str) -> tuple[str, ...]:
    """The lines; a line end after the last of them makes no further one."""
    lines = _LINE_END.split(text)
    return tuple(lines[:-1] if len(lines) > 1 and not lines[-1] else lines)


def write_lines(text: str, form: LineForm, encoding: EncodingCharacters = STANDARD) -> tuple[str, ...]:
    r"""OBX-5 of each OBX: one for a line, or one alone with `\.br\` or repetitions between the lines."""
    lines = tuple(escape_line(line, encoding) for line in split_lines(text))
    match form:
        case "segments":
            return lines
        case "breaks":
            return (f"{encoding.escape}.br{encoding.escape}".join(lines),)
        case "repetitions":
            return (encoding.repetition.join(lines),)


def escape_line(line: str, encoding: EncodingCharacters = STANDARD) -> str:
    mark = encoding.escape
    return _CONTROL.sub(lambda found: f"{mark}X{ord(found[0]):02X}{mark}", escape_text(line, encoding))
