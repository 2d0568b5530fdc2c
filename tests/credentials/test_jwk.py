"""JWKs and signatures against an implementation that is not ours."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from pictory_egress.gateway.runtime import jwk

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def spki(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_public_jwk_of_a_p256_key_holds_its_coordinates_and_purpose() -> None:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    result = jwk.public_jwk(spki(public))
    numbers = public.public_numbers()
    assert int.from_bytes(decode(result["x"]), "big") == numbers.x
    assert int.from_bytes(decode(result["y"]), "big") == numbers.y
    assert len(decode(result["x"])) == len(decode(result["y"])) == 32
    assert {name: result[name] for name in ("kty", "crv", "alg", "use")} == {
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig",
    }  # fmt: skip
    canonical = json.dumps(
        {k: result[k] for k in ("crv", "kty", "x", "y")}, separators=(",", ":"), sort_keys=True
    )
    assert decode(result["kid"]) == hashlib.sha256(canonical.encode()).digest()


def test_public_jwk_of_another_curve_is_refused() -> None:
    with pytest.raises(ValueError, match="ECC_NIST_P256"):
        jwk.public_jwk(spki(ec.generate_private_key(ec.SECP384R1()).public_key()))


@pytest.mark.parametrize(
    "change", [lambda der: der[:-1], lambda der: der + b"\0", lambda der: b"", lambda der: b"1" + der[1:]]
)
def test_public_jwk_of_a_damaged_encoding_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    der = spki(ec.generate_private_key(ec.SECP256R1()).public_key())
    with pytest.raises(ValueError, match="not P-256"):
        jwk.public_jwk(change(der))


def test_public_jwk_of_a_point_off_the_curve_is_refused() -> None:
    der = spki(ec.generate_private_key(ec.SECP256R1()).public_key())
    with pytest.raises(ValueError, match="no point of P-256"):
        jwk.public_jwk(der[:-1] + bytes([der[-1] ^ 1]))


def test_raw_signature_of_a_real_signature_holds_r_and_s() -> None:
    der = ec.generate_private_key(ec.SECP256R1()).sign(b"message", ec.ECDSA(hashes.SHA256()))
    raw = jwk.raw_signature(der)
    r, s = decode_dss_signature(der)
    assert (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")) == (r, min(s, ORDER - s))
    assert len(raw) == 64


@given(st.integers(1, ORDER - 1), st.integers(1, ORDER - 1))
def test_raw_signature_of_any_r_and_s_keeps_r_and_the_lower_s_in_32_bytes_each(r: int, s: int) -> None:
    raw = jwk.raw_signature(encode_dss_signature(r, s))
    assert raw == r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")
    assert raw == jwk.raw_signature(encode_dss_signature(r, ORDER - s))
    assert raw[32] < 0x80, "the bit by which the gateway tells"


def test_signature_when_its_other_s_lacks_the_bit_too_then_it_has_two_spellings() -> None:
    r = (1).to_bytes(32, "big")
    near = ORDER - 2**255
    for low, one in ((1, True), (near, True), (near + 1, False), (ORDER // 2, False)):
        assert jwk.has_one_spelling(r + low.to_bytes(32, "big")) is one


@given(st.binary(max_size=80))
@settings(max_examples=300)
def test_raw_signature_of_arbitrary_bytes_is_64_bytes_or_a_value_error(data: bytes) -> None:
    try:
        assert len(jwk.raw_signature(data)) == 64
    except ValueError as error:
        assert "signature" in str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize(
    "der",
    [
        encode_dss_signature(1, 1) + b"\0",
        b"\x30\x06\x02\x01\x00\x02\x01\x01",  # r = 0
        b"\x30\x06\x02\x01\xff\x02\x01\x01",  # r negative
        b"\x30\x09\x02\x01\x01\x02\x01\x01\x02\x01\x01",  # a third integer
        b"\x30\x03\x02\x01\x01",  # one integer
        encode_dss_signature(2**256, 1),
    ],
)
def test_raw_signature_of_malformed_der_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match="signature"):
        jwk.raw_signature(der)
