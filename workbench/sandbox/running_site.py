"""Running site: the endpoints of one simulated site on their ports, within one event loop."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from workbench.authorization_server.discovery_edits import DiscoveryEdits
from workbench.exchange import Exchange, Request, Response
from workbench.fhir.resource import Json
from workbench.fhir_server.endpoint import FhirEndpoint
from workbench.fhir_server.store import FhirStore
from workbench.sandbox import ehr_page, smart_endpoint
from workbench.sandbox.answer_rules import AnswerRules
from workbench.sandbox.charts import PatientRow, VisitRow, list_patients, list_visits
from workbench.sandbox.context_choices import ResourceRow, list_open_resources, list_places
from workbench.sandbox.ehr_launch import BadChoice
from workbench.sandbox.ehr_page import EhrPage
from workbench.sandbox.fault_door import FaultDoor
from workbench.sandbox.fault_key import FaultKey
from workbench.sandbox.fault_visit import tell_time
from workbench.sandbox.front_door import FrontDoor, is_below
from workbench.sandbox.hl7v2_endpoint import Hl7v2Endpoint
from workbench.sandbox.launch_faults import LaunchFaults
from workbench.sandbox.launch_pages import PAGES
from workbench.sandbox.smart_endpoint import SmartEndpoint
from workbench.sandbox.web_page import EMBLEM_PATH, STYLE_PATH
from workbench.site.site import Client, Site
from workbench.smart.launch_context import LaunchContext
from workbench.transports.http_server import HttpServer, NotedResponse
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_reply import Reply

# What a browser fetches for the look of a page says nothing of an integration.
_PAGES = tuple(f"{smart_endpoint.PATH}/{name}" for name in ("authorize", *PAGES))
UNTOLD = (STYLE_PATH, EMBLEM_PATH, "/favicon.ico")


@dataclass(frozen=True, slots=True)
class SandboxAddresses:
    """Where a running site answers."""

    site_id: str
    name: str
    fhir_base: str
    issuer: str
    ehr_page: str
    mllp_host: str
    mllp_port: int
    mllp_tls: bool = False

    @property
    def mllp(self) -> str:
        return f"{'mllps' if self.mllp_tls else 'mllp'}://{self.mllp_host}:{self.mllp_port}"


class RunningSite:
    """One site from `start` to `stop`, used in its own loop alone. `clients` gives the apps it knows.

    `answers` says which HL7 v2 messages are answered otherwise than usual, `faults` what goes wrong in a launch.
    """

    def __init__(
        self,
        site: Site,
        population: Iterable[Json],
        clients: Callable[[], tuple[Client, ...]],
        *,
        answers: AnswerRules,
        withheld: Callable[[], tuple[str, ...]] = tuple,
        discovery: Callable[[], DiscoveryEdits] | None = None,
        faults: LaunchFaults,
        on_exchange: Callable[[Exchange], None] | None,
        http_port: int,
        mllp_port: int,
        mllp_tls: ssl.SSLContext | None = None,
    ) -> None:
        self._site = site
        self._clients = clients
        self._withheld = withheld
        self._discovery = discovery
        self._on_exchange = on_exchange
        self._store = FhirStore(population)
        self._first = self._store.snapshot()
        messages = Hl7v2Endpoint(site, self._store, rules=answers)

        async def acknowledge(payload: bytes) -> bytes | Reply | None:
            return messages.reply(payload)

        self._http = HttpServer(self._answer, port=http_port, name=site.name, on_exchange=self._tell)
        self._mllp = MllpListener(
            acknowledge,
            port=mllp_port,
            name=site.name,
            on_exchange=on_exchange,
            answer_fault=messages.answer_fault,
            admit=messages.admit,
            tls=mllp_tls,
        )
        self._faults = faults
        self._door: FaultDoor | None = None
        self._ehr: EhrPage | None = None
        self._smart: SmartEndpoint | None = None

    async def start(self) -> SandboxAddresses:
        """Bind both ports; where the second is taken, the first is free again."""
        await self._http.start()
        try:
            await self._mllp.start()
        except BaseException:
            await self._http.stop()
            raise
        return self._open(self._http.address)

    async def stop(self) -> None:
        await self._http.stop()
        await self._mllp.stop()
        if self._smart is not None:
            await self._smart.close()

    def refuse_hl7(self, seconds: float) -> None:
        """Close the HL7 v2 port and its connections, and listen again after so many seconds."""
        self._mllp.refuse(seconds)

    def reset(self) -> None:
        self._store.rollback(self._first)

    def rotate_key(self, *, publish_former: bool) -> None:
        if self._smart is not None:
            self._smart.rotate_key(publish_former=publish_former)

    @property
    def used_keys(self) -> tuple[Mapping[str, Any], ...]:
        return self._smart.used_keys if self._smart is not None else ()

    def list_charts(self) -> tuple[tuple[PatientRow, ...], tuple[VisitRow, ...]]:
        """Patients by family name, and visits, open ones first."""
        return list_patients(self._store, self._site.mrn_system), list_visits(self._store)

    def list_resources(self, type_names: tuple[str, ...]) -> tuple[Json, ...]:
        """What the site has of these types now."""
        return tuple(resource for name in type_names for resource in self._store.all(name))

    def list_context(self, patient: str) -> tuple[tuple[ResourceRow, ...], tuple[ResourceRow, ...]]:
        """What may stand in `fhirContext` for the patient, and the places."""
        return list_open_resources(self._site, self._store, (patient,) if patient else ()), list_places(self._store)

    def start_launch(self, context: LaunchContext, *, launch_uri: str, client_id: str, grant: str) -> str | BadChoice:
        if self._ehr is None or self._door is None:
            return BadChoice("", "The site is still starting.")
        with self._door.opening(client_id):
            return self._ehr.start_launch(context, launch_uri=launch_uri, client_id=client_id, grant=grant)

    def _open(self, origin: str) -> SandboxAddresses:
        smart = SmartEndpoint(
            self._site,
            self._store,
            origin=origin,
            clock=tell_time,
            make_token=_make_token,
            clients=self._clients,
            withheld=self._withheld,
            discovery=self._discovery,
            make_key=FaultKey,
            on_exchange=self._on_exchange,
        )
        self._smart = smart
        self._ehr = EhrPage(
            self._site,
            self._store,
            smart.authorization,
            fhir_base=smart.fhir_base,
            make_token=_make_token,
            clients=self._clients,
        )
        fhir = FhirEndpoint(self._site, self._store, oauth_uris=lambda: smart.discovery.published.oauth_uris)
        door = FrontDoor(self._site, fhir, smart, self._ehr)
        self._door = FaultDoor(self._site, door, smart, self._faults)
        return SandboxAddresses(
            self._site.id,
            self._site.name,
            fhir_base=smart.fhir_base,
            issuer=smart.issuer,
            ehr_page=origin + ehr_page.PATH,
            mllp_host=self._mllp.host,
            mllp_port=self._mllp.port,
            mllp_tls=self._mllp.is_secured,
        )

    async def _answer(self, request: Request) -> Response | NotedResponse:
        if self._door is None or self._smart is None:
            return Response(503, (("Retry-After", "1"),))
        answer = await self._door.answer(request)
        note = self._smart.discovery.note_for(urlsplit(request.address).path)
        if not note:
            return answer
        if isinstance(answer, NotedResponse):
            return NotedResponse(answer.response, f"{answer.note} {note}")
        return NotedResponse(answer, note)

    def _tell(self, exchange: Exchange) -> None:
        """Hand on what matters; a browser on one of our pages is the EHR's user, elsewhere it is an app."""
        path = urlsplit(exchange.request.address).path
        if self._on_exchange is None or path in UNTOLD:
            return
        is_page = path in _PAGES or is_below(path, ehr_page.PATH)
        at_page = exchange.sender == "browser" and is_page
        self._on_exchange(replace(exchange, sender="EHR user") if at_page else exchange)


def _make_token() -> str:
    """192 random bits; SMART asks for at least 128."""
    return secrets.token_urlsafe(24)
