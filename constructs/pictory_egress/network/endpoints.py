"""VPC endpoints: calls to AWS stay on its network, and each carries what its policy lists."""

from collections.abc import Sequence
from typing import Literal

from pictory_egress.cdk import Construct, aws
from pictory_egress.network.endpoint_policies import interface_policies
from pictory_egress.network.network_acls import HTTPS


class InterfaceEndpoints(Construct):
    """An endpoint with private DNS for each AWS service that tasks and the rotation function call.

    Attributes
    ----------
    security_group_id
        Of all the endpoints; closed until :meth:`allow_from` opens it.
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
        subnet_ids: Sequence[str],
    ) -> None:
        super().__init__(scope, id_)
        group = aws.security_group.SecurityGroup(
            self,
            "Group",
            name=f"{name}-endpoints",
            description="AWS services over VPC endpoints",
            vpc_id=vpc_id,
            tags={"Name": f"{name}-endpoints"},
        )
        self.security_group_id: str = group.id
        for service, policy in interface_policies(region=region, account_id=account_id).items():
            aws.vpc_endpoint.VpcEndpoint(
                self,
                service.title().replace(".", ""),
                vpc_id=vpc_id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{region}.{service}",
                subnet_ids=list(subnet_ids),
                security_group_ids=[self.security_group_id],
                private_dns_enabled=True,
                policy=policy,
                tags={"Name": f"{name}-{service}"},
            )

    def allow_from(self, security_group_id: str, id_: str) -> None:
        """Let members of ``security_group_id`` call the endpoints: a rule on either side, named by ``id_``."""
        aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule(
            self,
            f"From{id_}",
            security_group_id=self.security_group_id,
            description=f"HTTPS from {id_}",
            referenced_security_group_id=security_group_id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
        )
        aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
            self,
            f"{id_}ToEndpoints",
            security_group_id=security_group_id,
            description="HTTPS to AWS services",
            referenced_security_group_id=self.security_group_id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
        )


class GatewayEndpoint(Construct):
    """The route to an AWS service that needs no NAT, for the two services that have one: S3 and DynamoDB.

    Attributes
    ----------
    prefix_list_id
        The service's addresses in the region, for rules of security groups.
    """

    def __init__(
        self,
        scope: Construct,
        id_: Literal["S3", "DynamoDb"],
        *,
        name: str,
        region: str,
        vpc_id: str,
        route_table_ids: Sequence[str],
        policy: str,
    ) -> None:
        super().__init__(scope, id_)
        self._service = id_
        endpoint = aws.vpc_endpoint.VpcEndpoint(
            self,
            "Endpoint",
            vpc_id=vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{region}.{id_.lower()}",
            route_table_ids=list(route_table_ids),
            policy=policy,
            tags={"Name": f"{name}-{id_.lower()}"},
        )
        self.prefix_list_id: str = endpoint.prefix_list_id

    def allow_to(self, security_group_id: str, id_: str) -> None:
        """Let members of ``security_group_id`` call the service, as far as the endpoint's policy goes."""
        aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
            self,
            f"{id_}To{self._service}",
            security_group_id=security_group_id,
            description=f"HTTPS to {self._service}",
            prefix_list_id=self.prefix_list_id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
        )
