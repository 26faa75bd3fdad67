"""FaultRefusals: what a site refuses on request, before its own rules have looked at it."""

from __future__ import annotations

from workbench.authorization_server.authorization import Authorization
from workbench.authorization_server.client_authentication import refuse_client
from workbench.authorization_server.flow import Flow
from workbench.authorization_server.refusal import Refusal
from workbench.exchange import Request, Response
from workbench.sandbox.fault_visit import FaultVisit, read_pairs
from workbench.sandbox.front_door import CORS
from workbench.sandbox.token_endpoint import to_refusal
from workbench.sandbox.web_page import redirect, render_error
from workbench.site.site import Site

NO_SCOPES = "This site grants none of the scopes that were asked for."
NOT_SENT = "Nothing was sent back to the app. Tell whoever looks after it."


class FaultRefusals:
    """Refuses as the site itself would, so that an app cannot tell the two apart."""

    def __init__(self, site: Site, authorization: Authorization) -> None:
        self._site = site
        self._authorization = authorization

    def refuse(self, request: Request, visit: FaultVisit) -> Response | None:
        """The answer to a request that is refused on request; None where the site is to judge it."""
        if visit.places and visit.take("server-error"):
            return self._fail(visit)
        if "authorize" in visit.places:
            return self._refuse_app(request, visit) or self._refuse_wish(request, visit)
        return _refuse_tokens(visit) if "token" in visit.places else None

    def _fail(self, visit: FaultVisit) -> Response:
        response = render_error(self._site, "Something went wrong in the EHR.", status=500)
        return response if "authorize" in visit.places else Response(500, response.headers + CORS, response.body)

    def _refuse_app(self, request: Request, visit: FaultVisit) -> Response | None:
        """An app or address that is not known is told to the user alone (RFC 6749, 4.1.2.1)."""
        if visit.take("invalid-client"):
            return render_error(self._site, "The app (client_id) is unknown at this site.", hint=NOT_SENT)
        if visit.take("redirect-refused"):
            address = dict(read_pairs(request)).get("redirect_uri", "")
            sentence = f"The redirect address “{address}” is not registered for the app {visit.client}."
            return render_error(self._site, sentence, hint=NOT_SENT)
        return None

    def _refuse_wish(self, request: Request, visit: FaultVisit) -> Response | None:
        """Told to the app, so only where the site would not have refused it by itself: it knows the address then."""
        if not visit.is_asked("wrong-aud", "invalid-scope"):
            return None
        pairs = read_pairs(request)
        flow = self._authorization.begin(pairs)
        if not isinstance(flow, Flow):
            return None
        if visit.take("wrong-aud"):
            sentence = f"The app is made for {dict(pairs)['aud']} (aud), which this site does not take for its own."
            return redirect(self._authorization.refuse(flow, "invalid_request", sentence))
        if visit.take("invalid-scope"):
            return redirect(self._authorization.refuse(flow, "invalid_scope", NO_SCOPES))
        return None


def _refuse_tokens(visit: FaultVisit) -> Response | None:
    if visit.take("invalid-client"):
        sentence = f"The app {visit.client} is not known at this site, or its secret or key is wrong."
        return _tell(refuse_client(sentence))
    if visit.take("invalid-scope"):
        return _tell(Refusal("invalid_scope", NO_SCOPES))
    return None


def _tell(refusal: Refusal) -> Response:
    response = to_refusal(refusal)
    return Response(response.status, response.headers + CORS, response.body)
