"""Rules of a security group, when a request comes twice."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

PERMISSION = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}


@pytest.fixture
def group(aws: Any, name: str) -> tuple[Any, str]:
    """A client, and a new group of a new VPC."""
    ec2 = aws.client("ec2", region="us-east-2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return ec2, ec2.create_security_group(GroupName=name, Description="a", VpcId=vpc)["GroupId"]


@pytest.mark.parametrize("way", ["ingress", "egress"])
def test_rule_when_revoked_twice_by_id_then_the_answer_is_the_one_terraform_takes_for_gone(
    group: tuple[Any, str], way: str
) -> None:
    ec2, id_ = group
    made = getattr(ec2, f"authorize_security_group_{way}")(GroupId=id_, IpPermissions=[PERMISSION])
    rules = [made["SecurityGroupRules"][0]["SecurityGroupRuleId"]]
    revoke = getattr(ec2, f"revoke_security_group_{way}")
    revoke(GroupId=id_, SecurityGroupRuleIds=rules)
    with pytest.raises(ClientError) as refused:
        revoke(GroupId=id_, SecurityGroupRuleIds=rules)
    assert refused.value.response["Error"]["Code"] == "InvalidSecurityGroupRuleId.NotFound"


@pytest.mark.parametrize("way", ["ingress", "egress"])
def test_rule_when_revoked_twice_by_what_it_allows_then_the_permission_is_not_found(
    group: tuple[Any, str], way: str
) -> None:
    ec2, id_ = group
    getattr(ec2, f"authorize_security_group_{way}")(GroupId=id_, IpPermissions=[PERMISSION])
    revoke = getattr(ec2, f"revoke_security_group_{way}")
    revoke(GroupId=id_, IpPermissions=[PERMISSION])
    with pytest.raises(ClientError) as refused:
        revoke(GroupId=id_, IpPermissions=[PERMISSION])
    assert refused.value.response["Error"]["Code"] == "InvalidPermission.NotFound"
