"""Whether the task can take calls, as the sidecar says: asked beside the calls, so that none waits for it."""

from typing import Final

from pictory_egress.gateway.envoy.shapes import RUN, Json

READINESS_CLUSTER: Final = "readiness"
"""Carries no call: that it is well means that the sidecar said so."""
READY_PAGE: Final = "/ready"
"""The sidecar's: 200 or 503."""

_SILENT: Final = 30


def readiness() -> Json:
    """The cluster whose health is the task's readiness.

    A 503 counts at once; a sidecar that is gone for less than half a minute changes nothing, since calls go on
    with what it left.
    """
    endpoint = {"endpoint": {"address": {"pipe": {"path": f"{RUN}/sidecar.sock"}}}}
    return {
        "name": READINESS_CLUSTER,
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": READINESS_CLUSTER,
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
        "health_checks": [
            {
                "timeout": "1s",
                "interval": "1s",
                # No call ever goes there, and a task is to be ready as soon as it is.
                "no_traffic_interval": "1s",
                "no_traffic_healthy_interval": "1s",
                "healthy_threshold": 1,
                "unhealthy_threshold": _SILENT,
                "http_health_check": {"path": READY_PAGE, "host": "sidecar"},
            }
        ],
    }
