"""Snippets for the policies of logs, and of the buckets that keep them."""

import json
from typing import Any

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet
from tests.policies.snippets.surroundings import ACCOUNT, key


def kept_and_encrypted(stack: TerraformStack, broken: bool) -> None:
    aws.cloudwatch_log_group.CloudwatchLogGroup(
        stack, "Log", name="gateway", retention_in_days=30 if broken else 365, kms_key_id=key(stack).arn
    )


def private_buckets(stack: TerraformStack, broken: bool) -> None:
    bucket = aws.s3_bucket.S3Bucket(stack, "Bucket")
    aws.s3_bucket_public_access_block.S3BucketPublicAccessBlock(
        stack, "NotPublic", bucket=bucket.id, block_public_acls=True, ignore_public_acls=True,
        block_public_policy=True, restrict_public_buckets=None if broken else True,
    )  # fmt: skip
    plain = {"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}
    everybody = {"type": "*", "identifiers": ["*"]}
    denied = {
        "effect": "Deny", "principals": [everybody], "actions": ["s3:*"], "condition": [plain],
        "resources": [bucket.arn, f"{bucket.arn}/*"],
    }  # fmt: skip
    document = aws.data_aws_iam_policy_document.DataAwsIamPolicyDocument(stack, "TlsOnly", statement=[denied])
    aws.s3_bucket_policy.S3BucketPolicy(stack, "Policy", bucket=bucket.id, policy=document.json)


def bucket_settings(stack: TerraformStack, broken: bool) -> None:
    bucket = aws.s3_bucket.S3Bucket(stack, "Bucket")
    aws.s3_bucket_versioning.S3BucketVersioningA(
        stack, "Versions", bucket=bucket.id,
        versioning_configuration={"status": "Suspended" if broken else "Enabled"},
    )  # fmt: skip
    aws.s3_bucket_ownership_controls.S3BucketOwnershipControls(
        stack, "Owner", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}
    )
    sse = aws.s3_bucket_server_side_encryption_configuration
    default = sse.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
        sse_algorithm="aws:kms", kms_master_key_id=key(stack).arn
    )
    sse.S3BucketServerSideEncryptionConfigurationA(
        stack, "Encryption", bucket=bucket.id, rule=[
            sse.S3BucketServerSideEncryptionConfigurationRuleA(apply_server_side_encryption_by_default=default)
        ],
    )  # fmt: skip


def bucket_lifecycle(stack: TerraformStack, broken: bool) -> None:
    bucket = aws.s3_bucket.S3Bucket(stack, "Bucket")
    _policy_of_log_delivery(stack, bucket)
    lifecycle = aws.s3_bucket_lifecycle_configuration
    expiration = lifecycle.S3BucketLifecycleConfigurationRuleExpiration(days=30 if broken else 365)
    everything = lifecycle.S3BucketLifecycleConfigurationRuleFilter(prefix="")
    lifecycle.S3BucketLifecycleConfiguration(
        stack, "Lifecycle", bucket=bucket.id, rule=[
            lifecycle.S3BucketLifecycleConfigurationRule(
                id="year", status="Enabled", filter=[everything], expiration=[expiration]
            )
        ],
    )  # fmt: skip


def delivered(stack: TerraformStack, broken: bool) -> None:
    queries = aws.cloudwatch_log_group.CloudwatchLogGroup(stack, "Queries", name="queries")
    aws.route53_resolver_query_log_config.Route53ResolverQueryLogConfig(
        stack, "LogQueries", name="queries", destination_arn=queries.arn
    )
    others = f"arn:aws:logs:us-east-2:{ACCOUNT}:log-group:others:*"
    write = {
        "principals": [{"type": "Service", "identifiers": ["delivery.logs.amazonaws.com"]}],
        "actions": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "resources": [others if broken else f"{queries.arn}:*"],
    }
    document = aws.data_aws_iam_policy_document.DataAwsIamPolicyDocument(stack, "Write", statement=[write])
    aws.cloudwatch_log_resource_policy.CloudwatchLogResourcePolicy(
        stack, "MayWrite", policy_name="delivery", policy_document=document.json
    )


SNIPPETS: dict[str, Snippet] = {
    "logs/kept_and_encrypted": kept_and_encrypted,
    "logs/private_buckets": private_buckets,
    "logs/bucket_settings": bucket_settings,
    "logs/bucket_lifecycle": bucket_lifecycle,
    "logs/delivered": delivered,
}


def _policy_of_log_delivery(stack: TerraformStack, bucket: Any) -> None:
    write = {
        "Effect": "Allow", "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject", "Resource": f"{bucket.arn}/*",
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [write]})
    aws.s3_bucket_policy.S3BucketPolicy(stack, "Policy", bucket=bucket.id, policy=policy)
