"""Flow logs: everything recorded, encrypted, by a role that can do nothing else."""

import json
from typing import Any


def test_flow_log_when_made_then_all_traffic_each_minute(made: Any) -> None:
    log = made.one("aws_flow_log")
    assert log["traffic_type"] == "ALL"
    assert log["max_aggregation_interval"] == 60
    assert log["vpc_id"] == made.reference(made.one("aws_vpc"), "aws_vpc", "id")


def test_flow_log_when_formatted_then_fields_are_not_terraforms(made: Any) -> None:
    fields = made.one("aws_flow_log")["log_format"].split(" ")
    assert "$${pkt-dstaddr}" in fields  # the address behind the NAT gateway
    assert all(field.startswith("$${") and field.endswith("}") for field in fields)


def test_flow_log_group_when_made_then_encrypted_and_kept_as_asked(synthesize: Any, new_vpc: Any) -> None:
    result = synthesize({**new_vpc, "flow_log_retention_days": 30})
    group = result.resources("aws_cloudwatch_log_group")["FlowLogs/Group"]
    assert group["retention_in_days"] == 30
    assert (
        group["kms_key_id"] == "arn:aws:kms:us-east-2:111111111111:key/00000000-0000-4000-8000-000000000001"
    )
    assert result.one("aws_flow_log")["log_destination"] == result.reference(
        group, "aws_cloudwatch_log_group", "arn"
    )


def test_flow_log_role_when_used_then_only_for_this_account_and_this_group(made: Any) -> None:
    (trust,) = json.loads(made.one("aws_iam_role")["assume_role_policy"])["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111111111111"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:us-east-2:111111111111:vpc-flow-log/*"},
    }
    (statement,) = json.loads(made.one("aws_iam_role_policy")["policy"])["Statement"]
    group = made.reference(
        made.resources("aws_cloudwatch_log_group")["FlowLogs/Group"], "aws_cloudwatch_log_group", "arn"
    )
    assert statement["Resource"] == [group, f"{group}:*"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
