"""PyPI fhirclient as its documentation shows it: a standalone launch, the patient, a refresh, the patient again."""

from __future__ import annotations

import importlib.metadata

from tests.fault_proof.walker import Stayed, walk
from workbench.sandbox.sandbox import Sandbox

CALLBACK = "http://127.0.0.1:5000/callback"
SCOPE = "openid fhirUser offline_access launch/patient patient/Patient.rs"


def name() -> str:
    return f"PyPI fhirclient {importlib.metadata.version('fhirclient')}"


def meet(sandbox: Sandbox) -> str:
    """The step that it did not get beyond and what it says of it; "" where it ends its story."""
    from fhirclient.client import FHIRClient

    step = "discovery"
    try:
        base = sandbox.addresses.fhir_base
        app = FHIRClient({"app_id": "workbench", "api_base": base, "redirect_uri": CALLBACK, "scope": SCOPE})
        app.prepare()
        step = "authorize"
        back = walk(app.authorize_url, CALLBACK)
        step = "return"
        app.handle_callback(back)
        step = "patient"
        _read(app)
        step = "refresh"
        if not app.reauthorize():
            return "refresh: it has no refresh token"
        step = "read again"
        _read(app)
    except Stayed as stayed:
        return f"{step}: stays at the site: {stayed}"
    except Exception as error:  # noqa: BLE001 - the library raises Exception itself
        return f"{step}: {type(error).__name__}: {error}"
    return ""


def _read(app: object) -> None:
    app._patient = None  # type: ignore[attr-defined]  # it keeps what it read
    if app.patient is None:  # type: ignore[attr-defined]
        raise LookupError("no patient is known")
