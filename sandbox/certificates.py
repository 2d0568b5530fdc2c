"""A certificate authority for one sandbox, and the certificates it signs. Nothing else trusts it."""

import datetime
import ipaddress
import os
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_FOR: Final = datetime.timedelta(days=2)
"""A sandbox lives for minutes; its certificates for little longer."""

# A certificate read in its first second must be valid already.
_BACKDATED: Final = datetime.timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """Files of one server certificate: its chain (leaf first) and its private key, both PEM."""

    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """TLS 1.2 or later with this certificate, for a server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    """Signs certificates; its key never leaves this process.

    Parameters
    ----------
    directory
        Where certificates and leaf keys are written. Made when missing, readable by its owner only.

    Attributes
    ----------
    certificate
        File of the authority's own certificate, PEM: what clients trust.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pictory-egress sandbox CA")])
        self._own = self._certificate(
            subject=self._name, public_key=self._key.public_key(), extensions=_authority_extensions(self._key)
        )
        self.certificate: Path = directory / "ca.crt"
        write_atomically(self.certificate, _pem(self._own), mode=0o644)

    def issue(self, name: str, *, hosts: Sequence[str]) -> Leaf:
        """Write ``<name>.crt`` and ``<name>.key`` for ``hosts``, DNS names or IP addresses.

        Raises
        ------
        ValueError
            ``hosts`` is empty.
        """
        if not hosts:
            raise ValueError(f"certificate {name!r} has no hosts: name at least one DNS name or address")
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certificate(
            subject=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])]),
            public_key=key.public_key(),
            extensions=(
                (x509.BasicConstraints(ca=False, path_length=None), True),
                (x509.SubjectAlternativeName([_general_name(host) for host in hosts]), False),
                (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
                (x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False),
            ),
        )
        leaf = Leaf(certificate=self._directory / f"{name}.crt", key=self._directory / f"{name}.key")
        write_atomically(leaf.key, _key_pem(key), mode=0o600)
        write_atomically(leaf.certificate, _pem(certificate) + _pem(self._own), mode=0o644)
        return leaf

    def client_context(self) -> ssl.SSLContext:
        """TLS for a client that trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def _certificate(
        self,
        *,
        subject: x509.Name,
        public_key: ec.EllipticCurvePublicKey,
        extensions: Sequence[tuple[x509.ExtensionType, bool]],
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BACKDATED)
            .not_valid_after(now + VALID_FOR)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self._key, hashes.SHA256())


def write_atomically(path: Path, data: bytes, *, mode: int) -> None:
    """Put ``data`` at ``path`` with file mode ``mode``; a reader sees the old file or the whole new one."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _authority_extensions(key: ec.EllipticCurvePrivateKey) -> Sequence[tuple[x509.ExtensionType, bool]]:
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "encipher_only", "decipher_only"),
        False,
    )  # fmt: skip
    return (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
