"""Callers speak TLS 1.3, or 1.2 with forward secrecy, to the load balancer."""

import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_MODERN = re.compile(r"ELBSecurityPolicy-TLS13-1-(3|2-Res)(-FIPS)?(-PQ)?-20\d\d-\d\d")
_ENCRYPTED = ("HTTPS", "TLS")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    protocol = resource.known("protocol")
    if protocol in _ENCRYPTED:
        policy = resource.known("ssl_policy")
        if not policy or not _MODERN.fullmatch(policy):
            yield f"ssl_policy is {policy or 'left to AWS'}, which takes old TLS or weak ciphers"
        if resource.get("certificate_arn") is None and not stack.linking(
            resource, "listener_arn", types=("aws_lb_listener_certificate",)
        ):
            yield "has no certificate"
    elif resource.known("default_action", "type") != "redirect":
        yield f"speaks {protocol or 'HTTP'}, without TLS"
    elif resource.known("default_action", "redirect", "protocol") != "HTTPS":
        yield "redirects to something else than HTTPS"


POLICY = Policy(
    number=12,
    title="Listeners speak TLS 1.3, or 1.2 with forward secrecy",
    severity=Severity.CRITICAL,
    practice=Practice.HTTPS,
    types=("aws_lb_listener", "aws_alb_listener"),
    why="Callers' credentials travel in a header: whoever can read the connection can call Pictory in their name.",
    remedy='Set protocol "HTTPS" and ssl_policy "ELBSecurityPolicy-TLS13-1-3-2021-06" with a certificate.',
    judge=judge,
    fsbp=("ELB.1", "ELB.17", "ELB.18"),
    owasp=("API2:2023", "API8:2023"),
)
