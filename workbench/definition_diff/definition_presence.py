"""Grades of a definition that one of two packages alone has, such as a profile, an extension or a value set."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.diff.difference import Difference, Grade, Verdict, make_row

_RULES: dict[str, tuple[tuple[Grade, str], tuple[Grade, str]]] = {
    "profile": (
        ("breaks-both", "What follows it follows a profile that the right does not have: follow another, or none."),
        ("compatible", "It is new, and asks nothing of what does not claim to follow it."),
    ),
    "extension": (
        ("breaks-both", "The right does not define it: who sends it is not understood, and who reads gets it no more."),
        ("compatible", "It is new: it may be sent, and who reads may pass over it."),
    ),
    "type": (
        ("breaks-both", "The right does not have it: put what it holds elsewhere, or leave it out."),
        ("compatible", "It is new; nothing that worked stops."),
    ),
    "logical model": (
        ("information", "The right does not have it."),
        ("information", "It is new."),
    ),
    "search parameter": (
        ("breaks-sender", "A search by it is refused, or answered as if it had not been asked: take it out."),
        ("compatible", "It may now be searched by."),
    ),
    "value set": (
        ("information", "The right does not define it: see the elements that were bound to it."),
        ("information", "It is new: see the elements that are bound to it."),
    ),
    "code system": (
        ("breaks-both", "The right does not define it: map its codes, or keep its definition at hand."),
        ("compatible", "It is new: see the value sets that take codes from it."),
    ),
    "capability statement": (
        ("information", "The right asks nothing of servers or clients by this name."),
        ("information", "It is new: see whether it asks something of you."),
    ),
    "concept map": (
        ("information", "The right does not map these codes: keep the map at hand, or map otherwise."),
        ("information", "It is new: codes may now be mapped by it."),
    ),
    "operation": (
        ("breaks-sender", "A call of it is refused: take it out, or ask for what stands in for it."),
        ("compatible", "It may now be called."),
    ),
}


def tell_presence(place: str, kind: str, words: str, *, added: bool, stand_ins: Sequence[str] = ()) -> Difference:
    """Return the one row of a definition that the other package lacks; `words` are its title or name."""
    verdict = judge_presence(kind, added=added, stand_ins=stand_ins)
    words = words or place
    return make_row(place, kind, None if added else words, words if added else None, verdict, words)


def judge_presence(kind: str, *, added: bool, stand_ins: Sequence[str] = ()) -> Verdict:
    """What it means that the left alone has it, or the right (`added`); `stand_ins` may take its place on the right."""
    grade, why = _RULES[kind][added]
    more = f" Look on the right at: {', '.join(stand_ins)}." if stand_ins else ""
    return Verdict(grade, why + more)
