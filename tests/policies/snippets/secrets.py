"""Snippets for the policies of secrets."""

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet


def secret(stack: TerraformStack, broken: bool) -> None:
    key = aws.kms_key.KmsKey(stack, "Key")
    aws.secretsmanager_secret.SecretsmanagerSecret(
        stack, "Secret", name="pictory", kms_key_id=None if broken else key.arn
    )


SNIPPETS: dict[str, Snippet] = {
    "secrets/own_key": secret,
}
