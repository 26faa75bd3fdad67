"""Tokens: the colours, sizes and spaces that everything in the window is drawn with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["pass", "fail", "error", "skip"]

SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_6 = 4, 8, 12, 16, 24
CORNER = 4


@dataclass(frozen=True, slots=True)
class Tokens:
    """One colour scheme; each text colour stands at 4.5 : 1 or better on the grounds it is used on."""

    dark: bool
    ground: str
    raised: str
    sunken: str
    hover: str
    selected: str
    field: str
    border: str
    edge: str
    text: str
    quiet: str
    accent: str
    accent_hover: str
    on_accent: str
    passed: str
    failed: str
    error: str
    skipped: str
    added: str
    removed: str
    changed: str
    string: str
    number: str
    special: str

    def verdict(self, verdict: str) -> str:
        """The colour of a verdict; an unknown word is quiet."""
        return {"pass": self.passed, "fail": self.failed, "error": self.error}.get(verdict, self.skipped)


LIGHT = Tokens(
    dark=False,
    ground="#F7F8FA",
    raised="#FFFFFF",
    sunken="#EEF0F4",
    hover="#E6E9EF",
    selected="#DCE8F9",
    field="#E3ECFA",
    border="#D5D9E0",
    edge="#AEB6C3",
    text="#1B1F27",
    quiet="#586072",
    accent="#1F5FBF",
    accent_hover="#184E9F",
    on_accent="#FFFFFF",
    passed="#176E37",
    failed="#B3261E",
    error="#8A5A00",
    skipped="#586072",
    added="#E2F5E8",
    removed="#FCE8E6",
    changed="#FFF3D6",
    string="#0F6650",
    number="#8A3A8C",
    special="#8A3A8C",
)

DARK = Tokens(
    dark=True,
    ground="#16181D",
    raised="#1E2128",
    sunken="#101217",
    hover="#282C36",
    selected="#24344F",
    field="#26334A",
    border="#333846",
    edge="#505869",
    text="#E6E9EF",
    quiet="#9AA3B5",
    accent="#7DB0FF",
    accent_hover="#A3C8FF",
    on_accent="#0B1A33",
    passed="#5FCB87",
    failed="#FF8A80",
    error="#F2B84B",
    skipped="#9AA3B5",
    added="#17331F",
    removed="#3A1C1B",
    changed="#3A2E12",
    string="#8ED8B6",
    number="#DBA8EA",
    special="#DBA8EA",
)


def contrast(first: str, second: str) -> float:
    """The contrast of two `#RRGGBB` colours, from 1 to 21 (WCAG 2.2, relative luminance)."""
    bright, dim = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5))
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
