"""Names of arguments and fields, and what weakens them: AWS's, Terraform's and Envoy's, none of ours."""

from typing import Any

OPTIONAL = (
    "ssl_policy", "treat_missing_data", "network_mode", "kms_key_id", "kms_master_key_id", "kms_key_arn",
    "recovery_window_in_days", "alarm_actions", "source_arn", "reserved_concurrent_executions", "desired_count",
    "allowed_account_ids", "required_version", "user", "awslogs-group", "max_lifetime", "use_remote_address",
    "headers_with_underscores_action", "path_with_escaped_slashes_action", "request_headers_timeout", "sni",
    "request_timeout", "normalize_path", "merge_slashes", "sse_algorithm", "issuer", "audiences", "overwrite",
)  # fmt: skip
OPTIONAL_BLOCKS = (
    "access_logs", "connection_logs", "deployment_circuit_breaker", "load_balancer", "network_configuration",
    "dead_letter_config", "tracing_config", "vpc_config", "data_protection_config", "lifecycle", "setting", "condition",
    "redacted_fields", "rotation_rules", "dimensions", "health_check", "healthCheck", "logConfiguration",
    "linuxParameters", "capabilities", "volume", "event_pattern", "custom_key", "backend", "required_providers",
)  # fmt: skip
ENVOY_MESSAGES = (
    "transport_socket", "validation_context", "match_typed_subject_alt_names", "trusted_ca", "tls_params", "rules",
    "requires", "from_headers", "access_log", "overload_manager", "common_http_protocol_options", "token_bucket",
    "resource_monitors", "actions", "request_mutations", "response_mutations", "headers", "with_request_body",
    "direct_response", "upstream_ip",
)  # fmt: skip
LISTS_OF_RULES = (
    "rule", "redacted_fields", "data_protection", "container_definitions", "http_filters", "requirements",
    "match_typed_subject_alt_names", "resource_monitors", "setting", "request_mutations", "response_mutations",
    "access_log",
)  # fmt: skip
LINKS = (
    "kms_key_id", "kms_master_key_id", "kms_key_arn", "alarm_actions", "bucket", "target_arn", "source_arn",
    "certificate_arn", "log_destination", "target_group_arn", "TargetGroup", "QueueName", "allocation_id",
    "nat_gateway_id", "log_destination_configs", "role_arn", "secret_id", "resource_arn",
)  # fmt: skip
NETWORKS = (
    "subnets",
    "subnet_ids",
    "security_groups",
    "security_group_ids",
    "domains",
    "addresses",
    "alarm_actions",
    "eventName",
)
RETENTION: dict[str, Any] = {
    "retention_in_days": 7, "deletion_window_in_days": 7, "recovery_window_in_days": 0, "days": 1,
    "rotation_period_in_days": 2560,
}  # fmt: skip
LIMITS = (
    "limit", "threshold", "max_tokens", "tokens_per_fill", "max_headers_count", "max_request_headers_kb",
    "max_request_bytes", "max_connections", "max_requests", "max_pending_requests", "mode", "evaluation_periods",
    "xff_num_trusted_hops", "clock_skew_seconds", "per_connection_buffer_limit_bytes", "max_concurrency_limit",
)  # fmt: skip
TIMEOUTS = (
    "request_headers_timeout", "request_timeout", "stream_idle_timeout", "max_lifetime", "timeout", "idle_timeout",
    "max_downstream_connection_duration", "listener_filters_timeout", "max_stream_duration",
)  # fmt: skip
WORDS: dict[str, dict[Any, tuple[Any, ...]]] = {
    "action": {"BLOCK": ("ALERT", "ALLOW"), "DENY": ("ALLOW", "LOG"), "ALLOW": ("LOG",)},
    "firewall_fail_open": {"DISABLED": ("ENABLED",)},
    "state": {"ENABLED": ("DISABLED",), "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS": ("DISABLED", "ENABLED")},
    "status": {"Enabled": ("Suspended", "Disabled"), 403: (200,), 404: (200,)},
    "status_code": {"403": ("200",)},
    "object_ownership": {"BucketOwnerEnforced": ("ObjectWriter",)},
    "traffic_type": {"ALL": ("ACCEPT", "REJECT")},
    "treat_missing_data": {"notBreaching": ("missing",), "ignore": ("missing",), "breaching": ("missing",)},
    "comparison_operator": {"GreaterThanOrEqualToThreshold": ("LessThanThreshold",), "LessThanThreshold": ("GreaterThanThreshold",)},
    "protocol": {"HTTPS": ("HTTP",)},
    "ip_protocol": {"tcp": ("-1",)},
    "from_port": {443: (0,), 8443: (0,), 3390: (1024,)},
    "to_port": {443: (65535,), 8443: (65535,), 3388: (65535,)},
    "ssl_policy": {"ELBSecurityPolicy-TLS13-1-3-2021-06": ("ELBSecurityPolicy-2016-08",)},
    "desync_mitigation_mode": {"strictest": ("monitor",), "defensive": ("monitor",)},
    "network_mode": {"awsvpc": ("host", "bridge")},
    "user": {"65532:65532": ("0", "root"), "65533:65532": ("0:65532",)},
    "mode": {"Active": ("PassThrough",)},
    "matcher": {"200": ("200-499",)},
    "platform_version": {"LATEST": ("1.3.0",)},
    "min_capacity": {3: (0, 1), 2: (0, 1)},
    "desired_count": {3: (0, 1), 2: (0, 1)},
    "deployment_minimum_healthy_percent": {100: (0,)},
    "principal": {"secretsmanager.amazonaws.com": ("*",)},
    "path_with_escaped_slashes_action": {"REJECT_REQUEST": ("KEEP_UNCHANGED",)},
    "headers_with_underscores_action": {"REJECT_REQUEST": ("ALLOW",)},
    "forward_client_cert_details": {"SANITIZE": ("ALWAYS_FORWARD_ONLY", "FORWARD_ONLY")},
    "tls_minimum_protocol_version": {"TLSv1_2": ("TLSv1_0",), "TLSv1_3": ("TLSv1_0",)},
    "server_header_transformation": {"OVERWRITE": ("PASS_THROUGH",)},
    "value": {"enabled": ("disabled",), "containerInsights": ()},
    "address_prefix": {"10.0.0.0": ("11.0.0.0",), "169.254.0.0": ("169.253.0.0",), "127.0.0.0": ("126.0.0.0",)},
}  # fmt: skip
