"""A VPC whose private subnets reach the internet through a NAT gateway with a fixed address in each zone."""

from collections.abc import Sequence

from pictory_egress.cdk import Construct, aws
from pictory_egress.network.network_acls import ANYWHERE, NetworkAcls
from pictory_egress.network.settings import SubnetSettings


class Vpc(Construct):
    """Subnets, routes and NAT gateways; all that AWS adds to a VPC by default is closed.

    Attributes
    ----------
    vpc_id
        Of the VPC.
    private_subnet_ids, private_route_table_ids, egress_addresses
        One for each zone, in the order of ``subnets``; the addresses are those the internet sees.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        cidr: str,
        subnets: Sequence[SubnetSettings],
        https_ports: Sequence[int],
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        vpc = aws.vpc.Vpc(
            self,
            "Vpc",
            cidr_block=cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # private DNS of the endpoints needs it
            tags={"Name": name},
        )
        self.vpc_id: str = vpc.id
        self._close_defaults(vpc)
        gateway = aws.internet_gateway.InternetGateway(
            self, "InternetGateway", vpc_id=vpc.id, tags={"Name": name}
        )
        public_table = self._route_table("Public", "public")
        aws.route.Route(
            self,
            "PublicDefault",
            route_table_id=public_table,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
        )
        self.private_subnet_ids: list[str] = []
        self.private_route_table_ids: list[str] = []
        self.egress_addresses: list[str] = []
        public_subnet_ids = [self._zone(subnet, gateway, public_table) for subnet in subnets]
        NetworkAcls(
            self,
            "NetworkAcls",
            name=name,
            vpc_id=vpc.id,
            vpc_cidr=cidr,
            default_acl_id=vpc.default_network_acl_id,
            public_subnet_ids=public_subnet_ids,
            private_subnet_ids=self.private_subnet_ids,
            https_ports=https_ports,
        )

    def _close_defaults(self, vpc: "aws.vpc.Vpc") -> None:
        """No rules and no routes in what applies when nobody has chosen."""
        tags = {"Name": f"{self._name}-closed"}
        aws.default_security_group.DefaultSecurityGroup(self, "DefaultGroup", vpc_id=vpc.id, tags=tags)
        aws.default_route_table.DefaultRouteTable(
            self,
            "DefaultRoutes",
            default_route_table_id=vpc.default_route_table_id,
            route=[],
            tags=tags,
        )

    def _zone(
        self, settings: SubnetSettings, gateway: "aws.internet_gateway.InternetGateway", public_table: str
    ) -> str:
        """The subnets, NAT gateway and routes of one zone; returns the public subnet's id."""
        letter = settings.zone[-1]
        public = self._subnet("Public", settings.zone, settings.public, public_table)
        address = aws.eip.Eip(
            self,
            f"Address{letter.upper()}",
            domain="vpc",
            tags={"Name": f"{self._name}-{letter}"},
            depends_on=[gateway],
        )
        nat = aws.nat_gateway.NatGateway(
            self,
            f"Nat{letter.upper()}",
            allocation_id=address.id,
            subnet_id=public,
            tags={"Name": f"{self._name}-{letter}"},
            depends_on=[gateway],
        )
        table = self._route_table(f"Private{letter.upper()}", f"private-{letter}")
        aws.route.Route(
            self,
            f"Private{letter.upper()}Default",
            route_table_id=table,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=nat.id,
        )
        self.private_subnet_ids.append(self._subnet("Private", settings.zone, settings.private, table))
        self.private_route_table_ids.append(table)
        self.egress_addresses.append(address.public_ip)
        return public

    def _subnet(self, kind: str, zone: str, cidr: str, route_table_id: str) -> str:
        letter = zone[-1]
        subnet = aws.subnet.Subnet(
            self,
            f"{kind}Subnet{letter.upper()}",
            vpc_id=self.vpc_id,
            availability_zone=zone,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags={"Name": f"{self._name}-{kind.lower()}-{letter}"},
        )
        aws.route_table_association.RouteTableAssociation(
            self,
            f"{kind}Routes{letter.upper()}",
            subnet_id=subnet.id,
            route_table_id=route_table_id,
        )
        return str(subnet.id)

    def _route_table(self, id_: str, suffix: str) -> str:
        table = aws.route_table.RouteTable(
            self, f"{id_}Table", vpc_id=self.vpc_id, tags={"Name": f"{self._name}-{suffix}"}
        )
        return str(table.id)
