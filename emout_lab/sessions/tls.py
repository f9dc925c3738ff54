"""One certificate authority per session, one certificate per role.

The authority's key never touches a disk: it signs three certificates and is forgotten.
"""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from emout_lab.paths import make_private_directory, write_private

VALID_FOR: Final = datetime.timedelta(days=365)
# Clocks of login and compute nodes differ.
CLOCK_SKEW: Final = datetime.timedelta(hours=1)
# A client's certificate must not serve to pose as a scheduler or a worker.
_USAGES: Final = {
    "scheduler": (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
    "worker": (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH),
    "client": (ExtendedKeyUsageOID.CLIENT_AUTH,),
}


@dataclass(frozen=True)
class Certificates:
    """Where the certificates of a session lie.

    Parameters
    ----------
    directory : Path
        Folder, mode 0700.

    Examples
    --------
    >>> Certificates(Path("certs")).cert("client").name
    'client-cert.pem'
    """

    directory: Path

    @property
    def ca(self) -> Path:
        """Certificate of the session's authority."""
        return self.directory / "ca.pem"

    def cert(self, role: str) -> Path:
        """Return the certificate file of a role."""
        return self.directory / f"{role}-cert.pem"

    def key(self, role: str) -> Path:
        """Return the key file of a role."""
        return self.directory / f"{role}-key.pem"

    def client_json(self) -> dict[str, Any]:
        """Return the ``tls`` part of a state file."""
        return {
            "ca_file": str(self.ca),
            "client_cert": str(self.cert("client")),
            "client_key": str(self.key("client")),
            "require_encryption": True,
        }

    def security_fields(self) -> dict[str, Any]:
        """Return the arguments of `distributed.Security` for a host."""
        fields: dict[str, Any] = {"require_encryption": True, "tls_ca_file": str(self.ca)}
        for role in _USAGES:
            fields[f"tls_{role}_cert"] = str(self.cert(role))
            fields[f"tls_{role}_key"] = str(self.key(role))
        return fields


def make_certificates(directory: Path, session: str, address: str) -> Certificates:
    """Make a new authority and the certificates of all roles.

    Parameters
    ----------
    directory : Path
        Where to put them.
    session : str
        Name of the session, for people who look at a certificate.
    address : str
        IP address of the scheduler.

    Returns
    -------
    Certificates

    Raises
    ------
    SessionError
        The files cannot be written.
    """
    files = Certificates(make_private_directory(directory))
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name(f"emout-lab session {session}")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    write_private(files.ca, authority.public_bytes(serialization.Encoding.PEM))
    for role, usage in _USAGES.items():
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(_name(f"{session} {role}"), authority_name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
            .add_extension(_alternative_names(address), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
                critical=False,
            )
            .sign(authority_key, hashes.SHA256())
        )
        write_private(files.cert(role), certificate.public_bytes(serialization.Encoding.PEM))
        write_private(
            files.key(role),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )
    return files


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + VALID_FOR)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(address: str) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("localhost")]
    )
