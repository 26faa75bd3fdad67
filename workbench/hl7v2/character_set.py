"""Character set: what MSH-18 names (table 0211), what the bytes of a message were read in, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from workbench.hl7v2.kept_bytes import encode_keeping
from workbench.hl7v2.shifts import ALL_SHIFTS, ISO_8859_FINALS, NO_HIGH, Shift, encode_shifts, find_shift

CharacterReason = Literal["MSH-18", "byte order mark", "first bytes", "file", "ASCII", "UTF-8", "guess", "typed"]
WIDE_CODECS = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_ISO_8859 = re.compile(r"(?:ISO[ _-]?)?8859[/-](\d{1,2})")
# What Python calls the sets of table 0211; where it knows relatives of a set, they are tried in this order.
_CODECS = {
    "ASCII": ("ascii",),
    "ISO IR6": ("ascii",),
    "UNICODE": ("utf-8",),
    "UNICODE UTF-8": ("utf-8",),
    "UNICODE UTF-16": ("utf-8",),
    "UNICODE UTF-32": ("utf-8",),
    "UTF-8": ("utf-8",),
    "UTF8": ("utf-8",),
    "GB 18030-2000": ("gb18030",),
    "GB 18030": ("gb18030",),
    "GB18030": ("gb18030",),
    "KS X 1001": ("euc_kr", "cp949"),
    "BIG-5": ("big5", "cp950", "big5hkscs"),
    "BIG5": ("big5", "cp950", "big5hkscs"),
    "WINDOWS-1252": ("cp1252",),
    **dict.fromkeys(("ISO IR13", "ISO IR14", "ISO IR87", "ISO IR159", "JIS X 0202", "JAS2020"), ("ascii",)),
}
_JAPANESE = ("$B", "$(D", ")I")
# The sequences of ISO 2022 that lead to a set which is named beside another one.
_SHIFTS = {
    "ISO IR13": (")I",),
    "ISO IR14": (),
    "ISO IR87": ("$B",),
    "ISO IR159": ("$(D",),
    "JIS X 0202": _JAPANESE,
    "JAS2020": _JAPANESE,
    "KS X 1001": ("$)C",),
    **{f"8859/{part}": (f"-{final}",) for part, final in ISO_8859_FINALS.items()},
}


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """How bytes became text: `declared` are the repetitions of MSH-18, `codec` what Python calls the set in use.

    `undecoded` are the offsets, from the first byte after the byte order mark, of bytes that stand for no letter of
    it. In the text each is a letter of a private area, and is written again as the byte that it was. `shifts` are the
    sequences of ISO 2022 that may turn to further sets.
    """

    declared: tuple[str, ...] = ()
    codec: str = "utf-8"
    reason: CharacterReason = "typed"
    undecoded: tuple[int, ...] = ()
    shifts: tuple[str, ...] = ()

    @property
    def unknown(self) -> tuple[str, ...]:
        """What MSH-18 names that stands for no set the workbench can read."""
        return tuple(name for name in self.declared if name and not codecs_of(name))

    @property
    def agrees(self) -> bool:
        """Tell whether the text stands in what MSH-18 names; true where it names nothing."""
        named = tuple(name for name in self.declared if name)
        return not named or self.codec in {codec for name in named for codec in (*codecs_of(name), *_wide_of(name))}

    @property
    def escaped_codec(self) -> str:
        r"""The codec that bytes in `\X..\` are read in; empty where only the bytes themselves tell it."""
        return self.codec if self.reason == "MSH-18" and self.codec not in ("ascii", *WIDE_CODECS) else ""

    def describe(self) -> str:
        """One sentence for the analyst: the set, and why."""
        named = " and ".join(name for name in self.declared if name)
        reasons: dict[CharacterReason, str] = {
            "MSH-18": f"since MSH-18 names {named}",
            "byte order mark": "by the byte order mark",
            "first bytes": "by the first bytes",
            "file": "as the file that it stands in",
            "ASCII": "since MSH-18 names no character set and all of it is ASCII",
            "UTF-8": "since that is what the bytes are",
            "guess": "which is a guess",
            "typed": "as it was typed",
        }
        beside = " with the escape sequences of ISO 2022" if self.shifts else ""
        against = "" if self.agrees or self.reason == "MSH-18" else f", though MSH-18 names {named}"
        count = len(self.undecoded)
        lost = f"; {count} {'byte that is' if count == 1 else 'bytes that are'} no letter of it kept" if count else ""
        return f"Read as {name_of_codec(self.codec)}{beside}, {reasons[self.reason]}{against}{lost}."

    def encode(self, text: str, *, or_else: str = "") -> bytes:
        """The bytes of `text`, with `or_else` for a letter that the set does not have, else `UnicodeEncodeError`."""
        if or_else:
            text = "".join(letter if letter.isascii() or self.can_encode(letter) else or_else for letter in text)
        if self.shifts:
            others = tuple(shift for name in self.shifts if (shift := find_shift(name)))
            return encode_shifts(text, high_of(self.codec), others)
        if self.undecoded:
            return encode_keeping(text, self.codec)
        return text.encode(self.codec, "surrogateescape")

    def can_encode(self, text: str) -> bool:
        try:
            self.encode(text)
        except UnicodeEncodeError:
            return False
        return True

    def to_bytes(self, text: str) -> bytes:
        """The bytes of `text`, where the set does not have it all with sequences of any other set, or in UTF-8."""
        try:
            return self.encode(text)
        except UnicodeEncodeError:
            if self.shifts and (data := _encode_anyhow(text, self.codec)):
                return data
            return encode_keeping(text, "utf-8") if self.undecoded else text.encode("utf-8", "surrogatepass")


def _encode_anyhow(text: str, codec: str) -> bytes:
    try:
        return encode_shifts(text, high_of(codec), ALL_SHIFTS)
    except UnicodeEncodeError:
        return b""


def name_of_codec(codec: str) -> str:
    """The name of a set for the analyst, such as `ISO 8859-1`."""
    names = {"ascii": "ASCII", "gb18030": "GB 18030", "cp1252": "Windows-1252", "euc_kr": "KS X 1001"}
    if part := re.fullmatch(r"iso8859-(\d+)", codec):
        return f"ISO 8859-{part[1]}"
    return names.get(codec, codec.upper().replace("_", "-"))


def codecs_of(character_set: str) -> tuple[str, ...]:
    """The Python codecs of what MSH-18 names (table 0211), best first; none where it is not known."""
    name = character_set.strip().upper()
    if found := _ISO_8859.fullmatch(name):
        return (f"iso8859-{found[1]}",) if found[1] in {str(n) for n in range(1, 17) if n != 12} else ()
    return _CODECS.get(name, ())


def _wide_of(character_set: str) -> tuple[str, ...]:
    """What UNICODE may be besides UTF-8."""
    name = character_set.strip().upper()
    return tuple(codec for codec in WIDE_CODECS if name == "UNICODE" or name == f"UNICODE {codec[:6].upper()}")


def shifts_of(declared: tuple[str, ...]) -> tuple[str, ...]:
    """The sequences that lead to the sets of MSH-18: those of its repetitions, and any of Japan's."""
    found: dict[str, None] = {}
    for index, name in enumerate(declared):
        name = name.strip().upper()
        if index or codecs_of(name) == ("ascii",):
            found.update(dict.fromkeys(_SHIFTS.get(name, ())))
    return tuple(found)


def high_of(codec: str) -> Shift:
    """The set of bytes with the eighth bit to begin with."""
    part = codec.removeprefix("iso8859-")
    final = ISO_8859_FINALS.get(int(part)) if part.isdecimal() else None
    return (find_shift(f"-{final}") if final else None) or NO_HIGH
