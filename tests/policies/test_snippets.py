"""Policies on small stacks as users write them, in CDKTF: one app synthesizes all, each once kept and once broken.

The other fixtures are the JSON that CDKTF writes (docs/decisions/0019): these show, for each group of policies, that
it does write that.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pictory_egress.cdk import App, TerraformStack, aws
from policies.policy import catalogue
from policies.policy.verdict import Outcome, judge
from policies.stack import synthesized

POLICIES = catalogue.load()[0]
Snippet = Callable[[TerraformStack, bool], object]
"""Makes resources that keep a rule, or (``broken``) break it."""

IMAGE = "registry.example/gateway@sha256:" + "0" * 64


def way_out(stack: TerraformStack, broken: bool) -> None:
    vpc = aws.vpc.Vpc(stack, "Vpc", cidr_block="10.0.0.0/16")
    group = aws.security_group.SecurityGroup(stack, "Group", vpc_id=vpc.id)
    aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
        stack, "Out", security_group_id=group.id, cidr_ipv4="0.0.0.0/0", ip_protocol="-1" if broken else "tcp",
        **{} if broken else {"from_port": 443, "to_port": 443},
    )  # fmt: skip


def listener(stack: TerraformStack, broken: bool) -> None:
    balancer = aws.lb.Lb(stack, "Balancer", internal=True)
    aws.lb_listener.LbListener(
        stack, "Listener", load_balancer_arn=balancer.arn, port=443, protocol="HTTPS",
        certificate_arn="arn:aws:acm:us-east-2:111111111111:certificate/1",
        ssl_policy="ELBSecurityPolicy-2016-08" if broken else "ELBSecurityPolicy-TLS13-1-3-2021-06",
        default_action=[{"type": "fixed-response", "fixed_response": {"content_type": "text/plain", "status_code": "403"}}],
    )  # fmt: skip


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


def web_acl(stack: TerraformStack, broken: bool) -> None:
    visible = {"cloudwatch_metrics_enabled": True, "metric_name": "acl", "sampled_requests_enabled": False}
    aws.wafv2_web_acl.Wafv2WebAcl(
        stack, "Acl", scope="REGIONAL", visibility_config=visible,
        default_action={"allow": {}} if broken else {"block": {}},
    )  # fmt: skip


def secret(stack: TerraformStack, broken: bool) -> None:
    key = aws.kms_key.KmsKey(stack, "Key")
    aws.secretsmanager_secret.SecretsmanagerSecret(
        stack, "Secret", name="pictory", kms_key_id=None if broken else key.arn
    )


def key(stack: TerraformStack, broken: bool) -> None:
    aws.kms_key.KmsKey(stack, "Key", enable_key_rotation=None if broken else True)


def function(stack: TerraformStack, broken: bool) -> None:
    role = aws.iam_role.IamRole(stack, "Role", assume_role_policy=json.dumps({"Statement": []}))
    aws.lambda_function.LambdaFunction(
        stack, "Function", function_name="rotate", role=role.arn, handler="app.handler", filename="app.zip",
        runtime="python3.9" if broken else "python3.13",
    )  # fmt: skip


def grant(stack: TerraformStack, broken: bool) -> None:
    bucket = aws.s3_bucket.S3Bucket(stack, "Bucket")
    statement = {
        "effect": "Allow",
        "actions": ["*"] if broken else ["s3:GetObject"],
        "resources": ["*"] if broken else [f"{bucket.arn}/reports/*"],
    }
    document = aws.data_aws_iam_policy_document.DataAwsIamPolicyDocument(stack, "Read", statement=[statement])
    aws.iam_policy.IamPolicy(stack, "Policy", policy=document.json)


def log_group(stack: TerraformStack, broken: bool) -> None:
    aws.cloudwatch_log_group.CloudwatchLogGroup(
        stack, "Log", name="gateway", retention_in_days=30 if broken else 365,
        kms_key_id=aws.kms_key.KmsKey(stack, "Key").arn,
    )  # fmt: skip


def alarm(stack: TerraformStack, broken: bool) -> None:
    topic = aws.sns_topic.SnsTopic(stack, "Topic")
    aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
        stack, "Alarm", alarm_name="errors", namespace="AWS/Lambda", metric_name="Errors", statistic="Sum",
        dimensions={"FunctionName": "rotate"}, period=300, evaluation_periods=1, threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold", treat_missing_data="notBreaching",
        alarm_actions=[] if broken else [topic.arn],
    )  # fmt: skip


def table(stack: TerraformStack, broken: bool) -> None:
    aws.dynamodb_table.DynamodbTable(
        stack, "Table", name="clients", hash_key="id", attribute=[{"name": "id", "type": "S"}],
        billing_mode="PAY_PER_REQUEST", point_in_time_recovery={"enabled": not broken},
        deletion_protection_enabled=True,
    )  # fmt: skip


SNIPPETS: dict[str, Snippet] = {
    "egress/https_only": way_out,
    "load_balancer/tls_1_3": listener,
    "gateway/image_digest": task,
    "firewall/blocks_by_default": web_acl,
    "secrets/own_key": secret,
    "keys/rotated": key,
    "functions/supported_runtime": function,
    "identity/least_actions": grant,
    "logs/kept_and_encrypted": log_group,
    "alarms/tells_somebody": alarm,
    "state/tables_recoverable": table,
}


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("snippets")
    app = App(outdir=str(folder))
    for place, snippet in SNIPPETS.items():
        for broken in (False, True):
            stack = TerraformStack(app, _name(place, broken))
            aws.provider.AwsProvider(stack, "aws", region="us-east-2")
            snippet(stack, broken)
    app.synth()
    return folder / "stacks"


def _name(place: str, broken: bool) -> str:
    return f"{place.replace('/', '-')}-{'broken' if broken else 'kept'}-prod"


def test_snippets_when_listed_then_are_of_every_group() -> None:
    assert {place.split("/")[0] for place in SNIPPETS} == set(catalogue.GUARDED)


@pytest.mark.parametrize("broken", [False, True], ids=["kept", "broken"])
@pytest.mark.parametrize("place", SNIPPETS)
def test_policy_when_a_stack_is_written_in_cdktf_then_says_whether_it_keeps_the_rule(
    stacks: Path, place: str, broken: bool
) -> None:
    stack = synthesized.load(stacks / _name(place, broken) / "cdk.tf.json")
    outcomes = {verdict.outcome for verdict in judge(POLICIES[place], stack)}
    assert (Outcome.FAIL in outcomes) is broken
    assert outcomes <= {Outcome.FAIL, Outcome.PASS}
