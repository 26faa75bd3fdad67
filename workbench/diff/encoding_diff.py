"""Rows of how two messages are written: line ends, character set, and what else says the same in other characters."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diff.difference import Difference
from workbench.hl7v2.message import Message

HEADER_FIELDS = (1, 2, 18, 20)
"""Fields of MSH that say how the message is written and nothing of what it says."""
_LINE_ENDS = "Segments end in another way: CR alone is what the standard asks for (2.5.1, chapter 2.6)."


def tell_encoding(path: str, aspect: str, left: str | None, right: str | None, name: str, why: str) -> Difference:
    """A row of what is written otherwise and means the same."""
    return Difference("encoding", path, name, left, right, aspect, "information", why)


def diff_encoding(left: Message, right: Message) -> Iterator[Difference]:
    """What holds for the whole of both messages."""
    ends = _line_ends(left.text), _line_ends(right.text)
    if ends[0] != ends[1]:
        yield tell_encoding("MSH", "line ends", *ends, "Message Header", _LINE_ENDS)
    sets = _character_set(left), _character_set(right)
    if sets[0] != sets[1] and not (_is_plain(left) and _is_plain(right)):
        why = "The text is written with other bytes: MSH-18 says with which."
        yield tell_encoding("MSH", "character set", *sets, "Message Header", why)


def _line_ends(text: str) -> str:
    """`CR`, or what else ends segments, and whether the last one has its own."""
    both = text.count("\r\n")
    counts = {"CR": text.count("\r") - both, "LF": text.count("\n") - both, "CR LF": both}
    told = " and ".join(name for name, count in counts.items() if count) or "none"
    return told if text.endswith(("\r", "\n")) else f"{told}, the last one missing"


def _character_set(message: Message) -> str:
    return message.codec + (" with a byte order mark" if message.bom else "")


def _is_plain(message: Message) -> bool:
    return not message.bom and message.text.isascii()
