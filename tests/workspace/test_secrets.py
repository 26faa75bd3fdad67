"""Secrets go to a keyring, and a machine without one says so."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringError, KeyringLocked, PasswordDeleteError

from workbench.errors import WorkbenchError
from workbench.workspace.secrets import delete_secret, read_secret, save_secret


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets all when the test is over."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")


class ShutKeyring(MemoryKeyring):
    def __init__(self, error: KeyringError) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error


@pytest.fixture(autouse=True)
def _the_users_keyring_is_left_alone() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)


def test_a_secret_reads_back_until_it_is_deleted() -> None:
    save_secret("lab", "s3cret")
    assert read_secret("lab") == "s3cret"
    delete_secret("lab")
    assert read_secret("lab") == ""


def test_secrets_of_two_remote_sandboxes_stay_apart() -> None:
    save_secret("lab", "one")
    save_secret("lab-2", "two")
    assert (read_secret("lab"), read_secret("lab-2")) == ("one", "two")


def test_deleting_a_secret_that_was_never_saved_is_no_error() -> None:
    delete_secret("lab")


def test_a_machine_without_a_keyring_says_so() -> None:
    keyring.set_keyring(NoKeyring())
    for use in (lambda: read_secret("lab"), lambda: save_secret("lab", "s3cret"), lambda: delete_secret("lab")):
        with pytest.raises(WorkbenchError, match="this machine has no keyring") as caught:
            use()
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(KeyringLocked("x"), "the keyring is locked"), (KeyringError("x"), "the keyring refused it")],
)
def test_a_keyring_that_does_not_open_is_told_in_words(error: KeyringError, sentence: str) -> None:
    keyring.set_keyring(ShutKeyring(error))
    with pytest.raises(WorkbenchError, match=sentence):
        read_secret("lab")
