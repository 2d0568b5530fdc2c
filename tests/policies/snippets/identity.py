"""Snippets for the policies of who may what."""

import json
from typing import Any

from pictory_egress.cdk import Fn, TerraformStack, aws
from tests.policies.snippets.snippet import Snippet
from tests.policies.snippets.surroundings import ACCOUNT, function, key, log_group, topic

OWN_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def least_actions(stack: TerraformStack, broken: bool) -> None:
    bucket = aws.s3_bucket.S3Bucket(stack, "Bucket")
    statement = {
        "effect": "Allow",
        "actions": ["*"] if broken else ["s3:GetObject"],
        "resources": ["*"] if broken else [f"{bucket.arn}/reports/*"],
    }
    aws.iam_policy.IamPolicy(stack, "Policy", policy=_document(stack, statement))


def trust_by_source(stack: TerraformStack, broken: bool) -> None:
    trusted = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    }
    _role(stack, trusted if broken else {**trusted, "Condition": OWN_ACCOUNT})


def closed_resources(stack: TerraformStack, broken: bool) -> None:
    own_account = {"test": "StringEquals", "variable": "aws:PrincipalAccount", "values": [ACCOUNT]}
    statement = {
        "principals": [{"type": "AWS", "identifiers": ["*"]}],
        "actions": ["sqs:SendMessage"],
        "resources": ["*"],
        "condition": [] if broken else [own_account],
    }
    queue = aws.sqs_queue.SqsQueue(stack, "Queue")
    aws.sqs_queue_policy.SqsQueuePolicy(
        stack, "Policy", queue_url=queue.url, policy=_document(stack, statement)
    )


def services_by_source(stack: TerraformStack, broken: bool) -> None:
    publish = {
        "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish",
        "Resource": topic(stack).arn, **({} if broken else {"Condition": OWN_ACCOUNT}),
    }  # fmt: skip
    aws.sns_topic_policy.SnsTopicPolicy(stack, "Policy", arn=topic(stack).arn, policy=_policy(publish))


def keys_through_services(stack: TerraformStack, broken: bool) -> None:
    through = {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-2.amazonaws.com"}}
    decrypt = {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key(stack).arn]}
    inside = aws.iam_role.IamRoleInlinePolicy(
        name="decrypt", policy=_policy(decrypt if broken else {**decrypt, "Condition": through})
    )
    _role(stack, inline_policy=[inside])


def code_kept_from_network(stack: TerraformStack, broken: bool) -> None:
    role = _role(stack)
    rotation = function(stack, role=role.arn)
    aws.iam_role_policy_attachment.IamRolePolicyAttachment(
        stack, "InNetwork", role=role.name,
        policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
    )  # fmt: skip
    by_code = {"ArnEquals": {"lambda:SourceFunctionArn": rotation.arn}}
    denied = {
        "Effect": "Deny",
        "Action": ["ec2:CreateNetworkInterface"],
        "Resource": "*",
        "Condition": by_code,
    }
    if not broken:
        _grant(stack, role, denied)


def named_grants(stack: TerraformStack, broken: bool) -> None:
    deliver = {
        "Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}, "Condition": OWN_ACCOUNT,
        "Action": ["logs:*"] if broken else ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{log_group(stack).arn}:*",
    }  # fmt: skip
    aws.cloudwatch_log_resource_policy.CloudwatchLogResourcePolicy(
        stack, "Policy", policy_name="delivery", policy_document=Fn.jsonencode({"Statement": [deliver]})
    )


def tls_only(stack: TerraformStack, broken: bool) -> None:
    plain = {"Bool": {"aws:SecureTransport": "true" if broken else "false"}}
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": "*",
        "Condition": plain,
    }
    aws.sns_topic_policy.SnsTopicPolicy(stack, "Policy", arn=topic(stack).arn, policy=_policy(denied))


SNIPPETS: dict[str, Snippet] = {
    "identity/least_actions": least_actions,
    "identity/trust_by_source": trust_by_source,
    "identity/closed_resources": closed_resources,
    "identity/services_by_source": services_by_source,
    "identity/keys_through_services": keys_through_services,
    "identity/code_kept_from_network": code_kept_from_network,
    "identity/named_grants": named_grants,
    "identity/tls_only": tls_only,
}


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _document(stack: TerraformStack, statement: dict[str, Any]) -> Any:
    document = aws.data_aws_iam_policy_document
    return document.DataAwsIamPolicyDocument(stack, "Document", statement=[statement]).json


def _role(stack: TerraformStack, *trusted: dict[str, Any], **fields: object) -> Any:
    return aws.iam_role.IamRole(stack, "Role", name="rotate", assume_role_policy=_policy(*trusted), **fields)


def _grant(stack: TerraformStack, role: Any, *statements: dict[str, Any]) -> None:
    aws.iam_role_policy.IamRolePolicy(stack, "Grant", role=role.name, policy=_policy(*statements))
