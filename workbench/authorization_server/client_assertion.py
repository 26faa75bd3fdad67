"""Client assertions: whether a JWT that an app signed shows that it is itself, and came for the first time.

RFC 7523, 3; SMART App Launch 2.2, “Client authentication: asymmetric”.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

from workbench.authorization_server.rules import Client
from workbench.errors import WorkbenchError
from workbench.smart.client_methods import SigningAlgorithm
from workbench.smart.signature import is_signed
from workbench.smart.tokens import decode_token, from_base64url

# Seconds: the furthest that SMART lets an assertion hold, and by how much two clocks may differ.
MOST_AHEAD = 300
SKEW = 10
SMALLEST_RSA_BITS = 2048
LATEST = 1e12
KEY_KINDS: Mapping[SigningAlgorithm, tuple[str, str]] = {"RS384": ("RSA", ""), "ES384": ("EC", "P-384")}


class AssertionJudge:
    """Judges assertions for one token endpoint; `audiences` are the addresses that may stand in aud.

    What was taken once is remembered until it has expired: only whoever holds a client's key can make it grow.
    """

    def __init__(
        self, algorithms: Sequence[SigningAlgorithm], audiences: Sequence[str], *, clock: Callable[[], float]
    ) -> None:
        self._algorithms = algorithms
        self._audiences = frozenset(audiences)
        self._clock = clock
        self._taken: dict[bytes, float] = {}

    def judge(self, client: Client, assertion: str, jwks: Mapping[str, Any]) -> str:
        """Return "" where the assertion holds, and take its jti; else a sentence that says why not."""
        try:
            header, claims = decode_token(assertion)
        except WorkbenchError as error:
            return f"The client_assertion cannot be read. {error.message}"
        problem = self._judge_header(client, header) or self._judge_signature(client, assertion, header, jwks)
        return problem or self._judge_claims(client, claims) or self._take(client, claims)

    def _judge_header(self, client: Client, header: Mapping[str, Any]) -> str:
        algorithm, kind = header.get("alg"), header.get("typ")
        if algorithm not in self._algorithms:
            taken = " or ".join(self._algorithms)
            return f"The client_assertion is signed with “{algorithm}” (alg); this site takes {taken}."
        if not isinstance(kind, str) or kind.upper() != "JWT":
            return "The client_assertion must say typ “JWT” in its header."
        if not isinstance(header.get("kid"), str) or not header["kid"]:
            return "The client_assertion does not name its key (kid)."
        if "crit" in header:
            return "The client_assertion asks for extensions (crit) that this site does not know."
        if "jku" in header and header["jku"] != client.jwks_uri:
            return "The client_assertion names another address for its keys (jku) than the one that was registered."
        return ""

    def _judge_signature(
        self, client: Client, assertion: str, header: Mapping[str, Any], jwks: Mapping[str, Any]
    ) -> str:
        listed = jwks.get("keys")
        named = [key for key in listed if _names(key, header["kid"])] if isinstance(listed, list) else []
        if not named:
            return f"The key “{header['kid']}” (kid) is not among the keys of the app {client.id}."
        fitting = [key for key in named if _fits(key, header["alg"])]
        if not fitting:
            return f"The key “{header['kid']}” is not one for {header['alg']}."
        signed = any(is_signed(assertion, key, header["alg"]) for key in fitting)
        return "" if signed else f"The signature of the client_assertion is not by the key “{header['kid']}”."

    def _judge_claims(self, client: Client, claims: Mapping[str, Any]) -> str:
        now = self._clock()
        wrong = next((name for name in ("iss", "sub") if claims.get(name) != client.id), "")
        if wrong:
            return f"The claim “{wrong}” of the client_assertion must be the client_id {client.id}."
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        if not any(isinstance(each, str) and each in self._audiences for each in named):
            return f"The client_assertion is made for another place (aud) than {' or '.join(sorted(self._audiences))}."
        expires = claims.get("exp")
        if not _is_number(expires):
            return "The client_assertion does not say until when it holds (exp)."
        if now - SKEW >= expires:
            return f"The client_assertion expired {now - expires:.0f} seconds ago (exp)."
        if expires > now + MOST_AHEAD + SKEW:
            return (
                f"The client_assertion holds for {expires - now:.0f} seconds (exp); at most {MOST_AHEAD} are allowed."
            )
        early = next((n for n in ("nbf", "iat") if n in claims and not _is_past(claims[n], now + SKEW)), "")
        if early:
            return f"The claim “{early}” of the client_assertion lies ahead; compare the clocks."
        jti = claims.get("jti")
        return "" if isinstance(jti, str) and jti else "The client_assertion has no identifier of its own (jti)."

    def _take(self, client: Client, claims: Mapping[str, Any]) -> str:
        now = self._clock()
        while self._taken and next(iter(self._taken.values())) <= now:
            del self._taken[next(iter(self._taken))]
        name = hashlib.sha256(f"{client.id}\0{claims['jti']}".encode("utf-8", "surrogatepass")).digest()
        if name in self._taken:
            return "The client_assertion came before (jti); an app makes a new one for each request."
        self._taken[name] = claims["exp"] + SKEW
        return ""


def find_weak_keys(jwks: Mapping[str, Any]) -> tuple[str, ...]:
    """What is wrong with the keys of an app as it registered them, a sentence each."""
    listed = jwks.get("keys")
    if not isinstance(listed, list) or not listed:
        return ("A JWK Set has a list “keys” with a key at least.",)
    found = []
    for at, key in enumerate(listed):
        if not isinstance(key, dict) or not isinstance(key.get("kid"), str):
            found.append(f"The key at position {at} has no name (kid).")
        elif "d" in key or "k" in key:
            found.append(f"The key “{key['kid']}” holds its private half; register the public one alone.")
        elif not any(_fits(key, algorithm) for algorithm in KEY_KINDS):
            found.append(f"The key “{key['kid']}” is neither RSA of {SMALLEST_RSA_BITS} bits nor EC on P-384.")
    return tuple(found)


def _names(key: Any, key_id: str) -> bool:
    return isinstance(key, dict) and key.get("kid") == key_id


def _fits(key: Mapping[str, Any], algorithm: SigningAlgorithm) -> bool:
    """Whether a JWK may verify `algorithm`: kind, curve, size, and what it says of its own use (RFC 7517, 4)."""
    kind, curve = KEY_KINDS[algorithm]
    uses = key.get("key_ops", ["verify"])
    return (
        key.get("kty") == kind
        and (not curve or key.get("crv") == curve)
        and key.get("alg", algorithm) == algorithm
        and key.get("use", "sig") == "sig"
        and isinstance(uses, list)
        and "verify" in uses
        and (kind != "RSA" or _bits_of(key.get("n")) >= SMALLEST_RSA_BITS)
    )


def _bits_of(number: Any) -> int:
    """Size of a base64url number, zeros before it not counted; 0 where it is none."""
    try:
        data = from_base64url(number)
    except (TypeError, ValueError):
        return 0
    return int.from_bytes(data, "big").bit_length()


def _is_number(value: Any) -> TypeGuard[float]:
    """Not NaN, not infinite, and not a whole number beyond what a float can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LATEST


def _is_past(value: Any, now: float) -> bool:
    return _is_number(value) and value <= now
