"""``clients issue``: a credential that the gateway can verify, for clients that the environment knows."""

import base64
import json
import time
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.cli.conftest import REGION, Run

ALIAS = "alias/pictory-egress-sandbox-signing"
DAY = 86_400


@pytest.fixture
def public_key(account: None) -> EllipticCurvePublicKey:
    """The account with the sandbox's signing key."""
    client = boto3.client("kms", region_name=REGION)
    made = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    client.create_alias(AliasName=ALIAS, TargetKeyId=made["KeyMetadata"]["KeyId"])
    key = load_der_public_key(client.get_public_key(KeyId=ALIAS)["PublicKey"])
    assert isinstance(key, EllipticCurvePublicKey)
    return key


def _decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _claims(token: str) -> dict[str, Any]:
    return dict(json.loads(_decoded(token.split(".")[1])))


def test_issue_when_the_client_is_known_prints_a_credential_that_verifies(
    run: Run, public_key: EllipticCurvePublicKey
) -> None:
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox")
    assert ended.status == 0, ended.err
    (token,) = ended.out.splitlines()
    signed, _, signature = token.rpartition(".")
    raw = _decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public_key.verify(der, signed.encode(), ECDSA(hashes.SHA256()))
    claims = _claims(token)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (
        "pictory-egress:sandbox",
        "pictory-egress",
        "dashboard",
    )
    assert claims["exp"] - claims["iat"] == 90 * DAY
    assert abs(claims["iat"] - time.time()) < 300


def test_issue_when_days_are_given_is_valid_for_these(run: Run, public_key: EllipticCurvePublicKey) -> None:
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox", "--days", "7")
    claims = _claims(ended.out)
    assert claims["exp"] - claims["iat"] == 7 * DAY


@pytest.mark.parametrize("days", ["0", "-1", "91"])
def test_issue_when_days_are_beyond_the_settings_is_refused(
    run: Run, public_key: EllipticCurvePublicKey, days: str
) -> None:
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox", f"--days={days}")
    assert (ended.status, ended.out) == (2, "")
    assert "1 to 90 days (gateway.token_max_days)" in ended.err


def test_issue_when_the_client_is_unknown_is_refused_with_those_that_are(
    run: Run, public_key: EllipticCurvePublicKey
) -> None:
    ended = run("clients", "issue", "nobody", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert "client 'nobody' is not in environment 'sandbox'" in ended.err
    assert "dashboard" in ended.err


@pytest.mark.usefixtures("account")
def test_issue_when_nothing_is_deployed_says_so(run: Run) -> None:
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert f"no signing key '{ALIAS}' in this region: deploy the environment first" in ended.err


@pytest.mark.usefixtures("account")
def test_issue_when_the_key_is_of_another_kind_is_refused(run: Run) -> None:
    client = boto3.client("kms", region_name=REGION)
    made = client.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    client.create_alias(AliasName=ALIAS, TargetKeyId=made["KeyMetadata"]["KeyId"])
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert "RSA_2048" in ended.err
