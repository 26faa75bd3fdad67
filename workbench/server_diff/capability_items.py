"""Rows of the lists and values of a capability statement: what each side offers under one name, held side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from workbench.diff.difference import Difference, Verdict, make_row
from workbench.server_diff.capability import Items, Part
from workbench.server_diff.capability_grades import UNSAID, judge_item, judge_value

_BASE = "http://hl7.org/fhir/StructureDefinition/"
_TITLES = {"searchParam": "search by {key}", "searchInclude": "_include {key}", "searchRevInclude": "_revinclude {key}"}
MANY = 4
"""From how many includes on a list that the other side lacks is told in one row."""
_OBLIGATIONS = ("MAY", "SHOULD", "SHALL")


def diff_lists(path: str, left: Part, right: Part, *, but: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Rows of all lists of one object, such as `rest[server].interaction[batch]`."""
    for name in merge_keys(left.lists, right.lists):
        if name not in but:
            where = f"{path}.{name}" if path else name
            yield from diff_items(where, name, left.lists.get(name, {}), right.lists.get(name, {}))


def diff_items(
    path: str, aspect: str, left: Items, right: Items, type_name: str = "", *, writes: bool = False
) -> Iterator[Difference]:
    """Rows of one list; `writes` tells that resources of the type may be written and not only read."""
    for key in merge_keys(left, right):
        place, name = f"{path}[{key}]", _words(aspect, key, type_name)
        here, there = left.get(key), right.get(key)
        if here is None or there is None:
            verdict = judge_item(aspect, key, type_name, removed=there is None)
            if aspect == "supportedProfile" and is_base_profile(key, type_name):
                verdict = Verdict("information", "It is the standard's own definition, which asks nothing more.")
            shown, other = (item.value or key if item else None for item in (here, there))
            yield make_row(place, aspect, shown, other, verdict, name)
            continue
        if here.value != there.value and aspect != "operation":
            what = "type" if aspect == "searchParam" else "version"
            verdict = _judge_change(aspect, key, here.value, there.value, writes)
            if _address_of(here.value) != _address_of(there.value) and what == "version":
                what = "address"
            yield make_row(place, what, here.value or None, there.value or None, verdict, name)
        if here.definition and there.definition and here.definition != there.definition:
            verdict = _judge_definition(here.definition, there.definition)
            yield make_row(place, "definition", here.definition, there.definition, verdict, name)
        if here.expectation != there.expectation:
            verdict = _judge_expectation(here.expectation, there.expectation)
            yield make_row(place, "expectation", here.expectation or None, there.expectation or None, verdict, name)


def diff_resource(path: str, name: str, left: Part, right: Part) -> Iterator[Difference]:
    """Rows of one resource type that both sides offer."""
    searchable = ["search-type" in part.lists.get("interaction", {}) for part in (left, right)]
    for aspect in merge_keys(left.lists, right.lists):
        here, there = left.lists.get(aspect, {}), right.lists.get(aspect, {})
        if aspect == "searchParam" and searchable[0] != searchable[1] and not (here and there):
            continue  # the row of search-type says it: without a search there is nothing to search by
        if aspect in ("searchInclude", "searchRevInclude"):
            here, there = _without_covered(here, there), _without_covered(there, here)
            if min(len(here), len(there)) == 0 and max(len(here), len(there)) >= MANY:
                yield _tell_list(f"{path}.{aspect}", aspect, here, there, name)
                continue
        if aspect not in ("profile", "supportedProfile"):
            yield from diff_items(f"{path}.{aspect}", aspect, here, there, name)
    writes = bool({"create", "update", "patch"} & left.lists.get("interaction", {}).keys())
    profiles = profiles_of(left), profiles_of(right)
    yield from diff_items(f"{path}.supportedProfile", "supportedProfile", *profiles, name, writes=writes)
    yield from _diff_values(path, name, left.values, right.values)


def _tell_list(path: str, aspect: str, left: Items, right: Items, name: str) -> Difference:
    """One row for a long list of which the other side has nothing."""
    keys = list(left or right)
    first = judge_item(aspect, keys[0], name, removed=bool(left))
    counts = [f"{len(items)} named" if items else None for items in (left, right)]
    verdict = Verdict(first.grade, f"{first.why} So it is for all of these: {', '.join(keys)}.")
    return make_row(path, aspect, counts[0], counts[1], verdict, f"{name}, {aspect}")


def _diff_values(path: str, name: str, left: Mapping[str, str], right: Mapping[str, str]) -> Iterator[Difference]:
    for aspect in merge_keys(left, right):
        here, there = left.get(aspect), right.get(aspect)
        if (here or UNSAID.get(aspect)) != (there or UNSAID.get(aspect)):
            verdict = judge_value(aspect, here or "", there or "", name)
            yield make_row(f"{path}.{aspect}", aspect, here, there, verdict, f"{name}, {aspect}")


def profiles_of(part: Part) -> Items:
    """The profiles of a type, `profile` and `supportedProfile` alike: DSTU2 and STU3 have but the first."""
    return {**part.lists.get("profile", {}), **part.lists.get("supportedProfile", {})}


def is_base_profile(canonical: str, type_name: str) -> bool:
    return canonical == _BASE + type_name


def merge_keys(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[str]:
    """The left's names in its order, then those of the right alone in theirs."""
    return [*left, *(key for key in right if key not in left)]


def _without_covered(items: Items, others: Items) -> Items:
    """`*` covers every include, `Encounter:patient` also `Encounter:patient:Patient`."""
    covered = {key for key in items if key not in others and ("*" in others or key.rpartition(":")[0] in others)}
    return {key: item for key, item in items.items() if key not in covered}


def _judge_change(aspect: str, key: str, left: str, right: str, writes: bool) -> Verdict:
    if aspect == "searchParam":
        if not left or not right:
            return Verdict("information", f"The {'right' if left else 'left'} does not say of which type {key} is.")
        return Verdict(
            "breaks-sender",
            f"A search by {key} is read in another way: values of a {left} are not written as those of a {right}.",
        )
    if _address_of(left) != _address_of(right):
        return Verdict("information", "Each server has its own address.")
    if aspect == "supportedProfile":
        why = "Resources follow another version of the profile: compare the two versions of its package."
        return Verdict("breaks-both" if writes else "breaks-receiver", why)
    return Verdict("information", "The version differs: compare the two versions of its package.")


def _judge_definition(left: str, right: str) -> Verdict:
    if _address_of(left) == _address_of(right):
        return Verdict("information", "It is another version of the same definition: compare the two.")
    if _last_steps(left) == _last_steps(right):
        return Verdict("information", "It is the same name at another address: each server may have its own.")
    return Verdict("information", "The name is the same and the definition is not: read both before relying on it.")


def _judge_expectation(left: str, right: str) -> Verdict:
    """Of statements of kind requirements (extension capabilitystatement-expectation)."""
    if left in _OBLIGATIONS and right in _OBLIGATIONS:
        if _OBLIGATIONS.index(right) < _OBLIGATIONS.index(left):
            return Verdict("breaks-sender", f"Servers {right} offer it where they {left} before: do not count on it.")
        return Verdict("compatible", f"Servers {right} offer it where they {left} before: a server must do more.")
    return Verdict("information", "One of the two does not say how binding it is.")


def _address_of(canonical: str) -> str:
    return canonical.partition("|")[0]


def _last_steps(address: str) -> str:
    """Such as `OperationDefinition/export`, wherever it is."""
    try:
        return "/".join(urlsplit(address).path.split("/")[-2:])
    except ValueError:
        return address


def _words(aspect: str, key: str, type_name: str) -> str:
    shown = _TITLES.get(aspect, "{key}").replace("{key}", f"${key}" if aspect == "operation" else key)
    return f"{type_name}, {shown}" if type_name else shown
