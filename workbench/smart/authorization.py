"""Authorization by a site: from an app's request over sign-in, patient choice and consent to a code.

The rules of SMART App Launch and OAuth 2.0 (RFC 6749) without HTTP; clock and randomness come in as arguments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, TypeVar

from workbench.smart.clients import find_client, takes_redirect
from workbench.smart.refusal import Refusal, add_query
from workbench.smart.rules import Client, SmartRules, User
from workbench.smart.scope_offer import offer_scopes
from workbench.smart.scopes import Scope, names_patient, parse_scopes

PageName = Literal["sign-in", "patient", "encounter", "consent"]
Pairs = Sequence[tuple[str, str]]

FLOW_LIFETIME = timedelta(minutes=30)
LAUNCH_LIFETIME = timedelta(minutes=10)
# Old entries give way to new ones, so that a sandbox that runs for weeks does not grow.
KEPT = 2000
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class EhrLaunch:
    """What the EHR hands over when its user opens an app: who, in which chart and visit."""

    user: User
    patient: str
    encounter: str
    client_id: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Flow:
    """One app's request on its way to a code. `offered` is what the site may grant of what was asked.

    `form_token` must come back with every form of the flow. `encounter` is None until it was chosen or passed over.
    """

    id: str = field(repr=False)
    form_token: str = field(repr=False)
    client: Client
    redirect_uri: str
    state: str = field(repr=False)
    asked: tuple[Scope, ...]
    offered: tuple[Scope, ...]
    challenge: str
    nonce: str
    ehr_launch: bool
    expires: datetime
    user: User | None = None
    patient: str = ""
    encounter: str | None = None

    @property
    def page(self) -> PageName:
        """What the user has to answer next."""
        if self.user is None:
            return "sign-in"
        if not self.patient and names_patient(self.offered):
            return "patient"
        if self.encounter is None and any(scope.text == "launch/encounter" for scope in self.offered):
            return "encounter"
        return "consent"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a user allowed an app, for the token endpoint to turn into tokens."""

    client: Client
    redirect_uri: str
    challenge: str
    nonce: str
    ehr_launch: bool
    user: User
    patient: str
    encounter: str
    scopes: tuple[Scope, ...]


class Authorization:
    """The flows of one authorization server; `clients` gives the apps it knows, `issue` the code for a consent."""

    def __init__(
        self,
        rules: SmartRules,
        users: tuple[User, ...],
        types: Iterable[str],
        *,
        fhir_base: str,
        clock: Callable[[], datetime],
        make_token: Callable[[], str],
        clients: Callable[[], tuple[Client, ...]],
        issue: Callable[[Consent], str],
    ) -> None:
        self._clients = clients
        self._rules = rules
        self._users = {user.id: user for user in users}
        self._types = frozenset(types)
        self._fhir_base = fhir_base
        self._clock = clock
        self._make_token = make_token
        self._issue = issue
        self._launches: dict[str, EhrLaunch] = {}
        self._flows: dict[str, Flow] = {}

    def find_client(self, client_id: str) -> Client | None:
        return find_client(self._rules, self._clients(), client_id)

    def start_launch(self, user: User, patient: str, encounter: str = "", client_id: str = "") -> str:
        """The EHR opens an app: returns the `launch` value that stands for this user, patient and encounter."""
        launch = self._make_token()
        expires = self._clock() + LAUNCH_LIFETIME
        keep_newest(self._launches, launch, EhrLaunch(user, patient, encounter, client_id, expires))
        return launch

    def begin(self, pairs: Pairs) -> Flow | Refusal:
        """Judge an authorization request; client and redirect address first, since a refusal goes there."""
        given = dict(pairs)
        client = self.find_client(given.get("client_id", ""))
        if client is None or _repeated(pairs, "client_id"):
            known = "unknown" if given.get("client_id") else "not named"
            return Refusal("invalid_client", f"The app (client_id) is {known} at this site. Register it first.")
        redirect_uri = given.get("redirect_uri", "")
        if _repeated(pairs, "redirect_uri") or not takes_redirect(self._rules, client, redirect_uri):
            sentence = f"The redirect address “{redirect_uri}” is not registered for the app {client.id}."
            return Refusal("invalid_request", sentence)
        state = given.get("state", "")
        launch = self._launches.get(given.get("launch", ""))
        problem = self._judge_form(pairs, given) or self._judge_launch(given, client, launch)
        if problem is None:
            asked = parse_scopes(given.get("scope", ""))
            offered = offer_scopes(self._rules, asked, self._types, ehr_launch="launch" in given)
            if offered:
                return self._keep(self._flow_of(given, client, asked, offered, launch))
            problem = "invalid_scope", "This site grants none of the scopes that were asked for."
        return Refusal(*problem, redirect_uri, state if not _repeated(pairs, "state") else "")

    def find_flow(self, flow_id: str) -> Flow | None:
        flow = self._flows.get(flow_id)
        return flow if flow is not None and self._clock() < flow.expires else None

    def sign_in(self, flow: Flow, user_id: str) -> Flow | None:
        """None where the site has no such user."""
        user = self._users.get(user_id)
        return None if user is None else self._keep(replace(flow, user=user))

    def choose_patient(self, flow: Flow, patient: str) -> Flow:
        return self._keep(replace(flow, patient=patient))

    def choose_encounter(self, flow: Flow, encounter: str) -> Flow:
        """`encounter` may be "", where the user works in no visit."""
        return self._keep(replace(flow, encounter=encounter))

    def decide(self, flow: Flow, allowed: bool, ticked: Iterable[str]) -> str:
        """End the flow and return where the browser goes: to the app with a code, or with `access_denied`."""
        self._flows.pop(flow.id, None)
        texts = frozenset(ticked)
        scopes = tuple(scope for scope in flow.offered if scope.text in texts)
        if not allowed or not scopes or flow.user is None or flow.page != "consent":
            description = "The user did not allow the app." if not allowed else "The user allowed none of the scopes."
            return Refusal("access_denied", description, flow.redirect_uri, flow.state).address
        consent = Consent(
            flow.client,
            flow.redirect_uri,
            flow.challenge,
            flow.nonce,
            flow.ehr_launch,
            flow.user,
            flow.patient,
            flow.encounter or "",
            scopes,
        )
        return add_query(flow.redirect_uri, {"code": self._issue(consent), "state": flow.state})

    def _judge_form(self, pairs: Pairs, given: dict[str, str]) -> tuple[str, str] | None:
        repeated = next((name for name in given if _repeated(pairs, name)), "")
        if repeated:
            return "invalid_request", f"The parameter “{repeated}” stands more than once."
        missing = next((n for n in ("response_type", "state", "aud", "scope") if not given.get(n)), "")
        if missing:
            return "invalid_request", f"The parameter “{missing}” is missing."
        if given["response_type"] != "code":
            return "unsupported_response_type", "This site gives codes alone (response_type=code)."
        if given["aud"].removesuffix("/") != self._fhir_base:
            sentence = f"The app is made for {given['aud']} (aud), and this site's FHIR base is {self._fhir_base}."
            return "invalid_request", sentence
        return self._judge_challenge(given)

    def _judge_challenge(self, given: dict[str, str]) -> tuple[str, str] | None:
        if self._rules.pkce == "off":
            return None
        challenge, method = given.get("code_challenge", ""), given.get("code_challenge_method", "")
        if not challenge and not method:
            asked = self._rules.pkce == "required"
            return ("invalid_request", "This site asks for PKCE (code_challenge with S256).") if asked else None
        if method != "S256":
            return "invalid_request", f"The code_challenge_method must be S256, and is “{method or 'plain'}”."
        if not CHALLENGE.fullmatch(challenge):
            return "invalid_request", "The code_challenge must be the 43 characters of an S256 challenge."
        return None

    def _judge_launch(self, given: dict[str, str], client: Client, launch: EhrLaunch | None) -> tuple[str, str] | None:
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

    def _flow_of(
        self,
        given: dict[str, str],
        client: Client,
        asked: tuple[Scope, ...],
        offered: tuple[Scope, ...],
        launch: EhrLaunch | None,
    ) -> Flow:
        return Flow(
            self._make_token(),
            self._make_token(),
            client,
            given["redirect_uri"],
            given["state"],
            asked,
            offered,
            given.get("code_challenge", ""),
            given.get("nonce", ""),
            launch is not None,
            self._clock() + FLOW_LIFETIME,
            user=launch.user if launch else None,
            patient=launch.patient if launch else "",
            encounter=launch.encounter if launch else None,
        )

    def _keep(self, flow: Flow) -> Flow:
        keep_newest(self._flows, flow.id, flow)
        return flow


def keep_newest(kept: dict[str, Value], key: str, value: Value, limit: int = KEPT) -> None:
    """Put `value` last in `kept`, and let the oldest go where there are more than `limit`."""
    kept.pop(key, None)
    kept[key] = value
    while len(kept) > limit:
        del kept[next(iter(kept))]


def _repeated(pairs: Pairs, name: str) -> bool:
    return sum(key == name for key, _ in pairs) > 1
