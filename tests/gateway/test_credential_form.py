"""The form that the gateway demands of a credential, and that ``clients issue`` gives it: its rules, evaluated here."""

import base64
import random
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from pictory_egress import identity
from pictory_egress.gateway.envoy.credential_form import AUTHORIZATION, BASE64, credential_form
from pictory_egress.gateway.runtime.jwk import base64url
from policies.gateway._requests import Request, is_refused
from tests.gateway.running import gateway_settings
from tests.gateway.trust import ORDER

CORP = {
    "name": "corp",
    "issuer": "https://login.example.com/",
    "jwks_uri": "https://login.example.com/keys",
    "audience": "api://pictory",
}


def refused(value: str, *, issuers: bool = False, forms: dict[str, str] | None = None) -> bool:
    settings = gateway_settings(issuers=[CORP] if issuers else [])
    forms = forms or AUTHORIZATION
    manager = {"http_filters": [credential_form(settings=settings, forms=forms)]}
    return is_refused(manager, Request(dict.fromkeys(forms, value)))


@pytest.fixture(scope="module")
def issued() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        kms: Any = boto3.client(
            "kms", region_name="us-east-2", aws_access_key_id="x", aws_secret_access_key="y"
        )
        key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        yield identity.issue(
            kms, key, client="reports", environment="dev", audience="pictory-egress", days=1
        ).token


def _signed(token: str, *, r: int, s: int) -> str:
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return token.rpartition(".")[0] + "." + base64url(signature)


@pytest.mark.parametrize("issuers", [False, True], ids=["built-in alone", "beside a company's"])
def test_credential_when_issued_then_only_its_own_spelling_is_accepted(issued: str, issuers: bool) -> None:
    assert not refused(issued, issuers=issuers)
    assert not refused(f"Bearer {issued}", issuers=issuers)
    source = random.Random(1)
    for _ in range(200):
        r, s = (source.randrange(1, ORDER) for _ in range(2))
        low, high = sorted((s, ORDER - s))
        assert not refused(_signed(issued, r=r, s=low), issuers=issuers)
        assert refused(_signed(issued, r=r, s=high), issuers=issuers)


@pytest.mark.parametrize("issuers", [False, True], ids=["built-in alone", "beside a company's"])
def test_credential_when_any_character_is_added_then_refused(issued: str, issuers: bool) -> None:
    for character in map(chr, range(256)):
        assert refused(issued + character, issuers=issuers)
        # A letter before it makes another token, whose signature does not verify.
        if not re.fullmatch("[A-Za-z0-9_-]", character):
            assert refused(character + issued, issuers=issuers)
            assert refused(f"Bearer {character}{issued}", issuers=issuers)
            assert refused(f"Bearer{character}{issued}", issuers=issuers) is (character != " ")


def test_base64_when_canonical_then_one_text_alone_stands_for_the_bytes() -> None:
    source = random.Random(2)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for length in range(1, 50):
        text = base64.b64encode(source.randbytes(length)).decode()
        assert not refused(text, forms={"x": BASE64})
        end = len(text.rstrip("=")) - 1
        for letter in letters:
            other = text[:end] + letter + text[end + 1 :]
            if base64.b64decode(other) == base64.b64decode(text) and other != text:
                assert refused(other, forms={"x": BASE64})
        if "=" in text:
            assert refused(text.rstrip("="), forms={"x": BASE64})


def test_header_when_missing_or_empty_then_left_to_the_filter_that_verifies() -> None:
    manager = {"http_filters": [credential_form(settings=gateway_settings(), forms=AUTHORIZATION)]}
    assert not is_refused(manager, Request({}))
    assert not refused("")


def test_value_when_it_begins_or_ends_with_a_line_feed_then_refused(issued: str) -> None:
    for value in (issued + "\n", "\n" + issued, "a\n:" + issued, "\n"):
        assert refused(value)
        assert refused(value, issuers=True)
