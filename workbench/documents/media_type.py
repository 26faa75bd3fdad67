"""Media types of documents: what bytes are by how they begin, and HL7 v2's words for them (tables 0191, 0834, 0291)."""

from __future__ import annotations

import codecs
import re

PDF, RTF, TEXT, UNKNOWN = "application/pdf", "application/rtf", "text/plain", "application/octet-stream"
_SUFFIXES = {
    ".pdf": PDF,
    ".rtf": RTF,
    ".txt": TEXT,
    ".text": TEXT,
    ".md": TEXT,
    ".html": "text/html",
    ".htm": "text/html",
    ".xml": "text/xml",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
_SIGNATURES = (
    (b"{\\rtf", RTF),
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
)
# ED-2 and ED-3 until 2.6 (tables 0191 and 0291, with subtypes of MIME beside them); from 2.7 both are as in MIME.
_OLDER_WORDS = {
    PDF: ("AP", "PDF"),
    RTF: ("AP", "RTF"),
    TEXT: ("TEXT", "plain"),
    "text/html": ("TEXT", "HTML"),
    "text/xml": ("TEXT", "XML"),
    "image/jpeg": ("IM", "JPEG"),
    "image/png": ("IM", "PNG"),
    "image/gif": ("IM", "GIF"),
    "image/tiff": ("IM", "TIFF"),
}
_SUBTYPES = {
    "pdf": PDF,
    "rtf": RTF,
    "html": "text/html",
    "htm": "text/html",
    "xml": "text/xml",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "tiff": "image/tiff",
    "tif": "image/tiff",
    "plain": TEXT,
    "txt": TEXT,
    "text": TEXT,
}
_NAMES = {
    PDF: "PDF",
    RTF: "RTF",
    TEXT: "text",
    "text/html": "HTML",
    "text/xml": "XML",
    "application/zip": "a ZIP archive",
}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def media_type_of_name(name: str) -> str:
    """By the ending of a file's name; empty where it says nothing."""
    dot = name.rfind(".")
    return _SUFFIXES.get(name[dot:].lower(), "") if dot >= 0 else ""


def suffix_of(media_type: str) -> str:
    """The usual ending of a file of this type, `.bin` where it has none that is known."""
    return next((suffix for suffix, known in _SUFFIXES.items() if known == _plain(media_type)), ".bin")


def name_of_type(media_type: str) -> str:
    """The type as people call it: PDF, RTF, text."""
    plain = _plain(media_type)
    return _NAMES.get(plain) or plain.rpartition("/")[2].upper()


def sniff_media_type(data: bytes) -> str:
    """What the bytes are by how they begin: text where nothing else is known and they can be read as text."""
    if b"%PDF-" in data[:1024]:
        return PDF
    begin = data[:512].removeprefix(codecs.BOM_UTF8).lstrip()
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature) or begin.startswith(signature):
            return media_type
    lowered = begin[:200].lower()
    if lowered.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if lowered.startswith((b"<?xml", b"<clinicaldocument")):
        return "text/xml"
    return TEXT if is_text(data) else UNKNOWN


def is_signed(data: bytes) -> bool:
    """Tell whether the bytes begin as a document that is no plain text."""
    return sniff_media_type(data[:1024]) not in (TEXT, UNKNOWN)


def is_text(data: bytes) -> bool:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return not _CONTROL.search(data[:65536])


def encapsulated_words(media_type: str, version: str) -> tuple[str, str]:
    """ED-2 and ED-3 for a media type, as the tables of `version` have them."""
    plain = _plain(media_type)
    sort, _, subtype = plain.partition("/")
    if not version.startswith(("2.3", "2.4", "2.5", "2.6")):
        return sort, subtype
    return _OLDER_WORDS.get(plain) or ("AP", subtype)


def media_type_of_words(sort: str, subtype: str) -> str:
    """The media type that ED-2 and ED-3 declare, however they were written; empty where they say nothing."""
    sort, subtype = sort.strip().lower(), subtype.strip().lower()
    for word in (subtype, sort):
        if "/" in word:
            return {"text/rtf": RTF, "application/xml": "text/xml"}.get(word, word)
    if subtype in _SUBTYPES:
        return _SUBTYPES[subtype]
    if sort in _SUBTYPES and not subtype:
        return _SUBTYPES[sort]
    if subtype and sort in ("application", "image", "text", "audio", "video"):
        return f"{sort}/{subtype}"
    return UNKNOWN if sort or subtype else ""


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
