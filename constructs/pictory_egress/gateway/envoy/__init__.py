"""From settings and the API's data to Envoy's configuration."""

from pictory_egress.gateway.envoy.configuration import bootstrap
from pictory_egress.gateway.envoy.listener import HEALTH_PATH, LISTENER_PORT

__all__ = ["HEALTH_PATH", "LISTENER_PORT", "bootstrap"]
