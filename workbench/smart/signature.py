"""Signature of a JSON Web Token, judged by itself: whether a published key made it, whatever its claims say.

RFC 7515, 5.2. Nothing here raises and nothing asks for the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.errors import WorkbenchError
from workbench.smart.tokens import decode_token, from_base64url

ALGORITHMS = ("RS256", "RS384", "ES384")


def check_signature(text: str, jwks: Mapping[str, Any], algorithms: Sequence[str] = ALGORITHMS) -> str:
    """Return "" where one of the keys signed the token; else a sentence that says why not."""
    try:
        header, _ = decode_token(text)
    except WorkbenchError as error:
        return str(error.message)
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in algorithms:
        return f"It is signed by “{str(algorithm)[:40]}” (alg), and {' or '.join(algorithms)} is taken."
    listed = jwks.get("keys")
    keys = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
    named = [key for key in keys if key_id is None or key.get("kid") == key_id]
    if not named:
        return f"It is signed with the key “{str(key_id)[:80]}” (kid), which is not published."
    if any(is_signed(text, key, str(algorithm)) for key in named):
        return ""
    return "The signature is not by the key that it names." if key_id else "The signature is by none of the keys."


def is_signed(text: str, key: Mapping[str, Any], algorithm: str) -> bool:
    """Tell whether this JWK made the signature, by this algorithm; what the header says is for the caller to judge."""
    import jwt

    signed, _, signature = text.strip().rpartition(".")
    try:
        read = jwt.PyJWK.from_dict(dict(key), algorithm)
        value = from_base64url(signature)
        return bool(read.Algorithm.verify(signed.encode("ascii"), read.key, value))
    except (jwt.PyJWTError, ValueError, TypeError):
        return False
