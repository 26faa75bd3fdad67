"""Documents beside the smart-configuration as they must be: capability statement, OpenID document and keys."""

from __future__ import annotations

from workbench.launch_review.endpoints import oauth_uris
from workbench.launch_review.reading import read_address
from workbench.launch_review.rule import Chapter, Found, fails, holds, list_words, quote
from workbench.launch_review.story import Story
from workbench.smart.json_answer import text_of, texts_of

CHAPTER = Chapter("discovery")


@CHAPTER.asks(
    "statement-agrees",
    "server",
    "The capability statement names the same endpoints as the smart-configuration.",
    "SMART App Launch 1.0, Conformance: Using CapabilityStatement",
    "Apps that read the one and apps that read the other sign in at different doors.",
)
def _agree(story: Story) -> Found:
    for reading in story.of("capability-statement"):
        beside = next(story.configurations_below(reading.address.bare.removesuffix("/metadata")), {})
        for name, uri in oauth_uris(reading.answer).items():
            told = text_of(beside, name)
            if told:
                same = read_address(told).bare == read_address(uri).bare
                bad = f"The capability statement says {quote(uri)}, the smart-configuration {quote(told)}."
                yield holds(reading, f"body: {name}", same, f"Both name the same {name}.", bad)


@CHAPTER.asks(
    "issuer-place",
    "server",
    "The issuer of the OpenID document is the address it stands below, and that of the smart-configuration.",
    "OpenID Connect Discovery 1.0, 4.3; SMART App Launch 2.2, Conformance: Metadata",
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
    """Whether the numbers stand in the key; a kind that is not known here is let be (RFC 7517, 5)."""
    names = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}.get(str(key.get("kty")), ())
    return isinstance(key.get("kty"), str) and all(isinstance(key.get(name), str) for name in names)


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
