"""Request of an app for a code, judged: what is too much, missing, said twice or otherwise not as it must be.

OAuth 2.0 (RFC 6749, 4.1.1), PKCE (RFC 7636, 4.3), SMART App Launch 2.2, “Obtain authorization code”.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.authorization_server.rules import SmartRules

Pairs = Sequence[tuple[str, str]]
Problem = tuple[str, str]
"""An OAuth error code, and a sentence about it."""

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
# OpenID Connect Core 1.0, 6 and 7.2.1: who does not read them must say so, since what they ask for is not done.
REQUEST_OBJECTS = ("request", "request_uri", "registration")
# No honest request comes near these; all that is kept of a request is kept for half an hour.
MOST_PARAMETERS = 100
MOST_CHARACTERS = 32_000
LONGEST_VALUE = 4_000
# An app that asks for granular scopes of every type has a long list of them.
LONGEST_SCOPE = 16_000
# Twice the types of FHIR's compartment, once for the patient and once for the user, and as many granular ones.
MOST_SCOPES = 300


def is_repeated(pairs: Pairs, name: str) -> bool:
    return sum(key == name for key, _ in pairs) > 1


def judge_size(pairs: Pairs) -> str:
    """A sentence where the request as a whole, or what would go back to the app, is larger than is kept; else ""."""
    if len(pairs) > MOST_PARAMETERS:
        return f"The request has {len(pairs)} parameters; up to {MOST_PARAMETERS} are read."
    if sum(len(key) + len(value) for key, value in pairs) > MOST_CHARACTERS:
        return f"The request is longer than {MOST_CHARACTERS} characters."
    long = next((key for key, value in pairs if key in _GOES_BACK and len(value) > LONGEST_VALUE), "")
    return f"The parameter “{long}” is longer than {LONGEST_VALUE} characters." if long else ""


_GOES_BACK = ("client_id", "redirect_uri", "state")


def judge_form(pairs: Pairs, given: dict[str, str], rules: SmartRules, fhir_base: str) -> Problem | None:
    """What is wrong with the request beside client and redirect address; None where all is well."""
    repeated = next((name for name in given if is_repeated(pairs, name)), "")
    if repeated:
        return "invalid_request", f"The parameter “{repeated[:100]}” stands more than once."
    long = next((key for key, value in pairs if len(value) > _longest(key)), "")
    if long:
        return "invalid_request", f"The parameter “{long[:100]}” is longer than {_longest(long)} characters."
    unread = next((name for name in REQUEST_OBJECTS if given.get(name)), "")
    if unread:
        sentence = f"This site reads no request objects ({unread}); the parameters must stand in the request itself."
        return f"{unread}_not_supported", sentence
    missing = next((n for n in ("response_type", "state", "aud", "scope") if not given.get(n)), "")
    if missing:
        # RFC 6749, 3.3: a request without scopes fails as one with a wrong scope.
        error = "invalid_scope" if missing == "scope" else "invalid_request"
        return error, f"The parameter “{missing}” is missing."
    if len(given["scope"].split()) > MOST_SCOPES:
        return "invalid_scope", f"The app asks for {len(given['scope'].split())} scopes; up to {MOST_SCOPES} are read."
    if given["response_type"] != "code":
        return "unsupported_response_type", "This site gives codes alone (response_type=code)."
    if given["aud"].removesuffix("/") != fhir_base:
        sentence = f"The app is made for {given['aud'][:200]} (aud), and this site's FHIR base is {fhir_base}."
        return "invalid_request", sentence
    return judge_challenge(given, rules)


def judge_challenge(given: dict[str, str], rules: SmartRules) -> Problem | None:
    challenge, method = given.get("code_challenge", ""), given.get("code_challenge_method", "")
    if rules.pkce == "off":
        return None
    if not challenge and not method:
        asked = rules.pkce == "required"
        return ("invalid_request", "This site asks for PKCE (code_challenge with S256).") if asked else None
    if method != "S256":
        return "invalid_request", f"The code_challenge_method must be S256, and is “{method[:100] or 'plain'}”."
    if not CHALLENGE.fullmatch(challenge):
        return "invalid_request", "The code_challenge must be the 43 characters of an S256 challenge."
    return None


def judge_prompt(given: dict[str, str], *, signed_in: bool) -> Problem | None:
    """OpenID Connect Core 1.0, 3.1.2.1: with `prompt=none` no page may be shown, and this site always shows one."""
    prompts = given.get("prompt", "").split()
    if "none" not in prompts:
        return None
    if len(prompts) > 1:
        return "invalid_request", "The prompt “none” cannot stand beside another one."
    if not signed_in:
        return "login_required", "Nobody is signed in, and the app asked for no page to be shown (prompt=none)."
    return "consent_required", "The user must consent, and the app asked for no page to be shown (prompt=none)."


def _longest(name: str) -> int:
    return LONGEST_SCOPE if name == "scope" else LONGEST_VALUE
