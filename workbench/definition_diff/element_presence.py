"""Grades of an element or a slice that one side alone has."""

from __future__ import annotations

from workbench.definition_diff.element_tree import Node
from workbench.diff.difference import Verdict

_SUPPORT = "Who gives it must be able to fill it where it is known, and who reads must be able to take it."


def judge_element(node: Node, added: bool) -> Verdict:
    """An element that the right adds or no longer has; what it never took part in is not asked of it."""
    element = node.element
    if added:
        if element.least:
            return Verdict("breaks-sender", "It is new, and who sends to the right without it is refused: fill it.")
        if element.is_modifier:
            return Verdict(
                "breaks-receiver", "It is new and changes what the rest means: who reads past it reads wrongly."
            )
        if element.must_support:
            return Verdict("breaks-sender", f"It is new. {_SUPPORT}")
        return Verdict("compatible", "It is new and need not be there; who reads may pass over it.")
    if element.least or element.must_support:
        why = "The right does not have it: who sends it is refused, and who reads gets it no more."
        return Verdict("breaks-both", why)
    return Verdict("breaks-sender", "The right does not have it: take it out of what is sent, or find its new place.")


def judge_slice(node: Node, added: bool) -> Verdict:
    element = node.element
    if element.most == 0:
        if added:
            return Verdict("breaks-sender", "The right forbids it: take it out of what is sent.")
        return Verdict("breaks-receiver", "The left forbids it; it may come from the right.")
    if added:
        return _judge_added(node)
    if element.least:
        return Verdict("breaks-receiver", "It need no longer be there: read on without it.")
    if node.unsliced and node.unsliced.element.slicing and node.unsliced.element.slicing.rules == "closed":
        return Verdict("breaks-sender", "The list is closed, and the right does not have this slice: send it no more.")
    if element.must_support:
        return Verdict("breaks-receiver", "The right need not be able to fill it: do not count on it.")
    return Verdict("information", "The right says nothing of it, and takes it as any other item.")


def _judge_added(node: Node) -> Verdict:
    element = node.element
    if element.least:
        return Verdict("breaks-sender", "Who sends to the right without it is refused: always fill it.")
    if element.is_modifier:
        return Verdict("breaks-receiver", "It changes what the rest means: who reads past it reads wrongly.")
    if element.must_support:
        return Verdict("breaks-sender", f"{_SUPPORT} A resource without it stays valid.")
    if node.key.startswith(("extension:", "modifierExtension:")):
        return Verdict("compatible", "The extension may be sent, and who reads may pass over it.")
    return Verdict("information", "Items that are this slice must meet what the right asks of it.")
