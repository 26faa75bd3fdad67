"""Smart-configuration as it must be."""

from __future__ import annotations

from workbench.launch_review.endpoints import MEMBERS
from workbench.launch_review.reading import Reading, read_address
from workbench.launch_review.rule import Chapter, Check, Found, fails, holds, lets_browser_read, list_words, quote
from workbench.launch_review.story import Story
from workbench.smart.json_answer import text_of, texts_of

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
CODE_GRANT = "authorization_code"
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
    for reading in story.of("smart-configuration"):
        if reading.status != 200:
            continue
        kind = reading.media_type
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
    "absolute",
    "server",
    "Endpoints are absolute addresses.",
    "SMART App Launch 2.2, Conformance: Using Well-Known",
    since=2,
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
    f"{SMART}; Considerations for PKCE Support",
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
    "A site that takes apps with keys lists private_key_jwt, and RS384 or ES384.",
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
    "At a site that takes public apps, a browser app of any origin may read the discovery documents.",
    "SMART App Launch 2.2, Considerations for CORS",
    "An app in a browser sees no answer at all.",
    since=2,
)
def _cors(story: Story) -> Found:
    documents = story.of("smart-configuration", "capability-statement")
    return lets_browser_read(story, documents, "Any origin may read it.")


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
