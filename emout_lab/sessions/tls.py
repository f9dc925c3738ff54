"""One certificate authority per session, one certificate per role.

The authority's key never touches a disk: it signs three certificates and is forgotten.
"""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass, field
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
    contents : dict of str to bytes
        What stands in the files, by their names: known to the host that has made them.
    valid_from, valid_until : datetime or None
        When they begin and cease to be valid; None where that is not known.

    Examples
    --------
    >>> Certificates(Path("certs")).cert("client").name
    'client-cert.pem'
    """

    directory: Path
    contents: dict[str, bytes] = field(default_factory=dict, repr=False)
    valid_from: datetime.datetime | None = None
    valid_until: datetime.datetime | None = None

    def files(self) -> list[Path]:
        """Return the files whose content is known."""
        return [self.directory / name for name in self.contents]

    def write(self) -> bool:
        """Write the files that are missing or have another content; tell whether there were any.

        Raises
        ------
        SessionError
            They cannot be written.
        """
        make_private_directory(self.directory)
        damaged = [name for name in self.contents if not self._holds(name)]
        for name in damaged:
            write_private(self.directory / name, self.contents[name])
        return bool(damaged)

    def _holds(self, name: str) -> bool:
        return _holds(self.directory / name, self.contents[name])

    def problem(self, now: datetime.datetime) -> str | None:
        """Return why nobody who comes now is let in, or None."""
        if self.valid_until is not None and now > self.valid_until:
            return (
                f"its certificates were valid until {self.valid_until:%Y-%m-%d %H:%M} UTC, so new "
                "workers and notebooks cannot join: stop the session and start it again"
            )
        if self.valid_from is not None and now < self.valid_from:
            return (
                f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, and its certificates are "
                f"valid from {self.valid_from:%Y-%m-%d %H:%M} on, so new workers and notebooks "
                "cannot join: set the clock, or stop the session and start it again"
            )
        return None

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


def make_certificates(
    directory: Path, session: str, address: str, valid_for: datetime.timedelta = VALID_FOR
) -> Certificates:
    """Make a new authority and the certificates of all roles.

    Parameters
    ----------
    directory : Path
        Where to put them.
    session : str
        Name of the session, for people who look at a certificate.
    address : str
        IP address of the scheduler.
    valid_for : timedelta
        For how long they are valid.

    Returns
    -------
    Certificates

    Raises
    ------
    SessionError
        The files cannot be written.
    """
    now = datetime.datetime.now(datetime.timezone.utc)
    # Certificates know whole seconds.
    since, until = ((now + step).replace(microsecond=0) for step in (-CLOCK_SKEW, valid_for))
    contents: dict[str, bytes] = {}
    files = Certificates(directory, contents, since, until)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name(f"emout-lab session {session}")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key(), since, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    contents[files.ca.name] = authority.public_bytes(serialization.Encoding.PEM)
    for role, usage in _USAGES.items():
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(_name(f"{session} {role}"), authority_name, key.public_key(), since, until)
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
        contents[files.cert(role).name] = certificate.public_bytes(serialization.Encoding.PEM)
        contents[files.key(role).name] = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    files.write()
    return files


def _holds(file: Path, content: bytes) -> bool:
    try:
        # One that others can read stays as it is: whether they have is for the user to judge.
        return file.read_bytes() == content
    except OSError:
        return False


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    since: datetime.datetime,
    until: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
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
