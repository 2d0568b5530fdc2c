"""The public key that callers' tokens are verified with, read once from KMS."""

import json
from typing import TYPE_CHECKING

from .jwk import public_jwk

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class PublicKeys:
    """A JSON Web Key Set of one key. A KMS key never changes its material, so it is read once."""

    def __init__(self, client: "KMSClient", key_arn: str) -> None:
        self._client, self._key_arn = client, key_arn
        self._document: bytes | None = None

    @property
    def document(self) -> bytes | None:
        """The key set as JSON; None until it could be read."""
        return self._document

    def load(self) -> None:
        """Reads the key, unless it is known. Raises ValueError, or what boto3 raises."""
        if self._document is None:
            answer = self._client.get_public_key(KeyId=self._key_arn)
            self._document = json.dumps({"keys": [public_jwk(answer["PublicKey"])]}).encode()
