"""Snippets for the policies of the services that keep tasks running."""

import json
from typing import Any

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet


def shell(stack: TerraformStack, broken: bool) -> None:
    _service(stack, enable_execute_command=broken)


def stays_down(stack: TerraformStack, broken: bool) -> None:
    breaker = aws.ecs_service.EcsServiceDeploymentCircuitBreaker(enable=True, rollback=not broken)
    _service(stack, deployment_circuit_breaker=breaker)


def old_platform(stack: TerraformStack, broken: bool) -> None:
    _service(stack, platform_version="1.3.0" if broken else "1.4.0")


def shrinks_to_one(stack: TerraformStack, broken: bool) -> None:
    cluster = aws.ecs_cluster.EcsCluster(stack, "Cluster", name="gateway")
    service = _service(stack, cluster=cluster.arn, desired_count=2)
    scaling = {
        "service_namespace": "ecs",
        "scalable_dimension": "ecs:service:DesiredCount",
        "resource_id": f"service/{cluster.name}/{service.name}",
    }
    target = aws.appautoscaling_target.AppautoscalingTarget(
        stack, "Scale", **scaling, min_capacity=1 if broken else 2, max_capacity=6
    )
    metric = {"predefined_metric_type": "ECSServiceAverageCPUUtilization"}
    aws.appautoscaling_policy.AppautoscalingPolicy(
        stack, "ByCpu", name="cpu", policy_type="TargetTrackingScaling",
        **scaling | {"resource_id": target.resource_id},
        target_tracking_scaling_policy_configuration={
            "target_value": 50, "predefined_metric_specification": metric,
        },
    )  # fmt: skip


def unmeasured(stack: TerraformStack, broken: bool) -> None:
    insights = aws.ecs_cluster.EcsClusterSetting(name="containerInsights", value="enabled")
    aws.ecs_cluster.EcsCluster(stack, "Cluster", name="gateway", setting=[] if broken else [insights])


def other_container(stack: TerraformStack, broken: bool) -> None:
    task = aws.ecs_task_definition.EcsTaskDefinition(
        stack, "Task", family="gateway",
        container_definitions=json.dumps([{"name": "proxy" if broken else "gateway", "image": "gateway"}]),
    )  # fmt: skip
    served = aws.ecs_service.EcsServiceLoadBalancer(container_name="gateway", container_port=8443)
    _service(stack, task_definition=task.arn, load_balancer=[served])


def _service(stack: TerraformStack, *, task_definition: str = "gateway:1", **settings: Any) -> Any:
    return aws.ecs_service.EcsService(
        stack, "Service", name="gateway", launch_type="FARGATE", task_definition=task_definition, **settings
    )


SNIPPETS: dict[str, Snippet] = {
    "gateway/no_shell": shell,
    "gateway/rolls_back": stays_down,
    "gateway/current_platform": old_platform,
    "gateway/keeps_serving": shrinks_to_one,
    "gateway/insights": unmeasured,
    "gateway/served_container": other_container,
}
