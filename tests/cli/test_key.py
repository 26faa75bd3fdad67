"""`workbench key`: keys in the keyring, and the JWK Set that a hospital is given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from tests.workspace.test_secrets import MemoryKeyring
from workbench.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def memory() -> Iterator[MemoryKeyring]:
    """A keyring of the test's own, so that the tester's is left alone."""
    before, own = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(before)


def test_keys_are_made_listed_shown_and_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "list"]) == 0
    assert "no key yet" in capsys.readouterr().out
    assert main(["key", "make"]) == main(["key", "make", "--algorithm", "RS384"]) == 0
    capsys.readouterr()
    assert main(["key", "list", "--json"]) == 0
    keys = json.loads(capsys.readouterr().out)["keys"]
    assert [key["algorithm"] for key in keys] == ["RS384", "ES384"]
    assert main(["key", "jwks"]) == 0
    jwks = json.loads(capsys.readouterr().out)["keys"]
    assert [(key["alg"], key["kid"]) for key in jwks] == [(key["algorithm"], key["id"]) for key in keys]
    assert not any("d" in key for key in jwks)
    assert main(["key", "forget", keys[0]["id"]]) == 0
    assert main(["key", "forget", keys[0]["id"]]) == 2
    assert "There is no key" in capsys.readouterr().err


def test_backend_service_signs_with_the_key_in_the_keyring(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    launch = ["launch", "--as", "app", "community-hospital", "--kind", "backend", "--key", "keyring"]
    assert main(launch) == 2
    assert "workbench key make" in capsys.readouterr().err
    assert main(["key", "make"]) == 0
    assert main(launch) == 0
    assert "Granted: system/Patient.rs" in capsys.readouterr().out


def test_machine_without_a_keyring_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    keyring.set_keyring(NoKeyring())
    assert main(["key", "make"]) == 2
    assert "has no keyring" in capsys.readouterr().err
