"""Authorization request as it must be: what an app sends with the browser, and how it comes back."""

from __future__ import annotations

import re
from collections.abc import Callable

from workbench.launch_review.reading import has, most_bits, read_address, repeated_names
from workbench.launch_review.rule import Chapter, Check, Found, fails, holds, list_words, passes, quote, stays_protected
from workbench.launch_review.story import Asked, Story, is_registered

CHAPTER = Chapter("authorize")
REQUEST = "SMART App Launch 2.2, Obtain authorization code"
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
LEAST_BITS = 122


def _each(judge: Callable[[Asked], Found]) -> Check:
    def check(story: Story) -> Found:
        for asked in story.asked:
            # What was not sent as a form cannot be read, which is a requirement of its own.
            if asked.reading.method != "POST" or asked.reading.form:
                yield from judge(asked)

    return check


def _has_value(name: str) -> Check:
    def judge(asked: Asked) -> Found:
        yield holds(
            asked.reading, asked.place(name), bool(asked.value(name)), f"{name} is there.", f"{name} is missing."
        )

    return _each(judge)


CHAPTER.asks("client-id", "app", "The app says who it is by client_id.", f"{REQUEST}; RFC 6749, 4.1.1")(
    _has_value("client_id")
)
CHAPTER.asks("redirect-uri", "app", "The app names the redirect address it wants to come back to.", REQUEST)(
    _has_value("redirect_uri")
)
CHAPTER.asks("scope-named", "app", "The app names the scopes that it needs.", REQUEST)(_has_value("scope"))
CHAPTER.asks(
    "state-named",
    "app",
    "Each request carries a state.",
    f"{REQUEST}; RFC 6749, 10.12; RFC 9700, 4.7",
    "Without it anybody can make a user's browser finish a launch that somebody else began.",
)(_has_value("state"))
CHAPTER.asks(
    "aud-named",
    "app",
    "Each request names the FHIR base it is for, as aud.",
    REQUEST,
    "A counterfeit FHIR server could otherwise get a genuine token.",
)(_has_value("aud"))


@CHAPTER.asks(
    "response-type",
    "app",
    "The app asks for a code, and for nothing that would put a token into an address.",
    f"{REQUEST}; RFC 9700, 2.1.2",
    "A token in an address stays in the browser's history and in logs.",
)
def _response_type(story: Story) -> Found:
    for asked in story.asked:
        value = asked.value("response_type")
        bad = f"response_type is {quote(value)}." if value else "response_type is missing."
        yield holds(asked.reading, asked.place("response_type"), value == "code", "It is code.", bad)


@CHAPTER.asks(
    "redirect-registered",
    "app",
    "The redirect address is one that the app registered, letter by letter but for the port of a loopback address.",
    f"{REQUEST}; RFC 9700, 2.1 and 4.1.3; RFC 8252, 7.3",
    "The site must refuse any other.",
)
def _redirect_registered(story: Story) -> Found:
    for asked in story.asked:
        client, address = story.client(asked.client_id), asked.value("redirect_uri")
        if client is not None and client.redirect_uris and address:
            kept = is_registered(client, address)
            bad = f"{quote(read_address(address).bare)} is not registered; {list_words(client.redirect_uris)} is."
            yield holds(asked.reading, asked.place("redirect_uri"), kept, "It is registered.", bad)


@CHAPTER.asks(
    "redirect-absolute",
    "app",
    "The redirect address is absolute and has no fragment.",
    "RFC 6749, 3.1.2",
)
def _redirect_absolute(story: Story) -> Found:
    for asked in story.asked:
        if text := asked.value("redirect_uri"):
            address = read_address(text)
            kept = bool(address.scheme) and "#" not in text and bool(address.host or address.path)
            bad = f"{quote(address.bare)} " + ("has a fragment." if "#" in text else "is not absolute.")
            yield holds(asked.reading, asked.place("redirect_uri"), kept, "It is absolute.", bad)


@CHAPTER.asks(
    "redirect-protected",
    "app",
    "The redirect address uses https, an own scheme, or this machine's loopback.",
    "RFC 9700, 2.6; RFC 8252, 7; SMART App Launch 2.2, App protection",
    "The code travels to it, and http can be read on the way.",
)
def _redirect_protected(story: Story) -> Found:
    for asked in story.asked:
        address = read_address(asked.value("redirect_uri"))
        if address.scheme:
            kept = address.scheme != "http" or address.is_loopback
            bad = f"The code would go to {address.origin} without TLS."
            yield holds(asked.reading, asked.place("redirect_uri"), kept, "It is protected.", bad)


@CHAPTER.asks(
    "redirect-loopback",
    "app",
    "An app on a desktop names the loopback by its address, not as localhost.",
    "RFC 8252, 8.3",
    "What localhost means can be changed on a machine, and a firewall may take it for a network address.",
    level="should",
)
def _redirect_loopback(story: Story) -> Found:
    for asked in story.asked:
        address = read_address(asked.value("redirect_uri"))
        if address.is_loopback:
            good, bad = "It is a loopback address.", "The redirect address says localhost."
            yield holds(asked.reading, asked.place("redirect_uri"), address.host != "localhost", good, bad)


@CHAPTER.asks(
    "scope-words",
    "app",
    "Each scope is one that SMART or OpenID Connect defines, or an address, or begins with two underscores.",
    "SMART App Launch 2.2, Scopes and Launch Context; Extensibility",
    "A scope with a slip in it is not granted, and the app misses it later.",
    level="should",
)
def _scope_words(story: Story) -> Found:
    for asked in story.asked:
        unknown = [s.text for s in asked.scopes if s.kind == "unknown" and not _is_extension(s.text)]
        if asked.scopes:
            good, bad = "All are known.", f"Not known: {list_words(unknown)}."
            yield holds(asked.reading, asked.place("scope"), not unknown, good, bad)


def _is_extension(text: str) -> bool:
    known = ("email", "address", "phone", "smart/orchestrate_launch")
    return text.startswith(("__", "http://", "https://", "urn:", "launch/")) or text in known


@CHAPTER.asks(
    "scope-version",
    "app",
    "Scopes are written as the site reads them, of version 1 or 2.",
    "SMART App Launch 2.2, Scopes for requesting FHIR Resources; Conformance: Permissions",
    "patient/Observation.rs says nothing to a site of version 1, and patient/Observation.read little to one of 2.",
    level="should",
)
def _scope_version(story: Story) -> Found:
    for asked in story.asked:
        taken = _versions_taken(story, asked)
        if not taken:
            continue
        wrong = [scope.text for scope in asked.scopes if scope.version and scope.version not in taken]
        if any(scope.version for scope in asked.scopes):
            bad = f"The site reads {' and '.join(sorted(taken))} scopes alone, and not {list_words(wrong)}."
            yield holds(asked.reading, asked.place("scope"), not wrong, "The site reads them.", bad)


def _versions_taken(story: Story, asked: Asked) -> set[str]:
    """As the site's capabilities say; where no smart-configuration was read, as is known of it."""
    claimed = story.capabilities_of(asked)
    told = {name for name in ("v1", "v2") if f"permission-{name}" in claimed}
    return told if told or story.configuration else {*story.facts.scope_versions}


@CHAPTER.asks(
    "state-random",
    "app",
    f"The state cannot be guessed: at least {LEAST_BITS} bits.",
    REQUEST,
    "A state that can be guessed protects as little as none.",
)
def _state_random(story: Story) -> Found:
    for asked in story.asked:
        if state := asked.value("state"):
            bits = most_bits(state)
            bad = f"{len(state)} characters of its alphabet hold at most {bits:.0f} bits."
            yield holds(asked.reading, asked.place("state"), bits >= LEAST_BITS, "It is long enough.", bad)


def _fresh(name: str) -> Check:
    def check(story: Story) -> Found:
        seen: dict[str, Asked] = {}
        for asked in story.asked:
            if value := asked.value(name):
                before = seen.setdefault(value, asked)
                kept = before is asked or asked.repeats(before)
                bad = f"The same {name} stood in exchange {before.reading.index + 1}."
                yield holds(asked.reading, asked.place(name), kept, "It is new.", bad)

    return check


CHAPTER.asks(
    "state-fresh",
    "app",
    "Each request has a state of its own.",
    "SMART App Launch 2.2, App protection; RFC 9700, 2.1 and 4.2.4",
    "An old state that leaked opens the next launch.",
    level="should",
)(_fresh("state"))
CHAPTER.asks(
    "challenge-fresh",
    "app",
    "Each request has a code challenge of its own.",
    "RFC 7636, 4.1; RFC 9700, 2.1.1",
    "A verifier that was seen once would redeem the next code.",
)(_fresh("code_challenge"))
CHAPTER.asks(
    "nonce-fresh",
    "app",
    "A nonce that is sent is new.",
    "OpenID Connect Core 1.0, 3.1.2.1 and 15.5.2; RFC 9700, 2.1.1",
    "An id token of an earlier sign-in would be taken for this one.",
)(_fresh("nonce"))


@CHAPTER.asks(
    "aud-base",
    "app",
    "aud is the FHIR base of the site, in an EHR launch the iss that the EHR handed over.",
    REQUEST,
    "A site must not give a token for another FHIR server.",
)
def _aud_base(story: Story) -> Found:
    for asked in story.asked:
        aud = read_address(asked.value("aud"))
        if not aud.text:
            continue
        if asked.opened is not None and asked.opened.iss:
            wanted = [read_address(asked.opened.iss)]
        else:
            wanted = list(story.endpoints.bases)
        if wanted:
            kept = any(aud.bare.rstrip("/") == base.bare.rstrip("/") for base in wanted)
            bad = f"aud is {quote(aud.bare)}, and the FHIR base is {quote(wanted[0].bare)}."
            yield holds(asked.reading, asked.place("aud"), kept, "It is the FHIR base.", bad)


@CHAPTER.asks(
    "challenge",
    "app",
    "Each request carries a code challenge of 43 characters (PKCE).",
    f"{REQUEST}; RFC 7636, 4.2 and 4.3; RFC 9700, 2.1.1",
    "Whoever gets hold of the code could redeem it.",
    since=2,
)
def _challenge(story: Story) -> Found:
    for asked in story.asked:
        value = asked.value("code_challenge")
        kept = bool(CHALLENGE.fullmatch(value)) or (43 <= len(value) <= 128 and asked.is_plain)
        bad = "code_challenge is not 43 characters of base64url." if value else "code_challenge is missing: no PKCE."
        yield holds(asked.reading, asked.place("code_challenge"), kept, "It is there.", bad)


@CHAPTER.asks(
    "challenge-method",
    "app",
    "The code challenge is made by S256.",
    f"{REQUEST}; Considerations for PKCE Support; RFC 7636, 4.2",
    "With plain, whoever reads the request can redeem the code.",
    since=2,
)
def _challenge_method(story: Story) -> Found:
    for asked in story.asked:
        if has(asked.parameters, "code_challenge"):
            method = asked.value("code_challenge_method")
            bad = f"The method is {quote(method)}." if method else "No method is named, which means plain."
            yield holds(asked.reading, asked.place("code_challenge_method"), method == "S256", "It is S256.", bad)


@CHAPTER.asks("once", "app", "No parameter stands twice.", "RFC 6749, 3.1")
def _once(story: Story) -> Found:
    for asked in story.asked:
        twice = repeated_names(asked.parameters)
        place = asked.place(twice[0] if twice else "client_id")
        yield holds(asked.reading, place, not twice, "Each stands once.", f"More than once: {list_words(twice)}.")


@CHAPTER.asks(
    "no-secret",
    "app",
    "No secret, token or verifier stands in an authorization request.",
    "RFC 6749, 2.3.1; RFC 9700, 2.1.1",
    "The browser keeps and shows what stands in an address.",
)
def _no_secret(story: Story) -> Found:
    names = ("client_secret", "code_verifier", "access_token", "refresh_token", "client_assertion", "password")
    for asked in story.asked:
        found = [name for name in names if has(asked.parameters, name)]
        place = asked.place(found[0] if found else "client_id")
        yield holds(asked.reading, place, not found, "There is none.", f"The browser carries {list_words(found)}.")


@CHAPTER.asks(
    "form",
    "app",
    "A request by POST is a form, application/x-www-form-urlencoded.",
    f"{REQUEST}; OpenID Connect Core 1.0, 3.1.2.1",
)
def _form(story: Story) -> Found:
    for asked in story.asked:
        if asked.reading.method == "POST":
            kept = bool(asked.reading.form)
            bad = f"Its Content-Type is {quote(asked.reading.request_header('content-type'))}."
            yield holds(asked.reading, "header: Content-Type", kept, "It is a form.", bad)
        elif asked.reading.method != "GET":
            yield fails(asked.reading, "method", f"The request came by {asked.reading.method}.")


@CHAPTER.asks(
    "protected",
    "app",
    "The request goes over TLS, or does not leave this machine.",
    "RFC 6749, 3.1; SMART App Launch 2.2, App protection",
)
def _protected(story: Story) -> Found:
    for asked in story.asked:
        yield stays_protected(asked.reading)


@CHAPTER.asks(
    "state-checked",
    "app",
    "An app whose state came back changed stops there.",
    "SMART App Launch 2.2, Obtain authorization code; RFC 6749, 10.12",
    "The answer may belong to somebody else's launch.",
)
def _state_checked(story: Story) -> Found:
    for back in story.returned:
        if back.asked is None or not back.value("code"):
            continue
        sent = back.asked.value("state")
        if sent and back.value("state") != sent:
            used = [t for t in story.traded if t.returned is back]
            if used:
                yield fails(used[0].reading, "body: code", "The code that came with another state was redeemed.")
            else:
                yield passes(back.reading, back.place, "The code that came with another state was left alone.")
