"""Opening of an MLLP connection, by TLS where that is asked, within its time."""

from __future__ import annotations

import asyncio
import ssl

from workbench.exchange import Failure
from workbench.transports.mllp_failures import tell_unreachable, tell_unreached
from workbench.transports.mllp_tls import start_tls
from workbench.transports.mllp_wire import MllpWire
from workbench.transports.tls_words import tell_tls

_SOONER = 0.95


async def open_wire(
    host: str, port: int, *, within: float, limit: int, tls: ssl.SSLContext | None, receiver: str
) -> MllpWire | Failure:
    """A wire to `host`, or why there is none."""
    loop, place = asyncio.get_running_loop(), f"{host}:{port}"
    until = loop.time() + within
    try:
        async with asyncio.timeout_at(until):
            _, wire = await loop.create_connection(lambda: MllpWire(limit), host, port)
    except TimeoutError:
        return tell_unreached(place, within)
    except (OSError, UnicodeError, OverflowError) as error:
        return tell_unreachable(error, place)
    if tls is None or wire.transport is None:
        return wire
    # A little sooner, so that it is told which of the two took too long.
    left = max((until - loop.time()) * _SOONER, 0.01)
    try:
        wire.transport = await start_tls(wire.transport, wire, tls, name=host, within=left)
    except OSError as error:
        return Failure("tls", tell_tls(error, receiver))
    return wire
