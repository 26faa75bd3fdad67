"""HTTPS of hospitals: whose certificates hold, what shows who sends, and the proxy on the way."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.transports.certificates import CLIENT, SERVER, Identity, issue, small_key
from tests.transports.https_peer import Proxy, serve
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request
from workbench.transports.http_client import HttpClient
from workbench.transports.http_trust import AS_USUAL, HttpTrust, check_trust, make_https_context, make_proxy
from workbench.transports.mllp_tls import make_server_context

CA, OTHER = issue("CA", is_ca=True), issue("Other CA", is_ca=True)
MIDDLE = issue("Middle", CA, is_ca=True)
PAST = {"begins": timedelta(days=-9), "ends": timedelta(days=-1)}
EHR = "ehr.example.test"

BAD_ONES: dict[str, tuple[Callable[[], Identity], str]] = {
    "expired": (lambda: issue("x", CA, **PAST), "it has expired"),
    "not valid yet": (lambda: issue("x", CA, begins=timedelta(days=1)), "not valid yet"),
    "self-signed": (lambda: issue("x"), "self-signed"),
    "of an unknown CA": (lambda: issue("x", OTHER), "issuer is not known"),
    "forged": (lambda: issue("x", CA, signed_with=OTHER.key), "signature does not fit"),
    "signed by no CA": (lambda: issue("x", issue("leaf", CA)), "not one of a CA"),
    "without its chain": (
        lambda: Identity((found := issue("x", MIDDLE)).certificate, found.key),
        "issuer is not known",
    ),
    "of an expired CA": (lambda: issue("x", issue("A", CA, is_ca=True, **PAST)), "it has expired"),
    "of too long a chain": (
        lambda: issue("x", issue("B", issue("A", CA, is_ca=True, path_length=0), is_ca=True)),
        "chain is longer",
    ),
    "for another address": (lambda: issue("x", CA, address="127.0.0.9"), "another IP address"),
    "for a name alone": (lambda: issue("x", CA, address="", hosts=("a.example",)), "another IP"),
    "named in its subject alone": (lambda: issue("127.0.0.1", CA, address=""), "holds none"),
    "of a client": (lambda: issue("x", CA, use=CLIENT), "not meant for this use"),
    "of too small a key": (lambda: issue("x", CA, key=small_key()), "too small"),
}


def serve_with(tmp_path: Path, identity: Identity, client_ca: Path | None = None) -> ssl.SSLContext:
    """A server's context that takes even a certificate too weak for others."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.load_cert_chain(*identity.write(tmp_path, "server"))
    if client_ca is not None:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def ask(server: ssl.SSLContext, trust: HttpTrust, host: str = "127.0.0.1") -> Exchange:
    async def story(port: int) -> Exchange:
        async with HttpClient(trust=trust) as client:
            return await client.send(Request("GET", f"https://{host}:{port}/x"), within=5)

    with serve(server) as port:
        return asyncio.run(story(port))


def ask_by_proxy(
    proxy: Proxy, address: str, trust: HttpTrust, tls: ssl.SSLContext | None = None
) -> tuple[Exchange, Exchange]:
    """What becomes of one request to `address`, and of one to loopback by the same client."""

    async def story(near: int) -> tuple[Exchange, Exchange]:
        async with proxy.run(tls) as port:
            scheme, _, rest = trust.proxy.partition("://")
            through = replace(trust, proxy=f"{scheme}://{rest}:{port}")
            async with HttpClient(trust=through) as client:
                far = await client.send(Request("GET", address), within=5)
                return far, await client.send(Request("GET", f"http://127.0.0.1:{near}/"), within=5)

    with serve() as near:
        return asyncio.run(story(near))


def reason(exchange: Exchange, kind: str = "tls") -> str:
    assert exchange.response is None
    assert exchange.failure and exchange.failure.kind == kind, exchange
    return exchange.failure.reason


@pytest.fixture
def ca(tmp_path: Path) -> str:
    return str(CA.write(tmp_path, "ca")[0])


def test_system_whose_ca_is_named_is_reached_and_another_is_not(tmp_path: Path, ca: str) -> None:
    server = serve_with(tmp_path, issue("EHR", MIDDLE, hosts=("localhost",), use=SERVER))
    assert ask(server, HttpTrust(ca=ca)).response
    assert ask(server, HttpTrust(ca=ca), "localhost").response
    assert "is not trusted" in reason(ask(server, AS_USUAL))


@pytest.mark.parametrize("name", BAD_ONES)
def test_bad_certificate_is_refused_with_the_reason(tmp_path: Path, ca: str, name: str) -> None:
    make, verdict = BAD_ONES[name]
    said = reason(ask(serve_with(tmp_path, make()), HttpTrust(ca=ca)))
    assert "is not trusted" in said and verdict in said


def test_old_version_of_tls_is_refused_with_the_reason(tmp_path: Path, ca: str) -> None:
    server = serve_with(tmp_path, issue("EHR", CA))
    with pytest.warns(DeprecationWarning):
        server.minimum_version = server.maximum_version = ssl.TLSVersion.TLSv1_1
    said = reason(ask(server, HttpTrust(ca=ca)))
    assert "takes no version of TLS that this end speaks" in said


@pytest.mark.parametrize("highest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_system_that_asks_for_a_certificate_lets_in_the_right_one_alone(
    tmp_path: Path, ca: str, highest: ssl.TLSVersion
) -> None:
    server = serve_with(tmp_path, issue("EHR", CA), Path(ca))
    server.maximum_version = highest

    def shown(identity: Identity) -> HttpTrust:
        certificate, key = identity.write(tmp_path, "us")
        return HttpTrust(ca=ca, certificate=str(certificate), key=str(key))

    assert ask(server, shown(issue("US", CA, use=CLIENT))).response
    assert "asks for a certificate" in reason(ask(server, HttpTrust(ca=ca)))
    assert "does not know the CA" in reason(ask(server, shown(issue("US", OTHER))))
    assert "expired" in reason(ask(server, shown(issue("US", CA, **PAST))))


def test_key_with_a_password_is_opened_and_without_it_told(tmp_path: Path, ca: str) -> None:
    certificate, key = issue("US", CA).write(tmp_path, "us", password=b"canary")
    trust = HttpTrust(ca=ca, certificate=str(certificate), key=str(key), password="canary")
    assert ask(serve_with(tmp_path, issue("EHR", CA), Path(ca)), trust).response
    with pytest.raises(WorkbenchError, match="encrypted"):
        make_https_context(replace(trust, password=""))
    assert "canary" not in repr(trust)


@pytest.mark.parametrize(
    ("trust", "words"),
    [
        (HttpTrust(ca="none.pem"), "cannot be read"),
        (HttpTrust(ca=__file__), "holds no certificate"),
        (HttpTrust(certificate=__file__), "must be PEM"),
        (HttpTrust(key="us.key"), "A key alone"),
    ],
)
def test_files_that_do_not_fit_are_refused_in_words(trust: HttpTrust, words: str) -> None:
    async def story() -> None:
        async with HttpClient(trust=trust) as client:
            await client.send(Request("GET", "https://127.0.0.1:1/"))

    with pytest.raises(WorkbenchError) as caught:
        asyncio.run(story())
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("socks5://127.0.0.1:1080", "SOCKS"),
        ("proxy.example.org:3128", "is not the address of a proxy"),
        ("ftp://proxy.example.org", "is not the address of a proxy"),
        ("http://proxy.example.org:3128/path", "is not the address of a proxy"),
        ("http://proxy.example.org:99999", "cannot be read"),
        ("http://name:canary@proxy.example.org:3128", "would be shown"),
    ],
)
def test_what_is_no_proxy_is_refused_in_words_without_its_password(proxy: str, words: str) -> None:
    for check in (check_trust, make_proxy):
        with pytest.raises(WorkbenchError) as caught:
            check(HttpTrust(proxy=proxy))  # type: ignore[operator] # both take a trust
        assert words in str(caught.value) and "canary" not in str(caught.value)


def test_remote_system_is_reached_by_the_proxy_and_loopback_past_it(tmp_path: Path, ca: str) -> None:
    proxy = Proxy({})

    async def story(plain: int, secured: int) -> tuple[Exchange, Exchange]:
        async with proxy.run() as port:
            trust = HttpTrust(ca=ca, proxy=f"http://127.0.0.1:{port}")
            async with HttpClient(trust=trust) as client:
                proxy.hosts = {EHR: plain}
                first = await client.send(Request("GET", f"http://{EHR}/metadata"), within=5)
                proxy.hosts = {EHR: secured}
                second = await client.send(Request("GET", f"https://{EHR}/metadata"), within=5)
                for near in (f"http://127.0.0.1:{plain}/metadata", f"https://127.0.0.1:{secured}/metadata"):
                    assert (await client.send(Request("GET", near), within=5)).response
        return first, second

    with serve() as plain, serve(serve_with(tmp_path, issue("EHR", CA, hosts=(EHR,)))) as secured:
        first, second = asyncio.run(story(plain, secured))
    assert first.response and first.response.body == b"ok"
    assert second.response and second.response.body == b"ok"
    assert proxy.seen == [f"GET http://{EHR}/metadata HTTP/1.1", f"CONNECT {EHR}:443 HTTP/1.1"]


def test_proxy_that_speaks_tls_is_held_against_the_same_cas(tmp_path: Path, ca: str) -> None:
    async def story(plain: int, trust: HttpTrust) -> Exchange:
        async with (
            Proxy({EHR: plain}).run(make_server_context(*good)) as port,
            HttpClient(trust=replace(trust, proxy=f"https://127.0.0.1:{port}")) as client,
        ):
            return await client.send(Request("GET", f"http://{EHR}/"), within=5)

    good = issue("Proxy", CA).write(tmp_path, "proxy")
    with serve() as plain:
        assert asyncio.run(story(plain, HttpTrust(ca=ca))).response
        assert "is not trusted" in reason(asyncio.run(story(plain, AS_USUAL)))


def test_password_of_a_proxy_signs_in_and_reaches_no_log_and_no_exchange(caplog: pytest.LogCaptureFixture) -> None:
    trust = HttpTrust(proxy="http://ana@127.0.0.1", proxy_password="canary-pass")
    with caplog.at_level(logging.DEBUG):
        for address, proxy in (
            (f"http://{EHR}/x", Proxy({EHR: 1}, sign_in="ana:canary-pass")),
            (f"https://{EHR}/x", Proxy({EHR: 1}, sign_in="ana:canary-pass")),
        ):
            far, near = ask_by_proxy(proxy, address, trust)
            assert near.response
            assert proxy.seen and not (far.response and far.response.status == 407)
            assert "canary" not in repr(far) and "YW5hOmNhbmFyeS1wYXNz" not in repr(far)
    assert "canary" not in caplog.text and "YW5hOmNhbmFyeS1wYXNz" not in caplog.text and "canary" not in repr(trust)


def test_proxy_that_wants_a_password_says_so_in_the_failure() -> None:
    trust = HttpTrust(proxy="http://127.0.0.1")
    far, _ = ask_by_proxy(Proxy({EHR: 1}, sign_in="ana:secret"), f"https://{EHR}/x", trust)
    assert "asks for a name and a password" in reason(far, "refused")
    plain, _ = ask_by_proxy(Proxy({EHR: 1}, sign_in="ana:secret"), f"http://{EHR}/x", trust)
    assert plain.response and plain.response.status == 407


def test_proxy_that_does_not_answer_is_named_in_the_failure() -> None:
    async def story() -> Exchange:
        async with HttpClient(trust=HttpTrust(proxy="http://ana@127.0.0.1:1")) as client:
            return await client.send(Request("GET", f"https://{EHR}/"), within=5)

    assert reason(asyncio.run(story()), "refused").startswith("The proxy 127.0.0.1:1 refused the connection")


def test_one_client_reaches_two_systems_each_with_its_own_trust(tmp_path: Path, ca: str) -> None:
    async def story(port: int) -> tuple[Exchange, Exchange]:
        async with HttpClient() as client:
            request = Request("GET", f"https://127.0.0.1:{port}/")
            trusted = await client.trusting(HttpTrust(ca=ca)).send(request, within=5)
            return trusted, await client.send(request, within=5)

    with serve(serve_with(tmp_path, issue("EHR", CA))) as port:
        trusted, usual = asyncio.run(story(port))
    assert trusted.response and "is not trusted" in reason(usual)


def test_certificate_that_was_renewed_is_read_anew(tmp_path: Path, ca: str) -> None:
    certificate, key = issue("US", CA, **PAST).write(tmp_path, "us")
    trust = HttpTrust(ca=ca, certificate=str(certificate), key=str(key))

    async def story(port: int) -> tuple[Exchange, Exchange]:
        request = Request("GET", f"https://127.0.0.1:{port}/")
        async with HttpClient(trust=trust) as client:
            before = await client.send(request, within=5)
            issue("US", CA).write(tmp_path, "us")
            return before, await client.send(request, within=5)

    with serve(serve_with(tmp_path, issue("EHR", CA), Path(ca))) as port:
        before, after = asyncio.run(story(port))
    assert "expired" in reason(before) and after.response


@pytest.mark.parametrize("proxy", ["socks5://ana:canary@127.0.0.1:1", "ftp://canary:1", "::::canary"])
def test_proxy_of_the_environment_that_cannot_be_used_is_told_without_its_password(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, proxy)

    async def story() -> Exchange:
        async with HttpClient() as client:
            return await client.send(Request("GET", f"https://{EHR}/"), within=1)

    with pytest.raises(WorkbenchError) as caught:
        asyncio.run(story())
    assert "the environment names" in str(caught.value) and "canary" not in str(caught.value)
