"""Client methods: how a client shows at the token endpoint that it is itself, and the algorithms that it signs with."""

from __future__ import annotations

from typing import Literal, get_args

ClientAuthentication = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
SigningAlgorithm = Literal["RS384", "ES384"]

CLIENT_AUTHENTICATIONS: tuple[ClientAuthentication, ...] = get_args(ClientAuthentication)
SIGNING_ALGORITHMS: tuple[SigningAlgorithm, ...] = get_args(SigningAlgorithm)
