"""Snippets for the policies of load balancers."""

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet


def listener(stack: TerraformStack, broken: bool) -> None:
    balancer = aws.lb.Lb(stack, "Balancer", internal=True)
    aws.lb_listener.LbListener(
        stack, "Listener", load_balancer_arn=balancer.arn, port=443, protocol="HTTPS",
        certificate_arn="arn:aws:acm:us-east-2:111111111111:certificate/1",
        ssl_policy="ELBSecurityPolicy-2016-08" if broken else "ELBSecurityPolicy-TLS13-1-3-2021-06",
        default_action=[{"type": "fixed-response", "fixed_response": {"content_type": "text/plain", "status_code": "403"}}],
    )  # fmt: skip


SNIPPETS: dict[str, Snippet] = {
    "load_balancer/tls_1_3": listener,
}
