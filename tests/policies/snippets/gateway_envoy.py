"""Snippets for the policies of Envoy's configuration: who may call, with what, and where the call goes."""

from typing import Any

from pictory_egress.cdk import TerraformStack
from tests.policies.snippets.envoy_task import (
    Json,
    hand_written,
    http_filter,
    listener,
    manager,
    routes,
    upstream_filter,
    weakened_by,
)
from tests.policies.snippets.snippet import Snippet
from tests.policies.snippets.surroundings import balancer

STORYBOARD = "/pictoryapis/v2/video/storyboard"
JOB = "/pictoryapis/v1/jobs/"
_TYPE = "type.googleapis.com/envoy.extensions."


def admin_on_the_network(stack: TerraformStack, broken: bool) -> None:
    pipe = {"pipe": {"path": "/run/admin.sock", "mode": 0o600}}
    network = {"socket_address": {"address": "127.0.0.1", "port_value": 9901}}
    admin = {"address": network if broken else pipe, "allow_paths": [{"exact": "/ready"}]}
    hand_written(stack, {"admin": admin})


def any_name_upstream(stack: TerraformStack, broken: bool) -> None:
    """Calls to a load balancer of the stack itself: its name comes later, as an address and as the name to verify."""
    host = balancer(stack).dns_name
    validation: dict[str, Any] = {"trusted_ca": {"filename": "/etc/ssl/certs/ca-certificates.crt"}}
    if not broken:
        exact = {"san_type": "DNS", "matcher": {"exact": host}}
        validation["match_typed_subject_alt_names"] = [exact]
    tls = {
        "@type": f"{_TYPE}transport_sockets.tls.v3.UpstreamTlsContext",
        "sni": host,
        "common_tls_context": {
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
            "validation_context": validation,
        },
    }
    transport = {"name": "tls", "typed_config": tls}
    hand_written(stack, _with_cluster(host, type="STRICT_DNS", transport_socket=transport))


def whatever_is_called(stack: TerraformStack, broken: bool) -> None:
    host = balancer(stack).dns_name
    hand_written(stack, _with_cluster(host, type="LOGICAL_DNS" if broken else "STRICT_DNS"))


def _with_cluster(host: str, **settings: Any) -> Json:
    address = {"socket_address": {"address": host, "port_value": 443}}
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": address}}]}]
    assignment = {"cluster_name": "inside", "endpoints": endpoints}
    return {"static_resources": {"clusters": [{"name": "inside", "load_assignment": assignment, **settings}]}}


def plain_listener(envoy: Json) -> None:
    del listener(envoy)["filter_chains"][0]["transport_socket"]


def keeps_the_callers_key(envoy: Json) -> None:
    upstream_filter(envoy, "CredentialInjector")["overwrite"] = False


def nothing_refuses(envoy: Json) -> None:
    routes(envoy, STORYBOARD).pop()


def goes_inside(envoy: Json) -> None:
    (policy,) = upstream_filter(envoy, "RBAC")["rules"]["policies"].values()
    refused = policy["permissions"][0]["or_rules"]["rules"]
    refused[:] = [rule for rule in refused if "'10.0.0.0'" not in str(rule)]


def token_may_be_missing(envoy: Json) -> None:
    for rule in http_filter(envoy, "JwtAuthentication")["rules"]:
        rule["requires"]["requires_any"]["requirements"].append({"allow_missing": {}})


def escaped_slashes(envoy: Json) -> None:
    manager(envoy)["path_with_escaped_slashes_action"] = "UNESCAPE_AND_FORWARD"


def every_path(envoy: Json) -> None:
    routes(envoy, JOB)[0]["match"]["safe_regex"]["regex"] = ".*"


def endless_request(envoy: Json) -> None:
    manager(envoy)["request_timeout"] = "0s"


def believes_callers(envoy: Json) -> None:
    manager(envoy)["xff_num_trusted_hops"] = 2


def limits_are_tried(envoy: Json) -> None:
    http_filter(envoy, "LocalRateLimit")["filter_enforced"]["default_value"]["numerator"] = 0


def any_number_at_once(envoy: Json) -> None:
    """A client that is granted something, and found by no limit."""
    matcher = http_filter(envoy, "at_once")["xds_matcher"]
    limits = matcher["matcher_tree"]["exact_match_map"]["map"]
    limits["nobody"] = limits.pop("studio")


def logs_credentials(envoy: Json) -> None:
    form = manager(envoy)["access_log"][0]["typed_config"]["log_format"]["json_format"]
    form["credential"] = "%REQ(AUTHORIZATION)%"


def endless_tokens(envoy: Json) -> None:
    for provider in http_filter(envoy, "JwtAuthentication")["providers"].values():
        del provider["max_lifetime"]


def half_a_body(envoy: Json) -> None:
    http_filter(envoy, "ExtAuthz")["with_request_body"]["allow_partial_message"] = True


def mended_body(envoy: Json) -> None:
    http_filter(envoy, "ExtAuthz")["with_request_body"]["pack_as_bytes"] = False


def nothing_taken_back(envoy: Json) -> None:
    filters = manager(envoy)["http_filters"]
    filters[:] = [entry for entry in filters if entry["name"] != "registered"]


def any_host(envoy: Json) -> None:
    filters = manager(envoy)["http_filters"]
    filters[:] = [entry for entry in filters if entry["name"] != "request_validation"]


def any_kind_of_body(envoy: Json) -> None:
    filters = manager(envoy)["http_filters"]
    filters[:] = [entry for entry in filters if entry["name"] != "body_shape"]


def bare_line_feeds(envoy: Json) -> None:
    (layer,) = envoy["layered_runtime"]["layers"]
    del layer["static_layer"]["envoy.reloadable_features.strict_chunk_parsing"]


SNIPPETS: dict[str, Snippet] = {
    "gateway/envoy_upstream_tls": any_name_upstream,
    "gateway/envoy_one_injector": weakened_by(keeps_the_callers_key),
    "gateway/envoy_refuses_last": weakened_by(nothing_refuses),
    "gateway/envoy_no_private_addresses": weakened_by(goes_inside),
    "gateway/envoy_admin_socket": admin_on_the_network,
    "gateway/envoy_authenticates": weakened_by(token_may_be_missing),
    "gateway/envoy_named_hosts": whatever_is_called,
    "gateway/envoy_listener_tls": weakened_by(plain_listener),
    "gateway/envoy_strict_http": weakened_by(escaped_slashes),
    "gateway/envoy_named_operations": weakened_by(every_path),
    "gateway/envoy_limits": weakened_by(endless_request),
    "gateway/envoy_trusts_no_caller": weakened_by(believes_callers),
    "gateway/envoy_rate_limits": weakened_by(limits_are_tried),
    "gateway/envoy_concurrency": weakened_by(any_number_at_once),
    "gateway/envoy_logs": weakened_by(logs_credentials),
    "gateway/envoy_short_tokens": weakened_by(endless_tokens),
    "gateway/envoy_checks_closed": weakened_by(half_a_body),
    "gateway/envoy_inspects_bodies": weakened_by(mended_body),
    "gateway/envoy_revocation": weakened_by(nothing_taken_back),
    "gateway/envoy_one_reading": weakened_by(any_host),
    "gateway/envoy_body_kinds": weakened_by(any_kind_of_body),
    "gateway/envoy_strict_chunks": weakened_by(bare_line_feeds),
}
