"""FaultVisit: one request while a site's launch faults may act: where it goes, whose it is, what was done to it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import unquote_plus, urlencode, urlsplit

from workbench.authorization_server.fault_rule import FaultPlace, FaultRule, LaunchFault
from workbench.authorization_server.flow import Flow
from workbench.authorization_server.launch_fault_text import to_text
from workbench.errors import WorkbenchError
from workbench.exchange import Request, utc_now
from workbench.sandbox.discovery_endpoint import CONFIGURATION, STATEMENT
from workbench.sandbox.launch_faults import LaunchFaults
from workbench.sandbox.smart_endpoint import SmartEndpoint
from workbench.sandbox.web_page import read_form, read_query
from workbench.smart.grant import Grant
from workbench.smart.tokens import decode_token

Pairs = list[tuple[str, str]]

# Far enough back that no token has ended.
LONG_AGO = timedelta(days=36_500)
_PLACES: dict[str, FaultPlace] = {
    "/auth/.well-known/openid-configuration": "discovery",
    "/auth/authorize": "authorize",
    "/auth/v1/authorize": "authorize",
    "/auth/token": "token",
    "/auth/v1/token": "token",
    "/auth/jwks": "keys",
    "/auth/introspect": "introspection",
    "/auth/revoke": "revocation",
    "/auth/userinfo": "userinfo",
}


@dataclass(slots=True)
class FaultVisit:
    """`places` is empty for pages of the site, where `flow` is what the page is of.

    With an `offset` the site's clock is so much off until the answer.
    """

    faults: LaunchFaults
    client: str
    places: tuple[FaultPlace, ...]
    flow: Flow | None = None
    offset: timedelta = timedelta()
    done: list[FaultRule] = field(default_factory=list)

    def take(self, fault: LaunchFault, *places: FaultPlace) -> FaultRule | None:
        """The rule by which `fault` happens now, at one of `places` or where the request goes; noted as done."""
        rule = self.faults.take(fault, self.client, *(places or (*self.places, "everywhere")))
        if rule is not None:
            self.done.append(rule)
        return rule

    def foresee(self, fault: LaunchFault, *places: FaultPlace) -> FaultRule | None:
        """The rule by which `fault` will happen next; noted as done, since it shows already, and not counted."""
        rule = self.faults.foresee(fault, self.client, *places)
        if rule is not None:
            self.done.append(rule)
        return rule

    def is_asked(self, *faults: LaunchFault) -> bool:
        """Tell whether there is a rule of any of these for where the request goes."""
        return any(self.faults.is_asked(fault, self.client, *self.places, "everywhere") for fault in faults)

    @property
    def note(self) -> str:
        return f"On request: {'; '.join(dict.fromkeys(map(to_text, self.done)))}" if self.done else ""


_now_visiting: ContextVar[FaultVisit | None] = ContextVar("fault visit", default=None)


@contextmanager
def visiting(visit: FaultVisit) -> Iterator[None]:
    """What is done within is done for this request alone; each request has a task of its own."""
    token = _now_visiting.set(visit)
    try:
        yield
    finally:
        _now_visiting.reset(token)


def long_ago() -> AbstractContextManager[None]:
    """Within, nothing that the site gave has ended."""
    return visiting(FaultVisit(LaunchFaults(), "", (), offset=-LONG_AGO))


def find_visit() -> FaultVisit | None:
    return _now_visiting.get()


def tell_time() -> datetime:
    """The site's clock: right, but for a request to which it was asked to be wrong."""
    visit = _now_visiting.get()
    return utc_now() + visit.offset if visit else utc_now()


def find_places(request: Request, fhir_path: str) -> tuple[FaultPlace, ...]:
    """Where a request goes, as a fault can name it; nothing for pages and what no app asks for."""
    path = urlsplit(request.address).path.rstrip("/")
    if path in (fhir_path + CONFIGURATION, fhir_path + STATEMENT):
        return ("discovery",)
    if path == fhir_path or path.startswith(fhir_path + "/"):
        return ("fhir",)
    place = _PLACES.get(path)
    if place == "token" and dict(read_form(request)).get("grant_type") == "refresh_token":
        return "token", "refresh"
    return (place,) if place else ()


def bearer_of(request: Request) -> str:
    kind, _, token = request.header("authorization").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def find_holder(request: Request, smart: SmartEndpoint) -> Grant | None:
    """What the bearer token of a request allows, or has allowed where it has ended."""
    if not bearer_of(request):
        return None
    with long_ago():
        return smart.grant_for(request)


def find_client_id(request: Request) -> str:
    """Whose a request to `/auth` says that it is, nothing verified; "" where it does not say."""
    given = dict(read_pairs(request))
    kind, _, credentials = request.header("authorization").partition(" ")
    if kind.lower() == "basic":
        try:
            name = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")[0]
        except (binascii.Error, ValueError):
            return ""
        return unquote_plus(name)
    if given.get("client_id") or not given.get("client_assertion"):
        return given.get("client_id", "")
    try:
        _, claims = decode_token(given["client_assertion"])
    except WorkbenchError:
        return ""
    return str(claims.get("sub", ""))


def read_pairs(request: Request) -> Pairs:
    return read_form(request) if request.method == "POST" else read_query(request)


def give_pairs(request: Request, changed: dict[str, str]) -> Request:
    """The request as if it had come with these values; what it did not have stands last."""
    pairs = [(name, changed.get(name, value)) for name, value in read_pairs(request)]
    pairs += [(name, value) for name, value in changed.items() if name not in dict(pairs)]
    text = urlencode(pairs)
    if request.method == "POST":
        headers = tuple(header for header in request.headers if header[0].lower() != "content-length")
        return Request(request.method, request.address, headers, text.encode("ascii"))
    address = urlsplit(request.address)._replace(query=text).geturl()
    return Request(request.method, address, request.headers, request.body)
