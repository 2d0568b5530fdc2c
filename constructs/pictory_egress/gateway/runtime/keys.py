"""The public keys that callers' tokens are verified with, each read once from KMS."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .jwk import public_jwk
from .volume import Volume

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class PublicKeys:
    """A JSON Web Key Set. A KMS key never changes its material, so each is read once in a task's life."""

    def __init__(self, client: "KMSClient", first_arn: str, volume: Volume) -> None:
        self._client, self._first_arn, self._volume = client, first_arn, volume
        self._known: dict[str, dict[str, str]] = {}
        self._document: bytes | None = None

    @property
    def document(self) -> bytes | None:
        """The key set as JSON; None until a key could be read."""
        return self._document

    def resume(self, trusted: Sequence[str]) -> None:
        """Serves those of the keys ``trusted`` that a sidecar before this one has read."""
        try:
            known = json.loads(self._volume.text(self._volume.signing_keys) or "{}")
            self._known = {str(arn): {str(k): str(v) for k, v in key.items()} for arn, key in known.items()}
        except (ValueError, AttributeError):
            return
        self._serve(tuple(trusted) or (self._first_arn,))

    def load(self, trusted: Sequence[str]) -> None:
        """Serves the keys ``trusted``, or the deployment's first one while none is named; reads those not known.

        Raises what KMS, boto3 or the form of a key raise; the other keys are served all the same.
        """
        wanted = tuple(trusted) or (self._first_arn,)
        problem: Exception | None = None
        for arn in wanted:
            if arn not in self._known:
                try:
                    self._known[arn] = public_jwk(self._client.get_public_key(KeyId=arn)["PublicKey"])
                    self._volume.replace(self._volume.signing_keys, json.dumps(self._known).encode())
                except Exception as error:  # boto3 raises many kinds; all mean: try again
                    problem = error
        self._serve(wanted)
        if problem:
            raise problem

    def _serve(self, wanted: Sequence[str]) -> None:
        # Until one of them is read, the last set stays: no key at all would refuse everybody.
        if keys := [self._known[arn] for arn in wanted if arn in self._known]:
            self._document = json.dumps({"keys": keys}).encode()
