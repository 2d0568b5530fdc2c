"""A network alone in a stack, as parsed JSON."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from pictory_egress.cdk import App, LocalBackend, TerraformStack, aws
from pictory_egress.network.infrastructure import Network
from pictory_egress.network.settings import NetworkSettings

KEY_ARN = "arn:aws:kms:us-east-2:111111111111:key/00000000-0000-4000-8000-000000000001"
NEW_VPC: dict[str, Any] = {
    "cidr": "10.20.0.0/16",
    "subnets": [
        {"zone": "us-east-2a", "public": "10.20.0.0/24", "private": "10.20.16.0/20"},
        {"zone": "us-east-2b", "public": "10.20.1.0/24", "private": "10.20.32.0/20"},
        {"zone": "us-east-2c", "public": "10.20.2.0/24", "private": "10.20.48.0/20"},
    ],
}
EXISTING_VPC: dict[str, Any] = {
    "existing": {
        "vpc_id": "vpc-0a1b2c3d4e5f60718",
        "vpc_cidr": "172.16.0.0/12",
        "private_subnet_ids": ["subnet-0a1b2c3d4e5f60718", "subnet-1a1b2c3d4e5f60718"],
        "egress_cidrs": ["198.51.100.7/32"],
    }
}

Resource = dict[str, Any]


@dataclass(frozen=True)
class Synthesized:
    """The network and what it came to."""

    network: Network
    text: str

    def resources(self, type_: str) -> dict[str, Resource]:
        """Resources of a type, by their path below the network, such as ``Vpc/NatA``."""
        found = json.loads(self.text).get("resource", {}).get(type_, {})
        return {
            resource["//"]["metadata"]["path"].removeprefix("alone/Network/"): resource
            for resource in found.values()
        }

    def one(self, type_: str) -> Resource:
        (resource,) = self.resources(type_).values()
        return resource

    @staticmethod
    def reference(resource: Resource, type_: str, attribute: str) -> str:
        """How another resource refers to ``attribute`` of this one."""
        return f"${{{type_}.{resource['//']['metadata']['uniqueId']}.{attribute}}}"


Synthesize = Callable[..., Synthesized]


def synthesize_network(
    folder: Path,
    settings: dict[str, Any],
    *,
    region: str = "us-east-2",
    callers: tuple[str, ...] = (),
    readers: tuple[str, ...] = (),
    **extra: Any,
) -> Synthesized:
    app = App(outdir=mkdtemp(dir=folder))
    stack = TerraformStack(app, "alone")
    LocalBackend(stack, path="alone.tfstate")
    aws.provider.AwsProvider(stack, "aws", region=region)
    network = Network(
        stack,
        "Network",
        settings=NetworkSettings.model_validate(settings),
        name="pictory-egress-dev",
        region=region,
        logs_key_arn=KEY_ARN,
        **extra,
    )
    for caller in callers:
        network.allow_endpoints_from("sg-0123456789abcdef0", caller)
    for reader in readers:
        network.allow_tables_from("sg-0123456789abcdef0", reader)
    app.synth()
    return Synthesized(network, (Path(app.outdir) / "stacks/alone/cdk.tf.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    return partial(synthesize_network, tmp_path_factory.mktemp("network"))


@pytest.fixture(scope="session")
def made(synthesize: Synthesize, new_vpc: dict[str, Any]) -> Synthesized:
    """A VPC of its own over three zones, everything on, with one caller."""
    return synthesize(new_vpc, callers=("Gateway",), extra_domains=["login.example.com"])


@pytest.fixture(scope="session")
def new_vpc() -> dict[str, Any]:
    return NEW_VPC


@pytest.fixture(scope="session")
def existing_vpc() -> dict[str, Any]:
    return EXISTING_VPC
