"""Secrets of remote sandboxes, in the operating system's own keyring and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from workbench.errors import WorkbenchError

SERVICE = "Interop Workbench"


def has_keyring() -> bool:
    """Whether this machine has a keyring; one without it holds no secret either."""
    import keyring
    from keyring.backends.fail import Keyring

    return not isinstance(keyring.get_keyring(), Keyring)


def read_secret(remote_id: str) -> str:
    """The client secret of a remote sandbox, or `""` where none was saved; raises WorkbenchError."""
    import keyring

    with _in_words("read"):
        return keyring.get_password(SERVICE, remote_id) or ""


def save_secret(remote_id: str, secret: str) -> None:
    import keyring

    with _in_words("saved"):
        keyring.set_password(SERVICE, remote_id, secret)


def delete_secret(remote_id: str) -> None:
    """Delete the secret; one that was never saved is no error."""
    import keyring

    if read_secret(remote_id):
        with _in_words("deleted"):
            keyring.delete_password(SERVICE, remote_id)


@contextmanager
def _in_words(what: str) -> Iterator[None]:
    from keyring.errors import KeyringError, KeyringLocked, NoKeyringError

    try:
        yield
    except NoKeyringError as error:
        raise WorkbenchError(
            f"The client secret cannot be {what}: this machine has no keyring that it could be kept in.",
            hint="Start a desktop keyring such as GNOME Keyring or KWallet, or use a public client without a secret.",
        ) from error
    except KeyringLocked as error:
        raise WorkbenchError(
            f"The client secret cannot be {what}: the keyring is locked.", hint="Unlock it and try again."
        ) from error
    except KeyringError as error:
        raise WorkbenchError(f"The client secret cannot be {what}: the keyring refused it.") from error
