"""Snippets for the policies of keys, and of what is encrypted with them."""

import json

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet
from tests.policies.snippets.surroundings import ACCOUNT, key


def rotated(stack: TerraformStack, broken: bool) -> None:
    aws.kms_key.KmsKey(stack, "Key", enable_key_rotation=None if broken else True)


def not_deleted_at_once(stack: TerraformStack, broken: bool) -> None:
    aws.kms_key.KmsKey(stack, "Key", deletion_window_in_days=7 if broken else 30)


def own_policy(stack: TerraformStack, broken: bool) -> None:
    administered = {
        "Effect": "Deny" if broken else "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    aws.kms_key_policy.KmsKeyPolicy(
        stack, "Policy", key_id=key(stack).id,
        policy=json.dumps({"Version": "2012-10-17", "Statement": [administered]}),
    )  # fmt: skip


def queues_encrypted(stack: TerraformStack, broken: bool) -> None:
    aws.sqs_queue.SqsQueue(
        stack, "Failed", name="failed", sqs_managed_sse_enabled=broken,
        kms_master_key_id=None if broken else key(stack).arn,
    )  # fmt: skip


def tables_encrypted(stack: TerraformStack, broken: bool) -> None:
    own = key(stack)
    encrypted = aws.dynamodb_table.DynamodbTableServerSideEncryption(
        enabled=True, kms_key_arn=None if broken else own.arn
    )
    aws.dynamodb_table.DynamodbTable(
        stack, "Clients", name="clients", hash_key="id", attribute=[{"name": "id", "type": "S"}],
        billing_mode="PAY_PER_REQUEST", server_side_encryption=encrypted,
    )  # fmt: skip


SNIPPETS: dict[str, Snippet] = {
    "keys/rotated": rotated,
    "keys/not_deleted_at_once": not_deleted_at_once,
    "keys/own_policy": own_policy,
    "keys/queues_encrypted": queues_encrypted,
    "keys/tables_encrypted": tables_encrypted,
}
