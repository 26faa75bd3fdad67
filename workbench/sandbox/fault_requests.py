"""FaultRequests: requests as a site gets to see them where its launch faults act on what it is asked for."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from workbench.authorization_server.authorization import keep_newest
from workbench.authorization_server.launch_fault_effects import OPEN_CHALLENGE, OPEN_VERIFIER
from workbench.exchange import Request, Response, utc_now
from workbench.sandbox import smart_endpoint
from workbench.sandbox.fault_visit import FaultVisit, bearer_of, find_holder, give_pairs, read_pairs
from workbench.sandbox.smart_endpoint import SmartEndpoint
from workbench.site.site import Site

CONSENT = f"{smart_endpoint.PATH}/consent"
ENDED = "a-token-that-has-ended"


class FaultRequests:
    """What happened to a code or token stays with it, whatever becomes of the rule."""

    def __init__(self, site: Site, smart: SmartEndpoint) -> None:
        self._site = site
        self._smart = smart
        self._open_codes: dict[str, None] = {}
        self._ended_refreshes: dict[str, None] = {}
        self._ended_accesses: dict[str, None] = {}

    @property
    def remembers(self) -> bool:
        return bool(self._open_codes or self._ended_refreshes or self._ended_accesses)

    def change(self, request: Request, visit: FaultVisit) -> Request:
        """What the site is given to judge; the clock that it judges by may be changed too."""
        if "authorize" in visit.places:
            open_challenge = {"code_challenge": OPEN_CHALLENGE, "code_challenge_method": "S256"}
            return give_pairs(request, open_challenge) if visit.take("pkce-not-checked") else request
        if "token" in visit.places:
            return self._change_token_request(request, visit)
        if visit.flow and request.method == "POST" and urlsplit(request.address).path == CONSENT:
            return self._change_consent(request, visit)
        if visit.places in (("fhir",), ("userinfo",)):
            self._end_access(request, visit)
        asked = dict(read_pairs(request)).get("token", "") if visit.places == ("introspection",) else ""
        is_over = asked in self._ended_accesses or asked in self._ended_refreshes
        return give_pairs(request, {"token": ENDED}) if is_over else request

    def remember_code(self, response: Response, visit: FaultVisit) -> None:
        """A code whose challenge everybody can meet is traded with any verifier."""
        if visit.flow is None or visit.flow.challenge != OPEN_CHALLENGE:
            return
        for code in parse_qs(urlsplit(response.header("location")).query).get("code", []):
            keep_newest(self._open_codes, code, None)

    def _change_token_request(self, request: Request, visit: FaultVisit) -> Request:
        given = dict(read_pairs(request))
        if given.get("code") in self._open_codes:
            return give_pairs(request, {"code_verifier": OPEN_VERIFIER})
        token = given.get("refresh_token", "")
        if token and (token in self._ended_refreshes or visit.take("expired-refresh-token")):
            keep_newest(self._ended_refreshes, token, None)
            return give_pairs(request, {"refresh_token": ENDED})
        return request

    def _change_consent(self, request: Request, visit: FaultVisit) -> Request:
        if dict(read_pairs(request)).get("decision") != "allow":
            return request
        if visit.take("access-denied", "authorize"):
            return give_pairs(request, {"decision": "deny"})
        if visit.take("expired-code", "authorize"):
            # The code is made by a clock that is slow by its lifetime, so that it has run out when it is seen.
            visit.offset -= timedelta(seconds=self._site.smart.code_lifetime + 1)
        return request

    def _end_access(self, request: Request, visit: FaultVisit) -> None:
        holder = find_holder(request, self._smart)
        if holder is None or holder.expires is None:
            return
        token = bearer_of(request)
        if token in self._ended_accesses or visit.take("expired-token"):
            keep_newest(self._ended_accesses, token, None)
            visit.offset = max(visit.offset, holder.expires - utc_now() + timedelta(seconds=1))
