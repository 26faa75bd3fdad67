"""FaultDoor: stands before a site's front door and does what the site's launch faults say, to requests and answers.

The site behind it knows of none of this: its rules judge what they are given, by the clock that they are given.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from datetime import timedelta
from urllib.parse import urlsplit

from workbench.authorization_server.flow import Flow
from workbench.exchange import Request, Response
from workbench.sandbox import ehr_page, smart_endpoint
from workbench.sandbox.fault_answers import spoil_response
from workbench.sandbox.fault_refusals import FaultRefusals
from workbench.sandbox.fault_requests import FaultRequests
from workbench.sandbox.fault_visit import (
    FaultVisit,
    find_client_id,
    find_holder,
    find_places,
    long_ago,
    read_pairs,
    visiting,
)
from workbench.sandbox.front_door import FrontDoor, is_below
from workbench.sandbox.launch_faults import LaunchFaults
from workbench.sandbox.smart_endpoint import SmartEndpoint
from workbench.site.site import Site
from workbench.transports.http_server import NotedResponse


class FaultDoor:
    """Hands on what comes to `door`, as it is where nothing else was asked for."""

    def __init__(self, site: Site, door: FrontDoor, smart: SmartEndpoint, faults: LaunchFaults) -> None:
        self._fhir_path = site.fhir.path
        self._door = door
        self._smart = smart
        self._faults = faults
        self._refusals = FaultRefusals(site, smart.authorization)
        self._requests = FaultRequests(site, smart)

    async def answer(self, request: Request) -> Response | NotedResponse:
        if request.method == "OPTIONS" or not (self._faults.uses or self._requests.remembers):
            return await self._door.answer(request)
        flow = self._find_flow(request)
        visit = FaultVisit(self._faults, self._whose(request, flow), find_places(request, self._fhir_path), flow)
        with visiting(visit):
            response = await self._pass(request, visit)
        return NotedResponse(response, visit.note) if visit.note else response

    def opening(self, client_id: str) -> AbstractContextManager[None]:
        """Within, the EHR opens an app by the clock that it has for that app."""
        clock = self._faults.foresee("clock-off", client_id, "everywhere")
        offset = timedelta(minutes=clock.amount if clock else 0)
        return visiting(FaultVisit(self._faults, client_id, (), offset=offset))

    async def _pass(self, request: Request, visit: FaultVisit) -> Response:
        if visit.places and (slow := visit.take("slow-answer")):
            await asyncio.sleep(slow.amount)
        if (visit.places or visit.client) and (clock := visit.take("clock-off", "everywhere")):
            visit.offset = timedelta(minutes=clock.amount)
        refused = self._refusals.refuse(request, visit)
        if refused is not None:
            return refused
        response = await self._door.answer(self._requests.change(request, visit))
        self._requests.remember_code(response, visit)
        return spoil_response(response, visit)

    def _find_flow(self, request: Request) -> Flow | None:
        if not is_below(urlsplit(request.address).path, smart_endpoint.PATH):
            return None
        with long_ago():
            return self._smart.authorization.find_flow(dict(read_pairs(request)).get("flow", ""))

    def _whose(self, request: Request, flow: Flow | None) -> str:
        if flow is not None:
            return flow.client.id
        holder = find_holder(request, self._smart)
        if holder is not None:
            return holder.client_id
        if is_below(urlsplit(request.address).path, ehr_page.PATH):
            return dict(read_pairs(request)).get("app", "")
        if not is_below(urlsplit(request.address).path, smart_endpoint.PATH):
            return ""
        refresher = self._smart.tokens.find_refresher(dict(read_pairs(request)).get("refresh_token", ""))
        return find_client_id(request) or (refresher.id if refresher else "")
