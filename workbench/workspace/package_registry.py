"""Package registry: a package fetched from the address that the user has set, and from no other.

The address answers as all FHIR package registries do: `/ID` lists the versions with their archives.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from workbench.errors import WorkbenchError
from workbench.exchange import Request, Response
from workbench.fhir.resource import parse_json
from workbench.packages.package_version import is_asked_for, order_of, preference_of, split_label
from workbench.transports.http_client import HttpClient, is_loopback

LARGEST_ARCHIVE: Final = 512 << 20
_LONGEST_WAIT = 600.0
_MOST_REDIRECTS = 5
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")


@dataclass(frozen=True, slots=True)
class Downloaded:
    """How many bytes of an archive are here, of how many where the registry says; `content` once all are."""

    label: str
    size: int
    total: int | None = None
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class _Offer:
    version: str
    address: str
    sha1: str
    sha512: str


async def fetch_package(name: str, registry: str, client: HttpClient) -> AsyncGenerator[Downloaded, None]:
    """Yield how far the download of `ID#VERSION`, or of the newest `ID`, is; the last has the content, checked.

    Raises WorkbenchError where the registry has no such package or does not give it.
    """
    wanted, version = split_label(name)
    if not _ID.fullmatch(wanted):
        raise WorkbenchError(f"“{name}” is no name of a package.", hint="Write it as hl7.fhir.us.core#6.1.0.")
    base = _check_address(registry)
    versions, latest = await _list_versions(wanted, base, client)
    offer = _choose(versions, wanted, latest if version in ("", "latest") else version, registry)
    label = f"{wanted}#{offer.version}"
    yield Downloaded(label, 0)
    chunks: asyncio.Queue[tuple[int, int | None]] = asyncio.Queue()
    sending = asyncio.create_task(_get(offer.address, base, client, lambda *told: chunks.put_nowait(told)))
    try:
        async with aclosing(_until_done(chunks, sending)) as told:
            async for size, total in told:
                yield Downloaded(label, size, total)
        content = (await sending).body
    finally:
        sending.cancel()
    _check_sum(content, offer, label)
    yield Downloaded(label, len(content), len(content), content)


def _check_address(registry: str) -> str:
    parts = urlsplit(registry.strip())
    if not registry.strip():
        raise WorkbenchError("No package registry is set.", hint="Name its address, or install from a .tgz.")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return registry.strip().rstrip("/") + "/"
    raise WorkbenchError(
        f"“{registry}” is not the address of a package registry.",
        hint="Write it in full, starting with https://; plain http is taken on this machine alone.",
    )


async def _list_versions(wanted: str, base: str, client: HttpClient) -> tuple[Mapping[str, Any], str]:
    """Return the versions, and the one that the registry tells for the latest, where it does and has it."""
    answer = await _get(urljoin(base, wanted), base, client)
    try:
        listing = parse_json(answer.body)
    except WorkbenchError as error:
        raise WorkbenchError(f"What {base} says of {wanted} cannot be read: {error.message}") from error
    versions = listing.get("versions") if isinstance(listing, dict) else None
    known: Mapping[str, Any] = versions if isinstance(versions, dict) else {}
    tags = listing.get("dist-tags") if isinstance(listing, dict) else None
    latest = tags.get("latest") if isinstance(tags, dict) else None
    return known, latest if isinstance(latest, str) and latest in known else ""


def _choose(versions: Mapping[str, Any], wanted: str, version: str, registry: str) -> _Offer:
    matching = [known for known in versions if is_asked_for(known, version)]
    if not matching:
        has = ", ".join(sorted(versions, key=order_of, reverse=True)[:8]) or "no version of it"
        label = f"{wanted}#{version}" if version else wanted
        raise WorkbenchError(f"The registry {registry} does not have {label}.", hint=f"It has {has}.")
    chosen = max(matching, key=preference_of)
    told = versions[chosen]
    distribution = told.get("dist") if isinstance(told, dict) else None
    facts = distribution if isinstance(distribution, dict) else {}
    address, integrity = str(facts.get("tarball") or ""), str(facts.get("integrity") or "")
    sha512 = integrity.removeprefix("sha512-") if integrity.startswith("sha512-") else ""
    return _Offer(chosen, address or f"{wanted}/{chosen}", str(facts.get("shasum") or ""), sha512)


async def _get(address: str, base: str, client: HttpClient, progress: Any = None) -> Response:
    """Follow a few redirects, each to an address that could itself be a registry's."""
    target = urljoin(base, address)
    for _ in range(_MOST_REDIRECTS):
        _check_next(target, base)
        exchange = await client.send(Request("GET", target), within=_LONGEST_WAIT, progress=progress)
        if exchange.response is None:
            reason = exchange.failure.reason if exchange.failure else "There was no answer."
            raise WorkbenchError(f"The package registry did not answer. {reason}", hint="Try again later.")
        if exchange.response.status in (301, 302, 303, 307, 308):
            target = urljoin(target, exchange.response.header("Location"))
        elif exchange.response.status == 200:
            return exchange.response
        else:
            status = exchange.response.status
            raise WorkbenchError(f"The package registry answered {status} to {target}.", hint="Look at the address.")
    raise WorkbenchError(f"The package registry leads from one address to another without end: {target}.")


def _check_next(target: str, base: str) -> None:
    """From the network to this machine, or from https to http, no registry leads."""
    there, here = urlsplit(target), urlsplit(base)
    same = (there.scheme, there.netloc) == (here.scheme, here.netloc)
    if not same and (there.scheme != "https" or is_loopback(there.hostname or "")):
        raise WorkbenchError(f"The package registry leads to {target}, which is not followed.")


async def _until_done(
    chunks: asyncio.Queue[tuple[int, int | None]], sending: asyncio.Task[Response]
) -> AsyncGenerator[tuple[int, int | None], None]:
    while not sending.done():
        waiting = asyncio.ensure_future(chunks.get())
        await asyncio.wait({waiting, sending}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            yield waiting.result()
        else:
            waiting.cancel()


def _check_sum(content: bytes, offer: _Offer, label: str) -> None:
    import base64

    sha512 = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if offer.sha512:
        whole = offer.sha512 == sha512
    else:
        found = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        whole = not offer.sha1 or offer.sha1.lower() == found
    if not whole:
        raise WorkbenchError(
            f"What came for {label} is not what the registry says it is: the checksums differ.",
            hint="Nothing was installed. Try again.",
        )
