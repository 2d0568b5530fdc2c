"""Security group rules: descriptions that moto leaves out, changes at the same time, rules that are gone already."""

import inspect
import threading
from typing import Any, Final

from moto.ec2.exceptions import InvalidPermissionNotFoundError, InvalidSecurityGroupRuleIdNotFoundError
from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule

from sandbox.aws.patching import replace

_CHANGES: Final = tuple(
    f"{change}_security_group_{way}" for change in ("authorize", "revoke") for way in ("ingress", "egress")
)


def install() -> None:
    """Keep a rule's description whatever it names; change rules one request at a time."""
    _keep_descriptions()
    # moto writes a group's list of rules anew when one is revoked: a change meanwhile would be lost.
    lock = threading.RLock()
    for change in _CHANGES:
        _one_at_a_time(change, lock)


def _one_at_a_time(change: str, lock: threading.RLock) -> None:
    def handler(backend: Any, *args: Any, original: Any, **kwargs: Any) -> Any:
        with lock:
            try:
                return original(backend, *args, **kwargs)
            except InvalidPermissionNotFoundError:
                # AWS's answer for an id, by which Terraform knows that a repeated request had succeeded before.
                if ids := kwargs.get("security_rule_ids"):
                    raise InvalidSecurityGroupRuleIdNotFoundError(", ".join(ids)) from None
                raise

    handler.__name__ = change
    replace(SecurityGroupBackend)(handler)


def _keep_descriptions() -> None:

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
