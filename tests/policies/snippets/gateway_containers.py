"""Snippets for the policies of the containers of a task."""

import json
from typing import Any

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet

DIGEST = "@sha256:" + "0" * 64
CONTAINER = {"name": "gateway", "image": f"registry.example/gateway{DIGEST}"}


def image_by_tag(stack: TerraformStack, broken: bool) -> None:
    repository = aws.ecr_repository.EcrRepository(stack, "Repository", name="gateway")
    _task(stack, image=repository.repository_url + (":latest" if broken else DIGEST))


def writable_root(stack: TerraformStack, broken: bool) -> None:
    _task(stack, readonlyRootFilesystem=not broken)


def root(stack: TerraformStack, broken: bool) -> None:
    _task(stack, user="0:65532" if broken else "65532:65532")


def capabilities(stack: TerraformStack, broken: bool) -> None:
    _task(stack, linuxParameters={"capabilities": {"drop": ["ALL"], "add": ["SYS_PTRACE"] if broken else []}})


def secret_value(stack: TerraformStack, broken: bool) -> None:
    secret = aws.secretsmanager_secret.SecretsmanagerSecret(stack, "Secret", name="pictory")
    version = aws.data_aws_secretsmanager_secret_version.DataAwsSecretsmanagerSecretVersion(
        stack, "Now", secret_id=secret.id
    )
    handed_over = {"name": "PICTORY_API_KEY", "value": version.secret_string if broken else secret.arn}
    _task(stack, environment=[handed_over])


def unlogged(stack: TerraformStack, broken: bool) -> None:
    log = aws.cloudwatch_log_group.CloudwatchLogGroup(stack, "Log", name="gateway")
    options = {"awslogs-region": "us-east-2", **({} if broken else {"awslogs-group": log.name})}
    _task(stack, logConfiguration={"logDriver": "awslogs", "options": options})


def nobody_asks(stack: TerraformStack, broken: bool) -> None:
    health = {"command": ["CMD", "healthy"], "interval": 10}
    _task(stack, essential=True, **({} if broken else {"healthCheck": health}))


def shared_network(stack: TerraformStack, broken: bool) -> None:
    aws.ecs_task_definition.EcsTaskDefinition(
        stack, "Task", family="gateway", container_definitions=json.dumps([CONTAINER]),
        network_mode="bridge" if broken else "awsvpc",
    )  # fmt: skip


def _task(stack: TerraformStack, **of_container: Any) -> None:
    aws.ecs_task_definition.EcsTaskDefinition(
        stack, "Task", family="gateway", container_definitions=json.dumps([CONTAINER | of_container])
    )


SNIPPETS: dict[str, Snippet] = {
    "gateway/image_digest": image_by_tag,
    "gateway/read_only_root": writable_root,
    "gateway/not_root": root,
    "gateway/no_capabilities": capabilities,
    "gateway/no_secrets_in_environment": secret_value,
    "gateway/logged": unlogged,
    "gateway/asked_for_health": nobody_asks,
    "gateway/own_network": shared_network,
}
