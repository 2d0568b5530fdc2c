"""What goes through a tunnel, and how long, has an end."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack
from ._containers import TASK
from ._envoy import Json, bootstraps, filter_kind
from ._tunnels import tunnels

_MOST_BYTES = 64 * 1024**3
_AT_MOST = ("_<=_", "_<_")
_FORMS = ("select_expr", "const_expr")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for _, bootstrap in bootstraps(resource):
        for tunnel in tunnels(bootstrap):
            end = tunnel.end or {}
            if str(end.get("listener_filters_timeout", "15s")) in ("0s", "0"):
                yield f"tunnel to {tunnel.host} waits for its first bytes without end (listener_filters_timeout)"
            for chain in end.get("filter_chains") or []:
                yield from (f"tunnel to {tunnel.host} {problem}" for problem in _problems(chain))


def _problems(chain: Json) -> Iterator[str]:
    kinds = [filter_kind(entry) for entry in chain.get("filters") or []]
    if "TcpProxy" not in kinds:
        return
    at = kinds.index("TcpProxy")
    configs = [entry.get("typed_config") or {} for entry in chain["filters"]]
    before = [config for kind, config in zip(kinds[:at], configs, strict=False) if kind == "RBAC"]
    for way, what in (("request", "takes"), ("response", "gives")):
        if not any(_bounds(config, way) for config in before):
            yield f"{what} any number of bytes (network RBAC on {way}.total_size)"
    for field in ("idle_timeout", "max_downstream_connection_duration"):
        # Envoy's own: an hour idle, open without end.
        default = "3600s" if field == "idle_timeout" else "0s"
        if str(configs[at].get(field, default)) in ("0s", "0"):
            yield f"stays open without end ({field})"


def _bounds(rbac: Json, way: str) -> bool:
    """Whether it lets through, whenever the client sends, what is small enough on the one ``way``, and nothing else."""
    rules = rbac.get("rules") or {}
    policies = list((rules.get("policies") or {}).values())
    return (
        rbac.get("enforcement_type") == "CONTINUOUS"
        and rules.get("action", "ALLOW") in ("ALLOW", 0)
        and bool(policies)
        and all(_is_small(policy.get("condition") or {}, way) for policy in policies)
    )


def _is_small(condition: Json, way: str) -> bool:
    call = condition.get("call_expr") or {}
    arguments: list[Json] = call.get("args") or []
    if call.get("function") not in _AT_MOST or len(arguments) != 2:
        return False
    what, limit = (argument.get(form) or {} for argument, form in zip(arguments, _FORMS, strict=True))
    of = ((what.get("operand") or {}).get("ident_expr") or {}).get("name")
    return (of, what.get("field")) == (way, "total_size") and int(
        limit.get("int64_value", _MOST_BYTES + 1)
    ) <= _MOST_BYTES


POLICY = Policy(
    number=130,
    title="Envoy's tunnels end after so many bytes, and so long",
    severity=Severity.HIGH,
    practice=Practice.LEAST_PRIVILEGE,
    types=TASK,
    why="Nobody reads what goes through a tunnel: its size is all that keeps a database from leaving by it.",
    remedy="Put network RBAC filters with enforcement_type CONTINUOUS and the conditions request.total_size <= bytes "
    "and response.total_size <= bytes before tcp_proxy, which needs idle_timeout and "
    "max_downstream_connection_duration.",
    judge=judge,
    owasp=("API4:2023",),
)
