"""What else the local AWS does beside moto, a service at a time."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.aws import LocalAws

Until = Callable[[Callable[[], Any]], Any]
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"


@pytest.fixture
def alarms(aws: LocalAws, name: str) -> tuple[Any, str, str]:
    """The client and two metric alarms that are not in alarm."""
    cloudwatch = aws.client("cloudwatch")
    for letter in "ab":
        cloudwatch.put_metric_alarm(
            AlarmName=f"{name}-{letter}", Namespace="Test", MetricName=letter, Statistic="Sum", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
    return cloudwatch, f"{name}-a", f"{name}-b"


def test_composite_alarm_when_put_then_described_and_tagged(alarms: tuple[Any, str, str], name: str) -> None:
    cloudwatch, a, b = alarms
    cloudwatch.put_composite_alarm(
        AlarmName=name, AlarmRule=f"ALARM({a}) OR ALARM({b})", AlarmDescription="see the runbook",
        AlarmActions=["arn:aws:sns:us-east-1:123456789012:page"], ActionsEnabled=False,
        ActionsSuppressor=b, ActionsSuppressorWaitPeriod=60, ActionsSuppressorExtensionPeriod=120,
        Tags=[{"Key": "severity", "Value": "page"}],
    )  # fmt: skip
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert alarm["AlarmRule"] == f"ALARM({a}) OR ALARM({b})"
    assert alarm["AlarmDescription"] == "see the runbook"
    assert alarm["AlarmActions"] == ["arn:aws:sns:us-east-1:123456789012:page"]
    assert alarm["ActionsEnabled"] is False
    assert (alarm["ActionsSuppressor"], alarm["ActionsSuppressorWaitPeriod"]) == (b, 60)
    tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert tags == [{"Key": "severity", "Value": "page"}]


def test_composite_alarm_when_its_alarms_change_then_its_state_follows(
    alarms: tuple[Any, str, str], name: str
) -> None:
    cloudwatch, a, b = alarms
    cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=f"ALARM({a}) AND ALARM({b})")
    cloudwatch.put_composite_alarm(AlarmName=f"{name}-outer", AlarmRule=f"NOT ALARM({name})")

    def state(alarm: str) -> str:
        (found,) = cloudwatch.describe_alarms(AlarmNames=[alarm])["CompositeAlarms"]
        return str(found["StateValue"])

    states = [(state(name), state(f"{name}-outer"))]
    for alarm in (a, b):
        cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="test")
        states.append((state(name), state(f"{name}-outer")))
    assert states == [("OK", "ALARM"), ("OK", "ALARM"), ("ALARM", "OK")]


@pytest.mark.parametrize("rule", ["ALARM(no-such-alarm)", "ALARM("])
def test_composite_alarm_when_rule_is_wrong_then_refused(
    alarms: tuple[Any, str, str], name: str, rule: str
) -> None:
    with pytest.raises(ClientError) as refused:
        alarms[0].put_composite_alarm(AlarmName=name, AlarmRule=rule)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_alarm_when_a_composite_names_it_then_not_deleted_before(
    alarms: tuple[Any, str, str], name: str
) -> None:
    cloudwatch, a, b = alarms
    cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=f"ALARM({a})")
    with pytest.raises(ClientError, match="composite"):
        cloudwatch.delete_alarms(AlarmNames=[a])
    cloudwatch.delete_alarms(AlarmNames=[name])
    cloudwatch.delete_alarms(AlarmNames=[a, b])
    left = cloudwatch.describe_alarms(AlarmNamePrefix=name)
    assert (left["MetricAlarms"], left["CompositeAlarms"]) == ([], [])


@pytest.fixture
def service(aws: LocalAws, name: str) -> tuple[Any, str]:
    """ECS and a service of a task definition without a task."""
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName=name)
    ecs.register_task_definition(
        family=name, containerDefinitions=[{"name": "main", "image": "example", "memory": 128}]
    )
    ecs.create_service(
        cluster=name, serviceName=name, taskDefinition=name, desiredCount=2, availabilityZoneRebalancing="ENABLED",
        healthCheckGracePeriodSeconds=30, deploymentConfiguration={"minimumHealthyPercent": 100},
    )  # fmt: skip
    return ecs, name


def test_service_when_created_and_updated_then_given_back_whole(service: tuple[Any, str]) -> None:
    ecs, name = service

    def described() -> Any:
        (found,) = ecs.describe_services(cluster=name, services=[name])["services"]
        return {key: found[key] for key in ("availabilityZoneRebalancing", "healthCheckGracePeriodSeconds")}

    assert described() == {"availabilityZoneRebalancing": "ENABLED", "healthCheckGracePeriodSeconds": 30}
    ecs.update_service(cluster=name, service=name, availabilityZoneRebalancing="DISABLED")
    assert described() == {"availabilityZoneRebalancing": "DISABLED", "healthCheckGracePeriodSeconds": 30}


def test_scalable_target_when_tagged_then_tags_come_and_go_with_it(
    aws: LocalAws, service: tuple[Any, str]
) -> None:
    scaling, place = (
        aws.client("application-autoscaling"),
        {
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
            "ResourceId": f"service/{service[1]}/{service[1]}",
        },
    )
    arn = scaling.register_scalable_target(**place, MinCapacity=1, MaxCapacity=2, Tags={"a": "1"})[
        "ScalableTargetARN"
    ]
    scaling.tag_resource(ResourceARN=arn, Tags={"b": "2"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "2"}
    scaling.deregister_scalable_target(**place)
    with pytest.raises(ClientError) as refused:
        scaling.list_tags_for_resource(ResourceARN=arn)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_zone_when_made_with_a_vpc_then_private_and_the_vpc_is_given_back(aws: LocalAws, name: str) -> None:
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    route53 = aws.client("route53")
    zone = route53.create_hosted_zone(
        Name=f"{name}.internal", CallerReference=name, VPC={"VPCRegion": "us-east-1", "VPCId": vpc}
    )["HostedZone"]["Id"]
    found = route53.get_hosted_zone(Id=zone)
    assert found["HostedZone"]["Config"]["PrivateZone"]
    assert found["VPCs"] == [{"VPCRegion": "us-east-1", "VPCId": vpc}]


def test_certificate_when_seeded_then_issued_at_its_arn(aws: LocalAws) -> None:
    found = aws.client("acm").describe_certificate(CertificateArn=CERTIFICATE)["Certificate"]
    assert (found["CertificateArn"], found["DomainName"]) == (CERTIFICATE, "gateway.example.test")
    assert found["Status"] == "ISSUED"


def test_rule_when_it_matches_then_topic_and_function_get_the_event(
    aws: LocalAws, deploy: Any, until: Until, name: str
) -> None:
    sns, sqs, bus = aws.client("sns"), aws.client("sqs"), aws.client("events")
    topic = sns.create_topic(Name=name)["TopicArn"]
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    function = deploy(name, "def handler(event, context):\n    print('got', event['detail'])\n")
    bus.put_rule(Name=name, EventPattern=json.dumps({"source": [f"test.{name}"]}))
    bus.put_targets(Rule=name, Targets=[{"Id": "topic", "Arn": topic}, {"Id": "function", "Arn": function}])
    for source in (f"test.{name}", "test.other"):
        bus.put_events(Entries=[{"Source": source, "DetailType": "x", "Detail": '{"n": 1}'}])
    (message,) = until(lambda: sqs.receive_message(QueueUrl=url).get("Messages", []))
    assert json.loads(json.loads(message["Body"])["Message"])["detail"] == {"n": 1}
    until(lambda: "got {'n': 1}" in deploy.log_lines(name))


@pytest.fixture
def watched(aws: LocalAws, name: str) -> Callable[..., Callable[[], list[str]]]:
    """Makes a rule over a secret's events that tells a topic, and reads what the topic was told."""
    sns, sqs, bus = aws.client("sns"), aws.client("sqs"), aws.client("events")

    def make(state: str, pattern: dict[str, Any]) -> Callable[[], list[str]]:
        topic = sns.create_topic(Name=name)["TopicArn"]
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"}
        )
        bus.put_rule(
            Name=name, EventPattern=json.dumps({"source": ["aws.secretsmanager"], **pattern}), State=state
        )
        transformer = {
            "InputPathsMap": {
                "action": "$.detail.eventName",
                "who": "$.detail.userIdentity.arn",
                "error": "$.detail.errorCode",
            },
            "InputTemplate": '"<action> by <who>."\n"Error: <error>."',
        }
        target = {"Id": "topic", "Arn": topic, "InputTransformer": transformer}
        bus.put_targets(Rule=name, Targets=[target])

        def told() -> list[str]:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            return [message["Body"] for message in messages]

        return told

    return make


def test_secret_when_read_by_another_then_the_rule_for_all_events_tells(
    aws: LocalAws, watched: Any, name: str
) -> None:
    secrets = aws.client("secretsmanager")
    arn = secrets.create_secret(Name=name, SecretString="unspeakable")["ARN"]
    expected = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    session = aws.client("sts").assume_role(RoleArn=expected, RoleSessionName="mine")["Credentials"]
    issuer = {
        "userIdentity": {
            "sessionContext": {"sessionIssuer": {"arn": [{"anything-but": [expected]}, {"exists": False}]}}
        }
    }
    detail = {"eventName": ["GetSecretValue"], "requestParameters": {"secretId": [arn, name]}, **issuer}
    told = watched("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", {"detail": detail})
    as_expected = boto3.client(
        "secretsmanager", endpoint_url=aws.endpoint, region_name="us-east-1",
        aws_access_key_id=session["AccessKeyId"], aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )  # fmt: skip
    as_expected.get_secret_value(SecretId=arn)
    assert told() == []
    secrets.get_secret_value(SecretId=name)
    assert told() == [f'"GetSecretValue by arn:aws:iam::{aws.account}:root."\n"Error: ."']
    with pytest.raises(ClientError):
        secrets.get_secret_value(SecretId=name, VersionStage="AWSPENDING")
    assert told() == [
        f'"GetSecretValue by arn:aws:iam::{aws.account}:root."\n"Error: ResourceNotFoundException."'
    ]


def test_secret_when_read_then_a_rule_that_is_only_enabled_is_not_shown_it(
    aws: LocalAws, watched: Any, name: str
) -> None:
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name=name, SecretString="one")
    told = watched("ENABLED", {"detail": {"requestParameters": {"secretId": [name]}}})
    secrets.get_secret_value(SecretId=name)
    assert told() == []
    secrets.put_secret_value(SecretId=name, SecretString="two")
    assert told() == [f'"PutSecretValue by arn:aws:iam::{aws.account}:root."\n"Error: ."']


def test_rule_when_disabled_then_silent(aws: LocalAws, watched: Any, name: str) -> None:
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name=name)
    told = watched("DISABLED", {"detail": {"requestParameters": {"secretId": [name]}}})
    secrets.put_secret_value(SecretId=name, SecretString="two")
    assert told() == []
