"""From settings and the API's data to Envoy's configuration."""

from pictory_egress.gateway.envoy.configuration import bootstrap
from pictory_egress.gateway.envoy.listener import HEALTH_PATH, LISTENER_PORT, READY_PATH
from pictory_egress.gateway.envoy.tunnels import CONNECT_PORT

__all__ = ["CONNECT_PORT", "HEALTH_PATH", "LISTENER_PORT", "READY_PATH", "bootstrap"]
