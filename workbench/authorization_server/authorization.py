"""Authorization by a site: from an app's request over sign-in, patient choice and consent to a code.

The rules of SMART App Launch and OAuth 2.0 (RFC 6749) without HTTP; clock and randomness come in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from workbench.authorization_server.authorization_request import (
    Pairs,
    Problem,
    is_repeated,
    judge_form,
    judge_prompt,
    judge_size,
)
from workbench.authorization_server.clients import find_client, takes_redirect
from workbench.authorization_server.flow import Charts, Consent, EhrLaunch, Flow
from workbench.authorization_server.refusal import Refusal, add_query
from workbench.authorization_server.rules import Client, SmartRules, User
from workbench.authorization_server.scope_offer import ScopeOffer, offer_scopes
from workbench.authorization_server.scope_preset import preset_scopes
from workbench.smart.grant import WithheldScope
from workbench.smart.launch_context import FhirContextItem, LaunchContext, parse_context_scope
from workbench.smart.scope_queries import ScopeQueries
from workbench.smart.scopes import Scope, ScopeVersion, parse_scopes

FLOW_LIFETIME = timedelta(minutes=30)
LAUNCH_LIFETIME = timedelta(minutes=10)
# Old entries give way to new ones, so that a sandbox that runs for weeks does not grow.
KEPT = 2000

Value = TypeVar("Value")


class Authorization:
    """The flows of one authorization server; `clients` gives the apps it knows, `issue` the code for a consent.

    `charts_of` says whose charts a user may open, `locate` where a visit takes place, `withheld` the scopes that an
    analyst keeps back at the moment, and `queries` judges granular scopes.
    """

    def __init__(
        self,
        rules: SmartRules,
        users: tuple[User, ...],
        types: Iterable[str],
        *,
        fhir_base: str,
        issuer: str = "",
        clock: Callable[[], datetime],
        make_token: Callable[[], str],
        clients: Callable[[], tuple[Client, ...]],
        issue: Callable[[Consent], str],
        charts_of: Callable[[User], Charts] = lambda user: None,
        locate: Callable[[str], str] = lambda encounter: "",
        withheld: Callable[[], tuple[str, ...]] = tuple,
        queries: ScopeQueries | None = None,
    ) -> None:
        self._clients = clients
        self._rules = rules
        self._users = {user.id: user for user in users}
        self._types = frozenset(types)
        self._fhir_base = fhir_base
        self._told_issuer = issuer if rules.issuer_in_redirect else ""
        self._clock = clock
        self._make_token = make_token
        self._issue = issue
        self._charts_of = charts_of
        self._locate = locate
        self._withheld = withheld
        self._queries = queries
        self._launches: dict[str, EhrLaunch] = {}
        self._flows: dict[str, Flow] = {}

    def find_client(self, client_id: str) -> Client | None:
        return find_client(self._rules, self._clients(), client_id)

    def start_launch(self, context: LaunchContext, client_id: str = "", grant: str = "") -> str:
        """The EHR opens an app: returns the `launch` value that stands for this context.

        It may come again until it is too old, since a person may load the app's page again; but the first app that
        comes with it keeps it. `grant` are the scopes that the consent page has ticked; all where empty.
        """
        launch = self._make_token()
        expires = self._clock() + LAUNCH_LIFETIME
        keep_newest(self._launches, launch, EhrLaunch(context, client_id, grant, expires))
        return launch

    def begin(self, pairs: Pairs, versions: tuple[ScopeVersion, ...] | None = None) -> Flow | Refusal:
        """Judge an authorization request; client and redirect address first, since a refusal goes there.

        `versions` are those of the scopes that are taken at the address it came to, where they are not all the site's.
        """
        given = dict(pairs)
        large = judge_size(pairs)
        if large:
            return Refusal("invalid_request", large)
        client = self.find_client(given.get("client_id", ""))
        if client is None or is_repeated(pairs, "client_id"):
            known = "unknown" if given.get("client_id") else "not named"
            return Refusal("invalid_client", f"The app (client_id) is {known} at this site. Register it first.")
        redirect_uri = given.get("redirect_uri", "")
        if is_repeated(pairs, "redirect_uri") or not takes_redirect(self._rules, client, redirect_uri):
            sentence = f"The redirect address “{redirect_uri}” is not registered for the app {client.id}."
            return Refusal("invalid_request", sentence)
        launch = self._launches.get(given.get("launch", ""))
        problem = judge_form(pairs, given, self._rules, self._fhir_base) or self._judge_launch(given, client, launch)
        outcome = problem or self._begin_flow(given, client, launch, versions or self._rules.scope_versions)
        if isinstance(outcome, Flow):
            return outcome
        state = "" if is_repeated(pairs, "state") else given.get("state", "")
        return Refusal(*outcome, redirect_uri, state, issuer=self._told_issuer)

    def find_flow(self, flow_id: str) -> Flow | None:
        flow = self._flows.get(flow_id)
        return flow if flow is not None and self._clock() < flow.expires else None

    def sign_in(self, flow: Flow, user_id: str) -> Flow | None:
        """None where the site has no such user."""
        user = self._users.get(user_id)
        return None if user is None else self._keep(self._settle(flow, user))

    def choose_patient(self, flow: Flow, patient: str) -> Flow | None:
        """None where the user may not open this patient's chart."""
        if flow.charts is not None and patient not in flow.charts:
            return None
        return self._keep(replace(flow, context=replace(flow.context, patient=patient)))

    def choose_encounter(self, flow: Flow, encounter: str) -> Flow:
        """`encounter` may be "", where the user works in no visit."""
        return self._keep(replace(flow, context=replace(flow.context, encounter=encounter)))

    def tick(self, flow: Flow, texts: Iterable[str]) -> Flow:
        """What the consent page has ticked, of what is offered."""
        wanted = frozenset(texts)
        return self._keep(replace(flow, ticked=tuple(scope for scope in flow.offered if scope.text in wanted)))

    def choose_resource(self, flow: Flow, reference: str) -> Flow:
        """`reference` may be "", where the user has none of what the app asks for."""
        return self._keep(replace(flow, chosen=(*flow.chosen, (flow.next_resource, reference))))

    def decide(self, flow: Flow, allowed: bool, ticked: Iterable[str]) -> str:
        """End the flow and return where the browser goes: to the app with a code, or with `access_denied`."""
        self._flows.pop(flow.id, None)
        texts = frozenset(ticked)
        scopes = tuple(scope for scope in flow.offered if scope.text in texts)
        if not allowed or not scopes or flow.user is None or flow.page != "consent":
            description = "The user did not allow the app." if not allowed else "The user allowed none of the scopes."
            return self.refuse(flow, "access_denied", description)
        left_out = (scope for scope in flow.offered if scope.text not in texts)
        by_user = tuple(WithheldScope(scope, "consent", "It was left out at the consent page.") for scope in left_out)
        consent = Consent(
            flow.client,
            flow.redirect_uri,
            flow.challenge,
            flow.nonce,
            flow.ehr_launch,
            flow.user,
            scopes,
            self._surround(flow, texts),
            flow.charts,
            flow.withheld + by_user,
            flow.signed_in,
        )
        answer = {"code": self._issue(consent), "state": flow.state, "iss": self._told_issuer}
        return add_query(flow.redirect_uri, {name: value for name, value in answer.items() if value})

    def refuse(self, flow: Flow, error: str, description: str) -> str:
        """Where the browser goes with an error in place of a code."""
        return Refusal(error, description, flow.redirect_uri, flow.state, issuer=self._told_issuer).address

    def _begin_flow(
        self, given: dict[str, str], client: Client, launch: EhrLaunch | None, versions: tuple[ScopeVersion, ...]
    ) -> Flow | Problem:
        asked = parse_scopes(given["scope"])
        user = self._users.get(launch.context.user) if launch else None
        offer = self._offer(asked, user, versions, ehr_launch=launch is not None)
        if not offer.scopes:
            why = " ".join(f"{each.scope.text[:100]}: {each.reason}" for each in offer.withheld[:3])
            return "invalid_scope", f"This site grants none of the scopes that were asked for. {why}"
        problem = judge_prompt(given, signed_in=user is not None)
        if problem:
            return problem
        if launch is not None and not launch.client_id:
            self._launches[given["launch"]] = replace(launch, client_id=client.id)
        flow = Flow(
            self._make_token(),
            self._make_token(),
            client,
            given["redirect_uri"],
            given["state"],
            asked,
            offer.scopes,
            given.get("code_challenge", ""),
            given.get("nonce", ""),
            launch is not None,
            self._clock() + FLOW_LIFETIME,
            context=launch.context if launch else LaunchContext(),
            grant=launch.grant if launch else "",
            withheld=offer.withheld,
            versions=versions,
        )
        return self._keep(self._settle(flow, user) if user else flow)

    def _settle(self, flow: Flow, user: User) -> Flow:
        """The flow once it is known who works: what the user's role may give, and whose charts are theirs."""
        charts = self._charts_of(user)
        offer = self._offer(flow.asked, user, flow.versions, ehr_launch=flow.ehr_launch)
        rows = ticked = offer.scopes
        if flow.grant:
            # A part of an offered scope may be one that is withheld.
            presets = preset_scopes(offer.scopes, flow.grant)
            rows, ticked = (
                self._offer(each, user, flow.versions, ehr_launch=flow.ehr_launch).scopes for each in presets
            )
        context = replace(_open_to(flow.context, charts), user=user.id)
        # An EHR answers for its user at the moment of the launch.
        flow = replace(flow, user=user, signed_in=self._clock(), charts=charts, context=context)
        return replace(flow, offered=rows, ticked=ticked, withheld=offer.withheld)

    def _offer(
        self, asked: Iterable[Scope], user: User | None, versions: tuple[ScopeVersion, ...], *, ehr_launch: bool
    ) -> ScopeOffer:
        """What the site gives, what the user's role gives where it is known who works, and what no analyst keeps."""
        return offer_scopes(
            replace(self._rules, scope_versions=versions),
            asked,
            self._types,
            ehr_launch=ehr_launch,
            role=user.role if user else "",
            held=self._withheld(),
            queries=self._queries,
        )

    def _surround(self, flow: Flow, granted: frozenset[str]) -> LaunchContext:
        """The context with what was chosen for the scopes that are granted, and the place of its visit."""
        context = flow.context
        for text, reference in flow.chosen:
            kind, role = parse_context_scope(text)
            if not reference or text not in granted:
                continue
            if kind == "location" and not role:
                context = replace(context, location=reference.removeprefix("Location/"))
            else:
                item = FhirContextItem(reference, role=role)
                context = replace(context, fhir_context=(*context.fhir_context, item))
        if context.location or not context.encounter:
            return context
        return replace(context, location=self._locate(context.encounter))

    def _judge_launch(self, given: dict[str, str], client: Client, launch: EhrLaunch | None) -> Problem | None:
        kind = "ehr" if "launch" in given else "standalone"
        if kind not in self._rules.launches:
            told = "from the EHR" if kind == "ehr" else "by themselves (standalone launch)"
            return "unauthorized_client", f"Apps are not launched {told} at this site."
        if kind == "standalone":
            return None
        if launch is None or self._clock() >= launch.expires:
            return "invalid_request", "The “launch” value is unknown or too old. Open the app from the EHR again."
        if launch.client_id and launch.client_id != client.id:
            return "invalid_request", f"The “launch” value was made for the app {launch.client_id}."
        if "launch" not in given["scope"].split():
            return "invalid_scope", "A launch from the EHR asks for the scope “launch”."
        return None

    def _keep(self, flow: Flow) -> Flow:
        keep_newest(self._flows, flow.id, flow)
        return flow


def _open_to(context: LaunchContext, charts: Charts) -> LaunchContext:
    """The context for whoever may open these charts; of a chart that is not theirs nothing is told."""
    if charts is None or (context.patient and context.patient in charts):
        return context
    bare = replace(context, encounter=None, fhir_context=(), location="") if context.patient else context
    return replace(bare, patient=charts[0] if len(charts) == 1 else "")


def keep_newest(kept: dict[str, Value], key: str, value: Value, limit: int = KEPT) -> None:
    """Put `value` last in `kept`, and let the oldest go where there are more than `limit`."""
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > limit:
        del kept[next(iter(kept))]
