"""Snippets for the policies of the firewall."""

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet


def web_acl(stack: TerraformStack, broken: bool) -> None:
    visible = {"cloudwatch_metrics_enabled": True, "metric_name": "acl", "sampled_requests_enabled": False}
    aws.wafv2_web_acl.Wafv2WebAcl(
        stack, "Acl", scope="REGIONAL", visibility_config=visible,
        default_action={"allow": {}} if broken else {"block": {}},
    )  # fmt: skip


SNIPPETS: dict[str, Snippet] = {
    "firewall/blocks_by_default": web_acl,
}
