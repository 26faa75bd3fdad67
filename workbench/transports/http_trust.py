"""HttpTrust: whom requests to one system trust, what shows who sends them, and the proxy on the way."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError
from workbench.transports.certificates import load_ca, load_certificate

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class HttpTrust:
    """Files as PEM, and the address of a proxy; what is empty is as the machine has it.

    The CAs of `ca` are trusted beside those of this machine, since a launch also meets hosts that are not the
    hospital's. `password` opens the key. `proxy` may hold the name to sign in with, and never the password.
    """

    ca: str = ""
    certificate: str = ""
    key: str = ""
    password: str = field(default="", repr=False)
    proxy: str = ""
    proxy_password: str = field(default="", repr=False)


AS_USUAL = HttpTrust()


def check_trust(trust: HttpTrust) -> None:
    """Raise WorkbenchError for what could never work, without reading a file."""
    if trust.key and not trust.certificate:
        raise WorkbenchError("A key alone proves nothing.", hint="Name the file of its certificate too.")
    if trust.proxy:
        _check_proxy(trust.proxy)
    elif trust.proxy_password:
        raise WorkbenchError("There is a password for a proxy, and no proxy.", hint="Give its address.")


def _check_proxy(address: str) -> None:
    hint = "It looks like http://proxy.example.org:3128."
    try:
        parts = urlsplit(address)
        host, _, password = parts.hostname, parts.port, parts.password
    except ValueError as error:
        raise WorkbenchError("The address of the proxy cannot be read.", hint=hint) from error
    if password is not None:
        hint = "Leave the name in the address, as in http://name@proxy.example.org:3128, and give the password apart."
        raise WorkbenchError("A password in the address of a proxy would be shown and saved.", hint=hint)
    if parts.scheme.startswith("socks"):
        raise WorkbenchError(
            "SOCKS proxies are not spoken here.", hint="Ask for an HTTP proxy, or run one before the SOCKS proxy."
        )
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise WorkbenchError(f"“{address}” is not the address of a proxy.", hint=hint)


def make_https_context(trust: HttpTrust) -> ssl.SSLContext:
    """TLS 1.2 or newer with the other end's name checked; raises WorkbenchError where a file is wrong."""
    context = _make_trusting(trust.ca)
    if trust.certificate or trust.key:
        certificate, key = (str(Path(file).expanduser()) if file else "" for file in (trust.certificate, trust.key))
        load_certificate(context, certificate, key, trust.password)
    return context


def make_proxy(trust: HttpTrust) -> httpx.Proxy | None:
    """The proxy as httpx takes it, None where there is none; an https one is held against the same CAs."""
    import httpx

    check_trust(trust)
    if not trust.proxy:
        return None
    user = urlsplit(trust.proxy).username
    sign_in = (user or "", trust.proxy_password) if user is not None or trust.proxy_password else None
    context = _make_trusting(trust.ca) if trust.proxy.lower().startswith("https:") else None
    return httpx.Proxy(_without_user(trust.proxy), ssl_context=context, auth=sign_in)


def stamp_files(trust: HttpTrust) -> tuple[int, ...]:
    """When the files were last changed, so that a certificate which was renewed is read anew."""
    files = (trust.ca, trust.certificate, trust.key)
    return tuple(_changed(Path(file).expanduser()) for file in files if file)


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def name_proxy(trust: HttpTrust) -> str:
    """Host and port of the proxy, for sentences; `""` where there is none."""
    return urlsplit(trust.proxy).netloc.rpartition("@")[2]


def _make_trusting(ca: str) -> ssl.SSLContext:
    """A context with the CAs of this machine, those of browsers, and those of the file `ca`."""
    import httpx

    context = httpx.create_ssl_context()  # with those of browsers
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python 3.13 asks of certificates what many CAs of hospitals do not write.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_default_certs()
    if ca:
        load_ca(context, Path(ca).expanduser())
    return context


def _without_user(address: str) -> str:
    scheme, mark, rest = address.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"
