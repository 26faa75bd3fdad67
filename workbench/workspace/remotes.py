"""Remote sandboxes: test systems of others at their addresses, kept in `remotes.yaml` without their secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from workbench.errors import WorkbenchError
from workbench.smart.client_methods import CLIENT_AUTHENTICATIONS, ClientAuthentication
from workbench.transports.http_trust import HttpTrust, check_trust
from workbench.yaml_file import YamlMap, parse_yaml, to_yaml

VERSION = 1
HEADER = "# Remote sandboxes. Secrets are in the keyring of the operating system, never here.\n"


@dataclass(frozen=True, slots=True)
class RemoteSandbox:
    """A system that somebody else runs; an address that it lacks is empty, a port 0.

    With `mllp_tls` HL7 v2 goes by TLS: `mllp_ca` is the file of the CAs to trust, the system's where empty, and
    `mllp_certificate` with `mllp_key` shows who sends.

    `ca`, `certificate`, `key` and `proxy` say the same of HTTP, where `ca` is trusted besides the system's.

    `client_authentication` is how the workbench shows there that it is itself: where it is empty, by its secret where
    it has one. Secret and keys are in the keyring.

    `like` is the id of the site that it behaves like, which scenarios ask for in `when:`; empty where not known.
    """

    id: str
    name: str
    fhir_base: str = ""
    mllp_host: str = ""
    mllp_port: int = 0
    client_id: str = ""
    like: str = ""
    mllp_tls: bool = False
    mllp_ca: str = ""
    mllp_certificate: str = ""
    mllp_key: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    proxy: str = ""
    client_authentication: ClientAuthentication | Literal[""] = ""

    @property
    def mllp(self) -> str:
        """The address of its HL7 v2 port, or `""` where it has none."""
        scheme = "mllps" if self.mllp_tls else "mllp"
        return f"{scheme}://{self.mllp_host}:{self.mllp_port}" if self.mllp_port else ""

    @property
    def trust(self) -> HttpTrust:
        """How HTTP goes there, without the passwords, which are in the keyring."""
        return HttpTrust(self.ca, self.certificate, self.key, proxy=self.proxy)


def check_remote(remote: RemoteSandbox) -> None:
    """Raise WorkbenchError for what could never be reached."""
    if not remote.id or not remote.name.strip():
        raise WorkbenchError("A remote sandbox needs an id and a name.", hint="Give it a name.")
    if not remote.fhir_base and not remote.mllp_host:
        raise WorkbenchError(
            f"“{remote.name}” has no address.", hint="Give it a FHIR base address, an MLLP host and port, or both."
        )
    if remote.fhir_base and not _is_web_address(remote.fhir_base):
        raise WorkbenchError(
            f"“{remote.fhir_base.rpartition('@')[2]}” is not a FHIR base address.",
            hint="It looks like https://ehr.example.org/fhir/r4.",
        )
    if bool(remote.mllp_host) != bool(remote.mllp_port) or not 0 <= remote.mllp_port <= 65535:
        raise WorkbenchError("An MLLP address is a host and a port from 1 to 65535.", hint="Give both or neither.")
    if remote.mllp_key and not remote.mllp_certificate:
        raise WorkbenchError("A key alone proves nothing.", hint="Name the file of its certificate too.")
    check_trust(remote.trust)


def _is_web_address(text: str) -> bool:
    try:
        address = urlsplit(text)
        # A password in an address would be saved and shown.
        is_bare = "@" not in address.netloc
        return address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0 and is_bare
    except ValueError:
        return False


def parse_remotes(text: str, source: str = "") -> tuple[RemoteSandbox, ...]:
    """The remote sandboxes in the text of `remotes.yaml`; raises WorkbenchError with the place."""
    if not text.strip():
        return ()
    top = parse_yaml(text, source)
    if top.integer("version", least=1) > VERSION:
        raise top.refuse("version", f"This workbench reads remotes.yaml up to version {VERSION}.", "Update it.")
    found = tuple(_remote(fields) for fields in top.maps("remotes", default=True))
    top.finish()
    return found


def _remote(fields: YamlMap) -> RemoteSandbox:
    remote = RemoteSandbox(
        id=fields.text("id"),
        name=fields.text("name"),
        fhir_base=fields.text("fhir_base", ""),
        mllp_host=fields.text("mllp_host", ""),
        mllp_port=fields.integer("mllp_port", 0),
        client_id=fields.text("client_id", ""),
        like=fields.text("like", ""),
        mllp_tls=fields.flag("mllp_tls", False),
        mllp_ca=fields.text("mllp_ca", ""),
        mllp_certificate=fields.text("mllp_certificate", ""),
        mllp_key=fields.text("mllp_key", ""),
        ca=fields.text("ca", ""),
        certificate=fields.text("certificate", ""),
        key=fields.text("key", ""),
        proxy=fields.text("proxy", ""),
        client_authentication=fields.choice("client_authentication", ("", *CLIENT_AUTHENTICATIONS), ""),
    )
    fields.finish()
    try:
        check_remote(remote)
    except WorkbenchError as error:
        raise fields.refuse("id", error.message, error.hint) from error
    return remote


def put_remote(text: str, remote: RemoteSandbox) -> str:
    """The text of `remotes.yaml` with `remote` added, or changed where its id is there; comments stay."""
    top, remotes = _open(text)
    fields = next((entry for entry in remotes if entry.get("id") == remote.id), None)
    if fields is None:
        fields = CommentedMap()
        remotes.append(fields)
    for key in RemoteSandbox.__dataclass_fields__:
        value = getattr(remote, key)
        if value or key in ("id", "name"):
            fields[key] = value
        elif key in fields:
            del fields[key]
    return to_yaml(top)


def drop_remote(text: str, remote_id: str) -> str:
    """The text of `remotes.yaml` without the remote sandbox `remote_id`."""
    top, remotes = _open(text)
    for index, fields in enumerate(remotes):
        if fields.get("id") == remote_id:
            del remotes[index]
            break
    return to_yaml(top)


def _open(text: str) -> tuple[CommentedMap, CommentedSeq]:
    parse_remotes(text)  # a file that cannot be read whole is never rewritten
    top = parse_yaml(text if text.strip() else f"{HEADER}version: {VERSION}\nremotes: []\n").value
    remotes = top.setdefault("remotes", CommentedSeq())
    remotes.fa.set_block_style()
    return top, remotes
