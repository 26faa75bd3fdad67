"""Differences between two capability statements of any FHIR releases, graded for an app that moves from left to right.

Everything is known by what it is: a resource type, an interaction's code, a parameter's name, a canonical.
What is told alike of each of the many types that both offer is one row with the path `resource[*]`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from workbench.diff.capability import NO_PART, Capability, Item, Items, Part, Rest, is_older, release_of
from workbench.diff.capability_grades import VERBS, Verdict
from workbench.diff.capability_items import diff_items, diff_lists, diff_resource, make_row, merge_keys, profiles_of
from workbench.diff.capability_reader import read_capability
from workbench.diff.difference import Difference
from workbench.fhir.resource import Json

# Types that a later release calls otherwise, where that is the same thing under another name.
_RENAMED = (
    ("Conformance", "CapabilityStatement"),
    ("MedicationOrder", "MedicationRequest"),
    ("DeviceUseRequest", "DeviceRequest"),
    ("DiagnosticOrder", "ServiceRequest"),
    ("ProcedureRequest", "ServiceRequest"),
    ("Sequence", "MolecularSequence"),
    ("BodySite", "BodyStructure"),
    ("EligibilityRequest", "CoverageEligibilityRequest"),
    ("EligibilityResponse", "CoverageEligibilityResponse"),
    ("DeviceUseStatement", "DeviceUsage"),
    ("RequestGroup", "RequestOrchestration"),
)
# FHIR, RESTful API, “Content types”: a short code stands for the media type, which DSTU2 wrote the other way round.
_FORMATS = {
    **dict.fromkeys(
        ("json", "application/fhir+json", "application/json+fhir", "application/json", "text/json"), "json"
    ),
    **dict.fromkeys(("xml", "application/fhir+xml", "application/xml+fhir", "application/xml", "text/xml"), "xml"),
    **dict.fromkeys(("ttl", "turtle", "application/fhir+turtle", "text/turtle"), "ttl"),
}
_HEAD_WHY = {
    "date": "The statement was written at another time.",
    "software.name": "Another product stands behind the address.",
    "software.version": "The server runs another version of its software: repeat the tests that matter.",
    "software.releaseDate": "The server runs software of another date.",
    "implementation.url": "Each server has its own address.",
    "url": "Each statement has its own address.",
    "version": "The statement itself has another version.",
    "kind": "instance tells of a running server, capability of a product, requirements of what is asked of one.",
    "status": "The statement's own status is another: draft, active or retired.",
    "acceptUnknown": "What the server does with content that it does not know differs.",
}
LEAST_ALIKE = 5
"""Of how many types the same must be told before it is told once."""


def diff_capability_statements(left: Json, right: Json) -> tuple[Difference, ...]:
    """The rows that differ, in the order of the statements; none where both say the same.

    Raises WorkbenchError where a side is no capability statement; what in it is badly formed is a row.
    """
    return diff_capabilities(read_capability(left), read_capability(right))


def diff_capabilities(left: Capability, right: Capability) -> tuple[Difference, ...]:
    """`diff_capability_statements` of two that have been read."""
    return tuple(_rows(left, right))


def _rows(left: Capability, right: Capability) -> Iterator[Difference]:
    yield from _diff_faults(left, right)
    yield from _diff_heads(left, right)
    for mode in merge_keys(left.rests, right.rests):
        rows = _diff_rests(mode, left, right)
        yield from (map(_mirror, rows) if mode == "client" else rows)
    yield from diff_lists("messaging", left.messaging, right.messaging)
    yield from diff_items(
        "document", "document", left.own.lists.get("document", {}), right.own.lists.get("document", {})
    )


def _diff_faults(left: Capability, right: Capability) -> Iterator[Difference]:
    """A fault that both have alike is no difference."""
    here, there = ({issue.path: issue.message for issue in side.faults} for side in (left, right))
    for path in merge_keys(here, there):
        messages = here.get(path), there.get(path)
        if messages[0] != messages[1]:
            said = zip(("left", "right"), messages, strict=True)
            why = " ".join(f"On the {word}, {message}" for word, message in said if message)
            verdict = Verdict("information", f"{why} Correct the statement before relying on this comparison.")
            left_shown, right_shown = ("badly formed" if message else None for message in messages)
            yield make_row(path, "structure", left_shown, right_shown, verdict)


def _diff_heads(left: Capability, right: Capability) -> Iterator[Difference]:
    ours, theirs = left.own.values, right.own.values
    for name in merge_keys(ours, theirs):
        here, there = ours.get(name), theirs.get(name)
        if here == there or (name == "acceptUnknown" and not (here and there)):
            continue  # R4 took acceptUnknown away
        yield make_row(name, name.rpartition(".")[2], here, there, _judge_head(name, here or "", there or ""))
    if left.release != right.release and ("fhirVersion" not in ours or "fhirVersion" not in theirs):
        verdict = _judge_release(left.release, right.release)
        yield make_row("fhirVersion", "release", left.release or None, right.release or None, verdict)
    yield from _diff_formats(left.own.lists.get("format", {}), right.own.lists.get("format", {}))
    yield from diff_lists("", left.own, right.own, but=("format", "profile", "document"))
    yield from diff_items("profile", "profile", _own_profiles(left, right), _own_profiles(right, left))


def _judge_head(name: str, left: str, right: str) -> Verdict:
    if name == "fhirVersion":
        return _judge_release(left, right)
    for what, takes in (("elements", ("elements", "both")), ("extensions", ("extensions", "both"))):
        if name == "acceptUnknown" and left in takes and right not in takes:
            return Verdict("breaks-sender", f"A resource with {what} that the server does not know is refused.")
    return Verdict("information", _HEAD_WHY.get(name, "It names the statement, and changes nothing for an app."))


def _judge_release(left: str, right: str) -> Verdict:
    older, newer = release_of(left), release_of(right)
    if not left or not right:
        return Verdict("information", f"The {'right' if left else 'left'} does not say which release of FHIR it is.")
    if older == newer:
        return Verdict("information", f"Both are {older or 'of a release that is not known'}.")
    media = ""
    if "DSTU2" in (older, newer):
        media = " DSTU2 also has media types of its own, application/json+fhir and application/xml+fhir."
    why = f"{older or left} and {newer or right} have other elements and names: rewrite what is sent and read."
    return Verdict("breaks-both", why + media)


def _diff_formats(left: Items, right: Items) -> Iterator[Difference]:
    """`json` and `application/fhir+json` are one format; that it is written otherwise only informs."""
    ours, theirs = _by_format(left), _by_format(right)
    lost = {key: Item(", ".join(names)) for key, names in ours.items() if key not in theirs}
    gained = {key: Item(", ".join(names)) for key, names in theirs.items() if key not in ours}
    yield from diff_items("format", "format", lost, gained)
    for key in ours:
        if key in theirs and sorted(ours[key]) != sorted(theirs[key]):
            why = "The same format under other names: name it in the Accept header as the server does."
            shown, other = ", ".join(ours[key]), ", ".join(theirs[key])
            yield make_row(f"format[{key}]", "code", shown, other, Verdict("information", why))


def _by_format(items: Items) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for code in items:
        found[_FORMATS.get(code.partition(";")[0].strip().lower(), code)].append(code)
    return found


def _own_profiles(side: Capability, other: Capability) -> Items:
    """DSTU2 and STU3 name use-case profiles at the top, where R4 names them at each type: no difference."""
    at_types = {key for rest in other.rests.values() for part in rest.resources.values() for key in profiles_of(part)}
    there = other.own.lists.get("profile", {})
    items = side.own.lists.get("profile", {})
    return {key: item for key, item in items.items() if key in there or key not in at_types}


def _diff_rests(mode: str, left: Capability, right: Capability) -> Iterator[Difference]:
    path, here, there = f"rest[{mode}]", left.rests.get(mode), right.rests.get(mode)
    if here is None or there is None:
        ours, theirs = (_count(len(rest.resources), "resource type") if rest else None for rest in (here, there))
        verdict = Verdict("compatible", f"The right also tells what it does as a {mode}.")
        if there is None:
            verdict = Verdict("breaks-sender", f"The right offers nothing as a {mode}: no call can be counted on.")
        yield make_row(path, "rest", ours, theirs, verdict)
        return
    yield from diff_lists(path, here.own, there.own, but=("operation",))
    yield from _diff_operations(f"{path}.operation", here, there)
    yield from _diff_security(f"{path}.security", here.security, there.security)
    yield from _diff_resources(f"{path}.resource", here, there, _renames(left, right, here, there))


def _mirror(row: Difference) -> Difference:
    """A client's statement says what it asks for, so that more of it is what breaks, on the server's side."""
    if row.kind == "removed":
        return replace(row, grade="compatible", why="The client no longer asks for it; a server need not change.")
    if row.grade == "information":
        return row
    return replace(row, grade="breaks-receiver", why="The client asks for it: the server that it meets must offer it.")


def _diff_operations(path: str, left: Rest, right: Rest) -> Iterator[Difference]:
    """What the one names for the whole server and the other at its type is told as moved, and not as lost."""
    ours, theirs = left.own.lists.get("operation", {}), right.own.lists.get("operation", {})
    ours_moved, theirs_moved = _moved_operations(ours, theirs, right), _moved_operations(theirs, ours, left)
    for key in ours_moved:
        verdict = Verdict("information", f"The right names ${key} at its resource type: call it there.")
        yield make_row(f"{path}[{key}]", "operation", "for the server", "at its type", verdict, f"${key}")
    for key in theirs_moved:
        verdict = Verdict("information", f"The right names ${key} for the server, the left at its resource type.")
        yield make_row(f"{path}[{key}]", "operation", "at its type", "for the server", verdict, f"${key}")
    here = {key: item for key, item in ours.items() if key not in ours_moved}
    there = {key: item for key, item in theirs.items() if key not in theirs_moved}
    yield from diff_items(path, "operation", here, there)


def _moved_operations(items: Items, others: Items, other: Rest) -> list[str]:
    names: set[str] = set()
    for part in other.resources.values():
        for key, item in part.lists.get("operation", {}).items():
            names |= {key, item.definition}
    return [key for key, item in items.items() if key not in others and {key, item.definition or key} & names]


def _diff_security(path: str, left: Part, right: Part) -> Iterator[Difference]:
    ours, theirs = left.lists.get("service", {}), right.lists.get("service", {})
    rows = diff_lists(path, left, right)
    if theirs and not ours:
        why = "The right lets in only who signs in: get the app registered and a token first."
        rows = (
            replace(row, grade="breaks-sender", why=why) if row.aspect == "service" else row
            for row in diff_lists(path, left, right)
        )
    yield from rows
    here, there = left.values.get("cors"), right.values.get("cors")
    if here == there:
        return
    verdict = Verdict("information", "One of the two does not say whether browser apps may call it: try it.")
    if there == "false":
        verdict = Verdict("breaks-sender", "A browser refuses an app the answers of this server: call it from behind.")
    elif here == "false" and there == "true":
        verdict = Verdict("compatible", "Browser apps may call it now.")
    yield make_row(f"{path}.cors", "cors", here, there, verdict, "Browser apps (CORS)")


def _renames(left: Capability, right: Capability, here: Rest, there: Rest) -> dict[str, str]:
    """Types of the left that the right's release calls otherwise, where each stands on one side alone."""
    renames: dict[str, str] = {}
    if left.release == right.release:
        return renames
    backward = is_older(right.release, left.release)
    ours, theirs = here.resources, there.resources
    for old, new in _RENAMED:
        one, other = (new, old) if backward else (old, new)
        alone = one in ours and one not in theirs and other in theirs and other not in ours
        if alone and one not in renames and other not in renames.values():
            renames[one] = other
    return renames


def _diff_resources(path: str, left: Rest, right: Rest, renames: dict[str, str]) -> Iterator[Difference]:
    rows: list[tuple[str, Difference]] = []
    common = 0
    taken = set(renames.values())
    for name in merge_keys(left.resources, right.resources):
        other = renames.get(name, name)
        place = f"{path}[{name}]"
        if name in left.resources and other in right.resources:
            common += 1
            if other != name:
                why = f"{name} is called {other} in the right's release: rename it in addresses and resources."
                rows.append(("", make_row(place, "type", name, other, Verdict("breaks-both", why), name)))
            found = diff_resource(place, name, left.resources[name], right.resources[other])
            rows += [(name, row) for row in found]
        elif name not in taken:
            part = left.resources.get(name) or right.resources.get(name, NO_PART)
            rows.append(("", _tell_type(place, name, part, removed=name in left.resources)))
    yield from _fold(path, rows, common)


def _tell_type(path: str, name: str, part: Part, *, removed: bool) -> Difference:
    """One row for a type that the other side lacks, with what it offers in numbers."""
    interactions = list(part.lists.get("interaction", {}))
    counts = [
        _count(len(part.lists.get(what, {})), words)
        for what, words in (("interaction", "interaction"), ("searchParam", "search parameter"))
    ]
    shown = ", ".join(counts)
    named = ", ".join(code for code in interactions if code in VERBS) or "nothing"
    if removed:
        verdict = Verdict("breaks-sender", f"The right does not offer {name}; the left offers {named} of it.")
        return make_row(path, "resource", shown, None, verdict, name)
    return make_row(
        path, "resource", None, shown, Verdict("compatible", f"The right also offers {name}: {named}."), name
    )


def _fold(path: str, rows: list[tuple[str, Difference]], common: int) -> Iterator[Difference]:
    """What is said alike of every type that both offer, once; then all other rows."""
    alike: dict[tuple[str, str, str | None, str | None], list[str]] = defaultdict(list)
    keys = [_fold_key(path, name, row) if name and common >= LEAST_ALIKE else None for name, row in rows]
    for key, (name, _) in zip(keys, rows, strict=True):
        if key is not None:
            alike[key].append(name)
    told: set[tuple[str, str, str | None, str | None]] = set()
    rest: list[Difference] = []
    for key, (name, row) in zip(keys, rows, strict=True):
        if key is None or len(alike[key]) < common:
            rest.append(row)
        elif key not in told:
            told.add(key)
            why = f"So it is for each of the {common} types that both offer. Of {name}: {row.why}"
            place, words = key[0], row.name.replace(name, "Every type", 1)
            yield replace(row, path=place, name=words, left=key[2], right=key[3], why=why)
    yield from rest


def _fold_key(path: str, name: str, row: Difference) -> tuple[str, str, str | None, str | None]:
    place = path + "[*]" + row.path.removeprefix(f"{path}[{name}]").replace(name, "*")
    left, right = (value and value.replace(name, "*") for value in (row.left, row.right))
    return place, f"{row.aspect} {row.grade}", left, right


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
