"""Security group rules: the description of a rule that names a group or a prefix list, which moto leaves out."""

import inspect
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from sandbox.aws.patching import replace


def install() -> None:
    """Keep a rule's description whatever it names, and give it back."""

    @replace(SecurityGroupRule)
    def __init__(rule: Any, *args: Any, original: Any, **kwargs: Any) -> None:  # noqa: N807 - moto's own name
        original(rule, *args, **kwargs)
        given = inspect.signature(original).bind(rule, *args, **kwargs).arguments
        rule.prefix_list_description = (given.get("prefix_list_id") or {}).get("Description")

    SecurityGroupRule.description = property(
        lambda rule: (
            rule.ip_range.get("Description")
            or rule.source_group.get("Description")
            or rule.prefix_list_description
        )
    )
