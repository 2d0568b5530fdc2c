"""From what AWS KMS gives (DER) to what JWTs carry (RFC 7517, 7518, 7638), for ECC_NIST_P256 keys.

Standard library only: the sidecar's image and the operator's package share this file.
"""

import base64
import hashlib
import json
from typing import Final

COORDINATE_BYTES: Final = 32
"""Length of one coordinate, and of each half of an ES256 signature."""

# SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING 04 X Y }: every length is fixed.
_SPKI_P256: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256: with (r, s), (r, _ORDER - s) is a signature too."""

_PRIME: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def base64url(data: bytes) -> str:
    """``data`` in the base64url alphabet, without padding, as JOSE writes it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def public_jwk(spki_der: bytes) -> dict[str, str]:
    """The JWK of a P-256 public key, with ``kid``, ``alg`` and ``use``.

    ``spki_der`` is what ``kms:GetPublicKey`` answers as ``PublicKey``. Raises ValueError when it is anything
    but an uncompressed point on P-256 in the one DER encoding that there is.
    """
    if len(spki_der) != len(_SPKI_P256) + 2 * COORDINATE_BYTES or not spki_der.startswith(_SPKI_P256):
        raise ValueError(
            "the public key is not P-256 in SubjectPublicKeyInfo: use a KMS key of ECC_NIST_P256"
        )
    point = spki_der[len(_SPKI_P256) :]
    x, y = point[:COORDINATE_BYTES], point[COORDINATE_BYTES:]
    if not _on_curve(x=int.from_bytes(x, "big"), y=int.from_bytes(y, "big")):
        raise ValueError("the public key is no point of P-256: it was damaged on the way")
    key = {"kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y)}
    return {**key, "kid": thumbprint(key), "alg": "ES256", "use": "sig"}


def thumbprint(jwk: dict[str, str]) -> str:
    """The RFC 7638 thumbprint (SHA-256) of an elliptic-curve JWK: our key id."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return base64url(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())


def raw_signature(der: bytes) -> bytes:
    """An ES256 signature as JWS wants it (r and s, 32 bytes each) from the DER that KMS answers.

    Of the two values of s that verify it has the lower one. Raises ValueError when ``der`` is not a DER sequence of two
    positive integers that fit.
    """
    if len(der) < 2 or der[0] != 0x30 or der[1] != len(der) - 2:
        raise ValueError("the signature is not a DER sequence")
    r, rest = _integer(der[2:])
    s, rest = _integer(rest)
    if rest:
        raise ValueError("the signature has bytes after its two integers")
    low = min(int.from_bytes(s, "big"), _ORDER - int.from_bytes(s, "big"))
    if low <= 0:
        raise ValueError("the signature holds an integer that is no P-256 value")
    return r + low.to_bytes(COORDINATE_BYTES, "big")


def has_one_spelling(signature: bytes) -> bool:
    """Whether the highest bit alone tells the lower s of a raw signature from the other one.

    The gateway looks at that bit. Of four billion signatures two have a lower s so near to half of the order that the
    other one lacks the bit as well.
    """
    other = _ORDER - int.from_bytes(signature[COORDINATE_BYTES:], "big")
    return other.bit_length() == 8 * COORDINATE_BYTES


def _integer(data: bytes) -> tuple[bytes, bytes]:
    """The first DER integer of ``data``, as 32 bytes, and what follows it."""
    if len(data) < 3 or data[0] != 0x02 or not 1 <= data[1] <= min(COORDINATE_BYTES + 1, len(data) - 2):
        raise ValueError("the signature holds no DER integer where one belongs")
    body, rest = data[2 : 2 + data[1]], data[2 + data[1] :]
    value = int.from_bytes(body, "big", signed=True)
    if value <= 0 or value.bit_length() > 8 * COORDINATE_BYTES:
        raise ValueError("the signature holds an integer that is no P-256 value")
    return value.to_bytes(COORDINATE_BYTES, "big"), rest


def _on_curve(*, x: int, y: int) -> bool:
    return x < _PRIME and y < _PRIME and (y * y - (x * x * x - 3 * x + _B)) % _PRIME == 0
