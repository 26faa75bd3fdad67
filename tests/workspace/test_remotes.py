"""Remote sandboxes are kept in a file that people edit too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.errors import WorkbenchError
from workbench.workspace.remotes import RemoteSandbox, check_remote, drop_remote, parse_remotes, put_remote

BOTH = RemoteSandbox(
    "st-mary-test", "St. Mary (test)", "https://ehr.example.org/fhir", "10.0.0.7", 2575, "app", "community-hospital"
)
FHIR = RemoteSandbox("lab", "Lab", "http://127.0.0.1:8080/r4")


def test_a_remote_sandbox_reads_back_as_it_was_saved() -> None:
    text = put_remote(put_remote("", BOTH), FHIR)
    assert parse_remotes(text) == (BOTH, FHIR)


def test_a_change_keeps_comments_and_the_others() -> None:
    text = put_remote(put_remote("", BOTH), FHIR).replace("  - id: lab", "  # ask Ana for access\n  - id: lab")
    changed = put_remote(text, RemoteSandbox("lab", "New lab", mllp_host="127.0.0.1", mllp_port=6661))
    assert "# ask Ana for access" in changed
    assert "fhir_base" not in changed.partition("id: lab")[2]
    assert parse_remotes(changed)[0] == BOTH
    assert parse_remotes(changed)[1].mllp_port == 6661


def test_a_dropped_remote_sandbox_is_gone_and_the_others_stay() -> None:
    text = put_remote(put_remote("", BOTH), FHIR)
    assert parse_remotes(drop_remote(text, "st-mary-test")) == (FHIR,)
    assert parse_remotes(drop_remote(drop_remote(text, "lab"), "st-mary-test")) == ()
    assert parse_remotes(put_remote(drop_remote(put_remote("", FHIR), "lab"), BOTH)) == (BOTH,)


@pytest.mark.parametrize(
    ("remote", "sentence"),
    [
        (RemoteSandbox("x", " "), "needs an id and a name"),
        (RemoteSandbox("x", "X"), "has no address"),
        (RemoteSandbox("x", "X", "ehr.example.org"), "is not a FHIR base address"),
        (RemoteSandbox("x", "X", "file:///etc/passwd"), "is not a FHIR base address"),
        (RemoteSandbox("x", "X", "https://name:secret@ehr.example.org/r4"), "^“ehr.example.org/r4” is not a FHIR base"),
        (RemoteSandbox("x", "X", "http://[::1"), "is not a FHIR base address"),
        (RemoteSandbox("x", "X", "http://host:99999"), "is not a FHIR base address"),
        (RemoteSandbox("x", "X", mllp_host="host"), "An MLLP address is a host and a port"),
        (RemoteSandbox("x", "X", mllp_host="host", mllp_port=65536), "An MLLP address is a host and a port"),
        (RemoteSandbox("x", "X", "http://host", mllp_port=1), "An MLLP address is a host and a port"),
        (RemoteSandbox("x", "X", "https://host", key="us.key"), "A key alone proves nothing"),
        (RemoteSandbox("x", "X", "https://host", proxy="socks5://host:1080"), "SOCKS"),
        (RemoteSandbox("x", "X", "https://host", proxy="http://ana:secret@host:1"), "A password in the address"),
    ],
)
def test_what_could_never_be_reached_is_refused(remote: RemoteSandbox, sentence: str) -> None:
    with pytest.raises(WorkbenchError, match=sentence):
        check_remote(remote)


@pytest.mark.parametrize(
    ("text", "sentence", "line"),
    [
        ("version: 2\nremotes: []\n", "up to version 1", 1),
        ("version: 1\nremotes:\n  - id: a\n    fhir_base: http://h/\n", "“remotes\\[0\\].name” is missing", 3),
        ("version: 1\nremotes:\n  - {id: a, name: A, fhir_base: ftp://h}\n", "is not a FHIR base address", 3),
        ("version: 1\nremotes:\n  - {id: a, name: A, fhir: http://h}\n", "is not known here", 3),
        ("version: 1\nremotes:\n  - {id: a, name: A, fhir_base: http://h, client_authentication: key}\n", "one of", 3),
        ("version: 1\nremote: []\n", "is not known here", 2),
        ("version: 1\nremotes: [\n", "not valid YAML", 3),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(text: str, sentence: str, line: int) -> None:
    with pytest.raises(WorkbenchError, match=sentence) as caught:
        parse_remotes(text, "remotes.yaml")
    assert caught.value.line == line


def test_a_faulty_file_is_never_rewritten() -> None:
    with pytest.raises(WorkbenchError):
        put_remote("version: 1\nremotes:\n  - {id: a, nam: A}\n", BOTH)


def test_the_file_says_that_secrets_are_elsewhere() -> None:
    assert put_remote("", BOTH).startswith("# Remote sandboxes. Secrets are in the keyring")


def test_a_file_cut_off_anywhere_is_read_or_refused_in_words() -> None:
    text = put_remote(put_remote("", BOTH), FHIR)
    for end in range(len(text)):
        try:
            found = parse_remotes(text[:end], "remotes.yaml")
        except WorkbenchError as error:
            assert error.source == "remotes.yaml"
        else:
            assert all(remote.name for remote in found)


def test_files_for_tls_are_kept_and_gone_with_it() -> None:
    secured = replace(BOTH, mllp_tls=True, mllp_ca="~/ca.pem", mllp_certificate="us.pem", mllp_key="us.key")
    text = put_remote("", secured)
    assert parse_remotes(text) == (secured,)
    assert secured.mllp == "mllps://10.0.0.7:2575" and BOTH.mllp == "mllp://10.0.0.7:2575"
    assert "mllp_" not in put_remote(text, replace(BOTH, mllp_host="", mllp_port=0))


def test_files_and_proxy_of_https_are_kept() -> None:
    secured = replace(BOTH, ca="~/ca.pem", certificate="us.pem", key="us.key", proxy="http://ana@proxy:3128")
    assert parse_remotes(put_remote("", secured)) == (secured,)
    signed = replace(BOTH, client_authentication="private_key_jwt")
    assert parse_remotes(put_remote("", signed)) == (signed,)
    assert "proxy" not in put_remote(put_remote("", secured), BOTH)
