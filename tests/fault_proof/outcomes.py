"""Outcomes of launch faults: what each makes of apps that nobody here wrote, and of the workbench as an app.

`python -m tests.fault_proof.outcomes` meets them all and writes the table of docs/launch-faults.md anew.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tests.browser.conftest import Loop
from tests.fault_proof import browser_app, own_app, python_app
from tests.fault_proof.walker import Stayed, walk
from workbench.authorization_server.launch_fault_text import parse_fault_rule
from workbench.exchange import Exchange, utc_now
from workbench.sandbox.app_host import AppHost
from workbench.sandbox.sandbox import Sandbox
from workbench.site.site import Client
from workbench.site.site_file import read_site
from workbench.smart.launch_context import LaunchContext
from workbench.smart_app.app_keys import make_app_key
from workbench.workspace.library import load_population

Result = TypeVar("Result")
ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "launch-faults.md"
BEGIN, END = "<!-- outcomes: python -m tests.fault_proof.outcomes -->\n", "<!-- end of outcomes -->\n"
RULES = (
    "slow-answer 3 s once",
    "slow-answer 3 s at discovery once",
    "server-error at token",
    "server-error at discovery",
    "server-error at authorize",
    "server-error at refresh",
    "server-error at fhir",
    "malformed-json at token",
    "malformed-json at discovery",
    "malformed-json at refresh",
    "malformed-json at fhir",
    "clock-off 10 min",
    "clock-off -120 min",
    "wrong-aud",
    "invalid-scope",
    "invalid-scope at token",
    "invalid-scope at refresh",
    "access-denied",
    "redirect-refused",
    "state-changed",
    "wrong-code",
    "expired-code",
    "pkce-not-checked",
    "invalid-client",
    "invalid-client at authorize",
    "invalid-client at refresh",
    "wrong-token-type",
    "missing-patient",
    "no-refresh-token",
    "expired-refresh-token",
    "expired-token once",
    "expired-token",
    "id-token-missing",
    "id-token-wrong-issuer",
    "id-token-wrong-audience",
    "id-token-wrong-nonce",
    "id-token-expired",
    "id-token-wrong-signature",
    "id-token-unsigned",
    "key-withdrawn",
    "key-rotated",
    "key-rotated after 1",
)
NOT_MET = "·"
GOES_ON = "goes on"
# An app that met a server error and asks nothing for so many seconds means to try again later.
PATIENCE = 2.0
# An exchange is told once it is over, which its sender may know a moment earlier.
SETTLE = 0.05
LONGEST = 110


@dataclass(frozen=True, slots=True)
class Party:
    """An app that launches at the site, so many times one after the other.

    `meet` returns the step that it did not get beyond, or "" at its end.
    """

    name: str
    meet: Callable[[int], str]


class World:
    """One site with its apps, that is met again and again with other faults."""

    def __init__(self) -> None:
        site = read_site(ROOT / "fixtures/sites/community-hospital.yaml")
        self.seen: list[Exchange] = []
        self._usual: dict[str, int] = {}
        self.key = make_app_key()
        site = replace(site, smart=replace(site.smart, backend_services=True))
        self.sandbox = Sandbox(site, load_population(site.population), on_exchange=self.seen.append)
        self.sandbox.register_client(
            Client(
                "night-job",
                "Night job",
                authentication="private_key_jwt",
                jwks={"keys": [self.key.to_public_jwk()]},
                scope="system/Patient.rs",
            )
        )

    def meet(self, party: Party, rule: str) -> str:
        """What comes of one fault for one app, as the table tells it."""
        usual, times = self._count_usual(party), 2 if " after 1" in rule else 1
        use = self.sandbox.faults.add(parse_fault_rule(rule))
        try:
            said, asked = self._watch(party, times)
            used = any(other.used for other in self.sandbox.faults.uses)
            met = used or any(exchange.note for exchange in self.seen)
        finally:
            self.sandbox.faults.remove(use.id)
        if said:
            return tidy(said)
        if not met:
            return NOT_MET
        return f"{GOES_ON}, with a new token" if asked > usual * times else GOES_ON

    def met_error_before(self, seconds: float) -> bool:
        """Whether the last answer was a server error, so many seconds ago."""
        last = self.seen[-1] if self.seen else None
        if last is None or last.response is None or (last.response.status or 0) < 500:
            return False
        return (utc_now() - last.finished).total_seconds() > seconds

    def _count_usual(self, party: Party) -> int:
        """How often the app asks for tokens where nothing is wrong."""
        if party.name not in self._usual:
            said, self._usual[party.name] = self._watch(party, 1)
            assert said == "", f"{party.name} does not get through without a fault: {said}"
        return self._usual[party.name]

    def _watch(self, party: Party, times: int) -> tuple[str, int]:
        """What the app says, and how often it asked for tokens; an answer that the last one gave up on is not its."""
        self.seen.clear()
        began = utc_now()
        said = party.meet(times)
        time.sleep(SETTLE)
        self.seen[:] = [exchange for exchange in self.seen if exchange.started >= began]
        return said, sum(urlsplit(exchange.request.address).path == "/auth/token" for exchange in self.seen)


@contextmanager
def running_world() -> Iterator[World]:
    world = World()
    run(world.sandbox.start())
    try:
        yield world
    finally:
        run(world.sandbox.stop())


def own_party(world: World) -> Party:
    return Party("the workbench", lambda times: again(times, lambda: run(own_app.meet(world.sandbox))))


def python_party(world: World) -> Party:
    return Party(python_app.name(), lambda times: again(times, lambda: python_app.meet(world.sandbox)))


def again(times: int, meet: Callable[[], str]) -> str:
    """The first thing that is wrong in so many launches."""
    return next((said for _ in range(times) if (said := meet())), "")


def backend_party(world: World, peers: Path, folder: Path) -> Party:
    """PyPI cumulus-fhir-support, by the Python of the environment that it is installed in."""
    python = next(path for path in (peers / "bin/python", peers / "Scripts/python.exe") if path.is_file())
    key = folder / "key.pem"
    key.write_text(world.key.pem, encoding="utf-8")
    script = "import importlib.metadata as m; print(m.version('cumulus-fhir-support'))"
    version = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True).stdout.strip()

    def meet() -> str:
        command = [python, HERE / "backend_app.py", world.sandbox.addresses.fhir_base, "night-job", key]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=plain_environment()) as started:
            while True:
                try:
                    said = started.communicate(timeout=0.1)[0].strip()
                except subprocess.TimeoutExpired:
                    if not world.met_error_before(PATIENCE):
                        continue
                    started.kill()
                    return f"waits to try again, longer than {PATIENCE:g} seconds"
                assert started.returncode == 0, said
                return "" if said == "done" else said

    return Party(f"PyPI cumulus-fhir-support {version}", lambda times: again(times, meet))


def openid_party(world: World, modules: Path) -> Party:
    """npm openid-client, by Node; the pages are answered for it."""
    version = json.loads((modules / "openid-client/package.json").read_text(encoding="utf-8"))["version"]

    def meet(times: int) -> str:
        script = str(HERE / "openid_app.mjs")
        base, callback = world.sandbox.addresses.fhir_base, python_app.CALLBACK
        command = ["node", script, str(modules), base, "workbench", callback, str(times)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=plain_environment()
        ) as node:
            assert node.stdin is not None
            assert node.stdout is not None
            said = node.stdout.readline().strip()
            while said.startswith("http"):
                try:
                    node.stdin.write(walk(said, callback) + "\n")
                    node.stdin.flush()
                    said = node.stdout.readline().strip()
                except Stayed as stayed:
                    said = f"authorize: stays at the site: {stayed}"
            node.stdin.close()
        return "" if said == "done" else said

    return Party(f"npm openid-client {version}", meet)


@contextmanager
def browser_party(world: World, script: Path, folder: Path) -> Iterator[Party]:
    """npm fhirclient in Chromium, opened from the EHR."""
    host = AppHost(browser_app.write_app(folder, script))
    loop = Loop()
    loop.run(host.start())
    world.sandbox.register_client(Client("peer-app", "Peer", (f"{host.address}/index.html",)))
    chart = LaunchContext(user="raman", patient="amara-okafor")

    def open_app() -> str:
        return loop.run(world.sandbox.start_launch(chart, launch_uri=host.launch_address, client_id="peer-app"))

    try:
        with browser_app.open_chromium() as browser:
            yield Party(
                browser_app.name(script),
                lambda times: browser_app.meet_again(browser, open_app, world.sandbox, times),
            )
    finally:
        loop.run(host.stop())
        loop.stop()


def plain_environment() -> dict[str, str]:
    """Ours without proxies, and with this folder's packages for scripts of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return kept | {"PYTHONPATH": ""}


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """In a thread with a loop of its own, since playwright's takes the place of every other in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def tidy(said: str) -> str:
    """Without what differs from run to run: ports, random values, offsets."""
    said = re.sub(r"\b127\.0\.0\.1:\d+", "the site", re.sub(r"http://127\.0\.0\.1:\d+", "", said))
    said = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{22,}", "…", said)
    said = re.sub(r"\b(column|char|position) \d+", r"\1 n", said)
    said = " ".join(said.split())
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def write_row(rule: str, cells: list[str]) -> str:
    return f"| `{rule}` | {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def read_table(page: Path = PAGE, begin: str = BEGIN) -> list[list[str]]:
    """The rows of a page's table of outcomes as cells, its heading first."""
    text = page.read_text(encoding="utf-8").partition(begin)[2].partition(END)[0]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines()]
    table = [[cell.strip().replace("\\|", "|") for cell in row] for row in rows]
    return [row for row in table if row and row[0].strip("-")]


def kind_of(cell: str) -> str:
    """How an app fared: it was not met, goes on, waits, or stopped at a step; its words may change."""
    return cell.partition(" to try")[0] if cell.startswith("waits") else cell.partition(":")[0]


@contextmanager
def all_parties(world: World) -> Iterator[tuple[Party, ...]]:
    """In the order of the columns."""
    modules, peers = (Path(os.environ[name]) for name in ("WORKBENCH_NPM", "WORKBENCH_PEERS"))
    script = modules / "node_modules/fhirclient/build/fhir-client.min.js"
    with TemporaryDirectory() as name, browser_party(world, script, Path(name) / "app") as browser:
        backend = backend_party(world, peers, Path(name))
        yield browser, python_party(world), backend, openid_party(world, modules / "node_modules"), own_party(world)


def write_table(
    subject: str, parties: tuple[Party, ...], rows: list[str], page: Path = PAGE, begin: str = BEGIN
) -> None:
    """Put the rows in the place of those that the page has."""
    text = page.read_text(encoding="utf-8")
    before, after = text.partition(begin)[0], text.partition(END)[2]
    heading = f"| {subject} | {' | '.join(party.name for party in parties)} |", f"|{'---|' * (len(parties) + 1)}"
    page.write_text(f"{before}{begin}{chr(10).join((*heading, *rows))}\n{END}{after}", encoding="utf-8")


def main() -> None:
    with running_world() as world, all_parties(world) as parties:
        rows = [write_row(rule, [world.meet(party, rule) for party in parties]) for rule in RULES]
    write_table("asked for", parties, rows)


if __name__ == "__main__":
    main()
