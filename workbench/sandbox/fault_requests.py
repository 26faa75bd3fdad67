"""FaultRequests: requests as a site gets to see them where its launch faults act on what it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from workbench.authorization_server.authorization import keep_newest
from workbench.authorization_server.fault_rule import FaultRule, LaunchFault
from workbench.authorization_server.launch_fault_effects import OPEN_CHALLENGE, OPEN_VERIFIER
from workbench.authorization_server.launch_faults import make_fault_rule
from workbench.exchange import Request, Response, utc_now
from workbench.sandbox import smart_endpoint
from workbench.sandbox.fault_visit import FaultVisit, bearer_of, find_holder, give_pairs, read_pairs
from workbench.sandbox.smart_endpoint import SmartEndpoint
from workbench.site.site import Site

CONSENT = f"{smart_endpoint.PATH}/consent"
ENDED = "a-token-that-has-ended"


class FaultRequests:
    """What happened to a code or token stays with it, whatever becomes of the rule that it happened by."""

    def __init__(self, site: Site, smart: SmartEndpoint) -> None:
        self._site = site
        self._smart = smart
        self._open_codes: dict[str, FaultRule] = {}
        self._ended_refreshes: dict[str, FaultRule] = {}
        self._ended_accesses: dict[str, FaultRule] = {}

    @property
    def remembers(self) -> bool:
        return bool(self._open_codes or self._ended_refreshes or self._ended_accesses)

    def change(self, request: Request, visit: FaultVisit) -> Request:
        """What the site is given to judge; the clock that it judges by may be changed too."""
        given = dict(read_pairs(request))
        if "authorize" in visit.places:
            open_challenge = {"code_challenge": OPEN_CHALLENGE, "code_challenge_method": "S256"}
            return give_pairs(request, open_challenge) if visit.take("pkce-not-checked") else request
        if "token" in visit.places:
            return self._change_token_request(request, visit, given)
        if visit.places == ("introspection",):
            return self._tell_ended(request, visit, given.get("token", ""))
        if visit.places in (("fhir",), ("userinfo",)):
            self._end_access(request, visit)
        is_consent = visit.flow is not None and urlsplit(request.address).path == CONSENT
        if is_consent and request.method == "POST" and given.get("decision") == "allow":
            return self._change_consent(request, visit)
        return request

    def remember_code(self, response: Response, visit: FaultVisit) -> None:
        """A code whose challenge everybody can meet is traded with any verifier."""
        if visit.flow is None or visit.flow.challenge != OPEN_CHALLENGE:
            return
        for code in parse_qs(urlsplit(response.header("location")).query).get("code", []):
            keep_newest(self._open_codes, code, make_fault_rule("pkce-not-checked", client=visit.client))

    def _change_token_request(self, request: Request, visit: FaultVisit, given: Mapping[str, str]) -> Request:
        if rule := self._open_codes.get(given.get("code", "")):
            visit.done.append(rule)
            return give_pairs(request, {"code_verifier": OPEN_VERIFIER})
        token = given.get("refresh_token", "")
        is_over = bool(token) and _end(token, self._ended_refreshes, visit, "expired-refresh-token")
        return give_pairs(request, {"refresh_token": ENDED}) if is_over else request

    def _tell_ended(self, request: Request, visit: FaultVisit, token: str) -> Request:
        rule = self._ended_accesses.get(token) or self._ended_refreshes.get(token)
        if rule is None:
            return request
        visit.done.append(rule)
        return give_pairs(request, {"token": ENDED})

    def _change_consent(self, request: Request, visit: FaultVisit) -> Request:
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
        if _end(bearer_of(request), self._ended_accesses, visit, "expired-token"):
            visit.offset = max(visit.offset, holder.expires - utc_now() + timedelta(seconds=1))


def _end(token: str, ended: dict[str, FaultRule], visit: FaultVisit, fault: LaunchFault) -> bool:
    """Whether this token has ended by `fault`, before or now."""
    rule = ended.get(token)
    if rule is not None:
        visit.done.append(rule)
        return True
    rule = visit.take(fault)
    if rule is not None:
        keep_newest(ended, token, rule)
    return rule is not None
