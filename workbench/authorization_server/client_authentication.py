"""Client authentication at the token endpoint: what a request shows of its client, and whether that holds.

RFC 6749, 2.3; SMART App Launch 2.2, “Client authentication: symmetric” and “asymmetric”.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from workbench.authorization_server.client_assertion import AssertionJudge
from workbench.authorization_server.refusal import Refusal
from workbench.authorization_server.rules import Client, SmartRules
from workbench.errors import WorkbenchError
from workbench.smart.client_methods import ClientAuthentication
from workbench.smart.tokens import decode_token, to_base64url

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ID = 200
HINTS: Mapping[ClientAuthentication, str] = {
    "none": "without a secret, named by client_id alone",
    "client_secret_basic": "by its secret in the Authorization header (client_secret_basic)",
    "client_secret_post": "by its secret in the form (client_secret_post)",
    "private_key_jwt": "by a signed assertion (private_key_jwt)",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one request shows of its client, as it came and not yet believed.

    `raw_secret` is the secret of a header as it stood there, before the form-encoding was taken off.
    """

    method: ClientAuthentication
    client_id: str
    secret: str = field(default="", repr=False)
    assertion: str = field(default="", repr=False)
    raw_secret: str = field(default="", repr=False)

    @property
    def key_id(self) -> str:
        """The key that the assertion says it was signed with; "" where it names none."""
        try:
            key_id = decode_token(self.assertion)[0].get("kid")
        except WorkbenchError:
            return ""
        return key_id if isinstance(key_id, str) else ""


def make_secret(random: bytes) -> str:
    """A client secret of at least 43 characters from at least 32 random bytes, more than SMART asks for."""
    if len(random) < 32:
        raise ValueError("a client secret needs at least 32 random bytes")
    return to_base64url(random)


def digest_secret(secret: str) -> str:
    """What a site keeps of a secret; a plain digest serves, since our secrets are long and random."""
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()


def read_credentials(given: Mapping[str, str], authorization: str = "") -> Credentials | Refusal:
    """Find the one way in which the request names its client; several are refused (RFC 6749, 2.3 and 5.2)."""
    shown = [
        name
        for name, is_there in (
            ("the Authorization header", bool(authorization)),
            ("client_secret", bool(given.get("client_secret"))),
            ("client_assertion", bool(given.get("client_assertion") or given.get("client_assertion_type"))),
        )
        if is_there
    ]
    if len(shown) > 1:
        sentence = f"The client is named in more than one way: by {' and '.join(shown)}."
        return Refusal("invalid_request", sentence)
    if authorization:
        return _read_basic(authorization, given.get("client_id", ""))
    if shown == ["client_assertion"]:
        return _read_assertion(given)
    method: ClientAuthentication = "client_secret_post" if shown else "none"
    return Credentials(method, given.get("client_id", ""), given.get("client_secret", ""))


class ClientAuthenticator:
    """The clients of one site at its token endpoint, whose address is `token_endpoint`.

    `find_keys` gives the JWK Set of a client, or in a sentence why there is none. An assertion is taken once.
    """

    def __init__(
        self,
        rules: SmartRules,
        *,
        token_endpoint: str,
        clock: Callable[[], float],
        find_client: Callable[[str], Client | None],
        find_keys: Callable[[Client], Mapping[str, object] | str],
    ) -> None:
        self._rules = rules
        self._find_client = find_client
        self._find_keys = find_keys
        self._assertions = AssertionJudge(rules.signing_algorithms, (token_endpoint,), clock=clock)

    def authenticate(self, given: Mapping[str, str], authorization: str = "") -> Client | Refusal:
        """The client that the request shows itself to be."""
        credentials = read_credentials(given, authorization)
        if isinstance(credentials, Refusal):
            return credentials
        client = self._find_client(credentials.client_id)
        if client is None:
            return refuse_client("The app (client_id) is not known at this site.")
        problem = self._judge(client, credentials)
        return refuse_client(problem) if problem else client

    def _judge(self, client: Client, credentials: Credentials) -> str:
        if client.authentication not in self._rules.client_authentication:
            return f"This site takes no app that shows itself {HINTS[client.authentication]}."
        if client.authentication != credentials.method:
            asked, came = HINTS[client.authentication], HINTS[credentials.method]
            return f"The app {client.id} is registered to show itself {asked}; it came {came}."
        if credentials.method == "none":
            return ""
        if credentials.method != "private_key_jwt":
            return _judge_secret(client, credentials)
        keys = self._find_keys(client)
        return keys if isinstance(keys, str) else self._assertions.judge(client, credentials.assertion, keys)


def _judge_secret(client: Client, credentials: Credentials) -> str:
    if not client.secret_sha256:
        return f"The app {client.id} has no secret at this site yet."
    held, held_raw = (
        hmac.compare_digest(digest_secret(secret), client.secret_sha256.lower())
        for secret in (credentials.secret, credentials.raw_secret)
    )
    if held:
        return ""
    if held_raw:
        # The commonest slip of libraries, which nobody sees until a secret has such a letter.
        return f"The secret of the app {client.id} must be form-encoded before it is joined (RFC 6749, 2.3.1)."
    return f"The secret is not the one of the app {client.id}."


def refuse_client(sentence: str) -> Refusal:
    """An answer of 401 names a scheme in any case (RFC 9110, 15.5.2), and must where Basic was tried."""
    return Refusal("invalid_client", sentence, status=401, challenge='Basic realm="token"')


def _read_basic(authorization: str, client_id: str) -> Credentials | Refusal:
    """Identifier and secret of the header, each form-encoded before they were joined (RFC 6749, 2.3.1)."""
    scheme, _, coded = authorization.partition(" ")
    if scheme.lower() != "basic":
        sentence = f"The Authorization header is of the scheme “{scheme[:20]}”; the token endpoint takes Basic alone."
        return refuse_client(sentence)
    try:
        name, colon, raw = base64.b64decode(coded.strip(), validate=True).decode("utf-8").partition(":")
        named, secret = unquote_plus(name, errors="strict"), unquote_plus(raw, errors="strict")
    except ValueError:
        sentence = (
            "The Authorization header is not base64 of “id:secret”, each form-encoded in UTF-8 (RFC 6749, 2.3.1)."
        )
        return refuse_client(sentence)
    if not colon:
        return refuse_client("The Authorization header holds no colon between id and secret.")
    if client_id and client_id != named:
        return Refusal("invalid_request", "The form names another app (client_id) than the Authorization header.")
    return Credentials("client_secret_basic", named, secret, raw_secret=raw)


def _read_assertion(given: Mapping[str, str]) -> Credentials | Refusal:
    """The client of an assertion is its subject; a client_id beside it must be the same (RFC 7521, 4.2)."""
    missing = next((n for n in ("client_assertion", "client_assertion_type") if not given.get(n)), "")
    if missing:
        return Refusal("invalid_request", f"The parameter “{missing}” is missing.")
    if given["client_assertion_type"] != ASSERTION_TYPE:
        return refuse_client(f"The client_assertion_type must be {ASSERTION_TYPE}.")
    try:
        subject = decode_token(given["client_assertion"])[1].get("sub")
    except WorkbenchError as error:
        return refuse_client(f"The client_assertion cannot be read. {error.message}")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_ID:
        return refuse_client("The client_assertion names no app (sub).")
    if given.get("client_id", subject) != subject:
        return refuse_client("The client_id is not the app that the client_assertion names.")
    return Credentials("private_key_jwt", subject, assertion=given["client_assertion"])
