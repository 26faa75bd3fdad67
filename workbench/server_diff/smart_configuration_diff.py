"""Differences between two smart-configurations, graded for an app that moves from left to right.

Addresses are each server's own, so that only their presence counts. Scopes are compared in `smart_scope_diff`.
SMART App Launch 1 and 2, “Conformance”; RFC 8414.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from workbench.diff.difference import Difference, DifferenceKind, Grade
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json, to_json
from workbench.server_diff.smart_scope_diff import diff_scopes

_ENDPOINTS: dict[str, tuple[Grade, str]] = {
    "issuer": ("information", "An app that checks who issued an id_token has nothing to check it by."),
    "authorization_endpoint": ("breaks-sender", "No user can sign in: there is nowhere to send the browser."),
    "token_endpoint": ("breaks-sender", "No token can be fetched."),
    "jwks_uri": ("breaks-receiver", "The signature of an id_token cannot be checked."),
    "registration_endpoint": ("breaks-sender", "An app cannot register itself: register it by hand."),
    "introspection_endpoint": ("breaks-sender", "A token's meaning cannot be asked for."),
    "revocation_endpoint": ("breaks-sender", "A token cannot be given back: it lasts until it expires."),
    "userinfo_endpoint": ("breaks-sender", "Who signed in cannot be asked for with an access token."),
    "management_endpoint": ("breaks-sender", "Users cannot be sent to where they manage what apps may do."),
    "user_access_brand_bundle": ("information", "The portal's name and logo cannot be looked up."),
}
_LISTS: dict[str, str] = {
    "grant_types_supported": "An app that asks for a token by {key} is refused.",
    "code_challenge_methods_supported": "An app that sends a code challenge by {key} may be refused: choose another.",
    "token_endpoint_auth_methods_supported": "An app that shows who it is by {key} gets no token: register it anew.",
    "token_endpoint_auth_signing_alg_values_supported": "An assertion signed with {key} is refused: sign with another.",
    "response_types_supported": "An authorization request with response_type {key} is refused.",
    "capabilities": "An app that relies on {key} cannot do so.",
}
# SMART App Launch 2.2, “Capabilities”: what is lost in what comes back breaks the reader, all else the asker.
_CAPABILITIES: dict[str, tuple[Grade, str]] = {
    "launch-ehr": ("breaks-sender", "The EHR cannot open the app: start it standalone."),
    "launch-standalone": ("breaks-sender", "The app cannot be started outside the EHR."),
    "authorize-post": ("breaks-sender", "Send the authorization request by GET."),
    "client-public": ("breaks-sender", "An app without a secret gets no token: register it as confidential."),
    "client-confidential-symmetric": ("breaks-sender", "A client secret is not taken: sign with a key instead."),
    "client-confidential-asymmetric": ("breaks-sender", "A signed assertion is not taken: use a secret instead."),
    "sso-openid-connect": ("breaks-receiver", "No id_token comes: the app does not learn who signed in."),
    "context-banner": ("breaks-receiver", "The app is not told whether to show a patient banner."),
    "context-style": ("breaks-receiver", "The app is not told which style to take."),
    "context-ehr-patient": ("breaks-receiver", "The app is not told which patient is open in the EHR."),
    "context-ehr-encounter": ("breaks-receiver", "The app is not told which encounter is open in the EHR."),
    "context-standalone-patient": ("breaks-receiver", "No patient is chosen at sign-in: let the user search for one."),
    "context-standalone-encounter": ("breaks-receiver", "No encounter is chosen at sign-in."),
    "permission-offline": ("breaks-sender", "offline_access is not granted: the app cannot work without its user."),
    "permission-online": ("breaks-sender", "online_access is not granted: the user signs in again each time."),
    "permission-patient": ("breaks-sender", "patient/ scopes are not granted."),
    "permission-user": ("breaks-sender", "user/ scopes are not granted."),
    "permission-v1": ("breaks-sender", "Scopes such as patient/*.read are not granted: write patient/*.rs."),
    "permission-v2": ("breaks-sender", "Scopes such as patient/*.rs are not granted: write patient/*.read."),
}
_KNOWN = {*_ENDPOINTS, *_LISTS, "scopes_supported"}


def is_smart_configuration(value: Any) -> bool:
    """Tell a smart-configuration from other JSON by what it must have."""
    return (
        isinstance(value, dict)
        and "resourceType" not in value
        and bool({"authorization_endpoint", "token_endpoint", "scopes_supported"} & value.keys())
    )


def diff_smart_configurations(left: Json, right: Json) -> tuple[Difference, ...]:
    """The rows that differ; none where both say the same. A side that is no JSON object raises WorkbenchError."""
    for word, side in (("left", left), ("right", right)):
        if not isinstance(side, dict):
            raise WorkbenchError(f"The {word} side is no smart-configuration: it is not a JSON object.")
    return tuple(_rows(left, right))


def _rows(left: Json, right: Json) -> Iterator[Difference]:
    for name, (grade, why) in _ENDPOINTS.items():
        yield from _diff_endpoint(name, left.get(name), right.get(name), grade, why)
    for name in (*_LISTS, "scopes_supported"):
        here, there = _texts(left.get(name)), _texts(right.get(name))
        if here is None or there is None:
            if left.get(name) != right.get(name):
                yield _badly_formed(name, here is None, there is None)
        elif name == "scopes_supported":
            yield from diff_scopes(here, there)
        else:
            yield from _diff_list(name, _with_implied(name, here, left), _with_implied(name, there, right))
    for name in dict.fromkeys((*left, *right)):
        if name not in _KNOWN and left.get(name) != right.get(name):
            shown = [_shown(side.get(name)) for side in (left, right)]
            yield _row(
                name, name, shown[0], shown[1], "information", "SMART does not say what this changes for an app."
            )


def _diff_endpoint(name: str, left: Any, right: Any, grade: Grade, why: str) -> Iterator[Difference]:
    if left == right:
        return
    if any(value is not None and not isinstance(value, str) for value in (left, right)):
        yield _badly_formed(name, not isinstance(left, str | None), not isinstance(right, str | None))
    elif not right:
        yield _row(name, "presence", left, None, grade, why)
    elif _is_bare(right) and not _is_bare(left or ""):
        sentence = "It is not https: what is sent there can be read on the way, and apps must refuse it."
        yield _row(name, "address", left or None, right, "breaks-both", sentence)
    elif not left:
        yield _row(name, "presence", None, right, "compatible", "An app may use it; nothing that worked stops.")
    else:
        yield _row(name, "address", left, right, "information", "Each server has its own address.")


def _diff_list(name: str, left: list[str], right: list[str]) -> Iterator[Difference]:
    if (not left) != (not right) and name != "capabilities":
        yield from _tell_silent(name, left, right)
        return
    for key in dict.fromkeys((*left, *right)):
        place = f"{name}[{key}]"
        if key not in right:
            grade, why = _judge_loss(name, key)
            yield _row(place, name, key, None, grade, why)
        elif key not in left:
            grade, why = _judge_gain(name, key, left)
            yield _row(place, name, None, key, grade, why)


def _tell_silent(name: str, left: list[str], right: list[str]) -> Iterator[Difference]:
    """One side does not say: RFC 8414 lets it, and SMART 1 asked for none of these."""
    shown = (", ".join(left) or None, ", ".join(right) or None)
    word = "right" if left else "left"
    grade: Grade = "information"
    why = f"The {word} does not say what it takes; try it with what the other names."
    if name == "code_challenge_methods_supported":
        grade = "breaks-sender" if left else "information"
        why = (
            "The right does not check a code challenge, so that a stolen code can be used: an app may refuse to go on."
        )
        if not left:
            why = "An app that sends no code challenge may be refused: SMART App Launch 2 asks each app to send one."
    yield _row(name, name, *shown, grade, why)


def _judge_loss(name: str, key: str) -> tuple[Grade, str]:
    if name == "capabilities" and key in _CAPABILITIES:
        return _CAPABILITIES[key]
    return "breaks-sender", _LISTS[name].format(key=key)


def _judge_gain(name: str, key: str, left: list[str]) -> tuple[Grade, str]:
    if name == "code_challenge_methods_supported" and key == "plain":
        return "information", "SMART App Launch 2 forbids plain: an app sends S256 wherever it is offered."
    if name == "capabilities" and key == "permission-v2" and "permission-v1" not in left:
        return "compatible", "An app may ask for scopes such as patient/*.rs."
    return "compatible", f"An app may use {key}; nothing that worked stops."


def _with_implied(name: str, items: list[str], configuration: Json) -> list[str]:
    """SMART App Launch 1 knew one kind of scope, so that a server that names no version takes those of version 1."""
    if name != "capabilities" or not items or {"permission-v1", "permission-v2"} & set(items):
        return items
    scopes = _texts(configuration.get("scopes_supported")) or []
    if any(scope.endswith((".read", ".write", ".*")) for scope in scopes):
        return [*items, "permission-v1"]
    return items


def _texts(value: Any) -> list[str] | None:
    """The texts of a list, each once; None where it is something else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    return list(dict.fromkeys(value))


def _is_bare(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "http" and host not in ("localhost", "::1") and not host.startswith("127.")


def _badly_formed(name: str, left: bool, right: bool) -> Difference:
    words = " and ".join(word for word, bad in (("left", left), ("right", right)) if bad)
    why = f"On the {words}, {name} is not formed as the standard says: correct it before relying on this comparison."
    shown = ["badly formed" if bad else None for bad in (left, right)]
    return _row(name, "structure", shown[0], shown[1], "information", why)


def _row(path: str, aspect: str, left: str | None, right: str | None, grade: Grade, why: str) -> Difference:
    kind: DifferenceKind = "added" if left is None else "removed" if right is None else "changed"
    return Difference(kind, path, path, left, right, aspect, grade, why)


def _shown(value: Any) -> str | None:
    return value if isinstance(value, str) or value is None else to_json(value)
