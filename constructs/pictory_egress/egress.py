"""The whole, as one construct: network, keys, credentials, gateway, firewall and monitoring of an environment."""

from urllib.parse import urlsplit

from pictory_egress.cdk import Construct
from pictory_egress.credentials.infrastructure import Credentials
from pictory_egress.credentials.keys import Keys
from pictory_egress.firewall.infrastructure import Firewall
from pictory_egress.gateway.infrastructure import Gateway
from pictory_egress.gateway.settings import GatewaySettings
from pictory_egress.monitoring.infrastructure import Monitoring
from pictory_egress.network.dns_names import registry_hosts
from pictory_egress.network.infrastructure import Network
from pictory_egress.network.network_acls import HTTPS
from pictory_egress.settings import EnvironmentSettings


class PictoryEgress(Construct):
    """One environment's way to Pictory.

    Attributes
    ----------
    network, keys, credentials, gateway, firewall, monitoring
        The parts, in the order in which they depend on each other.
    outputs
        What operators and tools need to know, by name; values may be tokens.
    """

    def __init__(self, scope: Construct, id_: str, *, settings: EnvironmentSettings) -> None:
        super().__init__(scope, id_)
        name = f"pictory-egress-{settings.name}"
        region, account_id = settings.aws.region, settings.aws.account_id
        self.keys = Keys(
            self,
            "Keys",
            name=name,
            account_id=account_id,
            region=region,
            protected=settings.protected,
            signing_keys=settings.gateway.signing_keys,
        )
        self.network = Network(
            self,
            "Network",
            settings=settings.network,
            name=name,
            region=region,
            logs_key_arn=self.keys.logs_key_arn,
            extra_domains=_names_to_resolve(settings.gateway),
            https_ports=sorted({HTTPS, settings.gateway.upstream.port}),
        )
        self.credentials = Credentials(
            self,
            "Credentials",
            settings=settings.credentials,
            name=name,
            account_id=account_id,
            region=region,
            keys=self.keys,
            network=self.network,
            upstream=settings.gateway.upstream,
            protected=settings.protected,
        )
        self.gateway = Gateway(
            self,
            "Gateway",
            settings=settings.gateway,
            clients=settings.clients,
            catalog=settings.catalog,
            name=name,
            environment=settings.name,
            account_id=account_id,
            region=region,
            network=self.network,
            keys=self.keys,
            secret_arn=self.credentials.secret_arn,
            credential_mode=settings.credentials.mode,
            protected=settings.protected,
        )
        self.firewall = Firewall(
            self,
            "Firewall",
            settings=settings.firewall,
            name=name,
            region=region,
            catalog=settings.catalog,
            load_balancer_arn=self.gateway.load_balancer_arn,
            logs_key_arn=self.keys.logs_key_arn,
            token_endpoint=settings.gateway.token_endpoint,
        )
        self.monitoring = Monitoring(
            self,
            "Monitoring",
            settings=settings.monitoring,
            name=name,
            region=region,
            account_id=account_id,
            deadline_days=settings.credentials.deadline_days,
            keys=self.keys,
            gateway=self.gateway,
            credentials=self.credentials,
            firewall=self.firewall,
        )
        self.outputs: dict[str, object] = {
            "base_url": self.gateway.base_url,
            **_proxy(self.gateway),
            "egress_addresses": self.network.egress_addresses,
            "secret_arn": self.credentials.secret_arn,
            "staging_secret_arn": self.credentials.staging_secret_arn,
            "rotation_function_name": self.credentials.rotation_function_name,
            "signing_key_arns": list(self.keys.signing_key_arns.values()),
            "registry_table_name": self.gateway.registry_table_name,
            "cluster_name": self.gateway.cluster_name,
            "service_name": self.gateway.service_name,
            "gateway_log_group_name": self.gateway.log_group_name,
            "load_balancer_arn": self.gateway.load_balancer_arn,
            "web_acl_arn": self.firewall.web_acl_arn,
            "alarm_topic_arn": self.monitoring.topic_arn,
            "dashboard_name": self.monitoring.dashboard_name,
        }


def _proxy(gateway: Gateway) -> dict[str, object]:
    if gateway.tunnels is None:
        return {}
    return {
        "connect_proxy": f"https://{gateway.tunnels.domain}:443",
        "connect_dns_name": gateway.tunnels.dns_name,
    }


def _names_to_resolve(gateway: GatewaySettings) -> list[str]:
    """Names that these settings call for: the upstream, asset hosts, the issuers' keys, and the images' registries."""
    issuers = [urlsplit(issuer.jwks_uri).hostname or "" for issuer in gateway.issuers]
    registries = [*registry_hosts(gateway.envoy_image), *registry_hosts(gateway.sidecar_image)]
    assets = gateway.connect.hosts if gateway.connect else ()
    return [gateway.upstream.host, *assets, *issuers, *registries]
