"""Differences between two capability statements of any FHIR releases, graded for an app that moves from left to right.

Everything is known by what it is: a resource type, an interaction's code, a parameter's name, a canonical.
What is told alike of each of the many types that both offer is one row with the path `resource[*]`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from workbench.diff.difference import Difference, Verdict, make_row
from workbench.fhir.resource import Json
from workbench.server_diff.capability import Capability, Item, Items, Part, Rest, release_of
from workbench.server_diff.capability_items import diff_items, diff_lists, merge_keys, profiles_of
from workbench.server_diff.capability_reader import read_capability
from workbench.server_diff.capability_types import count_words, diff_types

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
        ours, theirs = (count_words(len(rest.resources), "resource type") if rest else None for rest in (here, there))
        verdict = Verdict("compatible", f"The right also tells what it does as a {mode}.")
        if there is None:
            verdict = Verdict("breaks-sender", f"The right offers nothing as a {mode}: no call can be counted on.")
        yield make_row(path, "rest", ours, theirs, verdict)
        return
    yield from diff_lists(path, here.own, there.own, but=("operation",))
    yield from _diff_operations(f"{path}.operation", here, there)
    yield from _diff_security(f"{path}.security", here.security, there.security)
    yield from diff_types(f"{path}.resource", here, there, (left.release, right.release))


def _mirror(row: Difference) -> Difference:
    """A client's statement says what it asks for, so that more of it is what breaks, on the server's side."""
    if row.kind == "removed":
        return replace(row, grade="compatible", why="The client no longer asks for it; a server need not change.")
    if row.grade == "information":
        return row
    if row.aspect == "expectation":
        return replace(row, grade="information", why="How binding it is for clients to ask for it differs.")
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
