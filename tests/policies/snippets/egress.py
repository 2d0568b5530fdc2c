"""Snippets for the policies of the way out."""

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet


def way_out(stack: TerraformStack, broken: bool) -> None:
    vpc = aws.vpc.Vpc(stack, "Vpc", cidr_block="10.0.0.0/16")
    group = aws.security_group.SecurityGroup(stack, "Group", vpc_id=vpc.id)
    aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
        stack, "Out", security_group_id=group.id, cidr_ipv4="0.0.0.0/0", ip_protocol="-1" if broken else "tcp",
        **{} if broken else {"from_port": 443, "to_port": 443},
    )  # fmt: skip


SNIPPETS: dict[str, Snippet] = {
    "egress/https_only": way_out,
}
