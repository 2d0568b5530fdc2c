"""ECS's health check of the sidecar."""

import http.client

from .http_socket import request
from .settings import Settings
from .volume import Volume


def main(settings: Settings) -> int:
    """0 when the sidecar says that it works. Having no credential yet is no fault of the sidecar's."""
    try:
        status, body = request(Volume(settings.directory).sidecar_socket, "GET", "/health")
    except (OSError, http.client.HTTPException) as error:
        print(f"the sidecar does not answer: {type(error).__name__}")
        return 1
    print(body.decode(errors="replace"))
    return 0 if status == http.HTTPStatus.OK else 1
