"""Private Route 53 zones: a VPC makes a zone private, which moto waits to be told."""

from typing import Any

from moto.route53.responses import Route53

from sandbox.aws.patching import replace


def install() -> None:
    """Make a zone that is created with a VPC private, so that the VPC is kept and given back."""

    @replace(Route53)
    def create_hosted_zone(response: Any, *, original: Any) -> Any:
        if response._get_param("VPC.VPCId"):
            config = response.params.get("HostedZoneConfig") or {}
            response.params["HostedZoneConfig"] = {**config, "PrivateZone": True}
        return original(response)
