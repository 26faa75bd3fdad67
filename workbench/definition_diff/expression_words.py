"""Words of a FHIRPath expression as two are held against each other, whatever a release's way of writing them."""

from __future__ import annotations

import re
from functools import lru_cache

_INFIX = re.compile(r"([\w.]+) as (\w+)")
_BRACKETED = re.compile(r"\(([\w.]+\.ofType\(\w+\))\)")


@lru_cache(maxsize=4096)
def plain_expression(expression: str) -> str:
    """One text for `(a as B)`, `a.as(B)` and `a.ofType(B)`, which R4, R4B and R5 write for the same; spaces apart."""
    plain = _INFIX.sub(r"\1.ofType(\2)", expression).replace(".as(", ".ofType(").replace("where(as(", "where(ofType(")
    return "".join(_BRACKETED.sub(r"\1", plain).split())
