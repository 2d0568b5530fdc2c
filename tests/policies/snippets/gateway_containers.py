"""Snippets for the policies of the gateway's containers."""

import json

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet

IMAGE = "registry.example/gateway@sha256:" + "0" * 64


def task(stack: TerraformStack, broken: bool) -> None:
    log = aws.cloudwatch_log_group.CloudwatchLogGroup(stack, "Log", name="gateway")
    container = {
        "name": "gateway",
        "image": IMAGE.split("@")[0] + ":latest" if broken else IMAGE,
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": log.name}},
    }
    aws.ecs_task_definition.EcsTaskDefinition(
        stack, "Task", family="gateway", container_definitions=json.dumps([container])
    )


SNIPPETS: dict[str, Snippet] = {
    "gateway/image_digest": task,
}
