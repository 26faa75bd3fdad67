"""Registration of an app at a simulated site that runs, in place of what a hospital would have on file for it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.authorization_server.client_authentication import digest_secret
from workbench.authorization_server.rules import Client
from workbench.errors import WorkbenchError
from workbench.smart_app.client_credentials import ClientCredentials

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import Sandbox

WORKBENCH_REDIRECT = "http://127.0.0.1/callback"


def register_app(sandbox: Sandbox, app: Client, *, secret: str = "", keys: str = "") -> Client:
    """Let the site know `app` from now on; what it knows of it stays where `app` says nothing.

    `keys` is the address of a JWK Set or a file of one. Raises WorkbenchError where something does not fit.
    """
    known = next((client for client in sandbox.clients if client.id == app.id), None) or Client(app.id, app.id)
    changed = replace(
        known,
        redirect_uris=app.redirect_uris or known.redirect_uris,
        launch_uri=app.launch_uri or known.launch_uri,
        authentication=app.authentication if app.authentication != "none" else known.authentication,
        scope=app.scope or known.scope,
    )
    if secret:
        changed = replace(changed, secret_sha256=digest_secret(secret))
    if keys.startswith(("http://", "https://")):
        changed = replace(changed, jwks_uri=keys, jwks=None)
    elif keys:
        changed = replace(changed, jwks=read_keys(Path(keys)), jwks_uri="")
    _refuse_half(changed)
    sandbox.register_client(changed)
    return changed


def register_workbench(sandbox: Sandbox, credentials: ClientCredentials, scope: str) -> None:
    """Let the site know the workbench as an app with these credentials, for user launches and as a backend service."""
    system = " ".join(each for each in scope.split() if each.startswith("system/"))
    app = Client(
        credentials.client_id,
        "Interop Workbench",
        (WORKBENCH_REDIRECT,),
        authentication=credentials.authentication,
        secret_sha256=digest_secret(credentials.client_secret) if credentials.client_secret else "",
        jwks={"keys": [credentials.key.to_public_jwk()]} if credentials.key else None,
        scope=system,
    )
    sandbox.register_client(app)


def read_keys(path: Path) -> dict[str, Any]:
    """The public JWK Set in a file; raises WorkbenchError, also where a private key stands in it."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise WorkbenchError(f"The file cannot be read: {error.strerror or error}.", source=path) from error
    except (ValueError, RecursionError) as error:
        raise WorkbenchError("The file is no JSON.", hint="It must be a JWK Set.", source=path) from error
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise WorkbenchError("The file is no JWK Set.", hint='It looks like {"keys": […]}.', source=path)
    if any("d" in key or "k" in key for key in keys):
        hint = "A site is given the public half alone; keep this file to the app."
        raise WorkbenchError("The JWK Set holds a private key.", hint=hint, source=path)
    return {"keys": keys}


def _refuse_half(app: Client) -> None:
    way = app.authentication
    if way in ("client_secret_basic", "client_secret_post") and not app.secret_sha256:
        raise WorkbenchError(
            f"The app {app.id} shows itself by {way}, and no secret is given.", hint="Give its secret."
        )
    if way == "private_key_jwt" and app.jwks is None and not app.jwks_uri:
        raise WorkbenchError(
            f"The app {app.id} shows itself by {way}, and no keys are given.", hint="Give its JWK Set."
        )
