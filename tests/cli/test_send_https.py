"""`workbench send fhir` by HTTPS: with the CA of a hospital, a certificate of our own, and by a proxy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.transports.certificates import CLIENT, SERVER, issue
from tests.transports.https_peer import serve
from workbench.cli import main
from workbench.transports.mllp_tls import make_server_context


def test_request_is_sent_with_the_ca_and_the_certificate_that_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ca = issue("CA", is_ca=True)
    trusted = ca.write(tmp_path, "ca")[0]
    server = make_server_context(*issue("EHR", ca, use=SERVER).write(tmp_path, "ehr"), client_ca=trusted)
    certificate, key = issue("US", ca, use=CLIENT).write(tmp_path, "us", password=b"canary")
    monkeypatch.setenv("KEY_PASSWORD", "canary")
    with serve(server) as port:
        address = f"https://127.0.0.1:{port}/metadata"
        files = ["--ca", str(trusted), "--certificate", str(certificate), "--key", str(key)]
        assert main(["send", "fhir", "GET", address, *files, "--key-password-env", "KEY_PASSWORD"]) == 0
        assert "pass: 200" in capsys.readouterr().out
        assert main(["send", "fhir", "GET", address, *files]) == 2
        assert "The key is encrypted" in capsys.readouterr().err
        assert main(["send", "fhir", "GET", address]) == 1
        assert "is not trusted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--proxy", "socks5://127.0.0.1:1"], "SOCKS"),
        (["--proxy", "http://ana:canary@127.0.0.1:1"], "would be shown"),
        (["--proxy", "http://ana@127.0.0.1:1", "--proxy-password-env", "NOT_SET"], "NOT_SET holds no password"),
        (["--key", "us.key"], "A key alone"),
    ],
)
def test_options_that_cannot_work_are_refused_in_words(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", "fhir", "GET", "https://ehr.example.test/metadata", *options]) == 2
    said = capsys.readouterr().err
    assert words in said and "canary" not in said
