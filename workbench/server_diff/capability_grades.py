"""Grades of what a capability statement offers: what its loss, its arrival or its change means for who uses it.

Sender is the app that moves from the left server to the right one, receiver the same app when answers come back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from workbench.diff.difference import Grade, Verdict
from workbench.plain_text import with_article


class Rule(NamedTuple):
    """What it means that an item of a list is on one side alone; `{key}` and `{type}` stand for it and its type."""

    removed: Verdict
    added: Verdict


def _may(what: str) -> Verdict:
    return Verdict("compatible", f"An app may {what}; nothing that worked stops.")


def _says(what: str) -> Verdict:
    return Verdict("information", what)


RULES = {
    "searchParam": Rule(
        Verdict(
            "breaks-sender",
            "A search of {type} by {key} is refused, or answered as if {key} had not been asked: take it out.",
        ),
        _may("now search {type} by {key}"),
    ),
    "search-parameter-combination": Rule(
        Verdict("breaks-sender", "Searching {type} by {key} at once is no longer promised: test it, or search by one."),
        _may("now search {type} by {key} at once"),
    ),
    "operation": Rule(
        Verdict("breaks-sender", "A call of ${key} is refused: take it out, or ask for what stands in for it."),
        _may("now call ${key}"),
    ),
    "profile": Rule(
        Verdict("breaks-receiver", "{type} resources that come back need no longer meet this profile: read with care."),
        _says("What comes back meets this profile, and what an app writes may have to: validate against it."),
    ),
    "searchInclude": Rule(
        Verdict("breaks-sender", "A search with _include={key} no longer brings those resources along: read them."),
        _may("now ask for _include={key}"),
    ),
    "searchRevInclude": Rule(
        Verdict("breaks-sender", "A search with _revinclude={key} no longer brings those along: search for them."),
        _may("now ask for _revinclude={key}"),
    ),
    "compartment": Rule(
        Verdict("breaks-sender", "A search within this compartment, such as Patient/1/Condition, is refused."),
        _may("now search within this compartment"),
    ),
    "format": Rule(
        Verdict("breaks-both", "An app that sends or reads {key} is refused: use a format that both sides name."),
        _may("now send and read {key}"),
    ),
    "patchFormat": Rule(
        Verdict("breaks-sender", "A patch in this format is refused: send another, or the whole resource."),
        _may("now patch in this format"),
    ),
    "acceptLanguage": Rule(
        _says("Answers may come in another language."),
        _says("Answers may come in this language where an app asks for it."),
    ),
    "implementationGuide": Rule(
        _says("The right does not say that it follows this guide: see what is missing in the rows of its types."),
        _says("The right says that it follows this guide: compare the guide's profiles with what the app writes."),
    ),
    "instantiates": Rule(
        _says("The right does not claim to do all that this statement asks: see the rows of its types."),
        _says("The right claims to do all that this statement asks."),
    ),
    "imports": Rule(
        _says("What this statement offers is no longer part of the right: compare with it in full."),
        _says("The right offers besides all that this statement does: compare with it in full."),
    ),
    "service": Rule(
        Verdict("breaks-sender", "An app that signs in by {key} is refused: ask how the right lets apps in."),
        _may("now sign in by {key}"),
    ),
    "oauth-uris": Rule(
        Verdict("breaks-sender", "The address is no longer in the statement: take it from smart-configuration."),
        _may("find the address here"),
    ),
    "capabilities": Rule(
        Verdict("breaks-sender", "An app that relies on {key} can no longer do so."),
        _may("rely on {key}"),
    ),
    "endpoint": Rule(
        Verdict("breaks-sender", "Messages can no longer be sent by {key}."),
        _may("now send messages by {key}"),
    ),
}

# FHIR R4, Search, “Search result parameters”: they shape the answer and not what is found.
_RESULT_PARAMETERS = frozenset(
    ("_sort", "_count", "_include", "_revinclude", "_summary", "_total", "_elements", "_contained", "_containedType")
) | {"_format", "_pretty", "_maxresults", "_score"}

# What `mode` means differs: a server that no longer receives breaks who sends, one that no longer sends who waits.
_MODES = {
    "receiver": RULES["endpoint"]._replace(
        removed=Verdict("breaks-sender", "The right no longer takes this message: an interface that sends it stops."),
        added=_may("now send this message"),
    ),
    "sender": RULES["endpoint"]._replace(
        removed=Verdict("breaks-receiver", "The right no longer sends this message: who waits for it gets nothing."),
        added=_says("The right also sends this message: subscribe to it, or make sure that it is not taken for one."),
    ),
    "consumer": RULES["endpoint"]._replace(
        removed=Verdict("breaks-sender", "The right no longer takes documents of this profile."),
        added=_may("now send documents of this profile"),
    ),
    "producer": RULES["endpoint"]._replace(
        removed=Verdict("breaks-receiver", "The right no longer gives documents of this profile."),
        added=_says("The right also gives documents of this profile."),
    ),
}

VERBS = {
    "read": "read {a_type} by its id",
    "vread": "read an earlier version of {a_type}",
    "update": "replace {a_type} (PUT)",
    "patch": "change a part of {a_type} (PATCH)",
    "delete": "delete {a_type}",
    "history-instance": "read the history of {a_type}",
    "history-type": "read the history of all {type} resources",
    "create": "create {a_type} (POST)",
    "search-type": "search for {type}",
    "validate": "have {a_type} validated",
    "transaction": "send a transaction bundle",
    "batch": "send a batch bundle",
    "search-system": "search over all types at once",
    "history-system": "read the history of the whole server",
}

_REFERENCE_POLICIES = {
    "literal": ("references by address are refused", "references may be addresses"),
    "logical": ("references by identifier alone are refused", "references may be identifiers alone"),
    "resolves": ("references that come back may lead nowhere", "references that come back can be read"),
    "enforced": ("references are taken even where they lead nowhere", "a reference that leads nowhere is refused"),
    "local": ("references to other servers are taken too", "references to other servers are refused"),
}
_RESTRICTING = ("enforced", "local")


def judge_item(aspect: str, key: str, type_name: str, *, removed: bool) -> Verdict:
    """What it means that item `key` of a list is on the left alone (`removed`) or on the right alone."""
    if aspect == "interaction":
        return _judge_interaction(key, type_name, removed)
    if aspect == "referencePolicy":
        return _judge_reference_policy(key, type_name, removed)
    if aspect == "searchParam" and key in _RESULT_PARAMETERS:
        return _says(f"The {'right' if removed else 'left'} does not name {key}, which many servers honour unnamed.")
    if aspect == "oauth-uris" and key not in ("authorize", "token"):
        return _says("The statement's addresses are not all of them: smart-configuration may have it.")
    if aspect in ("document", "supportedMessage"):
        rule = _MODES.get(key.split(" ")[0], RULES["endpoint"])
    else:
        rule = RULES["profile" if aspect == "supportedProfile" else aspect]
    verdict = rule.removed if removed else rule.added
    return Verdict(verdict.grade, verdict.why.format(key=key, type=type_name or "any type"))


def _judge_interaction(code: str, type_name: str, removed: bool) -> Verdict:
    verb = VERBS.get(code, f"use {code}").format(type=type_name, a_type=with_article(type_name))
    if removed:
        return Verdict("breaks-sender", f"An app can no longer {verb}: take that step out, or find another way for it.")
    return _may(f"now {verb}")


def _judge_reference_policy(code: str, type_name: str, removed: bool) -> Verdict:
    lost, gained = _REFERENCE_POLICIES.get(code, (f"{code} no longer holds", f"{code} holds"))
    grade: Grade = "breaks-sender" if removed != (code in _RESTRICTING) else "compatible"
    if code == "resolves" and removed:
        grade = "breaks-receiver"
    return Verdict(grade, f"In {type_name}, {lost if removed else gained}.")


def judge_value(aspect: str, left: str, right: str, type_name: str) -> Verdict:
    """What it means that a single value of a type changes; an empty one is not said."""
    judge = _VALUES.get(aspect)
    return judge(left, right, type_name) if judge else _says("")


def _flag(lost: str, gained: str) -> Callable[[str, str, str], Verdict]:
    def judge(left: str, right: str, type_name: str) -> Verdict:
        if right == "true":
            return Verdict("compatible", gained.format(type=type_name))
        silent = "" if right else " The right does not say that it can."
        return Verdict("breaks-sender", lost.format(type=type_name) + silent)

    return judge


def _judge_versioning(left: str, right: str, type_name: str) -> Verdict:
    if not left or not right:
        side = "right" if not right else "left"
        return _says(f"The {side} does not say whether it keeps versions of {type_name}: try it.")
    if right == "versioned-update":
        return Verdict("breaks-sender", f"An update of {type_name} must name the version it changes (If-Match).")
    if right == "no-version":
        grade: Grade = "breaks-both" if left == "versioned-update" else "breaks-receiver"
        return Verdict(grade, f"{type_name} resources come without versions: If-Match and ETag cannot be relied on.")
    if left == "no-version":
        return Verdict("compatible", f"{type_name} resources now come with versions.")
    return Verdict("compatible", f"An update of {type_name} need no longer name the version it changes.")


_READ_CONDITIONS = {
    "modified-since": {"If-Modified-Since"},
    "not-match": {"If-None-Match"},
    "full-support": {"If-Modified-Since", "If-None-Match"},
}


def _judge_conditional_read(left: str, right: str, type_name: str) -> Verdict:
    lost = _READ_CONDITIONS.get(left, set()) - _READ_CONDITIONS.get(right, set())
    if lost:
        return Verdict("breaks-sender", f"Reading {type_name} with {' or '.join(sorted(lost))} always sends it whole.")
    return Verdict("compatible", f"An app may read {type_name} only where it changed.")


def _judge_conditional_delete(left: str, right: str, type_name: str) -> Verdict:
    if right == "multiple" and left == "single":
        return Verdict(
            "breaks-sender", f"A delete of {type_name} by search that finds several now deletes them all: guard it."
        )
    if right in ("single", "multiple"):
        if left == "multiple":
            return Verdict("breaks-sender", f"A delete of {type_name} by search that finds several is refused.")
        return Verdict("compatible", f"An app may now delete {type_name} by search.")
    return Verdict("breaks-sender", f"A delete of {type_name} by search is refused: delete by id.")


_VALUES: dict[str, Callable[[str, str, str], Verdict]] = {
    "versioning": _judge_versioning,
    "readHistory": _flag(
        "Earlier versions of {type} can no longer be read.", "An app may now read earlier versions of {type}."
    ),
    "updateCreate": _flag(
        "A PUT to an id that is not there no longer makes the {type}: create it by POST.",
        "A PUT to an id that is not there now makes the {type}.",
    ),
    "conditionalCreate": _flag(
        "If-None-Exist no longer keeps {type} from being made twice: search first.",
        "An app may create {type} with If-None-Exist, so that it is not made twice.",
    ),
    "conditionalUpdate": _flag(
        "{type} can no longer be replaced by search: find its id first.",
        "An app may now replace {type} by search.",
    ),
    "conditionalPatch": _flag(
        "{type} can no longer be patched by search: find its id first.", "An app may now patch {type} by search."
    ),
    "conditionalRead": _judge_conditional_read,
    "conditionalDelete": _judge_conditional_delete,
}

UNSAID = {
    "readHistory": "false",
    "updateCreate": "false",
    "conditionalCreate": "false",
    "conditionalUpdate": "false",
    "conditionalPatch": "false",
    "conditionalRead": "not-supported",
    "conditionalDelete": "not-supported",
}
"""What it comes to where a statement says nothing: what is not claimed cannot be counted on."""
