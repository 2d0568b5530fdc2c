"""What a web ACL hides of a request: in the samples that it shows, and in the log that it writes."""

from collections.abc import Mapping
from typing import Any

from ..stack.resource import Resource, Stack
from ..stack.values import known
from ._rules import block, statements

QUERY = "the query string"


def in_samples(resource: Resource) -> set[str]:
    """The headers, in lower case, and the query string that data_protection_config hides."""
    hidden: set[str] = set()
    for protection in _listed(block(resource.get("data_protection_config")).get("data_protection")):
        field = block(protection.get("field"))
        if field.get("field_type") == "SINGLE_HEADER":
            hidden.update(str(name).lower() for name in known(field.get("field_keys") or [], "field_keys"))
        elif field.get("field_type") == "QUERY_STRING":
            hidden.add(QUERY)
    return hidden


def in_log(configuration: Resource) -> set[str]:
    """The headers, in lower case, and the query string that a logging configuration redacts."""
    fields = configuration.blocks("redacted_fields")
    headers = statements(fields, "single_header")
    hidden = {str(known(header, "redacted_fields").get("name")).lower() for header in headers}
    return hidden | (
        {QUERY} if any(field.get("query_string") not in (None, []) for field in fields) else set()
    )


def logs(web_acl: Resource, stack: Stack) -> list[Resource]:
    """The logging configurations of a web ACL."""
    return stack.linking(web_acl, "resource_arn", types=("aws_wafv2_web_acl_logging_configuration",))


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return value if isinstance(value, list) else [value] if isinstance(value, Mapping) else []
