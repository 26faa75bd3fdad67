"""Scopes of SMART App Launch 1 and 2, what each lets an app do, and the grant that holds those given.

Version 1 writes `patient/Observation.read`, version 2 `patient/Observation.rs?category=laboratory`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl

from workbench.smart.compartment import is_in_compartment, meets_query

Json = dict[str, Any]
ScopeKind = Literal["resource", "context", "identity", "refresh", "unknown"]

LETTERS = "cruds"
V1_LETTERS = {"read": "rs", "write": "cud", "*": "cruds"}
INTERACTION_LETTERS = {
    "read": "r",
    "vread": "r",
    "history-instance": "r",
    "search-type": "s",
    "create": "c",
    "update": "u",
    "patch": "u",
    "delete": "d",
}
PLAIN_KINDS: dict[str, ScopeKind] = {
    "launch": "context",
    "launch/patient": "context",
    "launch/encounter": "context",
    "openid": "identity",
    "fhirUser": "identity",
    "profile": "identity",
    "online_access": "refresh",
    "offline_access": "refresh",
}
RESOURCE_SCOPE = re.compile(
    r"(?P<context>patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]{1,40})"
    r"\.(?:(?P<v1>read|write|\*)|(?P<v2>c?r?u?d?s?))(?:\?(?P<query>[^\s]+))?"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope as written in `text`. `letters` are those of version 2 (create, read, update, delete, search).

    `version` is "" where the scope is the same in both versions, `query` what a granular scope asks of a resource.
    """

    text: str
    kind: ScopeKind = "unknown"
    context: Literal["patient", "user", "system", ""] = ""
    type: str = ""
    letters: str = ""
    version: Literal["v1", "v2", ""] = ""
    query: tuple[tuple[str, str], ...] = ()

    def covers(self, interaction: str, resource_type: str) -> bool:
        """Tell whether this scope allows `interaction` on some resource of the type."""
        return self.type in ("*", resource_type) and INTERACTION_LETTERS.get(interaction, "?") in self.letters

    def without(self, letters: str) -> Scope | None:
        """This scope less `letters`; None where nothing is left, or what is left cannot be said in version 1."""
        left = "".join(letter for letter in self.letters if letter not in letters)
        if left == self.letters:
            return self
        words = {value: word for word, value in V1_LETTERS.items()} if self.version == "v1" else {left: left}
        if not left or left not in words:
            return None
        head, _, tail = self.text.partition(".")
        query = f"?{tail.partition('?')[2]}" if "?" in tail else ""
        return replace(self, text=f"{head}.{words[left]}{query}", letters=left)


def parse_scopes(text: str) -> tuple[Scope, ...]:
    """Parse scopes divided by spaces, each once; one that is not known is kept with the kind `unknown`."""
    return tuple(parse_scope(word) for word in dict.fromkeys(text.split()))


def parse_scope(text: str) -> Scope:
    if text in PLAIN_KINDS:
        return Scope(text, PLAIN_KINDS[text])
    match = RESOURCE_SCOPE.fullmatch(text)
    if match is None or not (match["v1"] or match["v2"]) or (match["v1"] and match["query"]):
        return Scope(text)
    letters = V1_LETTERS[match["v1"]] if match["v1"] else match["v2"]
    query = tuple(parse_qsl(match["query"] or "", keep_blank_values=True))
    context: Any = match["context"]
    return Scope(text, "resource", context, match["type"], letters, "v1" if match["v1"] else "v2", query)


def to_scope_text(scopes: Iterable[Scope]) -> str:
    return " ".join(scope.text for scope in scopes)


def missing_scopes(asked: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """The scopes of `asked` whose whole right `granted` does not give, however either is written."""
    given = [parse_scope(text) for text in granted]
    return tuple(text for text in asked if not _is_given(parse_scope(text), given))


def withhold(scope: Scope, withheld: Iterable[Scope]) -> Scope | None:
    """What is left of `scope` where `withheld` is never granted; a wildcard withholds the wildcard alone."""
    left: Scope | None = scope
    for other in withheld:
        if left is None or left.text == other.text:
            return None
        if left.kind == "resource" and (left.context, left.type, left.query) == (
            other.context,
            other.type,
            other.query,
        ):
            left = left.without(other.letters)
    return left


@dataclass(frozen=True, slots=True)
class Grant:
    """What one access token allows: the scopes granted, the launch context and until when.

    `patient` and `encounter` are ids, `user` the id of who signed in, `fhir_user` the reference of that person.
    """

    scopes: tuple[Scope, ...]
    patient: str | None = None
    encounter: str | None = None
    user: str = ""
    client_id: str = ""
    fhir_user: str = ""
    expires: datetime | None = None

    def judge(self, interaction: str, resource_type: str, resource: Json | None) -> str | None:
        """Return None where the interaction is allowed, else a sentence naming the scope that was missing.

        Without `resource` only the type is judged; with one, also whose it is and what a granular scope asks.
        """
        covering = tuple(scope for scope in self.scopes if scope.covers(interaction, resource_type))
        if not covering:
            return f"{self._ask(interaction, resource_type, 'patient', 'user')} {self._tell_granted()}"
        if resource is None or any(self._admits(scope, interaction, resource) for scope in covering):
            return None
        return f"{self._tell_limit(covering, interaction, resource_type, resource)} {self._tell_granted()}"

    def may_see(self, resource: Json) -> bool:
        """Tell whether a found or included resource may be shown."""
        kind = str(resource.get("resourceType", ""))
        covering = (s for s in self.scopes if s.covers("read", kind) or s.covers("search-type", kind))
        return any(self._admits(scope, "read", resource) for scope in covering)

    def _admits(self, scope: Scope, interaction: str, resource: Json) -> bool:
        writes = INTERACTION_LETTERS.get(interaction, "") in ("c", "u", "d")
        return meets_query(resource, scope.query) and (
            scope.context != "patient" or is_in_compartment(resource, self.patient or "", about=writes)
        )

    def _tell_limit(self, covering: tuple[Scope, ...], interaction: str, resource_type: str, resource: Json) -> str:
        name = f"{resource_type}/{resource['id']}" if resource.get("id") else f"This {resource_type}"
        narrow = next((scope for scope in covering if not meets_query(resource, scope.query)), None)
        if narrow is not None:
            return f"{name} is outside what the scope {narrow.text} covers."
        about = f"patient {self.patient}, whom" if self.patient else "a patient, and"
        limit = f"{name} does not belong to the {about} this access token is for"
        if not self.patient:
            limit = f"{name} belongs to a patient, and this access token is for none"
        return f"{limit}. {self._ask(interaction, resource_type, 'user')}"

    def _ask(self, interaction: str, resource_type: str, *contexts: str) -> str:
        letter = INTERACTION_LETTERS.get(interaction, "")
        v1 = any(scope.version == "v1" for scope in self.scopes) and not any(s.version == "v2" for s in self.scopes)
        right = ("read" if letter in "rs" else "write") if v1 else letter
        wanted = " or ".join(f"{context}/{resource_type}.{right}" for context in contexts)
        return f"This {interaction} of {resource_type} needs the scope {wanted}."

    def _tell_granted(self) -> str:
        granted = to_scope_text(s for s in self.scopes if s.kind == "resource")
        return f"Granted: {granted}." if granted else "No scope for any resource was granted."


def _is_given(wanted: Scope, given: list[Scope]) -> bool:
    if wanted.kind != "resource":
        return any(wanted.text == scope.text for scope in given)
    same = [s for s in given if s.kind == "resource" and s.type in ("*", wanted.type)]
    # A user/ scope is wider than a patient/ scope, and a scope without a query is wider than one with it.
    wide = [s for s in same if s.context in (wanted.context, "user") and s.query in ((), wanted.query)]
    return set(wanted.letters) <= {letter for scope in wide for letter in scope.letters}


def names_patient(scopes: Iterable[Scope]) -> bool:
    """Tell whether these scopes need a patient to be chosen."""
    return any(s.text == "launch/patient" or s.context == "patient" for s in scopes)
