"""The VPCs of private Route 53 zones, which moto keeps and does not give back."""

from typing import Any

from moto.core.responses import ActionResult
from moto.route53.responses import Route53

from sandbox.aws.patching import action


def install() -> None:
    """Give a private zone's VPCs back."""

    @action(Route53)
    def get_hosted_zone(response: Any) -> Any:
        zone = response.backend.get_hosted_zone(response._get_param("Id"))
        vpcs = [{"VPCId": vpc.get("vpc_id"), "VPCRegion": vpc.get("vpc_region")} for vpc in zone.vpcs]
        private = zone.private_zone
        return ActionResult(
            {
                "HostedZone": zone,
                "DelegationSet": None if private else zone.delegation_set,
                "VPCs": vpcs if private else None,
            }
        )
