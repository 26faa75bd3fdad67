"""TLS of MLLP: contexts from files of certificates and keys, and the agreement on TLS over an open connection."""

from __future__ import annotations

import asyncio
import ssl
from contextvars import ContextVar
from pathlib import Path

from workbench.transports.certificates import load_ca, load_certificate

_FAREWELL: ContextVar[asyncio.Transport] = ContextVar("transport whose TLS is being agreed")


class _TellingObject(ssl.SSLObject):
    """An end of TLS that says why it ends; asyncio closes the connection before that would go out."""

    outgoing: ssl.MemoryBIO
    transport: asyncio.Transport | None = None

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError:
            if self.transport is not None and (alert := self.outgoing.read()):
                self.transport.write(alert)
            raise


class _TellingContext(ssl.SSLContext):
    sslobject_class = _TellingObject

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        wrapped = super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)
        if isinstance(wrapped, _TellingObject):
            wrapped.outgoing, wrapped.transport = outgoing, _FAREWELL.get(None)
        return wrapped


async def start_tls(
    transport: asyncio.Transport,
    protocol: asyncio.BufferedProtocol,
    context: ssl.SSLContext,
    *,
    name: str = "",
    within: float,
) -> asyncio.Transport:
    """Agree on TLS over an open connection: as the client where the `name` of the other end is given.

    `OSError`, of which `ssl.SSLError` is one, where that fails; the connection is closed then.
    """
    token = _FAREWELL.set(transport)
    try:
        secured = await asyncio.get_running_loop().start_tls(
            transport,
            protocol,
            context,
            server_side=not name,
            server_hostname=name or None,
            ssl_handshake_timeout=within,
        )
    finally:
        _FAREWELL.reset(token)
    if secured is None:
        raise ConnectionResetError("the connection ended")
    return secured


def make_client_context(
    ca: str | Path = "", certificate: str | Path = "", key: str | Path = "", *, password: str = ""
) -> ssl.SSLContext:
    """TLS 1.2 or newer; the receiver's name is checked, and its certificate held against `ca`, else the system's.

    `certificate` and `key` show who sends, where the receiver asks for that. `WorkbenchError` where a file is wrong.
    """
    context = _TellingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca:
        load_ca(context, ca)
    else:
        context.load_default_certs()
    if certificate or key:
        load_certificate(context, certificate, key, password)
    return context


def make_server_context(
    certificate: str | Path, key: str | Path = "", *, client_ca: str | Path = "", password: str = ""
) -> ssl.SSLContext:
    """TLS 1.2 or newer; with `client_ca`, only senders whose certificates it signed are let in."""
    context = _TellingContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    load_certificate(context, certificate, key, password)
    if client_ca:
        load_ca(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
