"""Certificates for the tests of TLS, made anew in each run: a CA, and what it or somebody else signs."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC)
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True)
class Identity:
    """A certificate with its key, and the certificates between it and its CA."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes
    chain: tuple[x509.Certificate, ...] = ()

    def write(self, folder: Path, name: str, *, password: bytes = b"") -> tuple[Path, Path]:
        """The files of the certificate, its chain after it, and of the key."""
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_bytes(b"".join(_to_pem(each) for each in (self.certificate, *self.chain)))
        encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        key.write_bytes(
            self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        )
        return certificate, key


def _to_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def issue(
    name: str,
    by: Identity | None = None,
    *,
    is_ca: bool = False,
    hosts: tuple[str, ...] = (),
    address: str = "127.0.0.1",
    use: x509.ObjectIdentifier | None = None,
    begins: timedelta = timedelta(days=-1),
    ends: timedelta = timedelta(days=30),
    key: CertificateIssuerPrivateKeyTypes | None = None,
    signed_with: CertificateIssuerPrivateKeyTypes | None = None,
    may_sign_for: str = "",
    path_length: int | None = None,
) -> Identity:
    """A certificate for `name`; without `by` it signs itself, and `signed_with` forges the signature."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = by.certificate.subject if by else subject
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    if address:
        names.append(x509.IPAddress(ipaddress.ip_address(address)))
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + ends)
        .add_extension(x509.BasicConstraints(is_ca, path_length), critical=True)
    )
    if names and not is_ca:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if use is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    if may_sign_for:
        allowed = x509.NameConstraints([x509.DNSName(may_sign_for)], None)
        builder = builder.add_extension(allowed, critical=True)
    signer = signed_with or (by.key if by else key)
    certificate = builder.sign(signer, hashes.SHA256())
    chain = (by.certificate, *by.chain) if by and by.certificate.issuer != by.certificate.subject else ()
    return Identity(certificate, key, chain)


def small_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 1024)  # noqa: S505 - too small is what it is made for
