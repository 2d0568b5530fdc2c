"""Snippets for the policies of load balancers."""

from typing import Any

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet
from tests.policies.snippets.surroundings import balancer

CERTIFICATE = "arn:aws:acm:us-east-2:111111111111:certificate/1"
MODERN = "ELBSecurityPolicy-TLS13-1-3-2021-06"


def reached_from_inside(stack: TerraformStack, broken: bool) -> None:
    balancer(stack, internal=not broken)


def old_tls(stack: TerraformStack, broken: bool) -> None:
    _listener(stack, ssl_policy="ELBSecurityPolicy-2016-08" if broken else MODERN)


def plain_targets(stack: TerraformStack, broken: bool) -> None:
    aws.lb_target_group.LbTargetGroup(
        stack, "Targets", port=8443, protocol="HTTPS", target_type="ip", vpc_id="vpc-1",
        # Without a protocol of its own, AWS asks for health over HTTP.
        health_check={"path": "/healthz"} if broken else {"path": "/healthz", "protocol": "HTTPS"},
    )  # fmt: skip


def forwards_by_default(stack: TerraformStack, broken: bool) -> None:
    forwarded = aws.lb_listener.LbListenerDefaultAction(type="forward", target_group_arn=_targets(stack).arn)
    _listener(stack, default_action=[forwarded if broken else _refusal()])


def malformed_headers(stack: TerraformStack, broken: bool) -> None:
    balancer(stack, drop_invalid_header_fields=None if broken else True)


def unlogged_connections(stack: TerraformStack, broken: bool) -> None:
    bucket = aws.s3_bucket.S3Bucket(stack, "Logs")
    logs = {"bucket": bucket.id, "enabled": True}
    balancer(
        stack, enable_deletion_protection=True,
        access_logs={**logs, "prefix": "access"},
        connection_logs=None if broken else {**logs, "prefix": "connection"},
    )  # fmt: skip


def every_path(stack: TerraformStack, broken: bool) -> None:
    _rule(stack, forwards_to=_targets(stack), path="/*" if broken else "/pictoryapis/*")


def no_targets(stack: TerraformStack, broken: bool) -> None:
    group = _targets(stack)
    _rule(stack, forwards_to=group)
    served = aws.ecs_service.EcsServiceLoadBalancer(
        target_group_arn=group.arn, container_name="gateway", container_port=8443
    )
    aws.ecs_service.EcsService(
        stack,
        "Service",
        name="gateway",
        task_definition="gateway:1",
        load_balancer=[] if broken else [served],
    )


def failures_for_health(stack: TerraformStack, broken: bool) -> None:
    _targets(stack, matcher="200-499" if broken else "200")


def _refusal() -> Any:
    return aws.lb_listener.LbListenerDefaultAction(
        type="fixed-response",
        fixed_response=aws.lb_listener.LbListenerDefaultActionFixedResponse(
            content_type="text/plain", status_code="403"
        ),
    )


def _listener(stack: TerraformStack, *, ssl_policy: str = MODERN, default_action: Any = None) -> Any:
    return aws.lb_listener.LbListener(
        stack, "Https", load_balancer_arn=balancer(stack).arn, port=443, protocol="HTTPS", certificate_arn=CERTIFICATE,
        ssl_policy=ssl_policy, default_action=default_action or [_refusal()],
    )  # fmt: skip


def _rule(stack: TerraformStack, *, forwards_to: Any, path: str = "/pictoryapis/*") -> None:
    rule = aws.lb_listener_rule
    paths = rule.LbListenerRuleConditionPathPattern(values=[path])
    rule.LbListenerRule(
        stack, "Api", listener_arn=_listener(stack).arn, priority=10,
        condition=[rule.LbListenerRuleCondition(path_pattern=paths)],
        action=[rule.LbListenerRuleAction(type="forward", target_group_arn=forwards_to.arn)],
    )  # fmt: skip


def _targets(stack: TerraformStack, **health_check: str) -> Any:
    return aws.lb_target_group.LbTargetGroup(
        stack, "Targets", port=8443, protocol="HTTPS", target_type="ip", vpc_id="vpc-1",
        health_check={"protocol": "HTTPS", **health_check},
    )  # fmt: skip


SNIPPETS: dict[str, Snippet] = {
    "load_balancer/internal": reached_from_inside,
    "load_balancer/tls_1_3": old_tls,
    "load_balancer/encrypted_targets": plain_targets,
    "load_balancer/refuses_by_default": forwards_by_default,
    "load_balancer/strict_requests": malformed_headers,
    "load_balancer/logged": unlogged_connections,
    "load_balancer/named_paths": every_path,
    "load_balancer/reached": no_targets,
    "load_balancer/honest_health": failures_for_health,
}
