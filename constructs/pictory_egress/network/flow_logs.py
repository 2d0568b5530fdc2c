"""Flow logs: every connection of the VPC, taken or refused, in an encrypted log group."""

from typing import Final

from pictory_egress.cdk import Construct, aws
from pictory_egress.iam import document, statement, trust

_FIELDS: Final = (
    "version", "account-id", "vpc-id", "subnet-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport",
    "protocol", "packets", "bytes", "start", "end", "action", "log-status", "tcp-flags",
    # Beyond the default: the addresses behind a NAT gateway, and which way and path a packet took.
    "pkt-srcaddr", "pkt-dstaddr", "pkt-dst-aws-service", "flow-direction", "traffic-path",
)  # fmt: skip


class FlowLogs(Construct):
    """All flows of a VPC, in windows of a minute.

    Attributes
    ----------
    log_group_name
        Where they are.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        region: str,
        account_id: str,
        vpc_id: str,
        retention_days: int,
        logs_key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "Group",
            name=f"/{name}/flow-logs",
            retention_in_days=retention_days,
            kms_key_id=logs_key_arn,
        )
        role = aws.iam_role.IamRole(
            self,
            "Role",
            name=f"{name}-flow-logs",
            assume_role_policy=trust(
                "vpc-flow-logs.amazonaws.com",
                account_id=account_id,
                source_arn=f"arn:aws:ec2:{region}:{account_id}:vpc-flow-log/*",
            ),
        )
        policy = aws.iam_role_policy.IamRolePolicy(
            self,
            "Policy",
            name="least",
            role=role.id,
            policy=document(
                statement(
                    "WriteFlowLogs",
                    actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    resources=[group.arn, f"{group.arn}:*"],
                )
            ),
        )
        aws.flow_log.FlowLog(
            self,
            "FlowLog",
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=60,
            # "$$" keeps Terraform from taking the field names for its own.
            log_format=" ".join(f"$${{{field}}}" for field in _FIELDS),
            tags={"Name": name},
            depends_on=[policy],
        )
        self.log_group_name: str = group.name
