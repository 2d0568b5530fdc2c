"""Snippets for the policies of secrets and their rotation."""

import json
from typing import Any

from pictory_egress.cdk import Fn, TerraformStack, aws
from tests.policies.snippets.snippet import Snippet
from tests.policies.snippets.surroundings import ACCOUNT, function, key, topic

READ = "GetSecretValue"
CHANGED = ["PutSecretValue", "UpdateSecret", "DeleteSecret", "PutResourcePolicy"]
EVERY_MANAGEMENT_EVENT = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


def own_key(stack: TerraformStack, broken: bool) -> None:
    _secret(stack, kms_key_id="alias/aws/secretsmanager" if broken else key(stack).arn)


def rotated(stack: TerraformStack, broken: bool) -> None:
    rotation = function(stack)
    _rotation(stack, _secret(stack), rotation)
    if not broken:
        aws.lambda_permission.LambdaPermission(
            stack, "MayRotate", action="lambda:InvokeFunction", function_name=rotation.function_name,
            principal="secretsmanager.amazonaws.com", source_account=ACCOUNT,
        )  # fmt: skip


def rotation_schedule(stack: TerraformStack, broken: bool) -> None:
    _rotation(stack, _secret(stack), function(stack), rotate_immediately=None if broken else False)


def no_plain_text(stack: TerraformStack, broken: bool) -> None:
    secret = _secret(stack)
    candidate = aws.data_aws_ssm_parameter.DataAwsSsmParameter(
        stack, "Candidate", name="/pictory/candidate", depends_on=[secret]
    )
    written = Fn.sensitive(Fn.jsonencode({"api_key": "pictai_0123456789abcdef"}))
    aws.secretsmanager_secret_version.SecretsmanagerSecretVersion(
        stack, "Value", secret_id=secret.id, secret_string=written if broken else candidate.value
    )


def closed_to_others(stack: TerraformStack, broken: bool) -> None:
    everybody = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    statements = [{**everybody, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]
    if not broken:
        statements.append({**everybody, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}})
    aws.secretsmanager_secret_policy.SecretsmanagerSecretPolicy(
        stack, "Policy", secret_arn=_secret(stack).arn, block_public_policy=True,
        policy=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )  # fmt: skip


def recoverable(stack: TerraformStack, broken: bool) -> None:
    _secret(stack, recovery_window_in_days=0 if broken else 30)


def noticed(stack: TerraformStack, broken: bool) -> None:
    secret = _secret(stack)
    _rotation(stack, secret, function(stack))
    _notice(stack, "Read", secret, [READ], state="ENABLED" if broken else EVERY_MANAGEMENT_EVENT)
    _notice(stack, "Changed", secret, [*CHANGED, "RotationFailed"], state="ENABLED")


SNIPPETS: dict[str, Snippet] = {
    "secrets/own_key": own_key,
    "secrets/rotated": rotated,
    "secrets/rotation_schedule": rotation_schedule,
    "secrets/no_plain_text": no_plain_text,
    "secrets/closed_to_others": closed_to_others,
    "secrets/recoverable": recoverable,
    "secrets/noticed": noticed,
}


def _secret(stack: TerraformStack, **fields: object) -> Any:
    return aws.secretsmanager_secret.SecretsmanagerSecret(stack, "Secret", name="pictory", **fields)


def _rotation(stack: TerraformStack, secret: Any, by: Any, rotate_immediately: bool | None = False) -> None:
    rules = aws.secretsmanager_secret_rotation.SecretsmanagerSecretRotationRotationRules(
        schedule_expression="rate(30 days)"
    )
    aws.secretsmanager_secret_rotation.SecretsmanagerSecretRotation(
        stack, "Rotation", secret_id=secret.id, rotation_lambda_arn=by.arn, rotation_rules=rules,
        rotate_immediately=rotate_immediately,
    )  # fmt: skip


def _notice(stack: TerraformStack, name: str, secret: Any, events: list[str], *, state: str) -> None:
    detail = {"eventName": events, "requestParameters": {"secretId": [secret.arn]}}
    rule = aws.cloudwatch_event_rule.CloudwatchEventRule(
        stack,
        name,
        state=state,
        event_pattern=Fn.jsonencode({"source": ["aws.secretsmanager"], "detail": detail}),
    )
    aws.cloudwatch_event_target.CloudwatchEventTarget(
        stack, f"Tell{name}", rule=rule.name, arn=topic(stack).arn
    )
