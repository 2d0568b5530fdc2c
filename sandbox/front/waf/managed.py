"""AWS's managed rule groups, as far as their documentation tells what their rules look for.

The rules' patterns are AWS's own and not published: here stands the documented essence of each. Lists of
addresses (reputation, anonymity) are AWS's too; none of them holds an address of a sandbox, so that theirs never
match.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sandbox.front.waf.request import INSPECTED_BODY_BYTES, WafRequest
from sandbox.front.waf.transformations import transformer

Match = Callable[[WafRequest], bool]

_NEVER: Final[Match] = lambda _: False  # noqa: E731
_decode = transformer(
    [{"Priority": 0, "Type": "URL_DECODE_UNI"}, {"Priority": 1, "Type": "LOWERCASE"}], where=""
)


@dataclass(frozen=True)
class ManagedRule:
    """One rule: it blocks what ``match`` finds, and gives ``label`` whatever its action is."""

    name: str
    label: str
    match: Match


def _raw(request: WafRequest, part: str) -> list[bytes]:
    match part:
        case "Body":
            return [request.body]
        case "URIPath":
            return [request.uri_path.encode()]
        case "QueryArguments":
            return [text.encode() for pair in request.query_arguments for text in pair]
        case "QueryString":
            return [request.query.encode()]
        case "Cookie":
            return [request.header("cookie") or b""]
        case _:
            return [value for values in request.header_values.values() for value in values]


def _parts(request: WafRequest, part: str) -> list[bytes]:
    """A part decoded: once a request, for all the rules that look at it."""
    decoded = request.notes.get(part)
    if decoded is None:
        decoded = request.notes[part] = [_decode(data) for data in _raw(request, part) if data]
    return decoded


def _found(part: str, pattern: str) -> Match:
    search = re.compile(pattern.encode()).search

    def match(request: WafRequest) -> bool:
        return any(search(data) for data in _parts(request, part))

    return match


_NAMES: Final = {
    "Body": "BODY", "URIPath": "URIPATH", "QueryArguments": "QUERYARGUMENTS", "QueryString": "QUERYSTRING",
    "Cookie": "COOKIE", "Header": "HEADER",
}  # fmt: skip


def _family(namespace: str, stem: str, pattern: str, *parts: str) -> tuple[ManagedRule, ...]:
    return tuple(
        ManagedRule(f"{stem}_{_NAMES[part]}", f"{namespace}:{stem}_{part}", _found(part, pattern))
        for part in parts
    )


_CORE: Final = "awswaf:managed:aws:core-rule-set"
_INPUTS: Final = "awswaf:managed:aws:known-bad-inputs"
_EVERYWHERE: Final = ("Body", "URIPath", "QueryArguments")


def _header_missing(name: str) -> Match:
    return lambda request: not request.header(name)


_COMMON: Final = (
    ManagedRule("NoUserAgent_HEADER", f"{_CORE}:NoUserAgent_Header", _header_missing("user-agent")),
    ManagedRule(
        "UserAgent_BadBots_HEADER", f"{_CORE}:BadBots_Header",
        lambda request: re.search(rb"nessus|nikto|sqlmap", (request.header("user-agent") or b"").lower())
        is not None,
    ),
    ManagedRule(
        "SizeRestrictions_QUERYSTRING", f"{_CORE}:SizeRestrictions_QueryString",
        lambda request: len(request.query) > 2_048,
    ),
    ManagedRule(
        "SizeRestrictions_Cookie_HEADER", f"{_CORE}:SizeRestrictions_Cookie_Header",
        lambda request: len(request.header("cookie") or b"") > 10_240,
    ),
    ManagedRule(
        "SizeRestrictions_BODY", f"{_CORE}:SizeRestrictions_Body",
        lambda request: not request.body_is_whole or len(request.body) > INSPECTED_BODY_BYTES,
    ),
    ManagedRule(
        "SizeRestrictions_URIPATH", f"{_CORE}:SizeRestrictions_URIPath",
        lambda request: len(request.uri_path) > 1_024,
    ),
    *_family(_CORE, "EC2MetaDataSSRF", r"169\.254\.169\.254|/latest/meta-data", "Body", "Cookie", "URIPath",
             "QueryArguments"),
    *_family(_CORE, "GenericLFI", r"\.\./\.\./|\.\.\\\.\.\\|/etc/passwd", "QueryArguments", "URIPath", "Body"),
    *_family(_CORE, "RestrictedExtensions", r"\.(?:log|ini|bak|env)(?:$|[?&])", "URIPath", "QueryArguments"),
    *_family(_CORE, "GenericRFI", r"(?:https?|ftps?|file)://\d{1,3}(?:\.\d{1,3}){3}", "QueryArguments", "Body",
             "URIPath"),
    *_family(_CORE, "CrossSiteScripting", r"<script|javascript:|onerror\s*=", "Cookie", "QueryArguments", "Body",
             "URIPath"),
)  # fmt: skip

_JAVA: Final = r"java\.lang\.runtime|getruntime\(\)|processbuilder"
_LOG4J: Final = r"\$\{(?:jndi|\$\{)"

_KNOWN_BAD: Final = (
    *_family(_INPUTS, "JavaDeserializationRCE", _JAVA, "Header", "Body", "URIPath", "QueryString"),
    ManagedRule(
        "Host_localhost_HEADER", f"{_INPUTS}:Host_Localhost_Header",
        lambda request: b"localhost" in (request.header("host") or b"").lower(),
    ),
    ManagedRule("PROPFIND_METHOD", f"{_INPUTS}:Propfind_Method", lambda request: request.method == "PROPFIND"),
    ManagedRule(
        "ExploitablePaths_URIPATH", f"{_INPUTS}:ExploitablePaths_URIPath",
        _found("URIPath", r"web-inf|/\.git/|/\.aws/|/\.ssh/"),
    ),
    *_family(_INPUTS, "Log4JRCE", _LOG4J, "Header", "QueryString", "Body", "URIPath"),
    ManagedRule(
        "ReactJSRCE_BODY", f"{_INPUTS}:ReactJSRCE_Body", _found("Body", r"\$1:__proto__:|constructor:constructor")
    ),
)  # fmt: skip

GROUPS: Final[dict[tuple[str, str], tuple[ManagedRule, ...]]] = {
    ("AWS", "AWSManagedRulesCommonRuleSet"): _COMMON,
    ("AWS", "AWSManagedRulesKnownBadInputsRuleSet"): _KNOWN_BAD,
    ("AWS", "AWSManagedRulesAmazonIpReputationList"): tuple(
        ManagedRule(name, f"awswaf:managed:aws:amazon-ip-list:{name}", _NEVER)
        for name in ("AWSManagedIPReputationList", "AWSManagedReconnaissanceList", "AWSManagedIPDDoSList")
    ),
    ("AWS", "AWSManagedRulesAnonymousIpList"): tuple(
        ManagedRule(name, f"awswaf:managed:aws:anonymous-ip-list:{name}", _NEVER)
        for name in ("AnonymousIPList", "HostingProviderIPList")
    ),
}
"""Rules by vendor and group."""
