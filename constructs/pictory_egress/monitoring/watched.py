"""What the watching needs to know of the other parts, so that it can be used beside any that offer it."""

from dataclasses import dataclass
from typing import Literal, Protocol

LogSource = Literal["gateway", "rotation"]
"""A log group of ours: the gateway's (Envoy and sidecar), or the rotation function's."""

Place = Literal[
    "load_balancer",
    "target_group",
    "tunnel_balancer",
    "tunnel_targets",
    "web_acl",
    "region",
    "function",
    "queue",
]
"""A value of a CloudWatch dimension that is known only once the other parts exist."""


class TopicKey(Protocol):
    """The customer key of the topic: ``cloudwatch`` and ``events`` may use it."""

    @property
    def topic_key_arn(self) -> str: ...


class WatchedTunnels(Protocol):
    """The load balancer for tunnels to asset hosts, and its targets."""

    @property
    def arn_suffix(self) -> str: ...
    @property
    def target_group_arn_suffix(self) -> str: ...


class WatchedGateway(Protocol):
    """The load balancer, its targets and the gateway's log; ``tunnels`` is None where there are none."""

    @property
    def tunnels(self) -> WatchedTunnels | None: ...

    @property
    def load_balancer_arn_suffix(self) -> str: ...
    @property
    def target_group_arn_suffix(self) -> str: ...
    @property
    def log_group_name(self) -> str: ...
    @property
    def task_role_arn(self) -> str: ...


class WatchedCredentials(Protocol):
    """The secrets, who may read them, and what rotates them."""

    @property
    def secret_arn(self) -> str: ...
    @property
    def staging_secret_arn(self) -> str: ...
    @property
    def secrets_key_arn(self) -> str: ...
    @property
    def rotation_function_name(self) -> str: ...
    @property
    def rotation_role_arn(self) -> str: ...
    @property
    def rotation_log_group_name(self) -> str: ...
    @property
    def dead_letter_queue_name(self) -> str: ...


class WatchedFirewall(Protocol):
    """The web ACL, by the name of its metrics."""

    @property
    def web_acl_name(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The places and log groups of one environment."""

    name: str
    region: str
    gateway: WatchedGateway
    credentials: WatchedCredentials
    firewall: WatchedFirewall

    @property
    def namespace(self) -> str:
        """Namespace of our own metrics: ``PictoryEgress/<environment>``."""
        return f"PictoryEgress/{self.name.removeprefix('pictory-egress-')}"

    def place(self, place: Place) -> str:
        """The value of a dimension (may be a token)."""
        tunnels = self.gateway.tunnels
        return {
            "tunnel_balancer": tunnels.arn_suffix if tunnels else "",
            "tunnel_targets": tunnels.target_group_arn_suffix if tunnels else "",
            "load_balancer": self.gateway.load_balancer_arn_suffix,
            "target_group": self.gateway.target_group_arn_suffix,
            "web_acl": self.firewall.web_acl_name,
            "region": self.region,
            "function": self.credentials.rotation_function_name,
            "queue": self.credentials.dead_letter_queue_name,
        }[place]

    def log_group(self, source: LogSource) -> str:
        """The name of a log group (may be a token)."""
        if source == "gateway":
            return self.gateway.log_group_name
        return self.credentials.rotation_log_group_name
