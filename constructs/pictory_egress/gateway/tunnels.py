"""The internal network load balancer before the listener for CONNECT, which no application load balancer carries."""

from typing import Final

from pictory_egress.cdk import Construct, TerraformResource, aws
from pictory_egress.gateway.envoy import CONNECT_PORT, HEALTH_PATH
from pictory_egress.gateway.load_balancer import HEALTH_CHECK, TLS_POLICY
from pictory_egress.gateway.settings import ConnectSettings, GatewaySettings
from pictory_egress.network.infrastructure import Network

# Of the 32 characters that a load balancer's name has.
_NAME_LENGTH: Final = 25


class Tunnels(Construct):
    """TLS 1.3 outside, TLS inside; the same callers as the gateway's own load balancer.

    Attributes
    ----------
    domain
        The name that clients give as their proxy, to be pointed at ``dns_name``.
    dns_name, arn_suffix, target_group_arn_suffix
        Of the load balancer, and of the group that the gateway's tasks join.
    target_group_arn, forwarding
        That group, and the listener that makes the load balancer use it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: GatewaySettings,
        connect: ConnectSettings,
        name: str,
        network: Network,
        security_group_id: str,
        log_bucket_name: str,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        name = f"{name[:_NAME_LENGTH].rstrip('-')}-tunnel"
        balancer = aws.lb.Lb(
            self,
            "Balancer",
            name=name,
            internal=True,
            load_balancer_type="network",
            subnets=network.private_subnet_ids,
            security_groups=[security_group_id],
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=protected,
            access_logs={"bucket": log_bucket_name, "enabled": True, "prefix": "tunnels"},
        )
        group = aws.lb_target_group.LbTargetGroup(
            self,
            "Targets",
            name=name,
            port=CONNECT_PORT,
            protocol="TLS",
            target_type="ip",
            vpc_id=network.vpc_id,
            # Tasks see the load balancer's addresses, which is what their security group takes.
            preserve_client_ip="false",
            deregistration_delay=str(settings.drain_seconds),
            # Tunnels need no credential of Pictory's.
            health_check={**HEALTH_CHECK, "path": HEALTH_PATH},
        )
        listener: TerraformResource = aws.lb_listener.LbListener(
            self,
            "Tls",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="TLS",
            ssl_policy=TLS_POLICY,
            certificate_arn=connect.certificate_arn or settings.certificate_arn,
            alpn_policy="HTTP1Only",
            default_action=[
                aws.lb_listener.LbListenerDefaultAction(type="forward", target_group_arn=group.arn)
            ],
        )
        self.domain = connect.domain
        self.dns_name: str = balancer.dns_name
        self.arn_suffix: str = balancer.arn_suffix
        self.target_group_arn: str = group.arn
        self.target_group_arn_suffix: str = group.arn_suffix
        self.forwarding = listener
