"""Names that an environment's settings call for reach the DNS Firewall."""

import json
from pathlib import Path

from pictory_egress.cdk import App, LocalBackend, TerraformStack, aws
from pictory_egress.egress import PictoryEgress
from pictory_egress.environment import load
from pictory_egress.gateway.settings import OidcIssuer

ENVIRONMENTS = Path(__file__).parents[2] / "stacks" / "environments"


def test_names_when_settings_call_for_them_then_resolved(tmp_path: Path) -> None:
    settings = load(ENVIRONMENTS / "prod.toml")
    issuer = OidcIssuer(
        name="company",
        issuer="https://login.example.com",
        jwks_uri="https://keys.example.com:8443/jwks",
        audience="pictory",
    )
    changes = {"issuers": (issuer,), "envoy_image": f"ghcr.io/company/envoy@sha256:{'0' * 64}"}
    gateway = settings.gateway.model_copy(update=changes)
    whole = settings.model_copy(update={"gateway": gateway})
    app = App(outdir=str(tmp_path))
    stack = TerraformStack(app, "whole")
    LocalBackend(stack, path="whole.tfstate")
    aws.provider.AwsProvider(stack, "aws", region="us-east-2")
    PictoryEgress(stack, "Egress", settings=whole)
    app.synth()
    document = json.loads((tmp_path / "stacks/whole/cdk.tf.json").read_text(encoding="utf-8"))
    lists = document["resource"]["aws_route53_resolver_firewall_domain_list"].values()
    names = {name for list_ in lists for name in list_["domains"]}
    assert {"keys.example.com.", "ghcr.io.", "api.pictory.ai."} <= names
    assert "login.example.com." not in names  # only the keys are fetched
    assert "registry-1.docker.io." not in names
