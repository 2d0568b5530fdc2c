"""A firewall alone in a stack, as parsed JSON, and its rules as the functions build them."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from pictory_egress.api import Catalog
from pictory_egress.cdk import App, LocalBackend, TerraformStack, aws
from pictory_egress.firewall.infrastructure import Firewall
from pictory_egress.firewall.rules import web_acl_rules
from pictory_egress.firewall.settings import FirewallSettings

ACCOUNT = "111111111111"
KEY_ARN = f"arn:aws:kms:us-east-2:{ACCOUNT}:key/00000000-0000-4000-8000-000000000001"
BALANCER_ARN = f"arn:aws:elasticloadbalancing:us-east-2:{ACCOUNT}:loadbalancer/app/gateway/0123456789abcdef"
IP_SET_ARNS = ("arn:of:v4", "arn:of:v6")

Rules = dict[str, dict[str, Any]]


class Synthesized:
    """What the firewall came to; ``one`` fails unless there is exactly one resource of the type."""

    def __init__(self, firewall: Firewall, folder: Path) -> None:
        self.firewall = firewall
        self.text = (folder / "stacks/alone/cdk.tf.json").read_text(encoding="utf-8")
        self._resources = json.loads(self.text)["resource"]

    def all(self, type_: str) -> list[dict[str, Any]]:
        return list(self._resources.get(type_, {}).values())

    def one(self, type_: str) -> dict[str, Any]:
        (resource,) = self.all(type_)
        return resource

    def reference(self, type_: str, attribute: str) -> str:
        return f"${{{type_}.{self.one(type_)['//']['metadata']['uniqueId']}.{attribute}}}"


def synthesize_firewall(folder: Path, **settings: Any) -> Synthesized:
    app = App(outdir=mkdtemp(dir=folder))
    stack = TerraformStack(app, "alone")
    LocalBackend(stack, path="alone.tfstate")
    aws.provider.AwsProvider(stack, "aws", region="us-east-2")
    firewall = Firewall(
        stack,
        "Firewall",
        settings=FirewallSettings.model_validate({"allowed_cidrs": ["10.0.0.0/8"], **settings}),
        name="pictory-egress-dev",
        region="us-east-2",
        catalog=Catalog.with_additions(),
        load_balancer_arn=BALANCER_ARN,
        logs_key_arn=KEY_ARN,
    )
    app.synth()
    return Synthesized(firewall, Path(app.outdir))


def build_rules(*, catalog: Catalog | None = None, token_endpoint: bool = False, **settings: Any) -> Rules:
    rules = web_acl_rules(
        settings=FirewallSettings.model_validate({"allowed_cidrs": ["10.0.0.0/8", "fd00::/8"], **settings}),
        catalog=catalog or Catalog.with_additions(),
        ip_set_arns=IP_SET_ARNS,
        token_endpoint=token_endpoint,
    )
    return {rule["name"]: rule for rule in rules}


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Synthesized]:
    return partial(synthesize_firewall, tmp_path_factory.mktemp("firewall"))


@pytest.fixture(scope="session")
def made(synthesize: Callable[..., Synthesized]) -> Synthesized:
    return synthesize()


@pytest.fixture(scope="session")
def build() -> Callable[..., Rules]:
    return build_rules


@pytest.fixture(scope="session")
def rules() -> Rules:
    return build_rules()
