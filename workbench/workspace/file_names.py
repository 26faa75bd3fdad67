"""File names made from the names that people give: readable, and safe on every system."""

from __future__ import annotations

import unicodedata

LONGEST = 120
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{n}" for n in "0123456789¹²³"), *(f"lpt{n}" for n in "0123456789¹²³")]
)


def file_name_of(name: str, suffix: str) -> str:
    """`Vitals in a visit` and `.scenario.yaml` give `vitals-in-a-visit.scenario.yaml`.

    Letters and digits of any script stay; all else, separators and dots included, becomes a hyphen, so that no name
    climbs out of its folder. Names that Windows keeps for devices get a word added.
    """
    plain = unicodedata.normalize("NFKC", name).lower()
    words = "".join(sign if sign.isalnum() else " " for sign in plain).split()
    stem = _cut("-".join(words) or "unnamed")
    return f"{stem}-file{suffix}" if stem in _RESERVED else f"{stem}{suffix}"


def _cut(stem: str) -> str:
    """At most `LONGEST` bytes of UTF-8, since that is what file systems count."""
    return stem.encode("utf-8")[:LONGEST].decode("utf-8", "ignore").rstrip("-")
