"""What the firewall lets through is a method and a path of the API."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ..stack.values import is_set, known
from ._rules import block, rules

_ANY_PATH = "/no/such/operation/anywhere"


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for rule in rules(resource):
        if is_set(block(rule.get("action")).get("allow")):
            yield from (
                f"rule {rule.get('name')!r} {problem}" for problem in _problems(block(rule.get("statement")))
            )


def _problems(statement: Mapping[str, Any]) -> Iterator[str]:
    alternatives = block(statement.get("or_statement")).get("statement") or [statement]
    for alternative in alternatives if isinstance(alternatives, list) else [alternatives]:
        parts = block(alternative.get("and_statement")).get("statement") or [alternative]
        matches = [match for part in parts for kind in _MATCHES for match in [block(part.get(kind))] if match]
        if not any(is_set(block(match.get("field_to_match")).get("method")) for match in matches):
            yield "allows every method"
        if not any(_names_paths(match) for match in matches):
            yield "allows every path"


_MATCHES = ("byte_match_statement", "regex_match_statement")


def _names_paths(match: Mapping[str, Any]) -> bool:
    if not is_set(block(match.get("field_to_match")).get("uri_path")):
        return False
    if "regex_string" in match:
        return not re.compile(str(known(match["regex_string"], "regex_string"))).search(_ANY_PATH)
    return len(str(match.get("search_string", ""))) > 1


POLICY = Policy(
    number=108,
    title="Rules of web ACLs allow named methods on named paths",
    severity=Severity.HIGH,
    practice=Practice.WAF,
    types=("aws_wafv2_web_acl", "aws_wafv2_rule_group"),
    why="An allow for everything ends the ACL there: no later rule, and no default, is asked.",
    remedy="Give each allowing rule an and_statement of a match on method and one on uri_path, anchored by ^ "
    "and $.",
    judge=judge,
    owasp=("API5:2023", "API9:2023"),
)
