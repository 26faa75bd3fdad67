"""Meant type: the message type that MSH-9 means where it is written in another way than `ADT^A01`, and its like."""

from __future__ import annotations

from workbench.hl7v2.dictionary import Dictionary


def find_meant_type(dictionary: Dictionary, code: str, event: str) -> str:
    """`ORU^R01` of `oru^r01`, `R01^ORU`, `ORU_R01` or `ORU R01`; empty where none of the version is meant."""
    parted = code.replace("_", " ").replace("-", " ").split()
    pairs = [(code, event), (event, code), *([(parted[0], parted[1])] if len(parted) > 1 else [])]
    for first, second in pairs:
        one, two = first.strip().upper(), second.strip().upper()
        if one and two and dictionary.structure(dictionary.structure_of(one, two)) is not None:
            return f"{one}^{two}"
    return ""


def find_example(dictionary: Dictionary, code: str) -> str:
    """A message type of the version with that code, such as `ORU^R01`; empty where it has none."""
    begin = f"{code.strip().upper()}_"
    named = (name for name in (*dictionary.structures(), *dictionary.events()) if name.startswith(begin))
    return next((name.replace("_", "^", 1) for name in named), "")
