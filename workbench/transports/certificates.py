"""Certificates: files of CAs, certificates and keys, loaded into a TLS context or refused in words."""

from __future__ import annotations

import ssl
from pathlib import Path

from workbench.errors import WorkbenchError


def load_ca(context: ssl.SSLContext, ca: str | Path) -> None:
    try:
        context.load_verify_locations(ca)
    except ssl.SSLError as error:
        raise WorkbenchError(
            "The file of the CA holds no certificate.", hint="It must be PEM, with BEGIN CERTIFICATE.", source=ca
        ) from error
    except OSError as error:
        raise _unreadable(ca, error) from error


def load_certificate(context: ssl.SSLContext, certificate: str | Path, key: str | Path, password: str) -> None:
    """Load what proves who we are; a key may stand in the file of its certificate."""
    if not certificate:
        raise WorkbenchError("A key alone proves nothing.", hint="Name the file of its certificate too.")
    for file in (certificate, key) if key else (certificate,):
        try:
            Path(file).open("rb").close()
        except OSError as error:
            raise _unreadable(file, error) from error
    try:
        # Without a password of ours, OpenSSL would ask for one on the terminal.
        context.load_cert_chain(certificate, key or None, password or _refuse_to_ask)
    except _PasswordWantedError as error:
        raise WorkbenchError(
            "The key is encrypted.", hint="Give its password, or write a key without one.", source=key or certificate
        ) from error
    except ssl.SSLError as error:
        raise _unfit(error, certificate, key) from error


class _PasswordWantedError(Exception):
    pass


def _refuse_to_ask() -> str:
    raise _PasswordWantedError


def _unfit(error: ssl.SSLError, certificate: str | Path, key: str | Path) -> WorkbenchError:
    if error.reason == "KEY_VALUES_MISMATCH":
        return WorkbenchError("The key does not belong to the certificate.", hint="Name its own.", source=key)
    if b"ENCRYPTED" in Path(key or certificate).read_bytes():
        return WorkbenchError("The password does not open the key.", source=key or certificate)
    if error.reason in ("EE_KEY_TOO_SMALL", "CA_MD_TOO_WEAK", "CA_KEY_TOO_SMALL"):
        return WorkbenchError(
            "The certificate is too weak to be used.", hint="Have one issued with a larger key.", source=certificate
        )
    return WorkbenchError(
        "The certificate or its key cannot be read.",
        hint="Both must be PEM: BEGIN CERTIFICATE, and BEGIN PRIVATE KEY in the same file or one of its own.",
        source=certificate,
    )


def _unreadable(file: str | Path, error: OSError) -> WorkbenchError:
    return WorkbenchError(f"The file cannot be read: {error.strerror or error}.", source=file)
