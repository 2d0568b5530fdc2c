"""What a network may be asked to be."""

import ipaddress
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from pictory_egress.types import Cidr, Once, RetentionDays, Settings

Zone = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$")]
VpcId = Annotated[str, StringConstraints(pattern=r"^vpc-[0-9a-f]{8,17}$")]
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]


class SubnetSettings(Settings):
    """The ranges of one zone: ``public`` holds the NAT gateway only, ``private`` everything else."""

    zone: Zone
    public: Cidr
    private: Cidr


class ExistingNetwork(Settings):
    """A VPC of the company's own. It brings its own way out: ``egress_cidrs`` are the addresses it leaves by."""

    vpc_id: VpcId
    vpc_cidr: Cidr
    private_subnet_ids: Annotated[tuple[SubnetId, ...], Once] = Field(min_length=2)
    egress_cidrs: Annotated[tuple[Cidr, ...], Once] = Field(min_length=1)


class NetworkSettings(Settings):
    """A VPC to make, or one that exists.

    ``dns_firewall`` and ``endpoints`` may be turned off only where the target cannot hold them; each is
    reported by the policies.
    """

    cidr: Cidr | None = None
    subnets: tuple[SubnetSettings, ...] = ()
    existing: ExistingNetwork | None = None
    flow_log_retention_days: RetentionDays = 365
    dns_firewall: bool = True
    interface_endpoints: bool = True

    @model_validator(mode="after")
    def _one_network(self) -> "NetworkSettings":
        if self.existing is not None:
            if self.cidr is not None or self.subnets:
                raise ValueError("give either 'existing' or 'cidr' with 'subnets', not both")
            return self
        if self.cidr is None:
            raise ValueError("give 'cidr' with 'subnets' for a new VPC, or 'existing' for one you have")
        if not 2 <= len(self.subnets) <= 3:
            raise ValueError(f"give 2 or 3 subnets, in as many zones, not {len(self.subnets)}")
        zones = [subnet.zone for subnet in self.subnets]
        if len(set(zones)) != len(zones):
            raise ValueError(f"each subnet needs a zone of its own, but zones are {', '.join(zones)}")
        self._check_ranges(ipaddress.ip_network(self.cidr))
        return self

    def _check_ranges(self, vpc: ipaddress.IPv4Network | ipaddress.IPv6Network) -> None:
        if vpc.version != 4 or not 16 <= vpc.prefixlen <= 26:
            raise ValueError(f"cidr {vpc} must be an IPv4 range between /16 and /26")
        named = [
            (f"subnets.{index}.{kind}", ipaddress.ip_network(getattr(subnet, kind)))
            for index, subnet in enumerate(self.subnets)
            for kind in ("public", "private")
        ]
        problems = []
        for index, (name, network) in enumerate(named):
            if network.version != 4 or not network.subnet_of(vpc):
                problems.append(f"{name} {network} lies outside cidr {vpc}")
            problems += [
                f"{name} {network} overlaps {other_name} {other}"
                for other_name, other in named[:index]
                if network.overlaps(other)
            ]
        if problems:
            raise ValueError("; ".join(problems) + ": choose separate ranges inside cidr")
