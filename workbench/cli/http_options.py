"""Options of commands that send by HTTP: the files for HTTPS, and the proxy on the way."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.transports.http_trust import HttpTrust


def add_trust_options(parser: ArgumentParser, *, key: str = "--key") -> None:
    """`key` is the option for the key of the certificate, where another has that name."""
    parser.add_argument("--ca", default="", metavar="FILE", help="CAs to trust besides those of this machine (PEM)")
    parser.add_argument(
        "--certificate", "--cert", default="", metavar="FILE", help="certificate that shows who sends (PEM)"
    )
    parser.add_argument(
        key, dest="certificate_key", default="", metavar="FILE", help="its key, where it is not in the same file"
    )
    parser.add_argument("--key-password-env", metavar="NAME", help="environment variable with the key's password")
    parser.add_argument("--proxy", default="", metavar="ADDRESS", help="http://HOST:PORT, or with a name: NAME@HOST")
    parser.add_argument("--proxy-password-env", metavar="NAME", help="environment variable with the proxy's password")


def read_trust(arguments: Namespace) -> HttpTrust:
    """What the options say; raises WorkbenchError where they cannot work, or a file of theirs."""
    from workbench.transports.http_trust import HttpTrust, check_trust, make_https_context

    trust = HttpTrust(
        arguments.ca,
        arguments.certificate,
        arguments.certificate_key,
        read_variable(arguments.key_password_env),
        arguments.proxy,
        read_variable(arguments.proxy_password_env),
    )
    check_trust(trust)
    if trust.ca or trust.certificate:
        make_https_context(trust)
    return trust


def read_variable(name: str | None, what: str = "password") -> str:
    """What an environment variable holds, `""` where none is named; raises WorkbenchError where it is empty."""
    if not name:
        return ""
    value = os.environ.get(name, "").strip()
    if not value:
        raise WorkbenchError(f"The environment variable {name} holds no {what}.", hint="Set it first.")
    return value
