"""Alignment of two FHIR arrays: which item of the one answers to which item of the other.

Items meet by identity (resource type and id, fullUrl, extension url, identifier, code, reference …) wherever they
stand, then resources by their identifier, and what is left by likeness and position. Linear in the number of items.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

# Left index, right index, and whether the two are known to be identical.
Pair = tuple[int | None, int | None, bool]


@dataclass(frozen=True, slots=True)
class Identity:
    """`key` is what an item is known by, `kin` what it may be paired by where the key is found on one side alone.

    Two `distinct` items with different keys are two things, and never one that changed, but where their `alias` is one:
    the business identifier that a resource keeps when it comes to another server under another id.
    """

    key: Hashable
    kin: Hashable = None
    distinct: bool = False
    alias: Hashable = None


NOBODY = Identity(None)
_PASSES: tuple[Callable[[Identity], Hashable], ...] = (
    lambda identity: identity.key,
    lambda identity: identity.alias,
    lambda identity: None if identity.distinct else identity.kin,
    lambda identity: None if identity.distinct else "rest",
)


def pair_items(left: Sequence[Any], right: Sequence[Any], identify: Callable[[Any], Identity]) -> list[Pair]:
    """Return index pairs in document order; an item without partner is paired with None."""
    if not any(isinstance(item, dict) for item in (*left[:1], *right[:1])):
        return _pair_plain(left, right)
    partners = {i: i for i, (a, b) in enumerate(zip(left, right, strict=False)) if is_identical(a, b)}
    identical = set(partners)
    left_ids = [NOBODY if index in identical else identify(item) for index, item in enumerate(left)]
    right_ids = [NOBODY if index in identical else identify(item) for index, item in enumerate(right)]
    for names in _PASSES:
        if len(partners) < min(len(left), len(right)):
            _match(left_ids, right_ids, names, partners)
    return _merge(len(left), len(right), partners, identical)


def is_identical(left: Any, right: Any) -> bool:
    """Tell whether both are equal as written: True is not 1, and 1.00 is not 1.0 but claims more precision."""
    return left is right or (bool(left == right) and _has_same_digits(left, right))


def _has_same_digits(left: Any, right: Any) -> bool:
    """For what is equal already, so that only numbers need a second look; plain loops, as this sees every element."""
    kind = type(left)
    if kind is dict:
        for name, value in left.items():
            if type(value) is not str and not _has_same_digits(value, right[name]):
                return False
        return True
    if kind is list:
        for at, value in enumerate(left):
            if type(value) is not str and not _has_same_digits(value, right[at]):
                return False
        return True
    return kind is type(right) and str(left) == str(right)


def _match(
    left: Sequence[Identity],
    right: Sequence[Identity],
    name_of: Callable[[Identity], Hashable],
    partners: dict[int, int],
) -> None:
    """Add to `partners` (left to right index) what has no partner yet and bears the same name, in order."""
    taken = set(partners.values())
    waiting: dict[Hashable, deque[int]] = defaultdict(deque)
    for index, identity in enumerate(right):
        if index not in taken:
            waiting[name_of(identity)].append(index)
    waiting.pop(None, None)
    for index, identity in enumerate(left):
        name = name_of(identity)
        if index not in partners and waiting.get(name):
            partners[index] = waiting[name].popleft()


def _merge(left_count: int, right_count: int, partners: dict[int, int], identical: set[int]) -> list[Pair]:
    """The left's order, each item of the right alone after the one that it follows on the right."""
    left_of = {there: here for here, there in partners.items()}
    followers: dict[int, list[int]] = defaultdict(list)
    anchor = -1
    for index in range(right_count):
        if index in left_of:
            anchor = left_of[index]
        else:
            followers[anchor].append(index)
    pairs: list[Pair] = [(None, index, False) for index in followers[-1]]
    for index in range(left_count):
        pairs.append((index, partners.get(index), index in identical))
        pairs += [(None, follower, False) for follower in followers.get(index, ())]
    return pairs


def _pair_plain(left: Sequence[Any], right: Sequence[Any]) -> list[Pair]:
    """Texts and numbers, whose order counts (given names): what both begin and end with meets, the rest by position."""
    shorter = min(len(left), len(right))
    head = next((i for i in range(shorter) if left[i] != right[i]), shorter)
    tail = next((i for i in range(shorter - head) if left[-1 - i] != right[-1 - i]), shorter - head)
    left_end, right_end = len(left) - tail, len(right) - tail
    middle = range(max(left_end, right_end) - head)
    pairs: list[Pair] = [(i, i, False) for i in range(head)]
    for i in middle:
        pairs.append((head + i if head + i < left_end else None, head + i if head + i < right_end else None, False))
    return pairs + [(left_end + i, right_end + i, False) for i in range(tail)]


def identify(item: Any, is_masked: Callable[..., bool]) -> Identity:
    """Return what `item` of a FHIR array is known by.

    `is_masked(type_name, *names)` tells whether the element at that path within it may differ.
    """
    if not isinstance(item, dict):
        return NOBODY
    resource = item.get("resource")
    if isinstance(resource, dict):
        return _identify_entry(item, resource, is_masked)
    if "resourceType" in item:
        return _identify_resource(item, is_masked)
    if isinstance(item.get("request"), dict):
        return Identity(("request", str(item["request"].get("method")), str(item["request"].get("url"))))
    for name in ("url", "linkId"):
        if isinstance(item.get(name), str):
            return Identity(item[name], distinct=True)
    return _identify_by_code(item)


def _identify_resource(resource: dict[str, Any], is_masked: Callable[..., bool]) -> Identity:
    type_name = str(resource["resourceType"])
    alias = None if is_masked(type_name, "identifier") else _business_identifier(resource)
    if not isinstance(resource.get("id"), str) or is_masked(type_name, "id"):
        return Identity(None, type_name, alias=alias)
    return Identity((type_name, resource["id"]), type_name, True, alias)


def _identify_entry(entry: dict[str, Any], resource: dict[str, Any], is_masked: Callable[..., bool]) -> Identity:
    """Entries of two servers have different addresses, so the resource's own id comes before `fullUrl`.

    A `urn:` is made anew for each bundle by many, so that two entries with different ones may still be one.
    """
    type_name = str(resource.get("resourceType"))
    alias = None if is_masked(type_name, "resource", "identifier") else _business_identifier(resource)
    if isinstance(resource.get("id"), str) and not is_masked(type_name, "resource", "id"):
        return Identity((type_name, resource["id"]), type_name, True, alias)
    address = entry.get("fullUrl")
    if isinstance(address, str) and not is_masked("", "fullUrl"):
        return Identity(address, type_name, not address.startswith("urn:"), alias)
    return Identity(None, type_name, alias=alias)


def addresses_of(entry: Any) -> tuple[str, str]:
    """How a reference may name an entry of a bundle: by its `fullUrl`, or by type and id; empty where it has none."""
    if not isinstance(entry, dict):
        return "", ""
    resource = entry.get("resource")
    named = resource if isinstance(resource, dict) else {}
    address, kind, identity = entry.get("fullUrl"), named.get("resourceType"), named.get("id")
    own = f"{kind}/{identity}" if isinstance(kind, str) and isinstance(identity, str) else ""
    return (address if isinstance(address, str) else ""), own


def _business_identifier(resource: dict[str, Any]) -> Hashable:
    """The first `identifier` with a system and a value (FHIR R4, Resource, business identifiers)."""
    identifiers = resource.get("identifier")
    for identifier in identifiers if isinstance(identifiers, list) else (identifiers,):
        if isinstance(identifier, dict):
            system, value = identifier.get("system"), identifier.get("value")
            if isinstance(system, str) and isinstance(value, str):
                return str(resource.get("resourceType")), system, value
    return None


def _identify_by_code(item: dict[str, Any]) -> Identity:
    system, code, coding = item.get("system"), item.get("code"), item.get("coding")
    if isinstance(system, str):
        value = item.get("value", code)
        return Identity((system, value if isinstance(value, str) else None), system)
    if isinstance(item.get("reference"), str):
        return Identity(item["reference"], item["reference"].rpartition("/")[0])
    if isinstance(code, dict):
        coding = code.get("coding")
    if isinstance(coding, list) and coding and isinstance(coding[0], dict):
        return Identity((str(coding[0].get("system")), str(coding[0].get("code"))), str(coding[0].get("system")))
    for name in ("id", "code", "relation", "name", "type", "use"):
        if isinstance(item.get(name), str):
            return Identity((name, item[name]))
    return NOBODY
