"""Every extended resource under the real provider: applied, unchanged in a second plan, destroyed whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws import LocalAws
from sandbox.terraform import Terraform

HANDLER = """
import boto3

def handler(event, context):
    secrets, secret, token = boto3.client("secretsmanager"), event["SecretId"], event["ClientRequestToken"]
    if event["Step"] == "createSecret":
        secrets.put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString="made", VersionStages=["AWSPENDING"]
        )
    if event["Step"] == "finishSecret":
        secrets.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token)
"""
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"


def configuration(folder: Path, name: str, zip_: bytes) -> dict[str, Any]:
    (folder / "function.zip").write_bytes(zip_)
    assume = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"Service": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]},
                }
            ],
        }
    )
    secret = {
        "name": name,
        "recovery_window_in_days": 0,
    }
    resources: dict[str, Any] = {
        "aws_iam_role": {"role": {"name": name, "assume_role_policy": assume}},
        "aws_cloudwatch_log_group": {"function": {"name": f"/aws/lambda/{name}", "retention_in_days": 7}},
        "aws_sns_topic": {"dead": {"name": name}},
        "aws_vpc": {"vpc": {"cidr_block": "10.0.0.0/16"}},
        "aws_subnet": {
            "subnet": {
                "vpc_id": "${aws_vpc.vpc.id}",
                "cidr_block": "10.0.1.0/24",
                "availability_zone": "us-east-1a",
            }
        },
        "aws_security_group": {"group": {"name": name, "vpc_id": "${aws_vpc.vpc.id}"}},
        "aws_route53_zone": {"zone": {"name": f"{name}.internal", "vpc": {"vpc_id": "${aws_vpc.vpc.id}"}}},
        "aws_lambda_function": {
            "function": {
                "function_name": name,
                "role": "${aws_iam_role.role.arn}",
                "runtime": "python3.12",
                "handler": "app.handler",
                "filename": str(folder / "function.zip"),
                "source_code_hash": '${filebase64sha256("' + str(folder / "function.zip") + '")}',
                "timeout": 30,
                "reserved_concurrent_executions": 1,
                "environment": {"variables": {"GREETING": "hello"}},
                "dead_letter_config": {"target_arn": "${aws_sns_topic.dead.arn}"},
                "logging_config": {
                    "log_format": "JSON",
                    "application_log_level": "INFO",
                    "system_log_level": "WARN",
                    "log_group": "${aws_cloudwatch_log_group.function.name}",
                },
                "tracing_config": {"mode": "Active"},
                "vpc_config": {
                    "subnet_ids": ["${aws_subnet.subnet.id}"],
                    "security_group_ids": ["${aws_security_group.group.id}"],
                },
            }
        },
        "aws_lambda_permission": {
            "rotation": {
                "function_name": "${aws_lambda_function.function.function_name}",
                "action": "lambda:InvokeFunction",
                "principal": "secretsmanager.amazonaws.com",
                "source_account": "123456789012",
                "source_arn": "${aws_secretsmanager_secret.later.arn}",
            },
            "rotation_now": {
                "function_name": "${aws_lambda_function.function.function_name}",
                "action": "lambda:InvokeFunction",
                "principal": "secretsmanager.amazonaws.com",
                "source_arn": "${aws_secretsmanager_secret.now.arn}",
            },
        },
        "aws_secretsmanager_secret": {
            "later": secret
            | {"name": f"{name}-later", "description": "rotated by its schedule", "tags": {"a": "b"}},
            "now": secret | {"name": f"{name}-now"},
        },
        "aws_secretsmanager_secret_rotation": {
            key: {
                "secret_id": f"${{aws_secretsmanager_secret.{key}.id}}",
                "rotation_lambda_arn": "${aws_lambda_function.function.arn}",
                "rotate_immediately": key == "now",
                "rotation_rules": {"schedule_expression": "rate(30 days)", "duration": "4h"},
                "depends_on": ["aws_lambda_permission.rotation", "aws_lambda_permission.rotation_now"],
            }
            for key in ("later", "now")
        },
        "aws_cloudwatch_metric_alarm": {
            letter: {
                "alarm_name": f"{name}-{letter}",
                "namespace": "Test",
                "metric_name": letter,
                "statistic": "Sum",
                "period": 60,
                "evaluation_periods": 1,
                "threshold": 1,
                "comparison_operator": "GreaterThanThreshold",
            }
            for letter in "ab"
        },
        "aws_cloudwatch_composite_alarm": {
            "both": {
                "alarm_name": f"{name}-both",
                "alarm_description": "see the runbook",
                "alarm_rule": "ALARM(${aws_cloudwatch_metric_alarm.a.alarm_name}) AND "
                "ALARM(${aws_cloudwatch_metric_alarm.b.alarm_name})",
                "alarm_actions": ["${aws_sns_topic.dead.arn}"],
                "tags": {"severity": "page"},
            }
        },
        "aws_ecs_cluster": {"cluster": {"name": name}},
        "aws_ecs_task_definition": {
            "task": {
                "family": name,
                "requires_compatibilities": ["FARGATE"],
                "network_mode": "awsvpc",
                "cpu": "256",
                "memory": "512",
                "execution_role_arn": "${aws_iam_role.role.arn}",
                "container_definitions": json.dumps(
                    [{"name": "main", "image": "example@sha256:" + "0" * 64, "essential": True}]
                ),
            }
        },
        "aws_ecs_service": {
            "service": {
                "name": name,
                "cluster": "${aws_ecs_cluster.cluster.id}",
                "task_definition": "${aws_ecs_task_definition.task.arn}",
                "desired_count": 2,
                "launch_type": "FARGATE",
                "availability_zone_rebalancing": "ENABLED",
                "enable_execute_command": False,
                "deployment_minimum_healthy_percent": 100,
                "deployment_maximum_percent": 200,
                "deployment_circuit_breaker": {"enable": True, "rollback": True},
                "network_configuration": {
                    "subnets": ["${aws_subnet.subnet.id}"],
                    "security_groups": ["${aws_security_group.group.id}"],
                },
                "lifecycle": {"ignore_changes": ["desired_count"]},
            }
        },
        "aws_appautoscaling_target": {
            "target": {
                "service_namespace": "ecs",
                "scalable_dimension": "ecs:service:DesiredCount",
                "resource_id": "service/${aws_ecs_cluster.cluster.name}/${aws_ecs_service.service.name}",
                "min_capacity": 2,
                "max_capacity": 4,
                "tags": {"a": "b"},
            }
        },
        "aws_appautoscaling_policy": {
            "policy": {
                "name": name,
                "policy_type": "TargetTrackingScaling",
                "service_namespace": "${aws_appautoscaling_target.target.service_namespace}",
                "scalable_dimension": "${aws_appautoscaling_target.target.scalable_dimension}",
                "resource_id": "${aws_appautoscaling_target.target.resource_id}",
                "target_tracking_scaling_policy_configuration": {
                    "target_value": 60,
                    "predefined_metric_specification": {
                        "predefined_metric_type": "ECSServiceAverageCPUUtilization"
                    },
                },
            }
        },
    }
    return {
        "terraform": {
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}},
            "backend": {"local": {"path": "terraform.tfstate"}},
        },
        "provider": {
            "aws": {
                "region": "us-east-1",
                "skip_credentials_validation": True,
                "skip_requesting_account_id": False,
                "default_tags": {"tags": {"project": "test"}},
            }
        },
        "data": {
            "aws_acm_certificate": {"listener": {"domain": "gateway.example.test", "statuses": ["ISSUED"]}}
        },
        "resource": resources,
        "output": {"certificate_arn": {"value": "${data.aws_acm_certificate.listener.arn}"}},
    }


@pytest.mark.slow
def test_extended_resources_when_applied_then_the_second_plan_is_empty_and_destroy_leaves_nothing(
    aws: LocalAws, name: str, tmp_path: Path, function_zip: Any, until: Any
) -> None:
    secrets = aws.client("secretsmanager")
    text = json.dumps(configuration(tmp_path, name, function_zip(app=HANDLER)))
    (tmp_path / "main.tf.json").write_text(text, encoding="utf-8")
    terraform = Terraform.find(folder=tmp_path, variables=aws.environment())
    terraform.init(tmp_path)
    terraform.validate(tmp_path)
    try:
        terraform.apply(tmp_path, timeout=240)
        plan = tmp_path / "second.tfplan"
        changed = terraform.plan(tmp_path, timeout=120, out=plan)
        changes = {
            change["address"]: (change["change"]["before"], change["change"]["after"])
            for change in terraform.show(tmp_path, plan).get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }
        assert changes == {}
        assert not changed
        assert terraform.output(tmp_path) == {"certificate_arn": CERTIFICATE}
        until(
            lambda: "AWSCURRENT" in str(secrets.describe_secret(SecretId=f"{name}-now")["VersionIdsToStages"])
        )
        assert secrets.get_secret_value(SecretId=f"{name}-now")["SecretString"] == "made"
        until(lambda: "VersionIdsToStages" not in secrets.describe_secret(SecretId=f"{name}-later"))
    finally:
        terraform.destroy(tmp_path, timeout=240)
    assert [a for a in terraform.resources(tmp_path) if not a.startswith("data.")] == []
    functions = aws.client("lambda").list_functions()["Functions"]
    assert name not in {function["FunctionName"] for function in functions}
    alarms = aws.client("cloudwatch").describe_alarms(AlarmNamePrefix=name)
    assert (alarms["MetricAlarms"], alarms["CompositeAlarms"]) == ([], [])
    assert (
        aws.client("secretsmanager").list_secrets(Filters=[{"Key": "name", "Values": [name]}])["SecretList"]
        == []
    )
