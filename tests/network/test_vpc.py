"""The VPC: zones, ways out, and what AWS leaves open by default."""

from typing import Any

ZONES = ("A", "B", "C")


def test_vpc_when_made_then_private_dns_of_endpoints_can_work(made: Any) -> None:
    vpc = made.one("aws_vpc")
    assert vpc["cidr_block"] == "10.20.0.0/16"
    assert vpc["enable_dns_support"] is True
    assert vpc["enable_dns_hostnames"] is True


def test_subnets_when_made_then_no_zone_gives_public_addresses(made: Any) -> None:
    subnets = made.resources("aws_subnet")
    assert {path: subnet["cidr_block"] for path, subnet in subnets.items()} == {
        "Vpc/PublicSubnetA": "10.20.0.0/24",
        "Vpc/PrivateSubnetA": "10.20.16.0/20",
        "Vpc/PublicSubnetB": "10.20.1.0/24",
        "Vpc/PrivateSubnetB": "10.20.32.0/20",
        "Vpc/PublicSubnetC": "10.20.2.0/24",
        "Vpc/PrivateSubnetC": "10.20.48.0/20",
    }
    assert {subnet["map_public_ip_on_launch"] for subnet in subnets.values()} == {False}
    assert subnets["Vpc/PrivateSubnetB"]["availability_zone"] == "us-east-2b"


def test_zone_when_one_fails_then_the_others_keep_their_way_out(made: Any) -> None:
    nats, routes = made.resources("aws_nat_gateway"), made.resources("aws_route")
    addresses, subnets = made.resources("aws_eip"), made.resources("aws_subnet")
    associations = made.resources("aws_route_table_association")
    for zone in ZONES:
        nat, route = nats[f"Vpc/Nat{zone}"], routes[f"Vpc/Private{zone}Default"]
        assert nat["allocation_id"] == made.reference(addresses[f"Vpc/Address{zone}"], "aws_eip", "id")
        assert nat["subnet_id"] == made.reference(subnets[f"Vpc/PublicSubnet{zone}"], "aws_subnet", "id")
        assert route["nat_gateway_id"] == made.reference(nat, "aws_nat_gateway", "id")
        assert route["destination_cidr_block"] == "0.0.0.0/0"
        assert associations[f"Vpc/PrivateRoutes{zone}"]["route_table_id"] == route["route_table_id"]


def test_internet_gateway_when_routed_then_from_public_subnets_only(made: Any) -> None:
    through = {path for path, route in made.resources("aws_route").items() if "gateway_id" in route}
    assert through == {"Vpc/PublicDefault"}


def test_defaults_when_nobody_chose_then_nothing_passes(made: Any) -> None:
    group, table = made.one("aws_default_security_group"), made.one("aws_default_route_table")
    acl = made.one("aws_default_network_acl")
    assert not {"ingress", "egress"} & (group.keys() | acl.keys())
    assert table["route"] == []
    assert acl["lifecycle"]["ignore_changes"] == ["subnet_ids"]


def test_attributes_when_made_then_they_name_each_zone(made: Any) -> None:
    network = made.network
    assert network.vpc_cidr == "10.20.0.0/16"
    assert len(network.private_subnet_ids) == len(network.egress_addresses) == 3
    assert network.resolver_cidr == "10.20.0.2/32"
    assert network.endpoint_security_group_id is not None
    assert network.s3_prefix_list_id is not None


def test_existing_vpc_when_given_then_nothing_is_made(synthesize: Any, existing_vpc: Any) -> None:
    result = synthesize(existing_vpc, callers=("Gateway",))
    assert '"resource"' not in result.text
    network = result.network
    assert network.vpc_id == "vpc-0a1b2c3d4e5f60718"
    assert network.private_subnet_ids == ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"]
    assert network.egress_addresses == ["198.51.100.7/32"]
    assert network.resolver_cidr == "172.16.0.2/32"
    assert network.endpoint_security_group_id is None
    assert network.s3_prefix_list_id is None
