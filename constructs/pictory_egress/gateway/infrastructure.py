"""The gateway: load balancer, tasks of Envoy and sidecar, and what they may reach."""

from collections.abc import Sequence
from typing import Literal

from pictory_egress.api import PREFIX, Catalog
from pictory_egress.cdk import Construct, aws
from pictory_egress.credentials.keys import Keys
from pictory_egress.gateway.containers import container_definitions
from pictory_egress.gateway.envoy import CONNECT_PORT, bootstrap
from pictory_egress.gateway.inspection import inspection_rules
from pictory_egress.gateway.load_balancer import GATEWAY_PORT, LoadBalancer
from pictory_egress.gateway.registry import Registry
from pictory_egress.gateway.roles import TaskRoles
from pictory_egress.gateway.service import Service
from pictory_egress.gateway.settings import Client, GatewaySettings
from pictory_egress.gateway.tunnels import Tunnels
from pictory_egress.network.infrastructure import Network


class Gateway(Construct):
    """An internal HTTPS endpoint whose tasks decide by caller, operation and body, and add Pictory's key.

    Attributes
    ----------
    base_url
        What clients take for ``https://api.pictory.ai/pictoryapis``.
    load_balancer_arn, load_balancer_arn_suffix, target_group_arn_suffix
        Of the load balancer, for the firewall and for metrics.
    tunnels
        The way to Pictory's asset hosts; None without ``connect`` in the settings.
    registry_table_name
        Of the registry of clients' credentials.
    cluster_name, service_name, log_group_name, task_role_arn, security_group_id
        Of the tasks.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: GatewaySettings,
        clients: Sequence[Client],
        catalog: Catalog,
        name: str,
        environment: str,
        account_id: str,
        region: str,
        network: Network,
        keys: Keys,
        secret_arn: str,
        credential_mode: Literal["api-key", "oauth"],
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        balancer = LoadBalancer(
            self,
            "LoadBalancer",
            settings=settings,
            name=name,
            account_id=account_id,
            region=region,
            network=network,
            protected=protected,
        )
        self.tunnels = self._tunnels(name, settings, network, balancer, protected=protected)
        log_group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "Log",
            name=f"/{name}/gateway",
            retention_in_days=settings.log_retention_days,
            kms_key_id=keys.logs_key_arn,
        )
        registry = Registry(self, "Registry", name=name, key_arn=keys.registry_key_arn, protected=protected)
        roles = TaskRoles(
            self,
            "Roles",
            settings=settings,
            name=name,
            account_id=account_id,
            region=region,
            log_group_arn=log_group.arn,
            secret_arn=secret_arn,
            secrets_key_arn=keys.secrets_key_arn,
            signing_key_arns=list(keys.signing_key_arns.values()),
            registry=registry,
        )
        self.security_group_id = self._security_group(name, network, balancer, settings)
        service = Service(
            self,
            "Service",
            settings=settings,
            name=name,
            network=network,
            roles=roles,
            container_definitions=container_definitions(
                settings=settings,
                name=name,
                environment=environment,
                region=region,
                bootstrap=bootstrap(
                    settings=settings,
                    clients=clients,
                    catalog=catalog,
                    environment=environment,
                    region=region,
                    credential_mode=credential_mode,
                ),
                inspection=inspection_rules(clients=clients, catalog=catalog),
                log_group_name=log_group.name,
                secret_arn=secret_arn,
                signing_key_arn=next(iter(keys.signing_key_arns.values())),
                registry_table=registry.table_name,
                credential_mode=credential_mode,
            ),
            security_group_id=self.security_group_id,
            target_group_arns={
                GATEWAY_PORT: balancer.target_group_arn,
                **({CONNECT_PORT: self.tunnels.target_group_arn} if self.tunnels else {}),
            },
            forwarding=[balancer.forwarding, *([self.tunnels.forwarding] if self.tunnels else [])],
        )
        self.base_url = f"https://{settings.domain}{PREFIX}"
        self.load_balancer_arn = balancer.arn
        self.load_balancer_arn_suffix = balancer.arn_suffix
        self.target_group_arn_suffix = balancer.target_group_arn_suffix
        self.cluster_name = service.cluster_name
        self.service_name = service.service_name
        self.log_group_name: str = log_group.name
        self.registry_table_name = registry.table_name
        self.task_role_arn = roles.task_role_arn

    def _tunnels(
        self,
        name: str,
        settings: GatewaySettings,
        network: Network,
        balancer: LoadBalancer,
        *,
        protected: bool,
    ) -> Tunnels | None:
        if settings.connect is None:
            return None
        return Tunnels(
            self,
            "Tunnels",
            settings=settings,
            connect=settings.connect,
            name=name,
            network=network,
            security_group_id=balancer.security_group_id,
            log_bucket_name=balancer.log_bucket_name,
            protected=protected,
        )

    def _security_group(
        self, name: str, network: Network, balancer: LoadBalancer, settings: GatewaySettings
    ) -> str:
        group = aws.security_group.SecurityGroup(
            self,
            "SecurityGroup",
            name=f"{name}-gateway",
            description="Tasks of the Pictory gateway",
            vpc_id=network.vpc_id,
        )
        ingress = aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule
        egress = aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule
        ports = {"": GATEWAY_PORT, **({"Tunnels": CONNECT_PORT} if settings.connect else {})}
        for suffix, port in ports.items():
            ingress(
                self,
                f"FromLoadBalancer{suffix}",
                security_group_id=group.id,
                description="HTTPS from the load balancer",
                referenced_security_group_id=balancer.security_group_id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
            )
            egress(
                self,
                f"LoadBalancerToTasks{suffix}",
                security_group_id=balancer.security_group_id,
                description="HTTPS to the tasks of the gateway",
                referenced_security_group_id=group.id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
            )
        # Pictory's addresses belong to a content network and change: names are held by the DNS firewall and
        # by Envoy's fixed cluster, addresses by Envoy's refusal of private ones, the port here.
        egress(
            self,
            "ToPictory",
            security_group_id=group.id,
            description="HTTPS to Pictory",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=settings.upstream.port,
            to_port=settings.upstream.port,
        )
        network.allow_endpoints_from(group.id, "Gateway")
        network.allow_tables_from(group.id, "Gateway")
        return str(group.id)
