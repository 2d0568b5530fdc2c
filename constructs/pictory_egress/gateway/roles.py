"""The two roles of a task: what ECS may do to start it, and what its own code may do."""

from collections.abc import Sequence

from pictory_egress.cdk import Construct, aws
from pictory_egress.gateway.registry import Registry
from pictory_egress.gateway.settings import GatewaySettings
from pictory_egress.iam import document, statement, trust


class TaskRoles(Construct):
    """``execution_role_arn`` pulls the images and writes the log; ``task_role_arn`` reads a secret and the registry."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: GatewaySettings,
        name: str,
        account_id: str,
        region: str,
        log_group_arn: str,
        secret_arn: str,
        secrets_key_arn: str,
        signing_key_arns: Sequence[str],
        registry: Registry,
    ) -> None:
        super().__init__(scope, id_)
        self.execution_role_arn = self._role(
            "Execution",
            name=f"{name}-execution",
            account_id=account_id,
            policy=document(
                *_image_pull(settings, account_id=account_id, region=region),
                statement(
                    "WriteLog",
                    actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                    resources=[f"{log_group_arn}:log-stream:*"],
                ),
            ),
        )
        self.task_role_arn = self._role(
            "Task",
            name=f"{name}-task",
            account_id=account_id,
            policy=document(
                statement(
                    "ReadTheOneSecret",
                    actions=["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                    resources=[secret_arn],
                ),
                statement(
                    "DecryptItThroughSecretsManager",
                    actions=["kms:Decrypt"],
                    resources=[secrets_key_arn],
                    conditions={
                        "StringEquals": {
                            "kms:ViaService": f"secretsmanager.{region}.amazonaws.com",
                            "kms:EncryptionContext:SecretARN": secret_arn,
                        }
                    },
                ),
                statement(
                    "VerifyCallers",
                    actions=["kms:GetPublicKey"],
                    resources=signing_key_arns,
                ),
                statement(
                    "ReadTheRegistry",
                    actions=["dynamodb:GetItem", "dynamodb:Query"],
                    resources=[registry.table_arn],
                ),
                # DynamoDB asks the reader's own permissions for the table's key.
                statement(
                    "DecryptItThroughDynamoDb",
                    actions=["kms:Decrypt", "kms:DescribeKey"],
                    resources=[registry.key_arn],
                    conditions={"StringEquals": {"kms:ViaService": f"dynamodb.{region}.amazonaws.com"}},
                ),
            ),
        )

    def _role(self, id_: str, *, name: str, account_id: str, policy: str) -> str:
        role = aws.iam_role.IamRole(
            self,
            f"{id_}Role",
            name=name,
            assume_role_policy=trust("ecs-tasks.amazonaws.com", account_id=account_id),
        )
        aws.iam_role_policy.IamRolePolicy(self, f"{id_}Policy", name="least", role=role.id, policy=policy)
        return str(role.arn)


def _image_pull(settings: GatewaySettings, *, account_id: str, region: str) -> list[dict[str, object]]:
    """Statements to pull the images that lie in registries of this account; public ones need none."""
    registry = f"{account_id}.dkr.ecr.{region}.amazonaws.com/"
    repositories = sorted(
        f"arn:aws:ecr:{region}:{account_id}:repository/{image.removeprefix(registry).split('@')[0]}"
        for image in {settings.envoy_image, settings.sidecar_image}
        if image.startswith(registry)
    )
    if not repositories:
        return []
    return [
        statement(
            "PullImages",
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources=repositories,
        ),
        # A token is the account's, not a repository's: ECR takes no narrower resource.
        statement("EnterRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
    ]
