"""Snippets for the policies of logs."""

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet


def log_group(stack: TerraformStack, broken: bool) -> None:
    aws.cloudwatch_log_group.CloudwatchLogGroup(
        stack, "Log", name="gateway", retention_in_days=30 if broken else 365,
        kms_key_id=aws.kms_key.KmsKey(stack, "Key").arn,
    )  # fmt: skip


SNIPPETS: dict[str, Snippet] = {
    "logs/kept_and_encrypted": log_group,
}
