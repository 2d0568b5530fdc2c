"""What the gateway may be asked to be."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, model_validator

from pictory_egress.api.hosts import API_HOST, ASSET_HOSTS, FORBIDDEN_HOSTS, SOURCE_SETS
from pictory_egress.gateway.allowed_hosts import AllowedHost
from pictory_egress.types import (
    CertificateArn,
    Cidr,
    Host,
    HttpsUrl,
    Image,
    Name,
    Once,
    RetentionDays,
    Settings,
)

Audience = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,256}$")]
SigningKeyName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,16}$")]


def _resolver(value: str) -> str:
    address, _, port = value.rpartition(":")
    try:
        if value and not (ipaddress.IPv4Address(address) and port.isascii() and 1 <= int(port) <= 65_535):
            raise ValueError
    except ValueError:
        raise ValueError("not a DNS server: write '10.0.0.2:53', or leave it out for the VPC's own") from None
    return value


class UpstreamSettings(Settings):
    """The way to Pictory. Only the sandbox has reason to change any of it.

    ``resolver`` is the DNS server as ``address:port``; the VPC's own when empty.
    ``allowed_private_ranges`` exempts ranges from the refusal of private addresses.
    """

    host: Host = API_HOST
    port: int = Field(default=443, ge=1, le=65535)
    resolver: Annotated[str, AfterValidator(_resolver)] = ""
    allowed_private_ranges: tuple[Cidr, ...] = ()

    @model_validator(mode="after")
    def _host_is_allowed(self) -> "UpstreamSettings":
        if self.host in FORBIDDEN_HOSTS:
            raise ValueError(f"host {self.host!r} is Pictory's own development host: use {API_HOST!r}")
        return self


class ConnectSettings(Settings):
    """The proxy (HTTP CONNECT over TLS) for Pictory's asset hosts, at ``https://<domain>:443``.

    ``certificate_arn`` is that of the gateway when empty. A tunnel ends after ``max_seconds``, when nothing went
    either way for ``idle_seconds``, or when its client has sent more than ``max_upload_mib`` through it, or sends
    anything after it has received more than ``max_download_mib``. A client may open ``tunnels_per_minute``, and have
    ``max_tunnels`` open. ``accept_http_10`` is for programs in Python up to 3.11, whose standard library, and
    with it requests and urllib3, asks for tunnels by HTTP/1.0.
    """

    domain: Host
    certificate_arn: CertificateArn | None = None
    hosts: tuple[Host, ...] = ASSET_HOSTS
    max_seconds: int = Field(default=3600, ge=1, le=86_400)
    # A load balancer ends a TLS connection that is idle for 350 s, without a word in our log.
    idle_seconds: int = Field(default=300, ge=1, le=340)
    max_upload_mib: int = Field(default=2048, ge=1, le=1_048_576)
    max_download_mib: int = Field(default=8192, ge=1, le=1_048_576)
    tunnels_per_minute: int = Field(default=60, ge=1, le=100_000)
    max_tunnels: int = Field(default=100, ge=1, le=10_000)
    accept_http_10: StrictBool = False

    @model_validator(mode="after")
    def _hosts_serve_assets(self) -> "ConnectSettings":
        if not self.hosts:
            raise ValueError("hosts: it is empty: name a host, or remove [gateway.connect]")
        for host in self.hosts:
            if host == API_HOST:
                raise ValueError(
                    f"hosts: {host!r} is Pictory's API: a tunnel to it would go around every check; remove it"
                )
            if host in FORBIDDEN_HOSTS:
                raise ValueError(f"hosts: {host!r} is Pictory's own development host: remove it")
        if len(set(self.hosts)) < len(self.hosts):
            raise ValueError("hosts: one is named twice: name each once")
        return self


class OidcIssuer(Settings):
    """An OpenID Connect issuer of the company's, whose tokens name clients in ``client_claim``."""

    name: Name
    issuer: HttpsUrl
    jwks_uri: HttpsUrl
    audience: Audience
    client_claim: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")] = "sub"


ConnectionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
"""Id of an AWS or Vimeo connection, as Pictory gives it."""


def _source_set(name: str) -> str:
    if name not in SOURCE_SETS:
        known = ", ".join(map(repr, SOURCE_SETS))
        raise ValueError(f"not a set of sources: write one of {known}; a host goes into allowed_hosts")
    return name


SourceSet = Annotated[str, AfterValidator(_source_set)]
"""Name of hosts that Pictory's own answers name, and that callers send back as sources."""


class Client(Settings):
    """A program that may call, and what it is granted.

    ``permissions`` are groups of operations, ``operations`` single ones. A grant that destroys something, opens a
    connection or lets bodies leave uninspected needs ``dangerous = true``, so that it is never given by accident. A
    client of a company issuer names it in ``issuer``, and in ``subject`` what that issuer's tokens call the client.

    ``allowed_hosts`` are those that URLs in its calls may name: where Pictory fetches from and sends to. Fetching
    from Pictory's own asset hosts is always allowed, sending never. ``allowed_sources`` are sets of hosts that
    Pictory's own answers name, such as ``pictory-stock``, to fetch from and not to send to. ``allowed_connections``
    are ids of the AWS and Vimeo connections it may send over. ``max_concurrent`` are its calls under way at once,
    uploads that are still arriving among them.
    """

    name: Name
    permissions: Annotated[tuple[str, ...], Once] = ()
    operations: Annotated[tuple[str, ...], Once] = ()
    dangerous: bool = False
    issuer: Annotated[str, StringConstraints(pattern=r"^$|^[a-z][a-z0-9-]{0,38}[a-z0-9]$")] = ""
    subject: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{0,128}$")] = ""
    rate_per_minute: int = Field(default=600, ge=1, le=1_000_000)
    max_concurrent: int = Field(default=100, ge=1, le=10_000)
    allowed_hosts: Annotated[tuple[AllowedHost, ...], Once] = Field(default=(), max_length=100)
    allowed_sources: Annotated[tuple[SourceSet, ...], Once] = ()
    allowed_connections: Annotated[tuple[ConnectionId, ...], Once] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _is_granted_something(self) -> "Client":
        if not self.permissions and not self.operations:
            raise ValueError(
                f"client {self.name!r} is granted nothing: name permissions or operations, or remove it"
            )
        return self


class GatewaySettings(Settings):
    """The Envoy gateway on ECS Fargate, and the load balancer before it.

    ``cpu`` is in CPU units (1,024 a virtual CPU), ``memory`` in MiB. ``allowed_cidrs`` may connect to the load
    balancer. ``signing_keys`` names the keys that sign clients' credentials: one, or two while the second takes
    over (``pictory-egress clients rotate-key``). ``certificate_arn`` is an ACM certificate of this region;
    ``domain`` the name on it. Without ``connect`` there is no way to the asset hosts. With ``token_endpoint``, programs
    that ask Pictory for a token first are answered with their own gateway credential: their ``client_id`` is the
    client's name, their ``client_secret`` the credential.
    """

    envoy_image: Image
    sidecar_image: Image
    certificate_arn: CertificateArn
    domain: Host
    allowed_cidrs: Annotated[tuple[Cidr, ...], Once] = Field(min_length=1)
    cpu: int = Field(default=1024)
    memory: int = Field(default=2048, ge=512)
    min_tasks: int = Field(default=2, ge=1, le=100)
    max_tasks: int = Field(default=6, ge=1, le=100)
    drain_seconds: int = Field(default=30, ge=1, le=110)
    log_retention_days: RetentionDays = 365
    upstream: UpstreamSettings = UpstreamSettings()
    token_audience: Audience = "pictory-egress"  # noqa: S105 - a name, not a secret
    token_max_days: int = Field(default=90, ge=1, le=365)
    token_endpoint: StrictBool = False
    signing_keys: tuple[SigningKeyName, ...] = Field(default=("1",), min_length=1, max_length=2)
    issuers: tuple[OidcIssuer, ...] = ()
    connect: ConnectSettings | None = None

    @model_validator(mode="after")
    def _sizes_fit(self) -> "GatewaySettings":
        memories = FARGATE_MEMORY.get(self.cpu)
        if memories is None:
            raise ValueError(
                f"cpu {self.cpu} is no Fargate size: use one of {', '.join(map(str, FARGATE_MEMORY))}"
            )
        if self.memory not in memories:
            raise ValueError(
                f"memory {self.memory} does not go with cpu {self.cpu}: use {memories[0]} to {memories[-1]} MiB "
                f"in whole GiB"
            )
        if len(set(self.signing_keys)) < len(self.signing_keys):
            raise ValueError(
                f"signing_keys names {self.signing_keys[0]!r} twice: give the next key another name"
            )
        if self.max_tasks < self.min_tasks:
            raise ValueError(
                f"max_tasks {self.max_tasks} is below min_tasks {self.min_tasks}: raise it, or lower min_tasks"
            )
        return self


def _gib(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first * 1024, last * 1024 + 1, 1024))


FARGATE_MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048), 512: _gib(1, 4), 1024: _gib(2, 8), 2048: _gib(4, 16), 4096: _gib(8, 30),
}  # fmt: skip
"""Memory sizes (MiB) that AWS Fargate offers for each CPU size."""
