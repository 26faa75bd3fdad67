"""Differences between two value sets: the codes that only one of them has, or what each takes them from.

Where both can be listed, their codes are compared. Otherwise what they are written to include and exclude is: code by
code where that decides it, and as a whole where a part is another value set or a filter, which cannot be listed here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from workbench.definition_diff.binding_diff import binds, tell_gained, tell_lost
from workbench.definition_diff.element_words import short_name
from workbench.diff.difference import Difference, Verdict, make_row
from workbench.terminology.value_set import Selection, ValueSet

_MOST_WORDS = 20
"""Of the things that a value set is put together from, how many one row names."""


class _Item(NamedTuple):
    """One thing that a value set takes or leaves out: a code of a system, all of a system (no code), or `opaque`."""

    system: str
    code: str
    words: str
    name: str = ""
    opaque: bool = False


Items = dict[str, _Item]


def diff_value_sets(
    left: ValueSet, right: ValueSet, *, path: str = "", strength: str = "required"
) -> tuple[Difference, ...]:
    """The rows that differ; `strength` is the strongest of the bindings to it, on which the grades depend."""
    return tuple(_rows(left, right, f"{path}." if path else "", strength))


def _rows(left: ValueSet, right: ValueSet, before: str, strength: str) -> Iterator[Difference]:
    if left.status != right.status and left.status and right.status:
        verdict = Verdict("information", "The value set itself has another status: draft, active or retired.")
        yield make_row(f"{before}status", "status", left.status, right.status, verdict)
    here, there = left.codes(), right.codes()
    if here is not None and there is not None:
        names = _displays(left) | _displays(right)
        yield from _diff_items(before, _listed(set(here), names), _listed(set(there), names), strength)
        return
    taken, left_out = ((_items(left.includes), _items(right.includes)), (_items(left.excludes), _items(right.excludes)))
    lost = _without_covered(*taken), _without_covered(*left_out)
    gained = _without_covered(*taken[::-1]), _without_covered(*left_out[::-1])
    if any(item.opaque for items in (*lost, *gained) for item in items.values()):
        yield _tell_whole(before, lost, gained, binds(strength))
    else:
        yield from _diff_items(before, lost[0], gained[0], strength)
        yield from _diff_items(f"{before}exclude.", gained[1], lost[1], strength)


def _displays(value_set: ValueSet) -> dict[tuple[str, str], str]:
    listed = {(part.system, code): display for part in value_set.includes for code, display in part.codes}
    return listed | {(system, code): display for system, code, display in value_set.expansion}


def _listed(codes: set[tuple[str, str]], names: Mapping[tuple[str, str], str]) -> Items:
    return {
        f"{system}|{code}": _Item(system, code, f"{system}|{code}", names.get((system, code), ""))
        for system, code in sorted(codes)
    }


def _items(selections: Iterable[Selection]) -> Items:
    return {item.words: item for selection in selections for item in _items_of(selection)}


def _items_of(selection: Selection) -> Iterator[_Item]:
    also = f", if in {' and '.join(map(short_name, selection.value_sets))}" if selection.value_sets else ""
    system = selection.system
    if not system:
        for canonical in selection.value_sets:
            yield _Item("", "", f"the codes of {canonical.partition('|')[0]}", opaque=True)
    elif selection.codes:
        for code, display in selection.codes:
            yield _Item(system, code, f"{system}|{code}{also}", display, bool(also))
    elif selection.filters:
        met = " and ".join(f"{rule.property} {rule.operation} {rule.value}" for rule in selection.filters)
        yield _Item(system, "", f"the codes of {system} with {met}{also}", opaque=True)
    else:
        yield _Item(system, "", f"all codes of {system}{also}", opaque=bool(also))


def _without_covered(items: Items, others: Items) -> Items:
    """What the others do not have, whether as such or as one of all codes of its system."""
    whole = {item.system for item in others.values() if not item.code and not item.opaque}
    return {
        key: item for key, item in items.items() if key not in others and (not item.code or item.system not in whole)
    }


def _tell_whole(before: str, lost: tuple[Items, Items], gained: tuple[Items, Items], bound: bool) -> Difference:
    why = "The codes are taken from elsewhere, and cannot all be listed here: compare the two sets before moving."
    verdict = Verdict("breaks-both", why) if bound else _UNBOUND
    return make_row(f"{before}compose", "compose", _told(*lost), _told(*gained), verdict)


def _told(included: Items, excluded: Items) -> str | None:
    words = [*included, *(f"without {words}" for words in excluded)]
    more = [f"and {len(words) - _MOST_WORDS} more"] if len(words) > _MOST_WORDS else []
    return "; ".join([*words[:_MOST_WORDS], *more]) or None


_UNBOUND = Verdict("information", "No binding holds to the value set: its codes are suggestions.")


def _diff_items(before: str, left: Items, right: Items, strength: str) -> Iterator[Difference]:
    """`left` is what only the left takes, or has been taken on both sides."""
    gone, fresh = ({key: item for key, item in one.items() if key not in other} for one, other in _pairs(left, right))
    moved = _in_other_systems(gone, fresh)
    repeated = Counter(item.code for item in {**left, **right}.values())
    arrived = set(moved.values())
    for key, item in {**gone, **fresh}.items():
        if key in arrived:
            continue
        other = fresh[moved[key]] if key in moved else None
        short = item.code if item.code and (repeated[item.code] == 1 or other) else item.words
        place = f"{before}code[{short}]"
        words = (item.words if key in gone else None), (other.words if other else item.words if key in fresh else None)
        verdict = _UNBOUND if not binds(strength) else _MOVED if other else _judge(item, key in fresh, strength)
        yield make_row(place, "code", *words, verdict, item.name or place)


def _pairs(left: Items, right: Items) -> tuple[tuple[Items, Items], tuple[Items, Items]]:
    return (left, right), (right, left)


_MOVED = Verdict(
    "breaks-both",
    "The code stands in another code system: change the system that is sent and read; where no system is, as in an "
    "element of type code, nothing differs.",
)


def _in_other_systems(gone: Items, fresh: Items) -> dict[str, str]:
    """What only changed its system: codes that go and come once each, by their keys."""
    sides = [Counter(item.code for item in items.values() if item.code) for items in (gone, fresh)]
    once = {code for code, count in sides[0].items() if count == 1 and sides[1][code] == 1}
    there = {item.code: key for key, item in fresh.items() if item.code in once}
    return {key: there[item.code] for key, item in gone.items() if item.code in once}


def _judge(item: _Item, added: bool, strength: str) -> Verdict:
    named = item.code or item.words.replace("all codes", "any code", 1)
    if added:
        return Verdict("breaks-receiver", tell_gained(named, strength))
    return Verdict("breaks-sender", tell_lost(named, strength))
