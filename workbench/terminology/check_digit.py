"""Check digits of LOINC and SNOMED CT: by them, a mistyped code is known for one without the code system."""

from __future__ import annotations

import re

# `8867-4`; parts, answers and lists have two letters before, `LA6576-8`, and check digits of another making.
_LOINC = re.compile(r"(L[A-Z])?(\d{1,7})-(\d)", re.ASCII)
_SNOMED = re.compile(r"[1-9]\d{5,17}", re.ASCII)
# The dihedral group of order ten, and the permutation of it (Verhoeff; SNOMED CT, check-digit).
_PRODUCT = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTATION = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def may_be_loinc(code: str) -> bool:
    """Tell whether `code` has the form of LOINC and the right check digit (LOINC Users' Guide, mod 10)."""
    found = _LOINC.fullmatch(code)
    return found is not None and (found[1] is not None or _luhn(found[2]) == int(found[3]))


def may_be_snomed(code: str) -> bool:
    """Tell whether `code` is an identifier of SNOMED CT with the right check digit and partition."""
    return _SNOMED.fullmatch(code) is not None and _verhoeff(code) == 0 and code[-3] in "01"


def _luhn(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def _verhoeff(digits: str) -> int:
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_PRODUCT[check][int(_PERMUTATION[place % 8][int(digit)])])
    return check
