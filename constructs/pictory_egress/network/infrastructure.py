"""The network: private subnets, fixed addresses to leave by, and private ways to AWS."""

import ipaddress
from collections.abc import Sequence
from typing import Literal

from pictory_egress.arns import account_of
from pictory_egress.cdk import Construct
from pictory_egress.network.dns_firewall import DnsFirewall
from pictory_egress.network.dns_names import resolvable
from pictory_egress.network.endpoint_policies import dynamodb_policy, s3_policy
from pictory_egress.network.endpoints import GatewayEndpoint, InterfaceEndpoints
from pictory_egress.network.flow_logs import FlowLogs
from pictory_egress.network.network_acls import HTTPS
from pictory_egress.network.query_logs import QueryLogs
from pictory_egress.network.settings import NetworkSettings
from pictory_egress.network.vpc import Vpc


class Network(Construct):
    """A VPC of its own, or a view of one that exists.

    In an existing VPC nothing is made or changed: its endpoints, logs and DNS are its owner's.
    ``extra_domains`` are names to resolve beyond Pictory's and AWS's, such as those of an OIDC issuer or of
    an image registry; a leading ``*.`` stands for everything below a name.

    Attributes
    ----------
    vpc_id, vpc_cidr
        Of the VPC.
    private_subnet_ids
        One for each zone.
    egress_addresses
        What the internet sees: addresses of a VPC of its own, ranges of an existing one.
    resolver_cidr
        The VPC's DNS resolver, as a range of one address.
    endpoint_security_group_id
        Of the interface endpoints; None without them.
    s3_prefix_list_id
        S3's addresses in the region; None in an existing VPC.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: NetworkSettings,
        name: str,
        region: str,
        logs_key_arn: str,
        extra_domains: Sequence[str] = (),
        https_ports: Sequence[int] = (HTTPS,),
    ) -> None:
        super().__init__(scope, id_)
        self._interface_endpoints: InterfaceEndpoints | None = None
        self._s3: GatewayEndpoint | None = None
        self._tables: GatewayEndpoint | None = None
        if settings.existing is not None:
            self.vpc_id = settings.existing.vpc_id
            self.vpc_cidr = settings.existing.vpc_cidr
            self.private_subnet_ids = list(settings.existing.private_subnet_ids)
            self.egress_addresses = list(settings.existing.egress_cidrs)
        else:
            self._make(settings, name, region, logs_key_arn, extra_domains, https_ports)
        self.resolver_cidr = f"{ipaddress.ip_network(self.vpc_cidr)[2]}/32"
        self.endpoint_security_group_id = (
            self._interface_endpoints.security_group_id if self._interface_endpoints else None
        )
        self.s3_prefix_list_id = self._s3.prefix_list_id if self._s3 else None

    def allow_endpoints_from(self, security_group_id: str, id_: str) -> None:
        """Let members of ``security_group_id`` call AWS over the endpoints; ``id_`` names the caller.

        Where there are none, nothing is opened: such members reach AWS as they reach the internet.
        """
        if self._interface_endpoints is not None:
            self._interface_endpoints.allow_from(security_group_id, id_)
        if self._s3 is not None:
            self._s3.allow_to(security_group_id, id_)

    def allow_tables_from(self, security_group_id: str, id_: str) -> None:
        """Let members of ``security_group_id`` read the registry of clients' credentials over its endpoint."""
        if self._tables is not None:
            self._tables.allow_to(security_group_id, id_)

    def _make(
        self,
        settings: NetworkSettings,
        name: str,
        region: str,
        logs_key_arn: str,
        extra_domains: Sequence[str],
        https_ports: Sequence[int],
    ) -> None:
        assert settings.cidr is not None  # settings without 'existing' have it
        vpc = Vpc(
            self, "Vpc", name=name, cidr=settings.cidr, subnets=settings.subnets, https_ports=https_ports
        )
        self.vpc_id = vpc.vpc_id
        self.vpc_cidr = settings.cidr
        self.private_subnet_ids = vpc.private_subnet_ids
        self.egress_addresses = vpc.egress_addresses
        account_id = account_of(logs_key_arn)
        logged = {
            "name": name,
            "region": region,
            "account_id": account_id,
            "vpc_id": vpc.vpc_id,
            "logs_key_arn": logs_key_arn,
        }
        FlowLogs(self, "FlowLogs", **logged, retention_days=settings.flow_log_retention_days)

        def route(id_: Literal["S3", "DynamoDb"], policy: str) -> GatewayEndpoint:
            return GatewayEndpoint(
                self, id_, name=name, region=region, vpc_id=vpc.vpc_id, policy=policy,
                route_table_ids=vpc.private_route_table_ids,
            )  # fmt: skip

        self._s3 = route("S3", s3_policy(region=region))
        self._tables = route("DynamoDb", dynamodb_policy(name=name, region=region, account_id=account_id))
        if settings.interface_endpoints:
            self._interface_endpoints = InterfaceEndpoints(
                self,
                "Endpoints",
                name=name,
                region=region,
                account_id=account_id,
                vpc_id=vpc.vpc_id,
                subnet_ids=vpc.private_subnet_ids,
            )
        if settings.dns_firewall:
            domains = resolvable(region=region, extra=extra_domains)
            DnsFirewall(self, "DnsFirewall", name=name, vpc_id=vpc.vpc_id, domains=domains)
            QueryLogs(self, "QueryLogs", **logged, retention_days=settings.flow_log_retention_days)
