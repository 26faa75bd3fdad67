"""Text form: how long a text may be, and whether it is resources one a line; told without reading any of them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

# A text longer than this would not fit in memory many times over; bulk data comes a resource a line.
LONGEST_TEXT = 64 * 1024 * 1024


def is_ndjson(lines: Iterable[bytes]) -> bool:
    """Whether a text is resources one a line, whatever it is called: a whole object, and another that begins below it.

    No more of `lines` is taken than the first two that are not blank.
    """
    first, second = [*islice(filter(bytes.strip, lines), 2), b"", b""][:2]
    text = first.removeprefix(b"\xef\xbb\xbf").strip()
    return text.startswith(b"{") and text.endswith(b"}") and second.lstrip().startswith(b"{")
