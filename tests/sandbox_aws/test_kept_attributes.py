"""Attributes that a second plan compares, given back as they were given."""

from typing import Any

import pytest

PERMISSION = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


@pytest.mark.parametrize("kind", ["group", "prefix list", "range"])
def test_security_group_rule_when_described_then_the_description_is_given_back(aws: Any, kind: str) -> None:
    ec2 = aws.client("ec2", region="us-east-2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName=f"a {kind}", Description="a", VpcId=vpc)["GroupId"]
    lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
    target = {
        "group": {"UserIdGroupPairs": [{"GroupId": group, "Description": "why"}]},
        "prefix list": {"PrefixListIds": [{"PrefixListId": lists[0]["PrefixListId"], "Description": "why"}]},
        "range": {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "why"}]},
    }[kind]
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[PERMISSION | target])
    rule = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    (found,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"]
    assert found["Description"] == "why"
