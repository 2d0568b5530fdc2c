"""The internal load balancer before the gateway: TLS 1.3 outside, TLS inside, everything logged."""

from collections.abc import Sequence
from typing import Final

from pictory_egress.api import PREFIX
from pictory_egress.cdk import Construct, TerraformResource, aws
from pictory_egress.gateway.access_logs import AccessLogs
from pictory_egress.gateway.envoy import LISTENER_PORT, READY_PATH
from pictory_egress.gateway.load_balancer_answers import IDLE_SECONDS, NOT_SERVED
from pictory_egress.gateway.settings import GatewaySettings
from pictory_egress.network.infrastructure import Network

GATEWAY_PORT = LISTENER_PORT
"""Port on which each task's Envoy listens, with TLS."""

TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-3-2021-06"
"""What both load balancers speak to callers: TLS 1.3 alone."""

HEALTH_CHECK: Final = {
    "protocol": "HTTPS",
    "path": READY_PATH,
    "matcher": "200",
    # The shortest that Elastic Load Balancing takes: until a dead task is noticed, its calls are answered with 502.
    "interval": 5,
    "timeout": 4,
    "healthy_threshold": 2,
    "unhealthy_threshold": 2,
}
"""How the load balancer asks a task whether it takes calls; times in seconds."""


class LoadBalancer(Construct):
    """An internal application load balancer that forwards ``/pictoryapis/…`` and refuses the rest.

    Attributes
    ----------
    arn, arn_suffix, security_group_id
        Of the load balancer.
    log_bucket_name
        The bucket that it writes its logs to.
    target_group_arn, target_group_arn_suffix
        Of the group that the gateway's tasks join.
    forwarding
        The rule that makes the load balancer use that group.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: GatewaySettings,
        name: str,
        account_id: str,
        region: str,
        network: Network,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        self.security_group_id = self._security_group(name, network.vpc_id, settings.allowed_cidrs)
        logs = AccessLogs(
            self,
            "AccessLogs",
            name=name,
            account_id=account_id,
            region=region,
            retention_days=settings.log_retention_days,
            keep=protected,
            network_balancer=settings.connect is not None,
        )
        self.log_bucket_name = logs.bucket_name
        log_target = {"bucket": logs.bucket_name, "enabled": True}
        balancer = aws.lb.Lb(
            self,
            "Balancer",
            name=name,
            internal=True,
            load_balancer_type="application",
            subnets=network.private_subnet_ids,
            security_groups=[self.security_group_id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            # When the firewall cannot be asked, nothing passes.
            enable_waf_fail_open=False,
            enable_deletion_protection=protected,
            idle_timeout=IDLE_SECONDS,
            access_logs={**log_target, "prefix": "access"},
            connection_logs={**log_target, "prefix": "connection"},
        )
        group = self._target_group(name, settings, network.vpc_id)
        self.forwarding = self._listener(balancer.arn, group.arn, settings.certificate_arn)
        self.arn: str = balancer.arn
        self.arn_suffix: str = balancer.arn_suffix
        self.target_group_arn: str = group.arn
        self.target_group_arn_suffix: str = group.arn_suffix

    def _security_group(self, name: str, vpc_id: str, allowed_cidrs: Sequence[str]) -> str:
        group = aws.security_group.SecurityGroup(
            self,
            "SecurityGroup",
            name=f"{name}-load-balancer",
            description="Callers of the Pictory gateway",
            vpc_id=vpc_id,
        )
        for index, cidr in enumerate(allowed_cidrs):
            aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule(
                self,
                f"From{index}",
                security_group_id=group.id,
                description="HTTPS from allowed callers",
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                **({"cidr_ipv6": cidr} if ":" in cidr else {"cidr_ipv4": cidr}),
            )
        return str(group.id)

    def _target_group(
        self, name: str, settings: GatewaySettings, vpc_id: str
    ) -> "aws.lb_target_group.LbTargetGroup":
        return aws.lb_target_group.LbTargetGroup(
            self,
            "Targets",
            name=name,
            port=GATEWAY_PORT,
            protocol="HTTPS",
            protocol_version="HTTP1",
            target_type="ip",
            vpc_id=vpc_id,
            deregistration_delay=str(settings.drain_seconds),
            load_balancing_algorithm_type="least_outstanding_requests",
            health_check=HEALTH_CHECK,
        )

    def _listener(self, balancer_arn: str, group_arn: str, certificate_arn: str) -> TerraformResource:
        listener = aws.lb_listener.LbListener(
            self,
            "Https",
            load_balancer_arn=balancer_arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            default_action=[
                aws.lb_listener.LbListenerDefaultAction(
                    type="fixed-response",
                    fixed_response=aws.lb_listener.LbListenerDefaultActionFixedResponse(
                        content_type="application/json",
                        message_body=NOT_SERVED.fixed_body,
                        status_code=str(NOT_SERVED.status),
                    ),
                )
            ],
        )
        rule: TerraformResource = aws.lb_listener_rule.LbListenerRule(
            self,
            "Pictory",
            listener_arn=listener.arn,
            priority=10,
            condition=[
                aws.lb_listener_rule.LbListenerRuleCondition(
                    path_pattern=aws.lb_listener_rule.LbListenerRuleConditionPathPattern(
                        values=[f"{PREFIX}/*"]
                    )
                )
            ],
            action=[aws.lb_listener_rule.LbListenerRuleAction(type="forward", target_group_arn=group_arn)],
        )
        return rule
