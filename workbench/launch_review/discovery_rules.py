"""Discovery as it must be: the smart-configuration, the documents beside it, and how an app uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from workbench.launch_review.endpoints import MEMBERS, oauth_uris
from workbench.launch_review.reading import Kind, Reading, has, read_address, text_of, texts_of
from workbench.launch_review.rule import Chapter, Check, Found, fails, holds, list_words, quote
from workbench.launch_review.story import Asked, Story

SMART = "SMART App Launch 2.2, Conformance: Metadata"
LAUNCH_CAPABILITIES = {"launch-ehr", "launch-standalone"}
CAPABILITIES = LAUNCH_CAPABILITIES | {
    "authorize-post",
    "client-public",
    "client-confidential-symmetric",
    "client-confidential-asymmetric",
    "sso-openid-connect",
    "context-banner",
    "context-style",
    *(f"context-{kind}-{item}" for kind in ("ehr", "standalone") for item in ("patient", "encounter")),
    *(f"permission-{name}" for name in ("offline", "online", "patient", "user", "v1", "v2")),
    "smart-app-state",
}
Items = Callable[[Story], Iterable[tuple[Reading, Asked | None]]]
CODE_GRANT = "authorization_code"
DOCUMENTS: tuple[Kind, ...] = ("smart-configuration", "capability-statement")
SIGNING = {"RS384", "ES384"}
CHAPTER = Chapter("discovery")


@CHAPTER.asks(
    "served",
    "server",
    "The smart-configuration stands below the FHIR base and is given to whoever asks.",
    "SMART App Launch 2.2, Conformance: Using Well-Known; 1.0, Conformance",
    "Without it no app finds out where to sign in.",
)
def _served(story: Story) -> Found:
    for reading in story.of("smart-configuration"):
        if reading.status:
            good = "The smart-configuration was given."
            bad = f"The site answered {reading.status} where its smart-configuration must stand."
            yield holds(reading, "status", reading.status == 200, good, bad)


@CHAPTER.asks(
    "json",
    "server",
    "The smart-configuration is a JSON object, sent as application/json.",
    "SMART App Launch 2.2, Conformance: Response",
    "Many apps read nothing that is called otherwise.",
)
def _json(story: Story) -> Found:
    for reading in story.configurations:
        kind = reading.response_header("content-type").partition(";")[0].strip().lower()
        kept = kind == "application/json" and isinstance(reading.json, dict)
        what = f"it is {quote(kind)}" if kind != "application/json" else "its body is not a JSON object"
        yield holds(
            reading, "header: Content-Type", kept, "It is application/json.", f"The answer must be JSON; {what}."
        )


def gives_codes(reading: Reading) -> bool:
    """Whether the site says that it launches apps; one for backend services alone has no use for PKCE."""
    types, claimed = (texts_of(reading.answer, name) for name in ("grant_types_supported", "capabilities"))
    return not types or CODE_GRANT in types or bool(LAUNCH_CAPABILITIES & {*claimed})


def _has_text(name: str, applies: frozenset[str] = frozenset()) -> Check:
    """A check that the smart-configuration has a member, where the site claims one of `applies`."""

    def check(story: Story) -> Found:
        for reading in story.configurations:
            claimed = frozenset(texts_of(reading.answer, "capabilities"))
            if applies and not applies & claimed:
                continue
            value = text_of(reading.answer, name)
            yield holds(reading, f"body: {name}", bool(value), f"{name} is {quote(value)}.", f"{name} is missing.")

    return check


def _has_list(name: str) -> Check:
    def check(story: Story) -> Found:
        for reading in story.configurations:
            values = texts_of(reading.answer, name)
            bad = f"{name} is missing, or is not a list of words."
            yield holds(reading, f"body: {name}", bool(values), f"{name} lists {len(values)}.", bad)

    return check


@CHAPTER.asks(
    "absolute", "server", "Endpoints are absolute addresses.", "SMART App Launch 2.2, Conformance: Using Well-Known"
)
def _absolute(story: Story) -> Found:
    for reading in story.configurations:
        for name in MEMBERS:
            if value := text_of(reading.answer, name):
                address = read_address(value)
                kept = address.scheme in ("http", "https") and bool(address.host)
                bad = f"{name} is {quote(value)}, which is no absolute address."
                yield holds(reading, f"body: {name}", kept, f"{name} is absolute.", bad)


@CHAPTER.asks(
    "protected",
    "server",
    "Endpoints are reached over TLS, this machine's own aside.",
    "RFC 6749, 3.1 and 3.2; SMART App Launch 2.2, App protection",
    "Whoever listens on the way reads codes, tokens and secrets.",
)
def _protected(story: Story) -> Found:
    for reading in story.configurations:
        for name in MEMBERS:
            address = read_address(text_of(reading.answer, name))
            if address.host:
                bad = f"{name} is {address.bare}, without TLS: codes, tokens and secrets can be read on the way."
                yield holds(reading, f"body: {name}", address.is_protected, f"{name} is protected.", bad)


@CHAPTER.asks(
    "challenge-methods",
    "server",
    "A site that launches apps lists S256 as a method of PKCE.",
    "SMART App Launch 2.2, Conformance: Metadata; RFC 7636, 4.2",
    "An app that insists on PKCE stops here.",
    since=2,
)
def _s256(story: Story) -> Found:
    for reading in story.configurations:
        if not gives_codes(reading):
            continue
        methods = texts_of(reading.answer, "code_challenge_methods_supported")
        bad = "S256 is not listed" + (
            f"; the site lists {list_words(methods)}." if methods else ", nor any other method."
        )
        yield holds(reading, "body: code_challenge_methods_supported", "S256" in methods, "S256 is listed.", bad)


@CHAPTER.asks(
    "no-plain",
    "server",
    "The site does not list plain as a method of PKCE.",
    "SMART App Launch 2.2, Considerations for PKCE Support; RFC 9700, 2.1.1",
    "With plain, whoever reads the request can redeem the code.",
    since=2,
)
def _no_plain(story: Story) -> Found:
    for reading in story.configurations:
        methods = texts_of(reading.answer, "code_challenge_methods_supported")
        if methods:
            place = "body: code_challenge_methods_supported"
            yield holds(reading, place, "plain" not in methods, "plain is not listed.", "The method plain is listed.")


@CHAPTER.asks(
    "grant-types",
    "server",
    "The site lists its grant types, authorization_code among them where it launches apps.",
    SMART,
    since=2,
)
def _grant_types(story: Story) -> Found:
    for reading in story.configurations:
        types = texts_of(reading.answer, "grant_types_supported")
        launches = bool(LAUNCH_CAPABILITIES & {*texts_of(reading.answer, "capabilities")})
        if not types:
            yield fails(reading, "body: grant_types_supported", "grant_types_supported is missing.")
        else:
            kept = not launches or CODE_GRANT in types
            bad = f"The site claims launches, and lists {list_words(types)} without authorization_code."
            yield holds(reading, "body: grant_types_supported", kept, f"It lists {list_words(types)}.", bad)


@CHAPTER.asks(
    "asymmetric",
    "server",
    "A site that takes apps with keys lists private_key_jwt and an algorithm of RS384 and ES384.",
    "SMART App Launch 2.2, Client Authentication: Asymmetric, Advertising server support",
    since=2,
)
def _asymmetric(story: Story) -> Found:
    for reading in story.configurations:
        if "client-confidential-asymmetric" not in texts_of(reading.answer, "capabilities"):
            continue
        methods = texts_of(reading.answer, "token_endpoint_auth_methods_supported")
        yield holds(
            reading,
            "body: token_endpoint_auth_methods_supported",
            "private_key_jwt" in methods,
            "private_key_jwt is listed.",
            "The site claims client-confidential-asymmetric and does not list private_key_jwt.",
        )
        algorithms = texts_of(reading.answer, "token_endpoint_auth_signing_alg_values_supported")
        yield holds(
            reading,
            "body: token_endpoint_auth_signing_alg_values_supported",
            bool(SIGNING & {*algorithms}),
            f"It lists {list_words(algorithms)}.",
            "Neither RS384 nor ES384 is listed for the assertions of an app.",
        )


@CHAPTER.asks(
    "capability-words",
    "server",
    "A capability is a word that SMART defines, or an address.",
    "SMART App Launch 2.2, Conformance: Capabilities",
    "An app looks for the words of the standard, and finds none that is written otherwise.",
    level="should",
)
def _capability_words(story: Story) -> Found:
    for reading in story.configurations:
        capabilities = texts_of(reading.answer, "capabilities")
        strange = [word for word in capabilities if word not in CAPABILITIES and not read_address(word).scheme]
        if capabilities:
            bad = f"SMART does not define {list_words(strange)}."
            yield holds(reading, "body: capabilities", not strange, "All are known.", bad)


@CHAPTER.asks(
    "public",
    "server",
    "The documents for apps are read without a sign-in.",
    "SMART App Launch 2.2, Conformance: Using Well-Known; OpenID Connect Discovery 1.0, 4.1",
)
def _open(story: Story) -> Found:
    for reading in story.of("smart-configuration", "keys", "openid-configuration"):
        if reading.status and not reading.bearer:
            bad = f"The document is not public: the site answered {reading.status}."
            yield holds(reading, "status", reading.status not in (401, 403), "No sign-in was asked for.", bad)


@CHAPTER.asks(
    "cors",
    "server",
    "A browser app of any origin may read the discovery documents.",
    "SMART App Launch 2.2, Considerations for CORS",
    "An app in a browser sees no answer at all.",
    since=2,
)
def _cors(story: Story) -> Found:
    for reading in story.of("smart-configuration", "capability-statement"):
        if reading.request_header("origin") and reading.status:
            allowed = reading.response_header("access-control-allow-origin")
            kept = allowed in ("*", reading.request_header("origin"))
            bad = "A browser app asked, and no Access-Control-Allow-Origin lets it read the answer."
            yield holds(reading, "header: Access-Control-Allow-Origin", kept, "Any origin may read it.", bad)


def _beside(story: Story, statement: Reading) -> Mapping[str, Any]:
    """The smart-configuration of the same FHIR base as a capability statement."""
    base = statement.address.bare.removesuffix("/metadata")
    own = (r.answer for r in reversed(story.configurations) if r.address.bare.startswith(f"{base}/.well-known/"))
    return next(own, {})


@CHAPTER.asks(
    "statement-agrees",
    "server",
    "The capability statement names the same endpoints as the smart-configuration.",
    "SMART App Launch 1.0, Conformance: Using CapabilityStatement",
    "Apps that read the one and apps that read the other sign in at different doors.",
)
def _agree(story: Story) -> Found:
    """The capability statement's older extension names the same endpoints."""
    for reading in story.of("capability-statement"):
        for name, uri in oauth_uris(reading.answer).items():
            told = text_of(_beside(story, reading), name)
            if told:
                same = read_address(told).bare == read_address(uri).bare
                bad = f"The capability statement says {quote(uri)}, the smart-configuration {quote(told)}."
                yield holds(reading, f"body: {name}", same, f"Both name the same {name}.", bad)


@CHAPTER.asks(
    "issuer-place",
    "server",
    "The issuer of the OpenID document is the address it stands below, and that of the smart-configuration.",
    "OpenID Connect Discovery 1.0, 4.3",
    "A library that keeps to OpenID Connect refuses the document.",
)
def _issuers(story: Story) -> Found:
    for reading in story.of("openid-configuration"):
        issuer = text_of(reading.answer, "issuer")
        if reading.status == 200:
            base = reading.address.bare.removesuffix("/.well-known/openid-configuration")
            kept = issuer.rstrip("/") == base.rstrip("/")
            bad = f"The issuer is {quote(issuer)}, and the document stands at {quote(base)}."
            yield holds(reading, "body: issuer", kept, "The issuer is where the document stands.", bad)
            told = [text_of(configuration.answer, "issuer") for configuration in story.configurations]
            if any(told) and issuer not in told:
                yield fails(reading, "body: issuer", f"The smart-configuration names another, {quote(told[-1])}.")


@CHAPTER.asks(
    "openid-members", "server", "The OpenID document has its required members.", "OpenID Connect Discovery 1.0, 3"
)
def _openid_members(story: Story) -> Found:
    lists = ("response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported")
    for reading in story.of("openid-configuration"):
        if reading.status != 200:
            continue
        texts = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        missing = [name for name in texts if not text_of(reading.answer, name)]
        missing += [name for name in lists if not texts_of(reading.answer, name)]
        bad = f"Missing: {', '.join(missing)}."
        yield holds(reading, f"body: {missing[0] if missing else 'issuer'}", not missing, "All are there.", bad)


@CHAPTER.asks(
    "openid-rs256",
    "server",
    "The OpenID document lists RS256 for id tokens.",
    "OpenID Connect Discovery 1.0, 3; SMART App Launch 2.2, Scopes for requesting identity data",
)
def _openid_rs256(story: Story) -> Found:
    for reading in story.of("openid-configuration"):
        algorithms = texts_of(reading.answer, "id_token_signing_alg_values_supported")
        if algorithms:
            place = "body: id_token_signing_alg_values_supported"
            bad = f"RS256 is not among {list_words(algorithms)}."
            yield holds(reading, place, "RS256" in algorithms, "RS256 is listed.", bad)


@CHAPTER.asks(
    "keys",
    "server",
    "The keys are a JWK Set of bare keys.",
    "RFC 7517, 5; SMART App Launch 2.2, Scopes for requesting identity data",
)
def _key_set(story: Story) -> Found:
    for reading in story.of("keys"):
        if not reading.status:
            continue
        keys = reading.answer.get("keys")
        if reading.status != 200 or not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            yield fails(reading, "body: keys", "The answer is no JWK Set: it needs a list “keys” of JSON objects.")
            continue
        bare = [key for key in keys if _is_bare(key)]
        bad = f"{len(keys) - len(bare)} of {len(keys)} keys lack kty or the numbers of their kind."
        yield holds(reading, "body: keys", len(bare) == len(keys) > 0, f"{len(keys)} bare keys.", bad)


def _is_bare(key: dict[str, object]) -> bool:
    names = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}.get(str(key.get("kty")))
    return names is not None and all(isinstance(key.get(name), str) for name in names)


@CHAPTER.asks(
    "keys-public", "server", "No private key is published.", "RFC 7517, 9.2", "Whoever reads it can sign as the site."
)
def _no_private(story: Story) -> Found:
    for reading in story.of("keys"):
        keys = reading.answer.get("keys")
        for key in keys if isinstance(keys, list) else []:
            if isinstance(key, dict):
                secret = [name for name in ("d", "p", "q", "k") if name in key]
                bad = "A key with private members is published: whoever reads it can sign as the site."
                yield holds(reading, "body: keys", not secret, "The key is public alone.", bad)


@CHAPTER.asks(
    "app-reads",
    "app",
    "The app reads the site's smart-configuration before it asks to be authorized.",
    "SMART App Launch 2.2, Retrieve .well-known/smart-configuration",
    "An app with endpoints of its own goes to the wrong door when a site moves.",
    level="should",
)
def _app_discovers(story: Story) -> Found:
    for asked in story.asked:
        seen = [r for r in story.of("smart-configuration", "capability-statement") if r.index < asked.reading.index]
        base = read_address(asked.value("aud")).bare.rstrip("/")
        fit = [r for r in seen if not base or r.address.bare.startswith(base + "/")]
        good = "The app had read where this site signs apps in."
        bad = "The app asked to be authorized without having read the smart-configuration of this FHIR base."
        yield holds(asked.reading, "address", bool(fit), good, bad)


@CHAPTER.asks(
    "app-accepts",
    "app",
    "The app accepts JSON when it asks for the smart-configuration.",
    "SMART App Launch 2.2, Conformance: Response",
    "It is JSON whatever the app accepts, and a strict server between the two would refuse.",
    level="should",
)
def _app_accepts(story: Story) -> Found:
    for reading in story.of("smart-configuration"):
        accepted = reading.request_header("accept").lower()
        kept = not accepted or any(word in accepted for word in ("json", "*/*"))
        bad = f"The app accepts {quote(accepted)}, and the document is application/json."
        yield holds(reading, "header: Accept", kept, "The app takes JSON.", bad)


@CHAPTER.asks(
    "app-well-known",
    "app",
    "The app reads the smart-configuration, and not the capability statement alone.",
    "SMART App Launch 2.2, Conformance: Using Well-Known",
    "The capability statement names endpoints no more at sites that follow version 2.",
    level="should",
    since=2,
)
def _app_well_known(story: Story) -> Found:
    for asked in story.asked:
        read = {reading.kind for reading in story.of(*DOCUMENTS) if reading.index < asked.reading.index}
        if read:
            bad = "Only the capability statement was read."
            yield holds(asked.reading, "address", "smart-configuration" in read, "It was read.", bad)


def _app_uses(name: str, items: Items) -> Check:
    def check(story: Story) -> Found:
        for reading, asked in items(story):
            told = read_address(text_of(story.configuration_of(asked), name)).bare
            used = reading.address.bare
            bad = f"The site names {told} as its {name}, and the app went to {used}."
            if told:
                yield holds(reading, "address", used == told, "The app went where the site said.", bad)

    return check


@CHAPTER.asks(
    "app-challenge-method",
    "app",
    "The app uses a method of PKCE that the site lists.",
    "SMART App Launch 2.2, Considerations for PKCE Support; RFC 7636, 4.3",
    since=2,
)
def _app_waits(story: Story) -> Found:
    """An app that was told PKCE's methods uses one of them."""
    for asked in story.asked:
        methods = texts_of(story.configuration_of(asked), "code_challenge_methods_supported")
        method = asked.value("code_challenge_method")
        if methods and has(asked.parameters, "code_challenge_method"):
            bad = f"The app used {quote(method)}, and the site lists {list_words(methods)}."
            place = asked.place("code_challenge_method")
            yield holds(asked.reading, place, method in methods, "The method is one of the site's.", bad)


CHAPTER.asks("authorization-endpoint", "server", "A site that launches apps names its authorization endpoint.", SMART)(
    _has_text("authorization_endpoint", frozenset(LAUNCH_CAPABILITIES))
)
CHAPTER.asks("token-endpoint", "server", "The site names its token endpoint.", SMART)(_has_text("token_endpoint"))
CHAPTER.asks(
    "capabilities",
    "server",
    "The site lists what it can do as capabilities.",
    SMART,
    "An app cannot know whether its kind of launch, client or scope is taken here.",
)(_has_list("capabilities"))
CHAPTER.asks(
    "issuer",
    "server",
    "A site that signs users in by OpenID Connect names its issuer.",
    SMART,
    "An id token cannot be checked against an issuer that nobody named.",
    since=2,
)(_has_text("issuer", frozenset({"sso-openid-connect"})))
CHAPTER.asks(
    "jwks-uri",
    "server",
    "A site that signs users in by OpenID Connect names the address of its keys.",
    SMART,
    "The signature of an id token cannot be checked.",
    since=2,
)(_has_text("jwks_uri", frozenset({"sso-openid-connect"})))
CHAPTER.asks("scopes", "server", "The site lists scopes that an app may ask for.", SMART, level="should", since=2)(
    _has_list("scopes_supported")
)
CHAPTER.asks("response-types", "server", "The site lists its response types.", SMART, level="should", since=2)(
    _has_list("response_types_supported")
)
CHAPTER.asks(
    "app-authorize",
    "app",
    "The app asks to be authorized at the endpoint that the site named.",
    "SMART App Launch 2.2, Obtain authorization code; RFC 9700, 4.4",
)(_app_uses("authorization_endpoint", lambda story: ((asked.reading, asked) for asked in story.asked)))
CHAPTER.asks(
    "app-token",
    "app",
    "The app sends codes and secrets only to the token endpoint that the site named.",
    "SMART App Launch 2.2, Obtain access token; RFC 9700, 4.4",
    "A code or secret that goes elsewhere is lost to whoever listens there.",
)(_app_uses("token_endpoint", lambda story: ((traded.reading, traded.asked) for traded in story.traded)))
