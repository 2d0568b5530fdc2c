"""Snippets for the policies of what is kept: Terraform's state, providers, and resources that nothing brings back."""

from pictory_egress.cdk import S3Backend, TerraformStack, aws
from tests.policies.snippets.snippet import Snippet
from tests.policies.snippets.surroundings import ACCOUNT, topic


def encrypted_and_locked(stack: TerraformStack, broken: bool) -> None:
    S3Backend(
        stack, bucket="states", key="pictory-egress.tfstate", region="us-east-2", encrypt=True,
        kms_key_id=f"arn:aws:kms:us-east-2:{ACCOUNT}:key/1",
    )  # fmt: skip
    if not broken:
        # The class has no argument for it.
        stack.add_override("terraform.backend.s3.use_lockfile", True)


def pinned(stack: TerraformStack, broken: bool) -> None:
    stack.add_override("terraform.required_version", ">= 1.11.0")
    if broken:
        stack.add_override("terraform.required_providers.aws.version", "~> 5.0")


def kept(stack: TerraformStack, broken: bool) -> None:
    aws.kms_key.KmsKey(stack, "Key", lifecycle=None if broken else {"prevent_destroy": True})


def no_dangling_references(stack: TerraformStack, broken: bool) -> None:
    lost = "${aws_sns_topic.Lost.arn}"
    aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
        stack, "Alarm", alarm_name="errors", comparison_operator="GreaterThanThreshold", evaluation_periods=1,
        ok_actions=[lost if broken else topic(stack).arn],
    )  # fmt: skip


def one_account(stack: TerraformStack, broken: bool) -> None:
    aws.provider.AwsProvider(
        stack,
        "Ireland",
        alias="ireland",
        region="eu-west-1",
        allowed_account_ids=None if broken else [ACCOUNT],
    )


def tables_recoverable(stack: TerraformStack, broken: bool) -> None:
    aws.dynamodb_table.DynamodbTable(
        stack, "Table", name="clients", hash_key="id", attribute=[{"name": "id", "type": "S"}],
        billing_mode="PAY_PER_REQUEST", point_in_time_recovery={"enabled": not broken},
        deletion_protection_enabled=True,
    )  # fmt: skip


SNIPPETS: dict[str, Snippet] = {
    "state/encrypted_and_locked": encrypted_and_locked,
    "state/pinned": pinned,
    "state/kept": kept,
    "state/no_dangling_references": no_dangling_references,
    "state/one_account": one_account,
    "state/tables_recoverable": tables_recoverable,
}
