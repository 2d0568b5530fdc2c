"""Network ACLs: what passes, whatever a security group says."""

from typing import Any

import pytest

ANYWHERE = "0.0.0.0/0"


def passing(acl: dict[str, Any], direction: str, *, cidr: str) -> list[tuple[str, int, int]]:
    return [
        (rule["protocol"], rule["from_port"], rule["to_port"])
        for rule in acl[direction]
        if rule["cidr_block"] == cidr and rule["action"] == "allow"
    ]


@pytest.fixture
def acls(made: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = made.resources("aws_network_acl")
    return {path.rpartition("/")[2]: acl for path, acl in found.items()}


def test_public_subnets_when_sending_to_the_internet_then_https_alone_passes(acls: Any) -> None:
    assert passing(acls["Public"], "egress", cidr=ANYWHERE) == [("tcp", 443, 443)]
    assert passing(acls["Public"], "ingress", cidr="10.20.0.0/16") == [("tcp", 443, 443)]


def test_private_subnets_when_reached_from_outside_then_https_and_answers_pass(acls: Any) -> None:
    assert passing(acls["Private"], "ingress", cidr=ANYWHERE) == [
        ("tcp", 443, 443), ("tcp", 1024, 3388), ("tcp", 3390, 65535),
    ]  # fmt: skip
    assert passing(acls["Private"], "egress", cidr=ANYWHERE) == [("tcp", 443, 443), ("tcp", 1024, 65535)]


@pytest.mark.parametrize("port", [22, 3389])
@pytest.mark.parametrize("kind", ["Public", "Private"])
def test_administration_port_when_called_from_anywhere_then_refused(acls: Any, kind: str, port: int) -> None:
    open_ranges = passing(acls[kind], "ingress", cidr=ANYWHERE)
    assert not [ports for _, *ports in open_ranges if ports[0] <= port <= ports[1]]


def test_acls_when_made_then_every_subnet_has_one(made: Any, acls: Any) -> None:
    covered = [subnet for acl in acls.values() for subnet in acl["subnet_ids"]]
    every = [made.reference(s, "aws_subnet", "id") for s in made.resources("aws_subnet").values()]
    assert sorted(covered) == sorted(every)


def test_rules_when_numbered_then_no_number_is_given_twice(acls: Any) -> None:
    for acl in acls.values():
        for direction in ("ingress", "egress"):
            numbers = [rule["rule_no"] for rule in acl[direction]]
            assert len(set(numbers)) == len(numbers)


def test_upstream_port_when_it_is_another_then_it_passes_beside_https(
    synthesize: Any, new_vpc: dict[str, Any]
) -> None:
    acls = synthesize(new_vpc, https_ports=(443, 8443)).resources("aws_network_acl")
    for path, acl in acls.items():
        sent = passing(acl, "egress", cidr=ANYWHERE)
        assert sent[:2] == [("tcp", 443, 443), ("tcp", 8443, 8443)], path
    assert passing(acls["Vpc/NetworkAcls/Public"], "ingress", cidr="10.20.0.0/16") == [
        ("tcp", 443, 443), ("tcp", 8443, 8443),
    ]  # fmt: skip
