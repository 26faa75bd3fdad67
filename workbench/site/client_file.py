"""Clients of a site file: the apps that a site knows, each under its client id, and how each shows that it is itself.

A file holds no secret: the digest of one, public keys, or the address of public keys. A client without any of them is
known by name, and gets its credentials while the site runs.
"""

from __future__ import annotations

import re
from typing import Any

from workbench.authorization_server.client_assertion import find_weak_keys
from workbench.authorization_server.clients import judge_jwks_address, judge_redirect
from workbench.authorization_server.rules import Client
from workbench.smart.client_methods import CLIENT_AUTHENTICATIONS
from workbench.smart.scopes import parse_scopes
from workbench.yaml_file import YamlMap, to_plain

DIGEST = re.compile(r"[0-9a-f]{64}")


def read_clients(fields: YamlMap) -> tuple[Client, ...]:
    """The part `smart: clients:`."""
    return tuple(_client(fields.map(client_id), client_id) for client_id in fields.names())


def _client(fields: YamlMap, client_id: str) -> Client:
    scope = _scope(fields)
    client = Client(
        client_id,
        fields.text("name"),
        _redirects(fields, scope),
        fields.text("launch_uri", ""),
        fields.choice("authentication", CLIENT_AUTHENTICATIONS, "none"),
        _digest(fields),
        _jwks(fields),
        _jwks_uri(fields),
        scope,
    )
    _check_credentials(fields, client)
    fields.finish()
    return client


def _redirects(fields: YamlMap, scope: str) -> tuple[str, ...]:
    addresses = fields.texts("redirect_uris", *([()] if scope else []))
    problem = next(filter(None, map(judge_redirect, addresses)), "")
    if problem:
        raise fields.refuse("redirect_uris", problem)
    return addresses


def _digest(fields: YamlMap) -> str:
    digest = fields.text("secret_sha256", "").lower()
    if digest and not DIGEST.fullmatch(digest):
        hint = "“workbench site secret” makes a secret and the digest that stands here."
        raise fields.refuse("secret_sha256", "“secret_sha256” must be the 64 hexadecimal letters of a digest.", hint)
    return digest


def _jwks(fields: YamlMap) -> dict[str, Any] | None:
    if "jwks" not in fields:
        return None
    keys: dict[str, Any] = to_plain(fields.map("jwks").value)
    problems = find_weak_keys(keys)
    if problems:
        raise fields.refuse("jwks", f"“{fields.name_of('jwks')}” cannot be used. {problems[0]}")
    return keys


def _jwks_uri(fields: YamlMap) -> str:
    address = fields.text("jwks_uri", "")
    if address and "jwks" in fields:
        raise fields.refuse("jwks_uri", "The keys stand in “jwks” already.", "Keep one of jwks and jwks_uri.")
    problem = judge_jwks_address(address) if address else ""
    if problem:
        raise fields.refuse("jwks_uri", problem)
    return address


def _scope(fields: YamlMap) -> str:
    text = " ".join(fields.text("scope", "").split())
    wrong = next((scope.text for scope in parse_scopes(text) if scope.context != "system"), "")
    if wrong:
        hint = "Only what an app may do without a user is given beforehand, such as system/Patient.rs."
        raise fields.refuse("scope", f"“{wrong}” is not a scope of a backend service.", hint)
    return text


def _check_credentials(fields: YamlMap, client: Client) -> None:
    """Each kind of credentials belongs to one way of authentication; what could never be used is a mistake."""
    signs, has_secret = client.authentication == "private_key_jwt", client.authentication.startswith("client_secret")
    misplaced = {"secret_sha256": not has_secret, "jwks": not signs, "jwks_uri": not signs}
    wrong = next((name for name, is_wrong in misplaced.items() if is_wrong and name in fields), "")
    if wrong:
        raise fields.refuse(wrong, f"“{wrong}” is of no use to an app with authentication {client.authentication}.")
    if client.scope and client.authentication == "none":
        sentence = "A backend service must show that it is itself."
        raise fields.refuse("scope", sentence, "Set authentication to private_key_jwt.")
