"""Front door of a simulated site: hands each HTTP request to FHIR, SMART or the EHR page, and lets apps in."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workbench.exchange import Headers, Request, Response
from workbench.sandbox import ehr_page, smart_endpoint
from workbench.sandbox.discovery_endpoint import CONFIGURATION, STATEMENT
from workbench.sandbox.web_page import redirect, render_error
from workbench.site.site import Site

if TYPE_CHECKING:
    from workbench.fhir_server.endpoint import FhirEndpoint
    from workbench.sandbox.ehr_page import EhrPage
    from workbench.sandbox.smart_endpoint import SmartEndpoint

# Pages are for a person and stay closed to other origins; these are for apps, and a token opens them, not a cookie.
OPEN_PATHS = (
    *(f"/auth/{name}" for name in ("token", "v1/token", "introspect", "revoke", "userinfo")),
    *(f"/auth/{name}" for name in ("jwks", ".well-known/openid-configuration", "smart-style.json")),
)
CORS: Headers = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "ETag, Location, Content-Location, Last-Modified, WWW-Authenticate"),
)
PREFLIGHT: Headers = (
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    (
        "Access-Control-Allow-Headers",
        "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Prefer, "
        "X-Requested-With",
    ),
    ("Access-Control-Max-Age", "600"),
)


class FrontDoor:
    """Routes of one site by path: its FHIR base, `/auth`, `/ehr`."""

    def __init__(self, site: Site, fhir: FhirEndpoint, smart: SmartEndpoint, ehr: EhrPage) -> None:
        self._site = site
        self._fhir = fhir
        self._smart = smart
        self._ehr = ehr

    async def answer(self, request: Request) -> Response:
        path = urlsplit(request.address).path
        is_fhir = is_below(path, self._site.fhir.path)
        if (is_fhir or path in OPEN_PATHS) and not self._is_closed(path):
            if request.method == "OPTIONS" and request.header("access-control-request-method"):
                return Response(204, CORS + PREFLIGHT)
            response = self._answer_fhir(path, request) if is_fhir else await self._smart.answer(request)
            return Response(response.status, response.headers + CORS, response.body)
        if is_fhir:
            return self._answer_fhir(path, request)
        if is_below(path, smart_endpoint.PATH):
            return await self._smart.answer(request)
        if is_below(path, ehr_page.PATH):
            return self._ehr.answer(request)
        if path in ("", "/"):
            return redirect(ehr_page.PATH)
        return render_error(self._site, "There is no such page here.", hint="The EHR is at /ehr.", status=404)

    def _is_closed(self, path: str) -> bool:
        """Tell whether scripts of other origins may not read this part of discovery at the moment."""
        base = self._site.fhir.path
        discovery = (base + CONFIGURATION, base + STATEMENT, f"{smart_endpoint.PATH}/.well-known/openid-configuration")
        return path in discovery and not self._smart.discovery.published.is_open

    def _answer_fhir(self, path: str, request: Request) -> Response:
        if path == self._site.fhir.path + CONFIGURATION:
            return self._smart.answer_discovery(request)
        return self._fhir.answer(request, self._smart.grant_for(request), base=self._smart.fhir_base)


def is_below(path: str, base: str) -> bool:
    return path == base or path.startswith(base + "/")
