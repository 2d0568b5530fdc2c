"""What the gateway of an environment does, in tables that an operator can read."""

from collections.abc import Iterable, Sequence

from pictory_egress.api import Catalog, Operation
from pictory_egress.api.hosts import TUNNEL_PERMISSION
from pictory_egress.firewall.answers import answers
from pictory_egress.firewall.rules import web_acl_rules
from pictory_egress.gateway.envoy import bootstrap
from pictory_egress.gateway.envoy.clusters import VPC_RESOLVER
from pictory_egress.gateway.envoy.limits import share
from pictory_egress.gateway.envoy.routes import PICTORY_CLUSTER
from pictory_egress.gateway.envoy.shapes import Json
from pictory_egress.gateway.load_balancer_answers import ANSWERS
from pictory_egress.gateway.packing import MAX_BYTES, canonical, pack
from pictory_egress.gateway.refusals import REFUSALS, TUNNEL_ENDS, TUNNEL_REFUSALS, Refusal
from pictory_egress.gateway.settings import Client, ConnectSettings, GatewaySettings
from pictory_egress.settings import EnvironmentSettings

_KIB = 1024


def explain(settings: EnvironmentSettings) -> str:
    """Who may call what, with which limits and timeouts, where calls go, and what refusals mean."""
    catalog, gateway = settings.catalog, settings.gateway
    sections: tuple[tuple[str, str], ...] = (
        (f"Gateway of {settings.name}", _facts(settings)),
        ("Clients", _clients(settings.clients, gateway, catalog)),
        ("Operations", _operations(settings.clients, catalog)),
        ("Answers of the firewall", _firewall(settings)),
        ("Answers of the load balancer", _table(("status", "cause", "what to change"), ANSWERS)),
        ("Refusals", _refusals(REFUSALS)),
    )
    if gateway.connect:
        sections += (
            ("Tunnels", _tunnels(gateway.connect, settings.clients)),
            ("Refusals of tunnels", _refusals(TUNNEL_REFUSALS)),
            ("Ends of tunnels, in the log", _table(("reason", "what happened"), TUNNEL_ENDS.items())),
        )
    return "\n\n".join(f"{title}\n{'=' * len(title)}\n{text}" for title, text in sections)


def configuration(settings: EnvironmentSettings) -> Json:
    """The configuration that an environment's Envoys start with."""
    return bootstrap(
        settings=settings.gateway,
        clients=settings.clients,
        catalog=settings.catalog,
        environment=settings.name,
        region=settings.aws.region,
        credential_mode=settings.credentials.mode,
    )


def _facts(settings: EnvironmentSettings) -> str:
    gateway, document = settings.gateway, configuration(settings)
    upstream = gateway.upstream
    exempt = ", ".join(upstream.allowed_private_ranges) or "none"
    rows = [
        ("listens on", f"https://{gateway.domain}, for {', '.join(gateway.allowed_cidrs)}"),
        ("tokens", f"audience {gateway.token_audience}, valid {gateway.token_max_days} days at most"),
        ("issuers", ", ".join(["the built-in one", *(f"{i.name} ({i.issuer})" for i in gateway.issuers)])),
        ("calls go to", f"{upstream.host}:{upstream.port}, TLS 1.2 or later, this name in the certificate"),
        ("name resolved by", f"{upstream.resolver or VPC_RESOLVER}; not public and yet allowed: {exempt}"),
        ("credential", f"{settings.credentials.mode}; without one, calls are refused"),
        ("retries", "GET: once at most; anything else: once, only when nothing of it had left"),
        *_limits(document),
        (
            "clients' limits",
            f"in shares of {gateway.min_tasks} tasks: up to {gateway.max_tasks / gateway.min_tasks:g} times as much "
            f"while {gateway.max_tasks} tasks run",
        ),
        (
            "tasks",
            f"{gateway.min_tasks} to {gateway.max_tasks}; each drains for {gateway.drain_seconds} s at most",
        ),
        (
            "configuration",
            f"{len(canonical(document)):,} bytes, packed {len(pack(document)):,} of {MAX_BYTES:,} that fit into the "
            f"task definition",
        ),
    ]
    return _table(None, rows)


def _limits(document: Json) -> list[tuple[str, str]]:
    """What the configuration itself says of sizes, times and numbers."""
    resources = document["static_resources"]
    manager = resources["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    headers = manager["common_http_protocol_options"]["max_headers_count"]
    [pictory] = [cluster for cluster in resources["clusters"] if cluster["name"] == PICTORY_CLUSTER]
    [breaker] = pictory["circuit_breakers"]["thresholds"]
    return [
        (
            "a request",
            f"{headers} headers, {manager['max_request_headers_kb']} KiB of them, within "
            f"{manager['request_headers_timeout']}; all of it within {manager['request_timeout']}",
        ),
        (
            "a task to Pictory",
            f"{breaker['max_connections']} connections, {breaker['max_requests']} requests at once, "
            f"{breaker['max_pending_requests']} waiting; {pictory['connect_timeout']} to connect",
        ),
    ]


def _tunnels(connect: ConnectSettings, clients: Iterable[Client]) -> str:
    granted = sorted(client.name for client in clients if TUNNEL_PERMISSION in client.permissions)
    rows = [
        ("proxy", f"https://{connect.domain}:443, CONNECT, credential in Proxy-Authorization"),
        ("clients", ", ".join(granted) or "nobody"),
        *(("host", f"{host}:443") for host in connect.hosts),
        (
            "at most",
            f"{connect.tunnels_per_minute} opened a minute and {connect.max_tunnels} open, of a client",
        ),
        (
            "closed",
            f"after {connect.max_seconds} s, after {connect.idle_seconds} s of silence, after {connect.max_upload_mib} "
            f"MiB sent by the client, at what it sends after {connect.max_download_mib} MiB received, and within "
            f"seconds when its credential is revoked",
        ),
    ]
    return _table(None, rows)


def _firewall(settings: EnvironmentSettings) -> str:
    rules = web_acl_rules(
        settings=settings.firewall,
        catalog=settings.catalog,
        ip_set_arns=("",),
        token_endpoint=settings.gateway.token_endpoint,
    )
    return _table(
        ("rule", "code", "status", "message"), ((a.rule, a.code or "-", *a[2:]) for a in answers(rules))
    )


def _refusals(refusals: Iterable[Refusal]) -> str:
    return _table(("code", "status", "message"), ((r.code, r.status, r.message) for r in refusals))


def _clients(clients: Iterable[Client], gateway: GatewaySettings, catalog: Catalog) -> str:
    rows = []
    for client in sorted(clients, key=lambda one: one.name):
        name = f"{client.issuer}: {client.subject or client.name}" if client.issuer else "built-in"
        granted = catalog.granted(client.permissions, client.operations)
        risky = [f"{operation.id} ({operation.danger})" for operation in granted if operation.danger]
        rows.append(
            (
                client.name,
                name,
                client.rate_per_minute,
                share(client.rate_per_minute, tasks=gateway.min_tasks),
                client.max_concurrent,
                share(client.max_concurrent, tasks=gateway.min_tasks),
                ", ".join((*client.permissions, *client.operations)),
                ", ".join(risky) or "-",
                ", ".join((*client.allowed_hosts, *client.allowed_sources, *client.allowed_connections))
                or "-",
            )
        )
    return _table(
        (
            "client",
            "issuer",
            "calls/min",
            "a task",
            "at once",
            "a task",
            "granted",
            "dangerous",
            "may lead to",
        ),
        rows,
    )


def _operations(clients: Iterable[Client], catalog: Catalog) -> str:
    clients = tuple(clients)
    callers = {
        operation.id: sorted(c.name for c in clients if _may(c, operation))
        for operation in catalog.operations
    }
    rows = [
        (
            operation.id,
            f"{operation.method} {operation.path}",
            operation.permission,
            f"{operation.max_body_bytes // _KIB} KiB" if operation.max_body_bytes else "none",
            f"{operation.timeout_seconds} s",
            ", ".join(callers[operation.id]) or "nobody",
        )
        for operation in catalog.operations
    ]
    return _table(("operation", "call", "permission", "body", "timeout", "callers"), rows)


def _may(client: Client, operation: Operation) -> bool:
    return operation.permission in client.permissions or operation.id in client.operations


def _table(head: Sequence[str] | None, rows: Iterable[Sequence[object]]) -> str:
    """Columns as wide as they need to be; numbers as they are."""
    lines = [[str(cell) for cell in row] for row in rows]
    if head:
        lines = [list(head), ["-" * len(cell) for cell in head], *lines]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
