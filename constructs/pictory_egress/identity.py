"""Credentials of the gateway's clients: JWTs that an asymmetric KMS key signs. The key itself never leaves KMS."""

import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pictory_egress.gateway.runtime import jwk
from pictory_egress.gateway.runtime.records import Record, issuer

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

TOKEN_TYPE: Final = "pictory-egress+jwt"  # noqa: S105 - a media type, not a secret
"""``typ`` of credentials, by which RFC 8725 tells kinds of tokens apart."""

_DAY_SECONDS: Final = 86_400
_LONGEST_DAYS: Final = 365
_CLOCK_SKEW_SECONDS: Final = 60
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")


class SigningKeyError(Exception):
    """The KMS key cannot sign clients' credentials: the message says why, and what to use."""


@dataclass(frozen=True)
class Issued:
    """A credential, which is a secret, and what the registry is to hold of it, which is none."""

    token: str = field(repr=False)
    record: Record


def public_jwk(kms_client: "KMSClient", key_id: str) -> dict[str, str]:
    """The public JWK of a KMS key, whose ``kid`` is its RFC 7638 thumbprint.

    Raises
    ------
    SigningKeyError
        The key is not of spec ECC_NIST_P256 for SIGN_VERIFY.
    botocore.exceptions.ClientError
        KMS refuses: no such key, disabled, or not allowed.
    """
    answer = kms_client.get_public_key(KeyId=key_id)
    # AWS gives the specification under both its names, the local AWS only under the older one.
    spec = answer.get("KeySpec") or answer.get("CustomerMasterKeySpec")
    if answer["KeyUsage"] != "SIGN_VERIFY" or spec != "ECC_NIST_P256":
        raise SigningKeyError(
            f"key {key_id} is {spec} for {answer['KeyUsage']}: use one of ECC_NIST_P256 for SIGN_VERIFY"
        )
    return jwk.public_jwk(answer["PublicKey"])


def issue(
    kms_client: "KMSClient",
    key_id: str,
    *,
    client: str,
    environment: str,
    audience: str,
    days: int,
    issued_by: str = "",
    now: Callable[[], float] = time.time,
) -> Issued:
    """A credential for ``client``, valid for ``days`` (1 to 365): a JWT signed with ES256, and its record.

    The gateway takes it in ``Authorization``, raw or after ``Bearer``. It is valid from a minute ago, so that a
    gateway whose clock is behind takes it at once.

    Raises
    ------
    ValueError
        ``client``, ``environment``, ``audience`` or ``days`` cannot be used; the message names it.
    SigningKeyError, botocore.exceptions.ClientError
        As ``public_jwk``.
    """
    for name, value in (("client", client), ("environment", environment)):
        if not _NAME.fullmatch(value):
            raise ValueError(
                f"{name}: {value!r} is no name: use lower-case words joined by hyphens, 2 to 40 characters"
            )
    if not audience:
        raise ValueError("audience: it is empty: use the environment's gateway.token_audience")
    if not 1 <= days <= _LONGEST_DAYS:
        raise ValueError(f"days: {days} is not between 1 and {_LONGEST_DAYS}")
    issued_at = int(now())
    # In this order: the gateway tells its own tokens from those of other issuers by how their header begins.
    header = {"alg": "ES256", "typ": TOKEN_TYPE, "kid": public_jwk(kms_client, key_id)["kid"]}
    claims = {
        "iss": issuer(environment),
        "aud": audience,
        "sub": client,
        "jti": str(uuid.uuid4()),
        "iat": issued_at,
        "nbf": issued_at - _CLOCK_SKEW_SECONDS,
        "exp": issued_at + days * _DAY_SECONDS,
    }
    signed = f"{_segment(header)}.{_segment(claims)}"
    return Issued(
        token=f"{signed}.{jwk.base64url(_signature(kms_client, key_id, signed))}",
        record=Record(
            client=client,
            jti=str(claims["jti"]),
            issued_at=issued_at,
            expires_at=issued_at + days * _DAY_SECONDS,
            kid=header["kid"],
            issued_by=issued_by,
        ),
    )


def _signature(kms_client: "KMSClient", key_id: str, signed: str) -> bytes:
    while True:
        answer = kms_client.sign(
            KeyId=key_id,
            Message=signed.encode("ascii"),
            MessageType="RAW",
            SigningAlgorithm="ECDSA_SHA_256",
        )
        signature = jwk.raw_signature(answer["Signature"])
        if jwk.has_one_spelling(signature):
            return signature


def _segment(value: dict[str, Any]) -> str:
    return jwk.base64url(json.dumps(value, separators=(",", ":")).encode())
