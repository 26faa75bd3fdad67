"""Sandbox: one simulated site while it runs, in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from workbench.authorization_server.clients import judge_client
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.fhir.resource import Json
from workbench.sandbox.answer_rules import AnswerRules
from workbench.sandbox.charts import PatientRow, VisitRow
from workbench.sandbox.context_choices import ResourceRow
from workbench.sandbox.launch_faults import LaunchFaults
from workbench.sandbox.running_site import RunningSite
from workbench.sandbox.running_site import SandboxAddresses as SandboxAddresses
from workbench.site.site import Client, Site
from workbench.smart.launch_context import LaunchContext

SandboxState = Literal["stopped", "starting", "up", "stopping", "failed"]
Result = TypeVar("Result")


class Sandbox:
    """Runs `site` on loopback with `population` as its patients; port 0 takes a free one.

    `answers` are the rules by which it answers HL7 v2 otherwise than usual; they may be changed while it runs.
    `withheld` are scopes that it grants to nobody at the moment, beside those that its file names.
    `faults` are what it does wrongly in a launch; they may be changed in the same manner.
    `discovery` is how what it publishes differs from what it does; it may be set anew while it runs.
    With `mllp_tls` its HL7 v2 port speaks TLS.
    `on_exchange` is called in the sandbox's own thread with every exchange, once it is over.
    Everything else may be called from any thread, and what is async from any event loop.
    """

    def __init__(
        self,
        site: Site,
        population: Sequence[Json],
        *,
        on_exchange: Callable[[Exchange], None] | None = None,
        http_port: int = 0,
        mllp_port: int = 0,
        mllp_tls: ssl.SSLContext | None = None,
    ) -> None:
        self.site = site
        self.population = tuple(population)
        self.answers = AnswerRules(site.hl7v2.answers)
        self.faults = LaunchFaults(site.smart.faults)
        self._on_exchange = on_exchange
        self._ports = http_port, mllp_port
        self._mllp_tls = mllp_tls
        self.withheld: tuple[str, ...] = ()
        self.discovery = site.smart.discovery
        self._clients: dict[str, Client] = {}
        self._state: SandboxState = "stopped"
        self._life: _Life | None = None

    @property
    def state(self) -> SandboxState:
        """`failed` where the start did not come about, or the thread ended unasked."""
        died = self._life is not None and self._state == "up" and self._life.ended.done()
        return "failed" if died else self._state

    @property
    def addresses(self) -> SandboxAddresses:
        """Where it answers; raises WorkbenchError unless it is up."""
        return self._require().addresses

    @property
    def clients(self) -> tuple[Client, ...]:
        """The apps that the site knows: its file's, and those registered since."""
        return tuple(({client.id: client for client in self.site.smart.clients} | self._clients).values())

    def register_client(self, client: Client) -> None:
        """Let the site know an app, in place of one with the same id.

        Raises WorkbenchError where its addresses or its keys are such that the site could never take them.
        """
        problem = judge_client(client)
        if problem:
            raise WorkbenchError(f"{self.site.name} cannot register the app {client.id}. {problem}")
        self._clients = self._clients | {client.id: client}

    async def start(self) -> None:
        """Bind the ports and serve; raises WorkbenchError naming a port that is taken."""
        if self._life is not None and not self._life.ended.done():
            raise WorkbenchError(f"{self.site.name} is {self.state} already.", hint="Stop it first.")
        self._state = "starting"
        life = self._life = _Life(self._make_site, name=f"sandbox {self.site.id}")
        life.thread.start()
        try:
            await asyncio.wrap_future(life.ready)
        except BaseException as error:
            life.ask_to_end()
            self._life = None
            self._state = "stopped" if isinstance(error, asyncio.CancelledError) else "failed"
            raise
        self._state = "up"

    async def stop(self) -> None:
        """Close the ports and every connection, and end the thread; nothing happens where it does not run."""
        life = self._life
        if life is None:
            return
        self._state = "stopping"
        life.ask_to_end()
        await asyncio.wrap_future(life.ended)
        life.thread.join()
        self._life = None
        self._state = "stopped"

    async def reset(self) -> None:
        """Give the site back the data that it started with, and let its rules count anew; tokens stay."""
        self.answers.restart()
        self.faults.restart()
        await self._require().call(RunningSite.reset)

    async def refuse_hl7(self, seconds: float) -> None:
        """Close the HL7 v2 port and its connections now, and listen again after so many seconds."""
        await self._require().call(lambda site: site.refuse_hl7(seconds))

    async def rotate_key(self, *, publish_former: bool = True) -> None:
        """Sign id tokens with a new key; the former stays published while its tokens hold, unless told otherwise."""
        await self._require().call(lambda site: site.rotate_key(publish_former=publish_former))

    @property
    def used_keys(self) -> dict[str, Any]:
        """The public keys by which it signed id tokens since it is up, as a JWK Set, those that were replaced too."""
        return {"keys": [*self._require().site.used_keys]}

    async def list_charts(self) -> tuple[tuple[PatientRow, ...], tuple[VisitRow, ...]]:
        """Its patients and visits as they are now, admissions that came by HL7 v2 among them."""
        return await self._require().call(RunningSite.list_charts)

    async def list_resources(self, *type_names: str) -> tuple[Json, ...]:
        """Its resources of these types as they are now."""
        return await self._require().call(lambda site: site.list_resources(type_names))

    async def start_launch(
        self, context: LaunchContext, *, launch_uri: str = "", client_id: str = "", grant: str = ""
    ) -> str:
        """Open an app from the chart, as the EHR's page does: returns the address with `iss` and `launch`.

        Without a user the app's user signs in, without a patient no chart is open; a visit that is not settled is the
        patient's open one. `grant` are the scopes that the consent page will have ticked, all where it is empty.
        Raises WorkbenchError where a choice does not exist.
        """
        outcome = await self._require().call(
            lambda site: site.start_launch(context, launch_uri=launch_uri, client_id=client_id, grant=grant)
        )
        if isinstance(outcome, str):
            return outcome
        raise WorkbenchError(
            f"{self.site.name} cannot open the app: {outcome.sentence}", hint=f"Look at “{outcome.field}”."
        )

    async def list_context(self, patient: str = "") -> tuple[tuple[ResourceRow, ...], tuple[ResourceRow, ...]]:
        """What may stand in `fhirContext` of a launch from this patient's chart, and the places that it may be at."""
        return await self._require().call(lambda site: site.list_context(patient))

    def _make_site(self) -> RunningSite:
        http_port, mllp_port = self._ports
        return RunningSite(
            self.site,
            self.population,
            lambda: self.clients,
            answers=self.answers,
            withheld=lambda: self.withheld,
            discovery=lambda: self.discovery,
            faults=self.faults,
            on_exchange=self._on_exchange,
            http_port=http_port,
            mllp_port=mllp_port,
            mllp_tls=self._mllp_tls,
        )

    def _require(self) -> _Up:
        if self._life is None or self._life.up is None or self.state != "up":
            raise WorkbenchError(f"{self.site.name} is not running.", hint="Start it first.")
        return self._life.up


@dataclass(frozen=True, slots=True)
class _Up:
    """What is known from outside of a sandbox that is up."""

    site: RunningSite
    addresses: SandboxAddresses
    loop: asyncio.AbstractEventLoop

    async def call(self, act: Callable[[RunningSite], Result]) -> Result:
        """Run `act` in the sandbox's own thread."""

        async def run() -> Result:
            return act(self.site)

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(run(), self.loop))


class _Life:
    """One life of a sandbox, which is that of its thread.

    The two futures are running from the start, so that nobody who waits for one can cancel it for the others.
    """

    def __init__(self, make_site: Callable[[], RunningSite], *, name: str) -> None:
        self.ready: Future[None] = Future()
        self.ended: Future[None] = Future()
        for future in (self.ready, self.ended):
            future.set_running_or_notify_cancel()
        self.thread = threading.Thread(target=self._run, args=(make_site,), name=name, daemon=True)
        self.up: _Up | None = None
        self._asked_to_end = threading.Event()
        self._wake: Callable[[], object] | None = None

    def ask_to_end(self) -> None:
        """May come at any time, also before the thread has a loop and after it has none."""
        self._asked_to_end.set()
        if self._wake is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: it has ended by itself
                self._wake()

    def _run(self, make_site: Callable[[], RunningSite]) -> None:
        try:
            asyncio.run(self._live(make_site))
        except WorkbenchError as error:
            self.ready.set_exception(error)
        finally:
            if not self.ready.done():
                self.ready.set_exception(WorkbenchError("The sandbox ended before it was up."))
            self.ended.set_result(None)

    async def _live(self, make_site: Callable[[], RunningSite]) -> None:
        loop, ending = asyncio.get_running_loop(), asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(ending.set)
        site = make_site()
        self.up = _Up(site, await site.start(), loop)
        try:
            self.ready.set_result(None)
            # Asked to end before there was something to wake: the first look finds it.
            if not self._asked_to_end.is_set():
                await ending.wait()
        finally:
            await site.stop()
