"""Snippets for the policies of keys."""

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet


def key(stack: TerraformStack, broken: bool) -> None:
    aws.kms_key.KmsKey(stack, "Key", enable_key_rotation=None if broken else True)


SNIPPETS: dict[str, Snippet] = {
    "keys/rotated": key,
}
