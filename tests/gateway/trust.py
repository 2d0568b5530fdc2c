"""What the gateway's tests trust and sign with."""

import datetime as dt
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pictory_egress.gateway.runtime.jwk import base64url, public_jwk, raw_signature
from pictory_egress.identity import TOKEN_TYPE

HOST = "api.pictory.ai"
API_KEY = "pictai_0123456789abcdef"
AUDIENCE = "pictory-egress"
ISSUER = "pictory-egress:test"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256."""
DEADLINE_SECONDS = 20.0


def eventually(condition: Callable[[], Any], *, what: str, seconds: float = DEADLINE_SECONDS) -> Any:
    """What ``condition`` answers once it is true; fails with ``what`` after a deadline."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    pytest.fail(f"never happened: {what}")


# --- certificates -----------------------------------------------------------------------------------------


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.certificate = self._sign(self.name, self.key.public_key(), authority=True)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, host: str, directory: Path) -> tuple[Path, Path]:
        """Files of a certificate for ``host`` and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        certificate = self._sign(subject, key.public_key(), host=host)
        chain, private = directory / f"{host}.crt", directory / f"{host}.key"
        chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return chain, private

    def _sign(
        self, subject: x509.Name, key: Any, *, authority: bool = False, host: str | None = None
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


# --- tokens -----------------------------------------------------------------------------------------------


class TokenKey:
    """A signing key, as KMS would keep it, and tokens made with it."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.jwk = public_jwk(
            self.key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def token(
        self,
        client: str = "reports",
        *,
        header: dict[str, Any] | None = None,
        sign: Callable[[bytes], bytes] | None = None,
        **claims: Any,
    ) -> str:
        """A token for ``client``; ``claims`` and ``header`` override, None leaves a claim out."""
        now = int(time.time())
        payload = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": client, "jti": "1", "iat": now, "nbf": now, "exp": now + 3600,
        } | claims  # fmt: skip
        payload = {name: value for name, value in payload.items() if value is not None}
        head = {"alg": "ES256", "typ": TOKEN_TYPE, "kid": self.jwk["kid"]} | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        parts = (json.dumps(part, separators=(",", ":")).encode() for part in (head, payload))
        signed = b".".join(base64url(part).encode() for part in parts)
        return (signed + b"." + base64url((sign or self.sign)(signed)).encode()).decode()

    def sign(self, data: bytes) -> bytes:
        return raw_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))

    def sign_high(self, data: bytes) -> bytes:
        """The other signature that verifies: with the higher s."""
        signature = self.sign(data)
        return signature[:32] + (ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
