"""Clients' credentials: what they claim, and that another implementation accepts their signature."""

import base64
import json
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from moto import mock_aws

from pictory_egress import identity

WHO: dict[str, Any] = {
    "client": "video-pipeline",
    "environment": "dev",
    "audience": "pictory-egress",
    "days": 30,
}


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("kms", region_name="us-east-2", aws_access_key_id="x", aws_secret_access_key="y")


@pytest.fixture
def key_id(kms: Any) -> str:
    answer = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return str(answer["KeyMetadata"]["KeyId"])


def decode(segment: str) -> bytes:
    assert "=" not in segment
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def verify(token: str, spki: bytes) -> None:
    signed, _, signature = token.rpartition(".")
    raw = decode(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = serialization.load_der_public_key(spki)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))


def test_credential_issued_verifies_with_the_public_key_and_with_no_other(kms: Any, key_id: str) -> None:
    token = identity.issue(kms, key_id, **WHO).token
    verify(token, kms.get_public_key(KeyId=key_id)["PublicKey"])
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(InvalidSignature):
        verify(
            token,
            other.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        )


def test_credential_issued_claims_what_the_gateway_checks(kms: Any, key_id: str) -> None:
    token = identity.issue(kms, key_id, **WHO, now=lambda: 1_772_366_400.7).token
    header, claims = (json.loads(decode(part)) for part in token.split(".")[:2])
    kid = identity.public_jwk(kms, key_id)["kid"]
    assert list(header.items()) == [("alg", "ES256"), ("typ", "pictory-egress+jwt"), ("kid", kid)]
    assert uuid.UUID(claims.pop("jti"))
    assert claims == {
        "iss": "pictory-egress:dev",
        "aud": "pictory-egress",
        "sub": "video-pipeline",
        "iat": 1_772_366_400,
        "nbf": 1_772_366_340,
        "exp": 1_772_366_400 + 30 * 86_400,
    }


def test_credentials_issued_twice_have_ids_of_their_own(kms: Any, key_id: str) -> None:
    tokens = [identity.issue(kms, key_id, **WHO).token for _ in range(2)]
    assert len({json.loads(decode(token.split(".")[1]))["jti"] for token in tokens}) == 2


@pytest.mark.parametrize(
    "change",
    [{"client": ""}, {"client": "Video"}, {"client": "a\nb"}, {"environment": "x:y"}, {"audience": ""},
     {"days": 0}, {"days": 366}],
)  # fmt: skip
def test_credential_with_an_unusable_field_is_refused_by_its_name(
    kms: Any, key_id: str, change: dict[str, Any]
) -> None:
    (field,) = change
    with pytest.raises(ValueError, match=f"^{field}: "):
        identity.issue(kms, key_id, **{**WHO, **change})


@pytest.mark.parametrize(
    ("spec", "usage"),
    [("ECC_NIST_P384", "SIGN_VERIFY"), ("RSA_2048", "SIGN_VERIFY"), ("RSA_2048", "ENCRYPT_DECRYPT")],
)
def test_key_of_another_kind_is_refused_with_what_to_use(kms: Any, spec: str, usage: str) -> None:
    key_id = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    with pytest.raises(identity.SigningKeyError, match="ECC_NIST_P256 for SIGN_VERIFY"):
        identity.issue(kms, key_id, **WHO)


def test_credential_when_kms_gives_a_signature_of_two_spellings_then_signed_again(
    kms: Any, key_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    ambiguous, sign = [encode_dss_signature(1, order // 2)], kms.sign
    monkeypatch.setattr(
        kms,
        "sign",
        lambda **asked: {"Signature": ambiguous.pop()} if ambiguous else sign(**asked),
    )
    token = identity.issue(kms, key_id, **WHO).token
    assert not ambiguous
    verify(token, kms.get_public_key(KeyId=key_id)["PublicKey"])
