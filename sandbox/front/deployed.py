"""Reads the deployed load balancer, its HTTPS listener, rules, target groups and web ACL back from AWS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from sandbox.front.clients import Clients
from sandbox.front.routing import Routing, compile_routing
from sandbox.front.target_group import TargetGroup, target_group
from sandbox.front.waf import WebAcl, compile_web_acl
from sandbox.front.waf_log import LogSettings, log_settings

TLS_1_3_ONLY: Final = ("ELBSecurityPolicy-TLS13-1-3-",)
TLS_1_2: Final = ("ELBSecurityPolicy-TLS13-1-2-", "ELBSecurityPolicy-TLS-1-2-", "ELBSecurityPolicy-FS-1-2-")
"""Beginnings of the security policies' names, by the oldest TLS they allow."""


class DeploymentError(Exception):
    """What is deployed cannot be served; the message names the resource and what it lacks."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A load balancer as it was deployed.

    ``port`` is the listener's, as callers of AWS would see it; ``tls_1_3_only`` comes of its security policy.
    ``idle_seconds`` is how long either side may be silent.
    """

    arn: str
    arn_suffix: str
    port: int
    tls_1_3_only: bool
    idle_seconds: float
    drop_invalid_headers: bool
    forwarded_for: str
    waf_fail_open: bool
    routing: Routing
    target_groups: Mapping[str, TargetGroup]
    web_acl: WebAcl | None
    logs: LogSettings | None


def read(clients: Clients, *, load_balancer: str) -> Deployed:
    """The load balancer of this name or ARN.

    Raises
    ------
    DeploymentError
        There is no such load balancer, or it lacks what is needed to serve.
    UnsupportedError
        Something of it is not understood here: it is named, never skipped.
    """
    balancer = _load_balancer(clients, load_balancer)
    arn = balancer["LoadBalancerArn"]
    attributes = _attributes(
        clients.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    )
    listener = _https_listener(clients, arn)
    rules = [
        rule
        for page in clients.elbv2.get_paginator("describe_rules").paginate(
            ListenerArn=listener["ListenerArn"]
        )
        for rule in page["Rules"]
    ]
    routing = compile_routing(rules)
    acl = clients.wafv2.get_web_acl_for_resource(ResourceArn=arn).get("WebACL")
    return Deployed(
        arn=arn,
        arn_suffix=arn.split(":loadbalancer/", 1)[1],
        port=listener["Port"],
        tls_1_3_only=_tls_1_3_only(listener),
        idle_seconds=float(attributes.get("idle_timeout.timeout_seconds", "60")),
        drop_invalid_headers=attributes.get("routing.http.drop_invalid_header_fields.enabled", "false")
        == "true",
        forwarded_for=attributes.get("routing.http.xff_header_processing.mode", "append"),
        waf_fail_open=attributes.get("waf.fail_open.enabled", "false") == "true",
        routing=routing,
        target_groups={each: _target_group(clients, each) for each in routing.target_groups},
        web_acl=compile_web_acl(acl, references=_References(clients)) if acl else None,
        logs=_log_settings(clients, acl) if acl else None,
    )


def _load_balancer(clients: Clients, name: str) -> Any:
    try:
        if name.startswith("arn:"):
            found = clients.elbv2.describe_load_balancers(LoadBalancerArns=[name])["LoadBalancers"]
        else:
            found = clients.elbv2.describe_load_balancers(Names=[name])["LoadBalancers"]
    except ClientError as error:
        raise DeploymentError(
            f"load balancer {name}: {error.response['Error']['Message']}: is it deployed?"
        ) from None
    return found[0]


def _https_listener(clients: Clients, arn: str) -> Any:
    listeners = clients.elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    secure = [each for each in listeners if each["Protocol"] == "HTTPS"]
    if len(secure) != 1:
        raise DeploymentError(
            f"load balancer {arn} has {len(secure)} HTTPS listeners: exactly one can be served"
        )
    listener = secure[0]
    if listener.get("MutualAuthentication", {}).get("Mode", "off") != "off":
        raise DeploymentError(f"listener {listener['ListenerArn']}: mutual authentication is not served here")
    return listener


def _tls_1_3_only(listener: Mapping[str, Any]) -> bool:
    policy = str(listener.get("SslPolicy"))
    if policy.startswith(TLS_1_3_ONLY):
        return True
    if policy.startswith(TLS_1_2):
        return False
    raise DeploymentError(f"listener {listener['ListenerArn']}: security policy {policy} is not served here")


def _target_group(clients: Clients, arn: str) -> TargetGroup:
    (found,) = clients.elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    attributes = clients.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    return target_group(found, _attributes(attributes))


def _attributes(attributes: Any) -> dict[str, str]:
    return {each["Key"]: each.get("Value", "") for each in attributes}


def _log_settings(clients: Clients, acl: Mapping[str, Any]) -> LogSettings | None:
    try:
        found = clients.wafv2.get_logging_configuration(ResourceArn=acl["ARN"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "WAFNonexistentItemException":
            return None
        raise
    return log_settings(found["LoggingConfiguration"])


class _References:
    def __init__(self, clients: Clients) -> None:
        self._wafv2 = clients.wafv2

    def ip_set(self, arn: str) -> list[str]:
        name, id_ = _name_and_id(arn)
        return self._wafv2.get_ip_set(Name=name, Id=id_, Scope="REGIONAL")["IPSet"]["Addresses"]

    def regex_pattern_set(self, arn: str) -> list[str]:
        name, id_ = _name_and_id(arn)
        found = self._wafv2.get_regex_pattern_set(Name=name, Id=id_, Scope="REGIONAL")["RegexPatternSet"]
        return [each["RegexString"] for each in found["RegularExpressionList"]]


def _name_and_id(arn: str) -> tuple[str, str]:
    # arn:aws:wafv2:region:account:regional/ipset/name/id
    *_, name, id_ = arn.split("/")
    return name, id_
