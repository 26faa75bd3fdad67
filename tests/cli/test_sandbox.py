"""`workbench sandbox run` serves until it is told to stop, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.transports.certificates import issue
from workbench.cli import main

MESSAGES = Path(__file__).parents[2] / "fixtures" / "messages"
pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="signals as Unix has them"),
    pytest.mark.timeout(40),
]


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "workbench.cli", "sandbox", "run", "community-hospital", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_its_addresses_and_ends_cleanly(sent: signal.Signals) -> None:
    with running("--json") as process:
        told = json.loads(read_line(process))
        assert told.keys() == {
            "site", "name", "fhir_base", "smart_configuration", "issuer", "ehr_page", "mllp"
        }  # fmt: skip
        ports = [urlsplit(told[key]).port or 0 for key in ("fhir_base", "mllp")]
        assert not any(is_free(port) for port in ports)
        process.send_signal(sent)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "Community Hospital is stopped.\n")
    assert all(is_free(port) for port in ports)


def test_people_read_addresses_and_then_each_exchange() -> None:
    with running() as process:
        lines = [read_line(process) for _ in range(5)]
        assert lines[0] == "Community Hospital is up. Ctrl-C stops it.\n"
        base = lines[1].split()[-1]
        assert main(["send", "fhir", "GET", f"{base}/metadata"]) == 0
        assert "GET metadata" in read_line(process)


def test_a_chosen_port_is_taken_and_a_busy_one_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert main(["sandbox", "run", "community-hospital", "--http-port", str(port)]) == 2
        assert str(port) in capsys.readouterr().err
    with running("--json", "--http-port", str(port)) as process:
        assert urlsplit(json.loads(read_line(process))["fhir_base"]).port == port


def test_a_rule_makes_it_answer_otherwise_and_the_log_says_which() -> None:
    rule = 'ADT^A01: AR after 1 text "No bed"'
    with running("--hl7-answer", rule) as process:
        lines = [read_line(process) for _ in range(6)]
        assert lines[5] == '  on request: ADT^A01: AR, text "No bed", after 1\n'
        send = ["send", "hl7", str(MESSAGES / "adt-a01-admission.hl7"), "--to", lines[4].split()[-1]]
        assert [main(send), main(send)] == [0, 1]
        read_line(process)
        assert "AR: No bed · On request: ADT^A01: AR" in read_line(process)


def test_a_faulty_rule_is_refused_before_anything_starts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "run", "community-hospital", "--hl7-answer", "ADT^A01: AE aftr 3"]) == 2
    assert "“aftr” is not known in an answer rule. Did you mean after?" in capsys.readouterr().err


def test_a_fault_makes_it_do_wrongly_in_a_launch_and_the_log_says_which() -> None:
    with running("--fault", "server-error at keys once") as process:
        lines = [read_line(process) for _ in range(6)]
        assert lines[5] == "  on request: server-error at keys once\n"
        keys = lines[2].split()[-1].partition("/fhir")[0] + "/auth/jwks"
        main(["send", "fhir", "GET", keys])
        assert "500 Internal Server Error · On request: server-error at keys once" in read_line(process)


def test_an_unknown_fault_is_refused_before_anything_starts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "run", "community-hospital", "--fault", "slow-answers"]) == 2
    assert "Did you mean slow-answer?" in capsys.readouterr().err


def test_it_takes_hl7_v2_by_tls_from_senders_with_a_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ca = issue("CA", is_ca=True)
    trusted = str(ca.write(tmp_path, "ca")[0])
    certificate, key = map(str, issue("EHR", ca).write(tmp_path, "ehr"))
    mine = list(map(str, issue("WARD", ca).write(tmp_path, "ward")))
    tls = ["--mllp-cert", certificate, "--mllp-key", key, "--mllp-client-ca", trusted]
    with running("--json", *tls) as process:
        address = json.loads(read_line(process))["mllp"]
        assert address.startswith("mllps://")
        sending = ["send", "hl7", str(MESSAGES / "adt-a08-update.hl7"), "--to", address, "--ca", trusted]
        assert main([*sending, "--cert", mine[0], "--key", mine[1]]) == 0
        assert main(sending) == 1
    assert "asks for a certificate" in capsys.readouterr().out
    assert main(["sandbox", "run", "community-hospital", "--mllp-key", key]) == 2
    assert "--mllp-cert" in capsys.readouterr().err
