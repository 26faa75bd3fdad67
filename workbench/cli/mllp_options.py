"""Options of commands that send HL7 v2: where to, and the files for TLS."""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True)
class MllpAddress:
    """`mllp://HOST:PORT`, or `mllps://HOST:PORT` for MLLP by TLS."""

    host: str
    port: int
    tls: bool = False


def mllp_address(text: str) -> MllpAddress:
    try:
        parts = urlsplit(text)
        if parts.scheme in ("mllp", "mllps") and parts.hostname and parts.port and not parts.path.strip("/"):
            return MllpAddress(parts.hostname, parts.port, parts.scheme == "mllps")
    except ValueError:
        pass
    raise ArgumentTypeError(f"“{text}” is not an MLLP address such as mllp://127.0.0.1:2575")


def port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f"“{text}” is not a port from 1 to 65535")
    return int(text)


def add_tls_options(parser: ArgumentParser) -> None:
    parser.add_argument("--tls", action="store_true", help="send by TLS, as an address with mllps:// does")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="the CAs to trust (PEM); the system's if not said")
    parser.add_argument("--cert", type=Path, metavar="FILE", help="certificate that shows who sends (PEM)")
    parser.add_argument("--key", type=Path, metavar="FILE", help="its key, where it is not in the same file")
    parser.add_argument("--key-password-env", metavar="NAME", help="environment variable with the key's password")


def read_tls(arguments: Namespace) -> ssl.SSLContext | None:
    """The context for `arguments.to`; None where it is sent without TLS."""
    files = (arguments.ca, arguments.cert, arguments.key)
    if not (arguments.to.tls or arguments.tls):
        if any(files):
            raise WorkbenchError("Certificates are of use by TLS alone.", hint="Say --tls, or mllps:// in the address.")
        return None
    from workbench.transports.mllp_tls import make_client_context

    password = os.environ.get(arguments.key_password_env, "") if arguments.key_password_env else ""
    ca, certificate, key = (file or "" for file in files)
    return make_client_context(ca, certificate, key, password=password)
