"""`workbench launch` with parties nobody here wrote: a backend service that is judged, and a server that is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.app_launch.test_peer_sekmet import KEYS, Peer, peer  # noqa: F401 - a fixture
from tests.authorization_server.client_keys import EC_KEY
from tests.sandbox.test_peer_cumulus import SCRIPT, python  # noqa: F401 - a fixture
from workbench.cli import main

pytestmark = pytest.mark.peer


def failed(told: dict[str, Any]) -> list[str]:
    return [verdict["id"] for verdict in told["review"]["verdicts"] if verdict["outcome"] == "fail"]


def test_cumulus_comes_as_a_backend_service_and_keeps_what_is_asked_of_it(
    python: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps(EC_KEY.jwks))
    command = [
        sys.executable,
        "-m",
        "workbench.cli",
        "launch",
        "--as",
        "ehr",
        "community-hospital",
        "--client",
        "cumulus",
    ]
    command += ["--jwks", str(keys), "--client-scope", "system/*.rs", "--json", "--within", "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        base = process.stderr.readline().split(" is up at ")[1].split(" ")[0]
        asked = {"base": base, "client_id": "cumulus", "resources": ["Patient"], "path": "Patient?_count=1"}
        asked["jwks"] = {"keys": [EC_KEY.private_jwk]}
        done = subprocess.run(
            [python, "-c", SCRIPT], input=json.dumps(asked), capture_output=True, text=True, check=True
        )
        out, err = process.communicate(timeout=60)
    assert json.loads(done.stdout)["answer"]["resourceType"] == "Bundle"
    told = json.loads(out)
    assert told["reached"] and failed(told) == [], err
    assert process.returncode == 0


def test_sekmet_is_judged_as_a_server(
    peer: Peer,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    key = tmp_path / "key.pem"
    key.write_text(KEYS["ES384"].pem)
    options = ["--kind", "backend", "--client", "ES384", "--key", str(key), "--scope", "system/Patient.rs", "--json"]
    code = main(["launch", "--as", "app", peer.base, *options])
    told = json.loads(capsys.readouterr().out)
    assert told["granted"] and told["scopes"] == ["system/Patient.rs"]
    # Its token answer lacks “Cache-Control: no-store” (RFC 6749, 5.1).
    assert (code, failed(told)) == (1, ["token-no-cache"])
