"""Network ACLs: the last, stateless fence. Even with a wrong security group, only HTTPS leaves the VPC.

HTTPS is port 443, and the port of the upstream where a setting changes that.
"""

from collections.abc import Sequence
from typing import Any, Final

from pictory_egress.cdk import Construct, aws

ANYWHERE: Final = "0.0.0.0/0"
HTTPS: Final = 443
_EPHEMERAL: Final = (1024, 65535)
# Answers from anywhere come in on every ephemeral port but RDP's, which benchmarks want closed (CIS AWS 5.1). A
# NAT gateway picks that port for one connection in 64,000; it fails to connect and is tried again.
_ANSWERS: Final = ((1024, 3388), (3390, 65535))

Rule = dict[str, Any]


class NetworkAcls(Construct):
    """An ACL for the public subnets, one for the private ones, and the VPC's default one closed."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc_id: str,
        vpc_cidr: str,
        default_acl_id: str,
        public_subnet_ids: Sequence[str],
        private_subnet_ids: Sequence[str],
        https_ports: Sequence[int] = (HTTPS,),
    ) -> None:
        super().__init__(scope, id_)
        aws.default_network_acl.DefaultNetworkAcl(
            self,
            "Closed",
            default_network_acl_id=default_acl_id,
            tags={"Name": f"{name}-closed"},
            # A subnet without an ACL of its own falls to this one by itself: that is no drift.
            lifecycle={"ignore_changes": ["subnet_ids"]},
        )
        self._acl(
            "Public",
            name=f"{name}-public",
            vpc_id=vpc_id,
            subnet_ids=public_subnet_ids,
            # NAT gateways only: HTTPS out, its answers in, on the ports that NAT uses.
            ingress=[
                *_each(100, vpc_cidr, https_ports),
                *_answers(110),
            ],
            egress=[*_each(100, ANYWHERE, https_ports), _tcp(110, vpc_cidr, *_EPHEMERAL)],
        )
        self._acl(
            "Private",
            name=f"{name}-private",
            vpc_id=vpc_id,
            subnet_ids=private_subnet_ids,
            # Callers may come from networks beyond the VPC: HTTPS in, and its answers out.
            ingress=[
                _all(100, vpc_cidr),
                _tcp(110, ANYWHERE, HTTPS, HTTPS),
                *_answers(120),
            ],
            egress=[
                _all(100, vpc_cidr),
                *_each(110, ANYWHERE, https_ports),
                _tcp(120, ANYWHERE, *_EPHEMERAL),
            ],
        )

    def _acl(
        self,
        id_: str,
        *,
        name: str,
        vpc_id: str,
        subnet_ids: Sequence[str],
        ingress: list[Rule],
        egress: list[Rule],
    ) -> None:
        aws.network_acl.NetworkAcl(
            self,
            id_,
            vpc_id=vpc_id,
            subnet_ids=list(subnet_ids),
            # The structs write the fields that are left out as null, which Terraform wants of inline rules.
            ingress=[aws.network_acl.NetworkAclIngress(**rule) for rule in ingress],
            egress=[aws.network_acl.NetworkAclEgress(**rule) for rule in egress],
            tags={"Name": name},
        )


def _tcp(number: int, cidr: str, first_port: int, last_port: int) -> Rule:
    return _allow(number, cidr, protocol="tcp", from_port=first_port, to_port=last_port)


def _answers(number: int) -> list[Rule]:
    return [_tcp(number + index, ANYWHERE, *ports) for index, ports in enumerate(_ANSWERS)]


def _each(number: int, cidr: str, ports: Sequence[int]) -> list[Rule]:
    return [_tcp(number + index, cidr, port, port) for index, port in enumerate(ports)]


def _all(number: int, cidr: str) -> Rule:
    return _allow(number, cidr, protocol="-1", from_port=0, to_port=0)


def _allow(number: int, cidr: str, **what: str | int) -> Rule:
    return {"rule_no": number, "action": "allow", "cidr_block": cidr, **what}
