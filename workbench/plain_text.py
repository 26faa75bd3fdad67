"""Plain text: what others say, made safe to print, to wrap and to put into XML."""

from __future__ import annotations

import re
from textwrap import wrap

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Characters that move a cursor, colour a terminal or turn the direction of a line."""
# XML 1.0, 2.2: no other character may stand in a document, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# A spreadsheet takes a cell that starts so for a formula; a plain number is none.
_FORMULA = re.compile(r"^\s*[=+\-@\t\r|]")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")


def printable(text: str) -> str:
    """Return `text` in one line, its unprintable characters replaced."""
    return UNPRINTABLE.sub(_REPLACEMENT, " ".join(text.split()) if "\n" in text or "\t" in text else text)


def printable_lines(text: str) -> str:
    """Return `text` in its lines, its unprintable characters replaced."""
    return UNPRINTABLE.sub(_REPLACEMENT, text)


def with_article(noun: str) -> str:
    """Return `an Observation`, `a Patient`, `a uri`: by the sound that the name of a type begins with."""
    vowel = noun[:1] in "AEIOaeio" or noun.startswith(("unsigned", "xhtml"))
    return f"{'an' if vowel else 'a'} {noun}"


def tell_count(count: int, noun: str) -> str:
    """Return `1 message`, `2,000 messages`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def tell_times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def for_cell(text: str) -> str:
    """Return `text` for a cell of a spreadsheet, with an apostrophe before what would be run as a formula."""
    text = UNPRINTABLE.sub(_REPLACEMENT, text)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text


def for_xml(text: str) -> str:
    """Return `text` with the characters replaced that no XML can hold."""
    return _NOT_XML.sub(_REPLACEMENT, text)


def wrap_words(text: str, width: int, most: int) -> list[str]:
    """Return `most` lines at most, and one for nothing; long words stay whole, so that an address can be copied."""
    text = text if len(text) <= 1_000 else f"{text[:1_000]} …"
    return wrap(text, width, max_lines=most, placeholder=" …", break_on_hyphens=False, break_long_words=False) or [""]
