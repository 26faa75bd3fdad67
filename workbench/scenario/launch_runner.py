"""Launch runner: does the launch and token steps of one replay, and remembers what each launch gave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from workbench.app_launch.app_launch import LaunchEvent, launch_as_app
from workbench.app_launch.backend_launch import launch_backend
from workbench.app_launch.scripted_user import ScriptedUser
from workbench.app_launch.token_requests import introspect_token, refresh_launch, revoke_token
from workbench.authorization_server.rules import Client
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.launch_review.review import LaunchFacts
from workbench.scenario.answer import Answer, to_shown
from workbench.scenario.endpoints import Endpoints
from workbench.scenario.launch_rows import LaunchRows
from workbench.scenario.scenario import Launch, TokenRequest
from workbench.scenario.step_outcome import StepOutcome, tell_silence
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import NEEDS_A_PERSON, LaunchRefused
from workbench.smart_app.token_inspection import Introspection
from workbench.transports.http_client import HttpClient

Fill = Callable[[str], str]


class LaunchRunner:
    """`fill` fills in variables, `hear` is told each exchange; `results` are those of the launches by their names."""

    def __init__(
        self,
        endpoints: Endpoints,
        client: HttpClient,
        fill: Fill,
        *,
        on_user: Callable[[str], Awaitable[None]] | None,
        hear: Callable[[Exchange], None],
    ) -> None:
        self.results: dict[str, LaunchResult] = {}
        self.rows = LaunchRows()
        self._endpoints = endpoints
        self._client = client
        self._fill = fill
        self._on_user = on_user
        self._hear = hear

    def close(self) -> None:
        """Give a simulated site back as it was."""
        if self._endpoints.control is not None:
            self._endpoints.control.set_wrong((), ())

    def explain_loss(self, step: Launch) -> str:
        """Why a launch cannot be made here; empty where it can."""
        if (step.faults or step.discovery) and self._endpoints.control is None:
            return f"{self._endpoints.name} is not simulated here, so it does nothing wrong on request."
        return ""

    async def launch(self, index: int, step: Launch) -> StepOutcome:
        if self._endpoints.fhir_base is None:
            raise WorkbenchError(f"{self._endpoints.name} has no FHIR address.", hint="Add one to the sandbox.")
        if self._endpoints.control is not None:
            self._endpoints.control.set_wrong(step.faults, step.discovery)
        credentials = await asyncio.to_thread(self._credentials_of, step)  # a key may be made, which takes its time
        row = self.rows.start(index, step.saves_as, self._facts_of(credentials))
        end: LaunchResult | LaunchRefused | None = None
        async with aclosing(self._start(step, self._endpoints.fhir_base, credentials)) as events:
            async for event in events:
                if isinstance(event, Exchange):
                    row.exchanges.append(event)
                    self._hear(event)
                elif isinstance(event, LaunchResult | LaunchRefused):
                    end = event
        return self._settle(step, end, tuple(row.exchanges))

    async def ask(self, step: TokenRequest) -> StepOutcome:
        """Refresh, introspect or revoke the token of a launch."""
        result, receiver, within = self.results[step.launch], self._endpoints.name, step.within
        end: object
        if step.kind == "refresh":
            scope = self._fill(step.scope)
            exchange, end = await refresh_launch(self._client, result, scope=scope, receiver=receiver, within=within)
        elif step.kind == "introspect":
            exchange, end = await introspect_token(self._client, result, receiver=receiver, within=within)
        else:
            exchange, end = await revoke_token(self._client, result, receiver=receiver, within=within)
        self._hear(exchange)
        self.rows.add(step.launch, exchange)
        if exchange.response is None:
            return StepOutcome(None, (exchange,), "fail", tell_silence(exchange))
        if isinstance(end, LaunchRefused):
            return _settle_refusal(self._fill(step.expect_refusal), end, (exchange,), exchange.response.status)
        if wanted := self._fill(step.expect_refusal):
            return StepOutcome(None, (exchange,), "fail", f"It was granted, and should be refused: {wanted}.")
        if isinstance(end, LaunchResult):
            self.results[step.launch] = end
        return StepOutcome(_answer_of(end, exchange.response.status), (exchange,))

    def _start(self, step: Launch, fhir_base: str, credentials: ClientCredentials) -> AsyncGenerator[LaunchEvent, None]:
        endpoints, fill, scope = self._endpoints, self._fill, self._fill(step.scope)
        if step.kind == "backend":
            return launch_backend(
                self._client,
                fhir_base=fhir_base,
                credentials=credentials,
                scope=scope,
                receiver=endpoints.name,
                within=step.within,
            )
        handed = ("intent", step.intent), ("location", step.location), ("fhir_context", " ".join(step.context))
        answers = tuple((name, fill(value)) for name, value in handed if value)
        scripted = step.user or self._on_user is None
        return launch_as_app(
            self._client,
            fhir_base=fhir_base,
            kind=step.kind,
            credentials=credentials,
            scope=scope,
            user=ScriptedUser(user=fill(step.user), answers=answers) if scripted else None,
            open_browser=self._on_user,
            ehr_page=endpoints.ehr_page,
            patient=fill(step.patient),
            encounter=fill(step.encounter),
            grant=fill(step.grant),
            receiver=endpoints.name,
            within=step.within,
        )

    def _credentials_of(self, step: Launch) -> ClientCredentials:
        """Those that the step asks for; a simulated site is told of the app, others have it on file."""
        endpoints = self._endpoints
        client_id = self._fill(step.client_id) or endpoints.client_id or "workbench"
        own = client_id == endpoints.client_id
        way = step.authentication or (endpoints.authentication if own else "")
        way = way or ("private_key_jwt" if step.kind == "backend" and endpoints.control is not None else "")
        if way and way != "none" and endpoints.control is not None:
            return endpoints.control.register(client_id, way, self._fill(step.scope))
        usual = ClientCredentials.of(client_id, endpoints.client_secret if own else "", endpoints.key if own else None)
        if step.kind == "backend" and not way and usual.authentication == "none":
            sentence = f"{endpoints.name} keeps no key and no secret of {client_id}, and a backend service needs one."
            raise WorkbenchError(sentence, hint="Add it to the sandbox.")
        return replace(usual, authentication=way) if way else usual

    def _facts_of(self, credentials: ClientCredentials) -> LaunchFacts:
        own = Client(credentials.client_id, "Interop Workbench", authentication=credentials.authentication)
        base = (self._endpoints.fhir_base or "").rstrip("/")
        return LaunchFacts(base, credentials.client_id, (own,), scope_versions=self._endpoints.scope_versions)

    def _settle(
        self, step: Launch, end: LaunchResult | LaunchRefused | None, exchanges: tuple[Exchange, ...]
    ) -> StepOutcome:
        wanted = self._fill(step.expect_refusal)
        if isinstance(end, LaunchResult):
            self.results[step.saves_as] = end
            if wanted:
                return StepOutcome(None, exchanges, "fail", f"The launch was granted, and should be refused: {wanted}.")
            return StepOutcome(_answer_of(end, None), exchanges)
        end = end or LaunchRefused("sign-in", "closed", "The launch ended without a word.")
        if exchanges and exchanges[-1].failure and not wanted:
            return StepOutcome(None, exchanges, "fail", end.sentence)
        return _settle_refusal(wanted, end, exchanges, None)


def _settle_refusal(
    wanted: str, end: LaunchRefused, exchanges: tuple[Exchange, ...], status: int | None
) -> StepOutcome:
    if wanted and wanted in (end.error, end.sentence):
        return StepOutcome(Answer(None, status=status, refusal=f"{end.error}: {end.sentence}"), exchanges)
    if wanted:
        sentence = f"The launch was refused with {end.error}, and should be with {wanted}. {end.sentence}"
        return StepOutcome(None, exchanges, "fail", sentence)
    # What a scripted user was not told is missing in the scenario, and nothing that the site did wrong.
    return StepOutcome(None, exchanges, "error" if end.error == NEEDS_A_PERSON else "fail", end.sentence)


def _answer_of(end: object, status: int | None) -> Answer:
    if isinstance(end, LaunchResult):
        return Answer(None, status=status, launch=context_of(end), granted=end.granted)
    members = end.members if isinstance(end, Introspection) else {}
    scope = end.scope if isinstance(end, Introspection) else ()
    return Answer(None, status=status, token={name: to_shown(value) for name, value in members.items()}, granted=scope)


def context_of(result: LaunchResult) -> dict[str, str]:
    """The launch context as texts by its members; what the site did not give is empty."""
    banner = result.need_patient_banner
    context = {
        "patient": result.patient,
        "encounter": result.encounter,
        "fhirUser": result.fhir_user,
        "need_patient_banner": "" if banner is None else str(banner).lower(),
        "fhirContext": to_shown([dict(item) for item in result.fhir_context]) if result.fhir_context else "",
        "intent": result.intent,
        "tenant": result.tenant,
        "location": result.location,
        "smart_style_url": result.smart_style_url,
        "scope": result.scope,
    }
    extras = {name: str(value) for name, value in result.extras.items() if isinstance(value, str | int)}
    return extras | context
