"""What a caller gets from the load balancers themselves: when no task answers, or none is asked."""

from typing import Final, NamedTuple

from pictory_egress.api import PREFIX
from pictory_egress.gateway.refusals import Refusal

IDLE_SECONDS: Final = 310
"""Idle timeout: longer than Envoy's longest answer, so that Envoy is the one to end a call."""

NOT_SERVED: Final = Refusal(
    "operation_unknown", 403, f"Only paths below {PREFIX}/ are served here. Correct the base URL."
)
"""What the listener answers to all other paths."""

SOURCES: Final = (
    "Troubleshoot your Application Load Balancers (User Guide for Application Load Balancers)",
    "Troubleshoot your Network Load Balancer (User Guide for Network Load Balancers)",
    "Update the TCP idle timeout for your Network Load Balancer listener (User Guide for Network Load Balancers)",
)
"""Documents of AWS's that the tables here come from, by title."""


class LoadBalancerAnswer(NamedTuple):
    """A status of the application load balancer's own: what causes it here, and what to change."""

    status: int
    cause: str
    change: str


class NoAnswer(NamedTuple):
    """A connection that fails without an HTTP answer: what the caller sees, what causes it, and what to change."""

    seen: str
    cause: str
    change: str


ANSWERS: Final = (
    LoadBalancerAnswer(
        400,
        "The request does not comply with RFC 7230 (desync mitigation mode `strictest`), its line or a header has "
        "more than 16 KB, or the caller closed the connection before the end of the body.",
        "Send the request with an HTTP library, and with shorter headers.",
    ),
    LoadBalancerAnswer(403, "AWS WAF blocked the request.", "See the firewall's answers."),
    LoadBalancerAnswer(405, "The method is TRACE.", "Use another method."),
    LoadBalancerAnswer(
        408,
        f"The caller sent nothing for {IDLE_SECONDS} seconds in the middle of a request.",
        "Send the request without pauses.",
    ),
    LoadBalancerAnswer(
        413,
        "The request line or a header has more than 16 KB, or all headers have more than 64 KB.",
        "Send fewer or shorter headers.",
    ),
    LoadBalancerAnswer(414, "The URL or its query is too long.", "Send a shorter URL."),
    LoadBalancerAnswer(
        460,
        "The caller closed the connection before the answer. This status is in the access log only.",
        "Set the program's timeout above that of the operation (`pictory-egress explain gateway`).",
    ),
    LoadBalancerAnswer(463, "X-Forwarded-For has more than 30 addresses.", "Send no X-Forwarded-For."),
    LoadBalancerAnswer(464, "The request is gRPC, and the target group takes HTTP/1.1.", "Do not use gRPC."),
    LoadBalancerAnswer(
        500,
        "AWS WAF failed, or could not be asked. The load balancer then refuses every call (`enable_waf_fail_open` "
        "is off).",
        "Try again later. Operators: look at AWS Health.",
    ),
    LoadBalancerAnswer(
        501,
        "Transfer-Encoding has another value than `chunked` or `identity`.",
        "Send no other Transfer-Encoding.",
    ),
    LoadBalancerAnswer(
        502,
        "A task refused or closed the connection, TLS to it failed, or its answer was malformed: the task ended, or "
        "was replaced, in the middle of a call.",
        "Repeat a GET. Pictory may have carried out a write: check before you repeat it.",
    ),
    LoadBalancerAnswer(
        503,
        "No task is registered: the gateway is being deployed for the first time, or all its tasks ended.",
        "Try again later. Operators: see the alarm `no-healthy-targets`.",
    ),
    LoadBalancerAnswer(
        504,
        f"A task took no connection within 10 seconds, or sent nothing for {IDLE_SECONDS} seconds.",
        "Repeat a GET. Pictory may have carried out a write: check before you repeat it.",
    ),
    LoadBalancerAnswer(
        505,
        "The request has another HTTP version than the connection.",
        "Use HTTP/1.1, or HTTP/2 as TLS negotiated it.",
    ),
)

NEVER_HERE: Final = {
    401: "no listener rule authenticates users",
    507: "no listener rule redirects",
    561: "no listener rule authenticates users",
}
"""The other statuses that AWS documents, and why no caller gets them here."""

NO_ANSWERS: Final = (
    NoAnswer(
        "The name does not resolve, or the connection attempt times out.",
        "The caller is outside of the VPC's network, or its address is not in `allowed_cidrs`: security groups drop "
        "what they do not allow.",
        "Call from an allowed address, or ask the gateway's operators to add yours.",
    ),
    NoAnswer(
        "The TLS handshake fails.",
        "The program does not offer TLS 1.3, or calls another name than those in the certificate.",
        "Use a TLS library with TLS 1.3, and the domain of the gateway or of the proxy.",
    ),
    NoAnswer(
        "The proxy's connection is closed or reset before it answers CONNECT.",
        "No task is registered with the network load balancer, or the task that had the connection ended.",
        "Connect again. Operators: see the alarm `tunnels-no-healthy-targets`.",
    ),
    NoAnswer(
        "A connection to the proxy is reset after 350 seconds without data.",
        "The network load balancer's idle timeout for TLS ended it. An open tunnel ends before, after the gateway's "
        "`idle_seconds`.",
        "Open a connection when it is needed, and a new one for each tunnel.",
    ),
    NoAnswer(
        "An open tunnel is reset.",
        "The task that carried it was stopped or replaced: a tunnel lives no longer than its task.",
        "Open the tunnel again, and continue the download with a Range request.",
    ),
)
"""Failures before or beside HTTP, of both load balancers."""
