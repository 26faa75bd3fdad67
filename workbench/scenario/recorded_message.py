"""Recorded messages: an HL7 v2 message as the text of a step, with what must be new at each run left to variables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import parse_message
from workbench.scenario.proposal import NEAR, Replacement, fill_in
from workbench.scenario.scenario import LineEnds

_ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_DIGITS = re.compile(r"(\d{14})(?:\.\d{1,4})?([+-]\d{4})?")


def to_message_text(
    body: bytes, now: datetime | None, replacements: Sequence[Replacement] = ()
) -> tuple[str, LineEnds, bool]:
    """The text, its line ends on the wire, and whether it must go out as it stands.

    With `now`, the moment it was sent, MSH-10 and the times that tell of that moment become variables.
    """
    text = body.decode("utf-8", "surrogateescape")
    line_ends = _line_ends_of(text)
    if line_ends is None or _ODD.search(text):
        return text, "cr", True
    pieces, start = [], 0
    for begin, end, name in sorted(_find_places(text, now)) if now else ():
        if begin >= start:
            pieces += [fill_in(text[start:begin], replacements), f"${{{name}}}"]
            start = end
    pieces.append(fill_in(text[start:], replacements))
    return re.sub(r"\r\n|\r", "\n", "".join(pieces)), line_ends, False


def _line_ends_of(text: str) -> LineEnds | None:
    """How all the lines of a message end; None where they do not end alike."""
    found = set(re.findall(r"\r\n|\r|\n", text))
    names: dict[str, LineEnds] = {"\r": "cr", "\n": "lf", "\r\n": "crlf"}
    return None if len(found) > 1 else names[next(iter(found))] if found else "cr"


def _find_places(text: str, now: datetime) -> list[tuple[int, int, str]]:
    try:
        message = parse_message(text)
    except WorkbenchError:
        return []
    places = []
    for path, name in (("MSH-7", "now"), ("EVN-2", "now"), ("EVN-6", "now"), ("MSH-10", "control-id")):
        span, value = message.span(path), message.get(path)
        if span and value and (name == "control-id" or path == "MSH-7" or _is_near(value, now)):
            places.append((*span, name))
    return places


def _is_near(value: str, now: datetime) -> bool:
    found = _DIGITS.fullmatch(value)
    if not found:
        return False
    try:
        moment = datetime.strptime(found[1] + (found[2] or "+0000"), "%Y%m%d%H%M%S%z")
    except ValueError:
        return False
    return abs(moment.astimezone(UTC) - now) <= NEAR
