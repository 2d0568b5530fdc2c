"""What a caller says of itself is not passed on as true."""

import ipaddress
import re
from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._containers import TASK
from ._envoy import (
    Json,
    bootstraps,
    clusters,
    configs,
    managers,
    messages,
    opens_tunnel,
    routes,
    upstream_filters,
)


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for name, bootstrap in bootstraps(resource):
        for problem in [*(p for m in managers(bootstrap) for p in _inbound(m)), *_outbound(bootstrap)]:
            yield f"container {name} {problem}"


def _inbound(manager: Json) -> Iterator[str]:
    if manager.get("use_remote_address") is not True:
        yield "believes any x-forwarded-for (use_remote_address is not true)"
    if int(manager.get("xff_num_trusted_hops", 0)) > 1:
        yield "believes addresses that callers wrote (xff_num_trusted_hops)"
    ranges = (manager.get("internal_address_config") or {}).get("cidr_ranges") or []
    if not ranges:
        yield "obeys headers of callers with private addresses (internal_address_config without cidr_ranges)"
    for one in ranges:
        text = f"{one.get('address_prefix')}/{one.get('prefix_len', 0)}"
        if not ipaddress.ip_network(text, strict=False).is_reserved:
            yield f"obeys headers of callers in {text} (internal_address_config)"
    if manager.get("forward_client_cert_details", "SANITIZE") != "SANITIZE":
        yield "passes on certificates that callers claim (forward_client_cert_details)"
    if manager.get("preserve_external_request_id") is True:
        yield "takes request ids of callers (preserve_external_request_id)"
    if any(_keeps_host(route) for _, of_host in routes(manager) for route in of_host):
        yield "passes on the host that callers name (auto_host_rewrite)"
    if manager.get("server_header_transformation", "OVERWRITE") != "OVERWRITE":
        yield "tells what answers behind it (server_header_transformation)"


def _keeps_host(route: Json) -> bool:
    action = route.get("route") or {}
    if opens_tunnel(route):
        return False  # its host is the exact one that policy 58 asks for
    return bool(action) and not (action.get("auto_host_rewrite") or action.get("host_rewrite_literal"))


def _outbound(bootstrap: Json) -> Iterator[str]:
    for cluster in clusters(bootstrap):
        if not messages(cluster, "CredentialInjector"):
            continue
        mutations = [m.get("mutations") or {} for m in configs(upstream_filters(cluster), "HeaderMutation")]
        for way in ("request_mutations", "response_mutations"):
            if not any(_removes(step) for mutation in mutations for step in mutation.get(way) or []):
                yield f"lets any header pass to or from {cluster.get('name')} (header_mutation, {way})"


def _removes(step: Json) -> bool:
    """Whether it removes what a list does not name: a pattern that takes unknown headers."""
    matcher = (step.get("remove_on_match") or {}).get("key_matcher") or {}
    regex: str = known((matcher.get("safe_regex") or {}).get("regex") or "", "safe_regex")
    return bool(regex) and all(
        re.compile(regex).fullmatch(header) for header in ("x-unknown", "cookie", "forwarded")
    )


POLICY = Policy(
    number=117,
    title="Envoy takes no caller's word for who it is, and passes listed headers only",
    severity=Severity.HIGH,
    practice=Practice.AUTHENTICATION,
    types=TASK,
    why="A header that the gateway passes on is one that Pictory, or a log, takes for the company's own "
    "word.",
    remedy="Set use_remote_address, and internal_address_config to a range that nobody calls from, such as "
    "255.255.255.255/32; put a header_mutation with remove_on_match of all but listed headers "
    "into the filters of the cluster that has the credential.",
    judge=judge,
    owasp=("API2:2023", "API8:2023"),
)
