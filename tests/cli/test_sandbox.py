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
from urllib.parse import urlsplit

import pytest

from workbench.cli import main

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
