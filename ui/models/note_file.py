"""Note files: whether a file that is dropped or opened is a document to send, and no message or request to edit."""

from __future__ import annotations

from pathlib import Path

from ui.models.request_text import looks_like_request
from workbench.documents.media_type import sniff_media_type
from workbench.errors import WorkbenchError

DOCUMENT_SUFFIXES = (".pdf", ".rtf", ".doc", ".docx", ".odt", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif")
_TEXT_SUFFIXES = (".txt", ".text", ".md")
_BEGIN = 4096


def may_be_note(path: Path) -> bool:
    """By its name alone, whether `is_note` is worth asking."""
    return path.suffix.lower() in (*DOCUMENT_SUFFIXES, *_TEXT_SUFFIXES)


def is_note(path: Path) -> bool:
    """Look at the beginning of the file: a document, or a text that is no message, resource or request."""
    try:
        with path.open("rb") as file:
            begin = file.read(_BEGIN)
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.") from error
    if path.suffix.lower() in DOCUMENT_SUFFIXES:
        return True
    text = begin.lstrip(b"\xef\xbb\xbf\x0b \t\r\n")
    if not text or text[:1] in b"{[<" or looks_like_request(begin):
        return False
    is_message = any(name in begin for name in (b"MSH|", b"FHS|", b"BHS|")) or text.startswith((b"MSH", b"FHS", b"BHS"))
    return not is_message and sniff_media_type(begin) == "text/plain"
