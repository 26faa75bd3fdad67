"""Launch faults: what a site can be asked to do wrongly in a launch, by name, each with what a good app does then.

A fault is on purpose: it stands in the site's rules or is set while the site runs, and its exchange says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.authorization_server.fault_rule import FAULT_PLACES, FaultPlace, FaultRule, FaultUnit, LaunchFault


@dataclass(frozen=True, slots=True)
class FaultDescription:
    """What a fault is: `site` does this, a `good_app` that, and `clause` is what the site breaks, "" where nothing.

    `places` are where it can be, the first of them where nothing else is said. `amount` is what is meant where none is
    said, in `unit`.
    """

    name: LaunchFault
    title: str
    site: str
    good_app: str
    clause: str
    places: tuple[FaultPlace, ...]
    unit: FaultUnit = ""
    amount: float = 0.0


def all_faults() -> tuple[FaultDescription, ...]:
    """Every fault, in the order of a launch."""
    return _DESCRIPTIONS


def describe_fault(name: LaunchFault) -> FaultDescription:
    return _BY_NAME[name]


def make_fault_rule(
    name: LaunchFault, *, client: str = "", times: int | None = None, at: FaultPlace | None = None
) -> FaultRule:
    """The rule of a fault as its name alone says it."""
    fault = _BY_NAME[name]
    return FaultRule(name, at or fault.places[0], client, times, amount=fault.amount)


_DESCRIPTIONS = (
    FaultDescription(
        "slow-answer",
        "Slow answer",
        "answers only after some seconds",
        "sets a time limit of its own, stays usable meanwhile, and says that the EHR does not answer",
        "",
        ("token", *(place for place in FAULT_PLACES if place != "token")),
        "s",
        10.0,
    ),
    FaultDescription(
        "server-error",
        "Server error",
        "answers 500 with a page instead of what was asked for",
        "tells that the EHR failed, keeps what the user has done, and offers to try again",
        "RFC 9110, 15.6.1",
        ("token", *(place for place in FAULT_PLACES if place != "token")),
    ),
    FaultDescription(
        "malformed-json",
        "Malformed JSON",
        "answers 200 with JSON that ends in the middle",
        "takes nothing from the answer, and says that it cannot be read",
        "RFC 6749, 5.1; RFC 8259, 2",
        ("token", "discovery", "refresh", "keys", "introspection", "userinfo", "fhir"),
    ),
    FaultDescription(
        "clock-off",
        "Clock off",
        "has a clock that is minutes fast (or slow, with a minus): in id tokens, in what it takes and in what ends",
        "allows for a small difference alone, refuses an id token from the future or the past, and names the clocks",
        "RFC 7519, 4.1.4 and 4.1.6; OpenID Connect Core 1.0, 3.1.3.7",
        ("everywhere",),
        "min",
        10.0,
    ),
    FaultDescription(
        "wrong-aud",
        "Audience refused",
        "takes the “aud” of the app for that of another server, and refuses",
        "shows the refusal (invalid_request) that came with the redirect, and asks for no token",
        "SMART App Launch 2.2, “Obtain authorization code”",
        ("authorize",),
    ),
    FaultDescription(
        "invalid-scope",
        "Scopes refused",
        "grants none of the scopes that the app asked for (invalid_scope)",
        "shows which scopes it cannot do without, and asks for no token",
        "RFC 6749, 4.1.2.1 and 5.2",
        ("authorize", "token", "refresh"),
    ),
    FaultDescription(
        "access-denied",
        "Access denied",
        "takes the user’s consent for a refusal (access_denied)",
        "tells the user that access was not allowed, and how to begin again",
        "RFC 6749, 4.1.2.1",
        ("authorize",),
    ),
    FaultDescription(
        "redirect-refused",
        "Redirect refused",
        "takes the redirect address for one that is not registered, and shows an error page",
        "cannot know of it: the browser stays with the EHR, and the app must not wait for ever",
        "RFC 6749, 3.1.2.4",
        ("authorize",),
    ),
    FaultDescription(
        "state-changed",
        "State changed",
        "sends the code with another “state” than the app gave",
        "refuses the redirect, and does not trade the code: it may be an attack",
        "RFC 6749, 4.1.2 and 10.12",
        ("authorize",),
    ),
    FaultDescription(
        "wrong-code",
        "Wrong code",
        "sends a code that its token endpoint does not know",
        "shows the refusal of the token endpoint (invalid_grant), and offers to begin again",
        "RFC 6749, 4.1.2",
        ("authorize",),
    ),
    FaultDescription(
        "expired-code",
        "Expired code",
        "sends a code that has run out already, however soon the app trades it",
        "shows the refusal of the token endpoint (invalid_grant), and offers to begin again",
        "RFC 6749, 4.1.2",
        ("authorize",),
    ),
    FaultDescription(
        "pkce-not-checked",
        "PKCE not checked",
        "does not say that it knows S256 (unless this is for one client), and takes any code verifier, or none",
        "does not launch at a site without PKCE where it relies on it",
        "RFC 7636, 4.6; SMART App Launch 2.2, “Considerations for PKCE Support”",
        ("authorize",),
    ),
    FaultDescription(
        "invalid-client",
        "Invalid client",
        "says that it does not know the app, or that its secret or key is wrong (invalid_client)",
        "says that its registration at this EHR does not hold, and does not try again by itself",
        "RFC 6749, 4.1.2.1 and 5.2",
        ("token", "authorize", "refresh"),
    ),
    FaultDescription(
        "wrong-token-type",
        "Wrong token type",
        "gives a token of the type “mac” instead of “Bearer”",
        "does not use a token of a type that it does not know",
        "RFC 6749, 7.1; SMART App Launch 2.2, “Obtain access token”",
        ("token", "refresh"),
    ),
    FaultDescription(
        "missing-patient",
        "Patient missing",
        "grants the scope for a patient in context, and does not say which",
        "says that no patient was chosen, instead of showing an empty chart",
        "SMART App Launch 2.2, “Scopes for requesting context data”",
        ("token", "refresh"),
    ),
    FaultDescription(
        "no-refresh-token",
        "No refresh token",
        "grants offline_access or online_access, and gives no refresh token",
        "works until the token ends, and asks the user to sign in again then",
        "SMART App Launch 2.2, “Refresh access token”",
        ("token", "refresh"),
    ),
    FaultDescription(
        "expired-refresh-token",
        "Expired refresh token",
        "refuses the refresh token as too old or revoked (invalid_grant)",
        "forgets the token, and asks the user to sign in again",
        "RFC 6749, 5.2 and 6",
        ("refresh",),
    ),
    FaultDescription(
        "expired-token",
        "Expired token",
        "ends the access token at its first use, long before “expires_in”",
        "refreshes, or asks to sign in again, and repeats the request that was refused (401)",
        "RFC 6749, 5.1; RFC 6750, 3.1",
        ("fhir", "userinfo"),
    ),
    FaultDescription(
        "id-token-missing",
        "No id token",
        "grants “openid”, and gives no id token",
        "does not take anybody for signed in",
        "OpenID Connect Core 1.0, 3.1.3.3",
        ("token",),
    ),
    FaultDescription(
        "id-token-wrong-issuer",
        "Id token of another issuer",
        "names another server than itself as issuer (iss) of the id token",
        "refuses the id token, and does not take its user for signed in",
        "OpenID Connect Core 1.0, 3.1.3.7 (2)",
        ("token",),
    ),
    FaultDescription(
        "id-token-wrong-audience",
        "Id token for another app",
        "names another app as audience (aud) of the id token",
        "refuses the id token, and does not take its user for signed in",
        "OpenID Connect Core 1.0, 3.1.3.7 (3)",
        ("token",),
    ),
    FaultDescription(
        "id-token-wrong-nonce",
        "Id token with another nonce",
        "gives an id token with another nonce than the app sent, or with one that nobody asked for",
        "refuses the id token: it may be of another sign-in",
        "OpenID Connect Core 1.0, 3.1.3.7 (11)",
        ("token",),
    ),
    FaultDescription(
        "id-token-expired",
        "Expired id token",
        "gives an id token that ended an hour ago",
        "refuses the id token, and does not take its user for signed in",
        "OpenID Connect Core 1.0, 3.1.3.7 (9)",
        ("token",),
    ),
    FaultDescription(
        "id-token-wrong-signature",
        "Wrong signature",
        "signs the id token with a key that is not the one it names",
        "refuses the id token, since anybody may have written it",
        "OpenID Connect Core 1.0, 3.1.3.7 (6)",
        ("token",),
    ),
    FaultDescription(
        "id-token-unsigned",
        "Unsigned id token",
        "gives an id token without a signature (alg: none)",
        "refuses the id token: what it takes must be signed by an algorithm that it expects",
        "OpenID Connect Core 1.0, 3.1.3.7 (6 and 7)",
        ("token",),
    ),
    FaultDescription(
        "key-withdrawn",
        "Key withdrawn",
        "signs the id token with a key that it does not publish any more",
        "fetches the keys again once, and refuses the id token since its key is not among them",
        "OpenID Connect Core 1.0, 10.1.1",
        ("token",),
    ),
    FaultDescription(
        "key-rotated",
        "Key rotated",
        "signs with a new key, and publishes that one alone from then on",
        "fetches the keys again when an id token names one that it does not know, and takes the token then",
        "",
        ("token",),
    ),
)
_BY_NAME = {fault.name: fault for fault in _DESCRIPTIONS}
