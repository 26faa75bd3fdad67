"""TLS of MLLP: contexts from files of certificates and keys, and what went wrong with one, in words."""

from __future__ import annotations

import asyncio
import ssl
from contextvars import ContextVar
from pathlib import Path

from workbench.errors import WorkbenchError

_VERDICTS = {
    7: "its signature does not fit, so it was changed or its issuer is another of the same name",
    9: "it is not valid yet; look at its dates and at this machine’s clock",
    10: "it has expired; it must be renewed",
    18: "it is self-signed and is not among the certificates that are trusted; name it as CA if it may be trusted",
    19: "a self-signed certificate that is not trusted stands at the end of its chain; name that CA",
    20: "its issuer is not known; name the CA that issued it",
    21: "its chain is not complete; the other end must send the certificates between it and the CA",
    23: "it is revoked",
    24: "a certificate in its chain is not one of a CA; it was signed with one that may sign none",
    25: "its chain is longer than a CA in it allows",
    26: "it is not meant for this use (extended key usage)",
    32: "a certificate in its chain may not sign others (key usage)",
    47: "its name is one that its CA may not sign for",
    62: "it is for another name than the address; use the name that it holds, or have one issued for this one",
    64: "it is for another IP address or holds none; use the name that it holds, or have one issued for the address",
    66: "its key is too small to be trusted",
    67: "the key of a CA in its chain is too small to be trusted",
    68: "a signature in its chain is too weak to be trusted",
    79: "a certificate in its chain is not one of a CA; it was signed with one that may sign none",
    89: "a CA in its chain may not sign others (key usage)",
    92: "a certificate in its chain does not say whether it is one of a CA",
}
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNEXPECTED_MESSAGE"})
_NO_TLS |= {"RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "BAD_RECORD_TYPE"}
_ALERTS = {
    "CERTIFICATE_REQUIRED": "asks for a certificate, and none was given; name a certificate and its key",
    "UNKNOWN_CA": "does not know the CA of the certificate that it was given",
    "CERTIFICATE_EXPIRED": "holds the certificate that it was given for expired or not yet valid",
    "CERTIFICATE_REVOKED": "holds the certificate that it was given for revoked",
    "BAD_CERTIFICATE": "does not trust the certificate that it was given, or has asked for one and got none",
    "UNSUPPORTED_CERTIFICATE": "holds the certificate that it was given for one of another use",
    "CERTIFICATE_UNKNOWN": "does not trust the certificate that it was given",
    "ACCESS_DENIED": "lets nobody in with the certificate that it was given",
    "DECRYPT_ERROR": "could not check the certificate that it was given",
    "PROTOCOL_VERSION": "takes no version of TLS that this end speaks, which is 1.2 or newer",
    "HANDSHAKE_FAILURE": "found no cipher or certificate that both ends take",
    "UNRECOGNIZED_NAME": "serves no such name",
    "INTERNAL_ERROR": "could not go on, for a reason of its own",
}


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
        _load_ca(context, ca)
    else:
        context.load_default_certs()
    if certificate or key:
        _load_certificate(context, certificate, key, password)
    return context


def make_server_context(
    certificate: str | Path, key: str | Path = "", *, client_ca: str | Path = "", password: str = ""
) -> ssl.SSLContext:
    """TLS 1.2 or newer; with `client_ca`, only senders whose certificates it signed are let in."""
    context = _TellingContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_certificate(context, certificate, key, password)
    if client_ca:
        _load_ca(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def tell_tls(error: Exception, other: str) -> str:
    """A sentence on why no TLS connection with `other` came about, or why it ended."""
    if isinstance(error, ssl.SSLCertVerificationError):
        verdict = _VERDICTS.get(error.verify_code, error.verify_message)
        return f"The certificate of {other} is not trusted: {verdict}."
    reason = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
    if reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return f"{other} gave no certificate, and only senders with one are let in; it must be given one of the CA."
    if reason in _NO_TLS:
        return f"{other} does not speak TLS: what it sent is something else. Use TLS at both ends or at none."
    if reason == "UNSUPPORTED_PROTOCOL":
        return f"{other} speaks no version of TLS that is taken here, which is 1.2 or newer."
    if reason == "NO_SHARED_CIPHER":
        return f"{other} and this end have no cipher in common."
    alert = reason.partition("_ALERT_")[2]
    if alert:
        return f"{other} {_ALERTS.get(alert, f'ended TLS with the alert {alert}')}."
    if isinstance(error, ssl.SSLError):
        said = reason.replace("_", " ").lower() or error.strerror or str(error)
        return f"No TLS connection with {other} came about: {said}."
    if isinstance(error, ConnectionAbortedError | TimeoutError):
        return f"{other} did not agree on TLS in time; it may not speak TLS at this port."
    return (
        f"{other} closed the connection while TLS was being agreed; it may not speak TLS at this port, or not trust "
        "the certificate that it was given."
    )


def _load_ca(context: ssl.SSLContext, ca: str | Path) -> None:
    try:
        context.load_verify_locations(ca)
    except ssl.SSLError as error:
        raise WorkbenchError(
            "The file of the CA holds no certificate.", hint="It must be PEM, with BEGIN CERTIFICATE.", source=ca
        ) from error
    except OSError as error:
        raise _unreadable(ca, error) from error


def _load_certificate(context: ssl.SSLContext, certificate: str | Path, key: str | Path, password: str) -> None:
    """Load what proves who we are; a key may stand in the file of its certificate."""
    if not certificate:
        raise WorkbenchError("A key alone proves nothing.", hint="Name the file of its certificate too.")
    for file in (certificate, key) if key else (certificate,):
        try:
            Path(file).open("rb").close()
        except OSError as error:
            raise _unreadable(file, error) from error
    try:
        # Without a password of ours, OpenSSL would ask for one on the terminal.
        context.load_cert_chain(certificate, key or None, password or _refuse_to_ask)
    except _PasswordWantedError as error:
        raise WorkbenchError(
            "The key is encrypted.", hint="Give its password, or write a key without one.", source=key or certificate
        ) from error
    except ssl.SSLError as error:
        raise _unfit(error, certificate, key) from error


class _PasswordWantedError(Exception):
    pass


def _refuse_to_ask() -> str:
    raise _PasswordWantedError


def _unfit(error: ssl.SSLError, certificate: str | Path, key: str | Path) -> WorkbenchError:
    if error.reason == "KEY_VALUES_MISMATCH":
        return WorkbenchError("The key does not belong to the certificate.", hint="Name its own.", source=key)
    if b"ENCRYPTED" in Path(key or certificate).read_bytes():
        return WorkbenchError("The password does not open the key.", source=key or certificate)
    if error.reason in ("EE_KEY_TOO_SMALL", "CA_MD_TOO_WEAK", "CA_KEY_TOO_SMALL"):
        return WorkbenchError(
            "The certificate is too weak to be used.", hint="Have one issued with a larger key.", source=certificate
        )
    return WorkbenchError(
        "The certificate or its key cannot be read.",
        hint="Both must be PEM: BEGIN CERTIFICATE, and BEGIN PRIVATE KEY in the same file or one of its own.",
        source=certificate,
    )


def _unreadable(file: str | Path, error: OSError) -> WorkbenchError:
    return WorkbenchError(f"The file cannot be read: {error.strerror or error}.", source=file)
