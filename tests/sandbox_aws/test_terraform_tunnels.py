"""A service behind two load balancers under the real provider: applied, unchanged in a second plan, destroyed whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws import LocalAws
from sandbox.ecs.definition import read_service
from sandbox.terraform import Terraform
from sandbox.tunnels import listener_port

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
PORTS = {"calls": 8443, "tunnels": 8444}


def configuration(name: str) -> dict[str, Any]:
    containers = [
        {
            "name": "envoy",
            "image": "example@sha256:" + "0" * 64,
            "essential": True,
            "restartPolicy": {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60},
            "portMappings": [{"containerPort": port, "hostPort": port} for port in PORTS.values()],
        }
    ]
    health = {"protocol": "HTTPS", "path": "/healthz", "matcher": "200", "interval": 10, "timeout": 5}
    shared = {"target_type": "ip", "vpc_id": "${aws_vpc.vpc.id}", "deregistration_delay": "5"}
    balancer = {
        "internal": True,
        "subnets": ["${aws_subnet.a.id}", "${aws_subnet.b.id}"],
        "security_groups": ["${aws_security_group.group.id}"],
    }
    listener = {
        "port": 443, "certificate_arn": CERTIFICATE, "ssl_policy": "ELBSecurityPolicy-TLS13-1-3-2021-06"
    }  # fmt: skip

    def forward(group: str) -> dict[str, Any]:
        return {"type": "forward", "target_group_arn": f"${{aws_lb_target_group.{group}.arn}}"}

    resources: dict[str, Any] = {
        "aws_vpc": {"vpc": {"cidr_block": "10.0.0.0/16"}},
        "aws_subnet": {
            zone: {
                "vpc_id": "${aws_vpc.vpc.id}",
                "cidr_block": f"10.0.{number}.0/24",
                "availability_zone": f"us-east-1{zone}",
            }
            for number, zone in enumerate("ab")
        },
        "aws_security_group": {"group": {"name": name, "vpc_id": "${aws_vpc.vpc.id}"}},
        "aws_lb": {
            "calls": balancer | {"name": name, "load_balancer_type": "application"},
            "tunnels": balancer
            | {
                "name": f"{name}-tunnel",
                "load_balancer_type": "network",
                "enable_cross_zone_load_balancing": True,
                "enable_deletion_protection": False,
            },
        },
        "aws_lb_target_group": {
            "calls": shared | {"name": name, "port": 8443, "protocol": "HTTPS", "health_check": health},
            "tunnels": shared
            | {
                "name": f"{name}-tunnel",
                "port": 8444,
                "protocol": "TLS",
                "preserve_client_ip": "false",
                "health_check": health,
            },
        },
        "aws_lb_listener": {
            "calls": listener
            | {
                "load_balancer_arn": "${aws_lb.calls.arn}",
                "protocol": "HTTPS",
                "default_action": forward("calls"),
            },
            "tunnels": listener
            | {
                "load_balancer_arn": "${aws_lb.tunnels.arn}",
                "protocol": "TLS",
                "alpn_policy": "HTTP1Only",
                "default_action": forward("tunnels"),
            },
        },
        "aws_ecs_cluster": {"cluster": {"name": name}},
        "aws_ecs_task_definition": {
            "task": {
                "family": name,
                "requires_compatibilities": ["FARGATE"],
                "network_mode": "awsvpc",
                "cpu": "256",
                "memory": "512",
                "container_definitions": json.dumps(containers),
            }
        },
        "aws_ecs_service": {
            "service": {
                "name": name,
                "cluster": "${aws_ecs_cluster.cluster.id}",
                "task_definition": "${aws_ecs_task_definition.task.arn}",
                "desired_count": 2,
                "launch_type": "FARGATE",
                "network_configuration": {
                    "subnets": ["${aws_subnet.a.id}"],
                    "security_groups": ["${aws_security_group.group.id}"],
                },
                "load_balancer": [
                    {
                        "target_group_arn": f"${{aws_lb_target_group.{group}.arn}}",
                        "container_name": "envoy",
                        "container_port": port,
                    }
                    for group, port in PORTS.items()
                ],
                "depends_on": ["aws_lb_listener.calls", "aws_lb_listener.tunnels"],
            }
        },
    }
    return {
        "terraform": {
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}},
            "backend": {"local": {"path": "terraform.tfstate"}},
        },
        "provider": {"aws": {"region": "us-east-1", "skip_credentials_validation": True}},
        "resource": resources,
    }


@pytest.mark.slow
def test_service_when_it_has_two_load_balancers_then_the_second_plan_is_empty_and_both_are_read_back(
    aws: LocalAws, name: str, tmp_path: Path
) -> None:
    (tmp_path / "main.tf.json").write_text(json.dumps(configuration(name)), encoding="utf-8")
    terraform = Terraform.find(folder=tmp_path, variables=aws.environment())
    terraform.init(tmp_path)
    try:
        terraform.apply(tmp_path, timeout=240)
        plan = tmp_path / "second.tfplan"
        terraform.plan(tmp_path, timeout=120, out=plan)
        changes = {
            change["address"]: (change["change"]["before"], change["change"]["after"])
            for change in terraform.show(tmp_path, plan).get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }
        assert changes == {}
        service = read_service(aws.client("ecs"), cluster=name, service=name)
        assert {port for _, port in service.target_groups} == set(PORTS.values())
        (tunnels,) = [arn for arn, port in service.target_groups if port == PORTS["tunnels"]]
        assert listener_port(aws.client("elbv2"), tunnels) == 443
    finally:
        terraform.destroy(tmp_path, timeout=240)
