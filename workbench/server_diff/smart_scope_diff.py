"""Differences between the scopes that two servers offer, by what each lets an app do and not by how it is written.

`patient/*.read` of SMART 1 and `patient/*.rs` of SMART 2 are one right; `patient/*.rs` holds `patient/Observation.r`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from workbench.diff.difference import Difference, DifferenceKind, Grade
from workbench.smart.scopes import LETTERS, Scope, parse_scope

MANY = 5
"""From how many alike rows on they are told as one."""
_LETTER_WORDS = {"c": "create", "r": "read", "u": "update", "d": "delete", "s": "search"}
_LOST = {
    "launch": "The app is not opened from the chart with its patient: start it standalone.",
    "launch/patient": "No patient is chosen at sign-in: let the user search for one.",
    "launch/encounter": "No encounter is chosen at sign-in.",
    "openid": "No id_token comes: the app does not learn who signed in.",
    "fhirUser": "The id_token does not name the user's resource.",
    "profile": "The id_token does not name the user's resource.",
    "offline_access": "The app cannot work without its user: no refresh token outlasts the sign-in.",
    "online_access": "The user signs in again whenever the access token expires.",
}

# Context, type and query of resource scopes: what their letters are collected under.
_Key = tuple[str, str, tuple[tuple[str, str], ...]]


@dataclass(slots=True)
class _Offer:
    """What one side offers: texts as written, and the letters of resource scopes by what they are for."""

    plain: list[str] = field(default_factory=list)
    texts: dict[_Key, list[str]] = field(default_factory=lambda: defaultdict(list))
    letters: dict[_Key, set[str]] = field(default_factory=lambda: defaultdict(set))

    def covering(self, key: _Key) -> list[_Key]:
        """The keys whose scopes hold for `key`: its own, and those of every type or without a query."""
        context, type_name, query = key
        wide = dict.fromkeys((name, asked) for name in (type_name, "*") for asked in (query, ()))
        return [(context, *each) for each in wide if (context, *each) in self.letters]

    def rights(self, key: _Key) -> set[str]:
        return {letter for each in self.covering(key) for letter in self.letters[each]}

    def shown(self, key: _Key) -> str | None:
        """Its own texts, else those that hold for it."""
        keys = [key] if key in self.texts else self.covering(key)
        return " ".join(text for each in keys for text in self.texts[each]) or None


def diff_scopes(left: Iterable[str], right: Iterable[str]) -> Iterator[Difference]:
    """Rows for rights that either offers and the other does not, and for what both offer in other words."""
    ours, theirs = _read(left), _read(right)
    yield from _diff_plain(ours.plain, theirs.plain)
    keys = list(dict.fromkeys((*ours.texts, *theirs.texts)))
    for context in dict.fromkeys(key[0] for key in keys):
        yield from _diff_context(context, [key for key in keys if key[0] == context], ours, theirs)


def _read(texts: Iterable[str]) -> _Offer:
    offer = _Offer()
    for scope in map(parse_scope, texts):
        if scope.kind == "resource":
            key = _key(scope)
            offer.texts[key].append(scope.text)
            offer.letters[key] |= set(scope.letters)
        else:
            offer.plain.append(scope.text)
    return offer


def _key(scope: Scope) -> _Key:
    return scope.context, scope.type, tuple(sorted(scope.query))


def _diff_plain(left: list[str], right: list[str]) -> Iterator[Difference]:
    for text in dict.fromkeys((*left, *right)):
        if text not in right:
            why = _LOST.get(text, "An app that asks for it gets a token without it, or none: ask the site for it.")
            yield _row(text, text, None, "breaks-sender", why)
        elif text not in left:
            yield _row(text, None, text, "compatible", "An app may ask for it; nothing that worked stops.")


def _diff_context(context: str, keys: list[_Key], ours: _Offer, theirs: _Offer) -> Iterator[Difference]:
    here, there = (any(key[0] == context for key in offer.texts) for offer in (ours, theirs))
    if len(keys) >= MANY and not (here and there):
        texts = [text for key in keys for text in (ours if here else theirs).texts[key]]
        shown = f"{len(texts)} scopes such as {texts[0]}"
        if here:
            why = f"The right offers no {context}/ scope at all: an app that asks for one gets none."
            yield _row(f"{context}/", shown, None, "breaks-sender", f"{why} The left has {', '.join(texts)}.")
        else:
            yield _row(f"{context}/", None, shown, "compatible", f"An app may ask for {', '.join(texts)}.")
        return
    respelled: list[_Key] = []
    wide = (context, "*", ())
    for key in keys:
        lost, gained = _change(key, ours, theirs)
        if (lost or gained) and (key == wide or (lost, gained) != _change(wide, ours, theirs)):
            yield _tell_rights(key, lost, gained, ours, theirs)
        elif not (lost or gained) and sorted(ours.texts.get(key, ())) != sorted(theirs.texts.get(key, ())):
            respelled.append(key)
    yield from _tell_respelled(context, respelled, ours, theirs)


def _change(key: _Key, ours: _Offer, theirs: _Offer) -> tuple[set[str], set[str]]:
    here, there = ours.rights(key), theirs.rights(key)
    return here - there, there - here


def _tell_rights(key: _Key, lost: set[str], gained: set[str], ours: _Offer, theirs: _Offer) -> Difference:
    left, right = (offer.shown(key) if offer.rights(key) else None for offer in (ours, theirs))
    if not lost:
        return _row(_name(key), left, right, "compatible", f"An app may also ask to {_words(gained)} with it.")
    why = f"An app may no longer {_words(lost)} with it: take that out, or ask the site for it."
    if gained:
        why = f"{why} It may now {_words(gained)}."
    return _row(_name(key), left, right, "breaks-sender", why)


def _tell_respelled(context: str, keys: list[_Key], ours: _Offer, theirs: _Offer) -> Iterator[Difference]:
    why = "Both mean the same in other words, as SMART App Launch 1 and 2 write it: ask for it as the server does."
    pairs = [(_name(key), ours.shown(key) or "", theirs.shown(key) or "") for key in keys]
    if len(pairs) < MANY:
        for name, left, right in pairs:
            yield _row(name, left, right, "information", why)
        return
    listed = ", ".join(f"{left} = {right}" for _, left, right in pairs)
    shown = [f"{len(pairs)} rights such as {text}" for text in pairs[0][1:]]
    yield _row(f"{context}/…", shown[0], shown[1], "information", f"{why} So it is for {listed}.")


def _name(key: _Key) -> str:
    context, type_name, query = key
    asked = "&".join(f"{name}={value}" for name, value in query)
    return f"{context}/{type_name}?{asked}" if asked else f"{context}/{type_name}"


def _words(letters: set[str]) -> str:
    words = [_LETTER_WORDS[letter] for letter in LETTERS if letter in letters]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _row(place: str, left: str | None, right: str | None, grade: Grade, why: str) -> Difference:
    kind: DifferenceKind = "added" if left is None else "removed" if right is None else "changed"
    return Difference(kind, f"scopes_supported[{place}]", place, left, right, "scope", grade, why)
