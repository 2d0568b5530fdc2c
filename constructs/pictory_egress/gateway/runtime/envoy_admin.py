"""Envoy's admin interface, as far as the sidecar uses it."""

import http.client
import re
from pathlib import Path
from typing import Final

from .http_socket import request

_REQUESTS: Final = "http.gateway.downstream_rq_active"
# Where there are none, Envoy has no such figure.
_TUNNELS: Final = "http.connect.downstream_rq_active"
_SENT: Final = "cluster.pictory.upstream_rq_total"
# Final answers, and those upon which Envoy tries again.
_UNAUTHORIZED: Final = ("cluster.pictory.upstream_rq_401", "cluster.pictory.retry.upstream_rq_401")


class EnvoyAdmin:
    """Each method tells of an Envoy that does not answer by False or None: it may not be up yet, or gone."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def fail_health_checks(self) -> bool:
        """From now on the load balancer's health check gets 503."""
        return self._post("/healthcheck/fail")

    def drain(self) -> bool:
        """From now on answers ask callers to close their connections."""
        return self._post("/drain_listeners?graceful")

    def activity(self) -> tuple[int, int] | None:
        """Requests and tunnels under way, and how many requests have been sent to Pictory since Envoy's start."""
        values = self._stats(_REQUESTS, _TUNNELS, _SENT)
        if values is None:
            return None
        return values.get(_REQUESTS, 0) + values.get(_TUNNELS, 0), values.get(_SENT, 0)

    def unauthorized(self) -> int | None:
        """How often Pictory has answered 401 since Envoy's start."""
        values = self._stats(*_UNAUTHORIZED)
        return None if values is None else sum(values.values())

    def _post(self, target: str) -> bool:
        try:
            status, _ = request(self._socket, "POST", target)
        except (OSError, http.client.HTTPException):
            return False
        return status == http.HTTPStatus.OK

    def _stats(self, *names: str) -> dict[str, int] | None:
        pattern = "^(" + "|".join(name.replace(".", "[.]") for name in names) + ")$"
        try:
            status, body = request(self._socket, "GET", f"/stats?filter={pattern}")
        except (OSError, http.client.HTTPException):
            return None
        if status != http.HTTPStatus.OK:
            return None
        lines = re.findall(r"^([a-z0-9_.]+): (\d+)$", body.decode(errors="replace"), re.MULTILINE)
        return {name: int(value) for name, value in lines}
