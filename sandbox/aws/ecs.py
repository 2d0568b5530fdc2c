"""What moto forgets of an ECS service."""

from typing import Any

from moto.core.utils import camelcase_to_underscores
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.aws.patching import replace

KEPT = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
)
DEFAULTS = {
    "availabilityZoneRebalancing": "DISABLED",
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
}


def install() -> None:
    """Keep what a service was created and updated with, under the API's own names."""

    @replace(EC2ContainerServiceResponse)
    def create_service(response: Any, *, original: Any) -> Any:
        result = original(response)
        service = result.result["service"]
        for field in KEPT:
            value = response._get_param(field)
            if value is not None or field in DEFAULTS:
                setattr(service, field, DEFAULTS.get(field) if value is None else value)
        return result

    @replace(EC2ContainerServiceBackend)
    def update_service(backend: Any, properties: dict[str, Any], *, original: Any) -> Any:
        given = {field: properties.pop(camelcase_to_underscores(field), None) for field in KEPT}
        service = original(backend, properties)
        for field, value in given.items():
            if value is not None:
                setattr(service, field, value)
        return service
