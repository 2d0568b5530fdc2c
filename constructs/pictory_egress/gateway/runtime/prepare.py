"""Before Envoy starts: its configuration, a certificate, no credential, no clients: it starts and refuses calls."""

import datetime as dt
import json
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from . import registered
from .configuration import ConfigurationError, unpacked
from .log import Log
from .settings import Settings
from .volume import Volume

# The load balancer encrypts to it and does not verify it; no task lives this long.
_VALID_DAYS: Final = 825


def main(settings: Settings) -> int:
    """Writes the files and gives 0; 2, and no file, when Envoy's configuration cannot be used."""
    log = Log()
    try:
        configuration = unpacked(settings.envoy_configuration)
    except ConfigurationError as error:
        log.emit("configuration_unusable", reason=str(error))
        return 2
    volume = Volume(settings.directory)
    volume.directory.mkdir(parents=True, exist_ok=True)
    volume.replace(volume.configuration, configuration)
    key, certificate = self_signed(name="pictory-egress")
    volume.replace(volume.tls_key, key)
    volume.replace(volume.tls_certificate, certificate)
    volume.replace(volume.token, b"")
    volume.replace(volume.user_id, b"")
    volume.replace(volume.token_secret, secret_file("token", volume.token))
    volume.replace(volume.user_id_secret, secret_file("user_id", volume.user_id))
    volume.replace(volume.registered, registered.nobody())
    log.emit("prepared", configuration_bytes=len(configuration))
    return 0


def secret_file(name: str, content: Path) -> bytes:
    """A secret of Envoy's (JSON, which is YAML too): its name, and the file that holds it."""
    message = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
    resource = {"@type": message, "name": name, "generic_secret": {"secret": {"filename": str(content)}}}
    return json.dumps({"resources": [resource]}).encode()


def self_signed(*, name: str) -> tuple[bytes, bytes]:
    """A P-256 key and a certificate of its own, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks differ a little.
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=_VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, certificate.public_bytes(serialization.Encoding.PEM)
