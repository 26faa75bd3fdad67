"""Rows of two message structures: their groups and segments in order, with what is required and what repeats.

A group has no trace in ER7 but the order of its segments, so that another name of it is told and breaks nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.diff.difference import Difference, Verdict, make_row
from workbench.hl7v2.dictionary import StructureNode
from workbench.version_diff.sequence import align_names

_CHOICES = {
    True: Verdict("breaks-sender", "Of its segments only one may stand: send one alone."),
    False: Verdict("breaks-receiver", "More than one of its segments may stand: read them all."),
}


@dataclass(frozen=True, slots=True)
class _Lone:
    """A segment or group that has nothing to answer to it at its own place on the other side."""

    place: str
    node: StructureNode
    after: str


@dataclass(slots=True)
class _Found:
    rows: list[Difference]
    removed: list[_Lone]
    added: list[_Lone]


def diff_message_structures(left: StructureNode, right: StructureNode) -> tuple[Difference, ...]:
    """The rows that differ, the left's name before each path: `ADT_A01.PROCEDURE.ROL`."""
    if left == right:
        return ()
    found = _Found([], [], [])
    _diff_children(left.name, left, right, found)
    return (*found.rows, *_tell_lone(found))


def segments_of(node: StructureNode) -> Iterator[str]:
    for child in node.children:
        if child.kind == "segment":
            yield child.name
        else:
            yield from segments_of(child)


def _diff_children(place: str, left: StructureNode, right: StructureNode, found: _Found) -> None:
    if left.children == right.children:
        return
    pairs = align_names([child.name for child in left.children], [child.name for child in right.children])
    here, there = _labels(left.children), _labels(right.children)
    partners = _pair_groups([(one, other) for one, other in pairs if one is None or other is None], left, right)
    taken = set(partners.values())
    for one, other in pairs:
        if one is None and other in taken:
            continue
        if one is not None and other is None:
            other = partners.get(one)
        at = f"{place}.{here[one] if one is not None else there[other or 0]}"
        if one is None and other is not None:
            found.added.append(_Lone(at, right.children[other], _name_before(right, other)))
        elif one is not None and other is None:
            found.removed.append(_Lone(at, left.children[one], _name_before(left, one)))
        elif one is not None and other is not None:
            _diff_nodes(at, left.children[one], right.children[other], found)


def _pair_groups(
    lone: Sequence[tuple[int | None, int | None]], left: StructureNode, right: StructureNode
) -> dict[int, int]:
    """Groups of two names, or a segment and a group, that start with the same segment."""
    waiting: dict[str, list[int]] = {}
    for _, other in lone:
        if other is not None:
            waiting.setdefault(_first_segment(right.children[other]), []).append(other)
    partners: dict[int, int] = {}
    for one, _ in lone:
        if one is None:
            continue
        like = waiting.get(_first_segment(left.children[one]), [])
        fitting = [other for other in like if "group" in (left.children[one].kind, right.children[other].kind)]
        if fitting:
            partners[one] = fitting[0]
            like.remove(fitting[0])
    return partners


def _diff_nodes(place: str, left: StructureNode, right: StructureNode, found: _Found) -> None:
    if left == right:
        return
    name = f"group {left.name}" if left.kind == "group" else left.name
    if left.kind != right.kind:
        found.rows.append(_tell_grouping(place, left, right))
        return
    if left.name != right.name:
        why = "The group has another name, which stands in XML alone: in ER7 nothing changes."
        found.rows.append(make_row(place, "name", left.name, right.name, Verdict("information", why), name))
    if left.least != right.least:
        needs = ("required" if left.required else "optional"), ("required" if right.required else "optional")
        found.rows.append(make_row(place, "usage", *needs, _judge_least(left, right), name))
    if left.most != right.most:
        most = _most(left), _most(right)
        found.rows.append(make_row(place, "max", *most, _judge_most(left, right), name))
    if left.choice != right.choice:
        choice = ("one of them" if left.choice else "all"), ("one of them" if right.choice else "all")
        found.rows.append(make_row(place, "choice", *choice, _CHOICES[right.choice], name))
    _diff_children(place, left, right, found)


def _tell_grouping(place: str, left: StructureNode, right: StructureNode) -> Difference:
    words = _words(left), _words(right)
    if right.kind == "group":
        looser = right.repeats and not left.repeats
        why = "The segment starts a group, and more may follow it there: pass over what is not known."
        return make_row(place, "group", *words, Verdict("breaks-receiver" if looser else "compatible", why))
    rest = ", ".join(name for name in segments_of(left) if name != right.name)
    why = f"The segment stands alone on the right: {rest} has no place behind it." if rest else "It needs no group."
    return make_row(place, "group", *words, Verdict("breaks-sender" if rest else "information", why))


def _tell_lone(found: _Found) -> Iterator[Difference]:
    """What moved within the structure, where that is certain; the rest is gone or new."""
    gone, new = Counter(lone.node.name for lone in found.removed), Counter(lone.node.name for lone in found.added)
    moved = {name for name in gone if gone[name] == new[name] == 1}
    there = {lone.node.name: lone for lone in found.added if lone.node.name in moved}
    for lone in found.removed:
        if lone.node.name in moved:
            yield _tell_moved(lone, there[lone.node.name])
        else:
            yield _tell_presence(lone, added=False)
    yield from (_tell_presence(lone, added=True) for lone in found.added if lone.node.name not in moved)


def _tell_moved(left: _Lone, right: _Lone) -> Difference:
    words = f"{left.place} after {left.after}", f"{right.place} after {right.after}"
    why = "It stands elsewhere: put it there on the right, and look for it there."
    return make_row(left.place, "moved", *words, Verdict("breaks-both", why), _words(left.node))


def _tell_presence(lone: _Lone, *, added: bool) -> Difference:
    node, words = lone.node, _words(lone.node)
    thing = "The group" if node.kind == "group" else "The segment"
    if added and node.required:
        verdict = Verdict("breaks-sender", "Who sends to the right without it is refused: always send it.")
    elif added:
        verdict = Verdict("compatible", f"{thing} may come here from the right: who reads may pass over it.")
    elif node.required:
        verdict = Verdict("breaks-both", f"{thing} has no place here on the right, and who reads relies on it.")
    else:
        verdict = Verdict("breaks-sender", f"{thing} has no place here on the right: it is passed over or refused.")
    return make_row(lone.place, node.kind, None if added else words, words if added else None, verdict, node.name)


def _judge_least(left: StructureNode, right: StructureNode) -> Verdict:
    if right.required:
        return Verdict("breaks-sender", "Who sends to the right without it is refused: always send it.")
    return Verdict("breaks-receiver", "It may be missing in what the right gives: read on without it.")


def _judge_most(left: StructureNode, right: StructureNode) -> Verdict:
    if left.most is None or (right.most is not None and right.most < left.most):
        return Verdict("breaks-sender", f"Who sends more than {right.most} to the right is refused.")
    return Verdict("breaks-receiver", f"More than {left.most} may come from the right: read them all.")


def _most(node: StructureNode) -> str:
    return "*" if node.most is None else str(node.most)


def _labels(children: Sequence[StructureNode]) -> list[str]:
    """Names of children, those that stand more than once with a number."""
    several = Counter(child.name for child in children)
    seen = Counter[str]()
    labels = []
    for child in children:
        seen[child.name] += 1
        labels.append(f"{child.name}[{seen[child.name]}]" if several[child.name] > 1 else child.name)
    return labels


def _name_before(parent: StructureNode, position: int) -> str:
    return parent.children[position - 1].name if position else "the start"


def _first_segment(node: StructureNode) -> str:
    while node.kind == "group" and node.children:
        node = node.children[0]
    return node.name


def _words(node: StructureNode) -> str:
    told = f"{'group ' if node.kind == 'group' else ''}{node.name}"
    if node.kind == "group":
        told += f" of {', '.join(segments_of(node))}"
    return told + (", required" if node.required else ", optional") + (", repeats" if node.repeats else "")
