"""The names that the VPC's resolver answers: Pictory's, and the AWS services that the parts call."""

from collections.abc import Iterable
from typing import Final

from pictory_egress.api.hosts import API_HOST

# Where images of public registries are pulled from, by the registries' own published lists.
_DOCKER_HUB: Final = (
    "auth.docker.io",
    "production.cloudflare.docker.com",
    "docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com",
    "registry-1.docker.io",
)
_ECR_PUBLIC: Final = ("public.ecr.aws", "d5l0dvt14r5h8.cloudfront.net")


def aws_hosts(region: str) -> tuple[str, ...]:
    """Hosts of the AWS services that tasks and the rotation function call in ``region``.

    Single services, not ``*.amazonaws.com``: below that name anybody can have a bucket or an API.
    """
    services = ("api.ecr", "*.dkr.ecr", "dynamodb", "kms", "logs", "secretsmanager")
    layers = f"{layer_bucket(region)}.s3"
    return (
        *(f"{service}.{region}.amazonaws.com" for service in services),
        f"{layers}.{region}.amazonaws.com",
        f"{layers}.amazonaws.com",
    )


def layer_bucket(region: str) -> str:
    """AWS's bucket of container image layers in ``region``, where every pull from ECR ends."""
    return f"prod-{region}-starport-layer-bucket"


def registry_hosts(image: str) -> tuple[str, ...]:
    """Hosts that a pull of ``image`` resolves beyond :func:`aws_hosts`; none for a private registry of ECR."""
    first = image.partition("/")[0]
    if first.endswith(".amazonaws.com"):
        return ()
    if first in _ECR_PUBLIC:
        return _ECR_PUBLIC
    # Docker's own way to tell a registry from a user's name of its hub.
    if first == "docker.io" or not {".", ":"} & set(first):
        return _DOCKER_HUB
    return (first.partition(":")[0],)


def resolvable(*, region: str, extra: Iterable[str] = ()) -> list[str]:
    """Every name to answer, sorted, as Route 53 stores it: with a trailing dot."""
    hosts = {API_HOST, *aws_hosts(region), *extra}
    return sorted(f"{host}." for host in hosts)
