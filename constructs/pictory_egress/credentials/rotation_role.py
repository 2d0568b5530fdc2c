"""What the rotation function may do: its two secrets through their key, its log, its dead letters, its network."""

from typing import Any, Final

from pictory_egress.cdk import Construct, aws
from pictory_egress.iam import document, statement, trust

_NETWORK_INTERFACES: Final = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
_DESCRIBE_NETWORK: Final = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")


class RotationRole(Construct):
    """``arn`` of the role; ``policy`` must exist before the function is made."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        region: str,
        secret_arn: str,
        staging_secret_arn: str,
        key_arn: str,
        function_arn: str,
        log_group_arn: str,
        queue_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        # No condition on the source account: a role passes to Lambda within its own account only.
        role = aws.iam_role.IamRole(self, "Role", name=name, assume_role_policy=trust("lambda.amazonaws.com"))
        self.arn: str = role.arn
        self.policy: Any = aws.iam_role_policy.IamRolePolicy(
            self,
            "Policy",
            name="least",
            role=role.id,
            policy=document(
                *_secrets(
                    region, secret_arn=secret_arn, staging_secret_arn=staging_secret_arn, key_arn=key_arn
                ),
                *_function(region, key_arn=key_arn, function_arn=function_arn, queue_arn=queue_arn),
                *_network(region, function_arn=function_arn),
                statement(
                    "WriteLog",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[f"{log_group_arn}:log-stream:*"],
                ),
            ),
        )


def _secrets(region: str, *, secret_arn: str, staging_secret_arn: str, key_arn: str) -> list[dict[str, Any]]:
    service = f"secretsmanager.{region}.amazonaws.com"
    return [
        statement(
            "RotateTheSecret",
            actions=[
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            resources=[secret_arn],
        ),
        statement(
            "ReadTheCandidate",
            actions=["secretsmanager:GetSecretValue"],
            resources=[staging_secret_arn],
        ),
        statement(
            "DecryptBoth",
            actions=["kms:Decrypt"],
            resources=[key_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": service,
                    "kms:EncryptionContext:SecretARN": [secret_arn, staging_secret_arn],
                }
            },
        ),
        statement(
            "EncryptTheSecret",
            actions=["kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={
                "StringEquals": {"kms:ViaService": service, "kms:EncryptionContext:SecretARN": secret_arn}
            },
        ),
    ]


def _function(region: str, *, key_arn: str, function_arn: str, queue_arn: str) -> list[dict[str, Any]]:
    return [
        statement(
            "ReadOwnEnvironment",
            actions=["kms:Decrypt"],
            resources=[key_arn],
            conditions={"StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": function_arn}},
        ),
        statement("SendDeadLetters", actions=["sqs:SendMessage"], resources=[queue_arn]),
        statement(
            "EncryptDeadLetters",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"sqs.{region}.amazonaws.com"}},
        ),
        statement("Trace", actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]),
    ]


def _network(region: str, *, function_arn: str) -> list[dict[str, Any]]:
    # Lambda makes the interfaces with this role; any account, since a shared VPC's subnets belong to another.
    return [
        statement("AttachToNetwork", actions=_NETWORK_INTERFACES, resources=[f"arn:aws:ec2:{region}:*:*/*"]),
        statement("DescribeNetwork", actions=_DESCRIBE_NETWORK, resources=["*"]),
        statement(
            "NeverFromTheCodeItself",
            effect="Deny",
            actions=[*_NETWORK_INTERFACES, *_DESCRIBE_NETWORK],
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
        ),
    ]
