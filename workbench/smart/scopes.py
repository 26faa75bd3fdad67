"""Scopes of SMART App Launch 1 and 2: how they are written, and which interactions each lets an app do.

Version 1 writes `patient/Observation.read`, version 2 `patient/Observation.rs?category=laboratory`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import parse_qsl

ScopeVersion = Literal["v1", "v2"]
ScopeKind = Literal["resource", "context", "identity", "refresh", "unknown"]

LETTERS = "cruds"
V1_LETTERS = {"read": "rs", "write": "cud", "*": "cruds"}
# SMART App Launch 2.2, “Scopes for requesting FHIR resources”: each letter's interactions.
INTERACTION_LETTERS = {
    "create": "c",
    "read": "r",
    "vread": "r",
    "history-instance": "r",
    "update": "u",
    "patch": "u",
    "delete": "d",
    "search-type": "s",
    "history-type": "s",
    "search-system": "s",
    "history-system": "s",
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
# SMART App Launch 2.2 leaves room for contexts beyond patient and encounter, each perhaps with the role it plays.
CONTEXT_SCOPE = re.compile(r"launch/[a-z][a-z-]*(?:\?role=[^\s]+)?")
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
    version: ScopeVersion | Literal[""] = ""
    query: tuple[tuple[str, str], ...] = ()

    def covers(self, interaction: str, resource_type: str) -> bool:
        """Tell whether this scope allows `interaction` on some resource of the type."""
        return self.type in ("*", resource_type) and INTERACTION_LETTERS.get(interaction, "?") in self.letters

    @property
    def query_text(self) -> str:
        """The query as it was written, with its question mark; "" where there is none."""
        return self.text[self.text.index("?") :] if self.query else ""

    def without(self, letters: str) -> Scope | None:
        """This scope less `letters`; None where nothing is left, or what is left cannot be said in version 1."""
        left = "".join(letter for letter in self.letters if letter not in letters)
        return self if left == self.letters else self.with_letters(left)

    def with_letters(self, letters: str) -> Scope | None:
        """This scope with `letters` in their place; None where there are none, or version 1 has no word for them."""
        words = {value: word for word, value in V1_LETTERS.items()} if self.version == "v1" else {letters: letters}
        if not letters or letters not in words:
            return None
        text = f"{self.context}/{self.type}.{words[letters]}{self.query_text}"
        return replace(self, text=text, letters=letters)

    def for_type(self, resource_type: str) -> Scope:
        """This scope for one type in place of its own."""
        text = f"{self.context}/{resource_type}.{self.text.partition('.')[2]}"
        return replace(self, text=text, type=resource_type)

    def in_version(self, version: ScopeVersion) -> Scope | None:
        """The scope of the other version that gives the same right or, where none does, the least that gives it.

        None where there is none, since version 1 has no granular scopes.
        """
        if self.kind != "resource" or self.version == version:
            return self
        if version == "v2":
            return resource_scope(self.context, self.type, self.letters)
        word = next((word for word, letters in V1_LETTERS.items() if set(self.letters) <= set(letters)), "")
        return parse_scope(f"{self.context}/{self.type}.{word}") if word and not self.query else None


def parse_scopes(text: str) -> tuple[Scope, ...]:
    """Parse scopes divided by spaces, each once; one that is not known is kept with the kind `unknown`."""
    return tuple(parse_scope(word) for word in dict.fromkeys(text.split()))


def parse_scope(text: str) -> Scope:
    if text in PLAIN_KINDS:
        return Scope(text, PLAIN_KINDS[text])
    if CONTEXT_SCOPE.fullmatch(text):
        return Scope(text, "context")
    match = RESOURCE_SCOPE.fullmatch(text)
    if match is None or not (match["v1"] or match["v2"]) or (match["v1"] and match["query"]):
        return Scope(text)
    letters = V1_LETTERS[match["v1"]] if match["v1"] else match["v2"]
    query = tuple(parse_qsl(match["query"] or "", keep_blank_values=True))
    context: Any = match["context"]
    return Scope(text, "resource", context, match["type"], letters, "v1" if match["v1"] else "v2", query)


def to_scope_text(scopes: Iterable[Scope]) -> str:
    return " ".join(scope.text for scope in scopes)


def resource_scope(context: str, resource_type: str, letters: Iterable[str]) -> Scope:
    """The version 2 scope with these letters, whatever their order."""
    given = frozenset(letters)
    return parse_scope(f"{context}/{resource_type}.{''.join(letter for letter in LETTERS if letter in given)}")


def names_patient(scopes: Iterable[Scope]) -> bool:
    """Tell whether these scopes need a patient to be chosen."""
    return any(s.text == "launch/patient" or s.context == "patient" for s in scopes)
