"""The monitoring, alone in a stack, beside parts of which only the attributes are known."""

import json
from dataclasses import dataclass
from typing import Any

from pictory_egress.cdk import App, TerraformStack, Testing, aws
from pictory_egress.monitoring.infrastructure import Monitoring
from pictory_egress.monitoring.settings import MonitoringSettings

NAME = "pictory-egress-dev"
ACCOUNT = "111111111111"
REGION = "us-east-2"
RUNBOOKS = "https://runbooks.example.com/pictory-egress"
READER = f"arn:aws:iam::{ACCOUNT}:role/break-glass"


@dataclass(frozen=True)
class TunnelParts:
    """Stands for the load balancer for tunnels."""

    arn_suffix: str = "net/pictory-egress-dev-tunnel/0123456789abcdef"
    target_group_arn_suffix: str = "targetgroup/pictory-egress-dev-tunnel/0123456789abcdef"


@dataclass(frozen=True)
class Parts:
    """Stands for keys, gateway, credentials and firewall at once."""

    topic_key_arn: str = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-4000-8000-000000000001"
    load_balancer_arn_suffix: str = "app/pictory-egress-dev/0123456789abcdef"
    target_group_arn_suffix: str = "targetgroup/pictory-egress-dev/0123456789abcdef"
    tunnels: TunnelParts | None = TunnelParts()
    log_group_name: str = f"/{NAME}/gateway"
    task_role_arn: str = f"arn:aws:iam::{ACCOUNT}:role/{NAME}-task"
    secret_arn: str = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{NAME}/pictory-a1B2c3"
    staging_secret_arn: str = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{NAME}/staging-d4E5f6"
    secrets_key_arn: str = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-4000-8000-000000000002"
    rotation_function_name: str = f"{NAME}-rotation"
    rotation_role_arn: str = f"arn:aws:iam::{ACCOUNT}:role/{NAME}-rotation"
    rotation_log_group_name: str = f"/aws/lambda/{NAME}-rotation"
    dead_letter_queue_name: str = f"{NAME}-rotation-dead-letters"
    web_acl_name: str = NAME


class Synthesized:
    """The stack's Terraform JSON, by resource type."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._resources = document["resource"]

    def all(self, type_: str) -> list[dict[str, Any]]:
        return list(self._resources.get(type_, {}).values())

    def one(self, type_: str) -> dict[str, Any]:
        (resource,) = self.all(type_)
        return resource

    def alarm(self, slug: str) -> dict[str, Any]:
        (alarm,) = [a for a in self.all("aws_cloudwatch_metric_alarm") if a["alarm_name"] == f"{NAME}-{slug}"]
        return alarm

    def names(self, type_: str) -> list[str]:
        """Logical names, which references use."""
        return list(self._resources.get(type_, {}))


def synthesize(**settings: Any) -> tuple[Synthesized, Monitoring]:
    stack = TerraformStack(App(), "test")
    aws.provider.AwsProvider(stack, "aws", region=REGION)
    parts = Parts()
    values = {
        "runbook_url": RUNBOOKS,
        "emails": ("ops@example.com",),
        "secret_readers": (READER,),
        **settings,
    }
    monitoring = Monitoring(
        stack,
        "Monitoring",
        settings=MonitoringSettings.model_validate(values),
        name=NAME,
        region=REGION,
        account_id=ACCOUNT,
        deadline_days=45,
        keys=parts,
        gateway=parts,
        credentials=parts,
        firewall=parts,
    )
    return Synthesized(json.loads(Testing.synth(stack, True))), monitoring
