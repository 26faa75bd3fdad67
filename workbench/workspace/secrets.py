"""Secrets of remote sandboxes and of the app, in the operating system's own keyring and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from workbench.errors import WorkbenchError

SERVICE = "Interop Workbench"
CLIENT_SECRET = "client secret"


def has_keyring() -> bool:
    """Whether this machine has a keyring; one without it holds no secret either."""
    import keyring
    from keyring.backends.fail import Keyring

    return not isinstance(keyring.get_keyring(), Keyring)


def read_secret(name: str, what: str = CLIENT_SECRET) -> str:
    """The secret kept under `name`, the id of a remote sandbox, or `""` where none was saved; raises WorkbenchError.

    `what` it is stands in the words of an error.
    """
    import keyring

    with _in_words(what, "read"):
        return keyring.get_password(SERVICE, name) or ""


def save_secret(name: str, secret: str, what: str = CLIENT_SECRET) -> None:
    import keyring

    with _in_words(what, "saved"):
        keyring.set_password(SERVICE, name, secret)


def delete_secret(name: str, what: str = CLIENT_SECRET) -> None:
    """Delete the secret; one that was never saved is no error."""
    import keyring

    if read_secret(name, what):
        with _in_words(what, "deleted"):
            keyring.delete_password(SERVICE, name)


@contextmanager
def _in_words(what: str, done: str) -> Iterator[None]:
    from keyring.errors import KeyringError, KeyringLocked, NoKeyringError

    try:
        yield
    except NoKeyringError as error:
        raise WorkbenchError(
            f"The {what} cannot be {done}: this machine has no keyring that it could be kept in.",
            hint="Start a desktop keyring such as GNOME Keyring or KWallet, or use a public client without a secret.",
        ) from error
    except KeyringLocked as error:
        raise WorkbenchError(
            f"The {what} cannot be {done}: the keyring is locked.", hint="Unlock it and try again."
        ) from error
    except KeyringError as error:
        raise WorkbenchError(f"The {what} cannot be {done}: the keyring refused it.") from error
