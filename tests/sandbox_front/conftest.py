"""A load balancer and web ACL deployed into moto, targets that answer over TLS, and the front that serves them."""

import asyncio
import http.client
import itertools
import json
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import boto3
import pytest
from aiohttp import web
from moto import mock_aws

from pictory_egress.api import Catalog
from pictory_egress.firewall import responses
from pictory_egress.firewall.defaults import SECRET_HEADERS
from pictory_egress.firewall.rules import web_acl_rules
from pictory_egress.firewall.settings import FirewallSettings
from sandbox.certificates import Authority, Leaf
from sandbox.front import Clients, Front, Target

REGION = "us-east-2"
NAME = "pictory-egress-test"
FRONT_ADDRESS = "127.77.91.1"
TARGET_ADDRESS = "127.77.91.10"

T = TypeVar("T")

# The Terraform provider's names where they are not simply AWS's in snake case.
_NAMES = {
    "ip_set_reference_statement": "IPSetReferenceStatement", "arn": "ARN", "text_transformation": "TextTransformations",
    "rule_action_override": "RuleActionOverrides", "custom_key": "CustomKeys", "response_header": "ResponseHeaders",
    "cloudwatch_metrics_enabled": "CloudWatchMetricsEnabled",
}  # fmt: skip


def aws_form(value: Any) -> Any:
    """What the provider sends to AWS for a rule in the provider's own form."""
    if isinstance(value, list):
        return [aws_form(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"not_statement"}:
        return {"NotStatement": {"Statement": aws_form(value["not_statement"]["statement"][0])}}
    for kind in ("and_statement", "or_statement"):
        if set(value) == {kind}:
            name = "AndStatement" if kind == "and_statement" else "OrStatement"
            return {name: {"Statements": aws_form(value[kind]["statement"])}}
    return {
        _NAMES.get(k, "".join(p.capitalize() for p in k.split("_"))): aws_form(v) for k, v in value.items()
    }


@dataclass
class Loop:
    """An event loop in a thread."""

    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, T], *, seconds: float = 30) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=seconds)


@dataclass
class Backend:
    """A target: healthy while ``status`` is 200; it echoes each request as JSON."""

    tls: ssl.SSLContext
    port: int = 0
    status: int = 200
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    answers: Callable[[web.BaseRequest], Coroutine[Any, Any, web.StreamResponse]] | None = None
    runner: web.ServerRunner | None = None
    served: int = 0

    @property
    def target(self) -> Target:
        return Target(TARGET_ADDRESS, self.port)

    async def start(self) -> None:
        self.runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, TARGET_ADDRESS, self.port, ssl_context=self.tls).start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
            self.runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.raw_path == "/healthz":
            return web.Response(status=self.status)
        self.served += 1
        if self.answers is not None:
            return await self.answers(request)
        if request.raw_path.endswith("/held"):
            self.arrived.set()
            await self.hold.wait()
        size = 0
        async for chunk in request.content.iter_chunked(65_536):
            size += len(chunk)
        return web.json_response(
            {
                "port": self.port, "method": request.method, "target": request.raw_path, "body_bytes": size,
                "headers": [[name.lower(), value] for name, value in request.headers.items()],
            }
        )  # fmt: skip


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Door:
    """The running front, and calls through it."""

    front: Front
    tls: ssl.SSLContext
    loop: Loop

    def connect(self, *, timeout: float = 10) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(FRONT_ADDRESS, self.front.port, context=self.tls, timeout=timeout)

    def call(
        self,
        method: str = "GET",
        path: str = "/pictoryapis/v1/quota",
        *,
        body: bytes | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> Answer:
        sent: dict[str, str | None] = {"Authorization": "token", "User-Agent": "test/1"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        connection = self.connect()
        try:
            connection.request(
                method,
                path,
                body=body,
                headers={name: value for name, value in sent.items() if value is not None},
            )
            response = connection.getresponse()
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                response.read(),
            )
        finally:
            connection.close()


@dataclass
class World:
    """What was deployed, by ARN."""

    clients: Clients
    name: str
    load_balancer: str
    listener: str
    target_group: str
    acl: str = ""


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield Loop(loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=10)
    loop.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("front") / "ca")


@pytest.fixture(scope="session")
def leaf(authority: Authority) -> Leaf:
    return authority.issue("front", hosts=[FRONT_ADDRESS, TARGET_ADDRESS])


@dataclass(frozen=True)
class Region:
    """An empty AWS in this process, with a network; everything in it is named anew for each test."""

    clients: Clients
    vpc: str
    subnets: tuple[str, ...]
    certificate: str
    numbers: Iterator[int]


@pytest.fixture(scope="module")
def region() -> Iterator[Region]:
    with mock_aws():
        ec2 = boto3.client("ec2", region_name=REGION)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = tuple(
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")[
                "Subnet"
            ]["SubnetId"]
            for n, zone in enumerate("ab")
        )
        certificate = boto3.client("acm", region_name=REGION).request_certificate(DomainName="a.example")
        yield Region(
            Clients.at(None, region=REGION), vpc, subnets, certificate["CertificateArn"], itertools.count()
        )


@pytest.fixture
def world(region: Region) -> World:
    """A load balancer as the gateway's construct deploys it, without a web ACL."""
    clients, name = region.clients, f"{NAME}-{next(region.numbers)}"
    balancer = clients.elbv2.create_load_balancer(Name=name, Subnets=region.subnets, Scheme="internal")
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    clients.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=arn,
        Attributes=[
            {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"},
            {"Key": "idle_timeout.timeout_seconds", "Value": "60"},
        ],
    )
    group = clients.elbv2.create_target_group(
        Name=name, Protocol="HTTPS", Port=8443, VpcId=region.vpc, TargetType="ip", HealthCheckProtocol="HTTPS",
        HealthCheckPath="/healthz", HealthCheckIntervalSeconds=10, HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2, UnhealthyThresholdCount=2, Matcher={"HttpCode": "200"},
    )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
    clients.elbv2.modify_target_group_attributes(
        TargetGroupArn=group,
        Attributes=[
            {"Key": "deregistration_delay.timeout_seconds", "Value": "5"},
            {"Key": "load_balancing.algorithm.type", "Value": "least_outstanding_requests"},
        ],
    )
    listener = clients.elbv2.create_listener(
        LoadBalancerArn=arn, Protocol="HTTPS", Port=443, SslPolicy="ELBSecurityPolicy-TLS13-1-3-2021-06",
        Certificates=[{"CertificateArn": region.certificate}],
        DefaultActions=[
            {
                "Type": "fixed-response",
                "FixedResponseConfig": {
                    "StatusCode": "403", "ContentType": "application/json", "MessageBody": '{"code":"elsewhere"}',
                },
            }
        ],
    )["Listeners"][0]["ListenerArn"]  # fmt: skip
    clients.elbv2.create_rule(
        ListenerArn=listener, Priority=10,
        Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/pictoryapis/*"]}}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )  # fmt: skip
    return World(clients, name, arn, listener, group)


@pytest.fixture
def protected(world: World) -> World:
    """The same behind the product's own web ACL, with its log."""
    settings = FirewallSettings(
        allowed_cidrs=("127.0.0.0/8",), rate_per_address=10_000, rate_per_credential=40
    )
    ip_set = world.clients.wafv2.create_ip_set(
        Name=world.name, Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=list(settings.allowed_cidrs)
    )["Summary"]["ARN"]
    rules = web_acl_rules(settings=settings, catalog=Catalog.with_additions(), ip_set_arns=[ip_set])
    bodies = {
        each["key"]: aws_form({k: v for k, v in each.items() if k != "key"}) for each in responses.bodies()
    }
    world.acl = world.clients.wafv2.create_web_acl(
        Name=world.name, Scope="REGIONAL", Rules=aws_form(rules), CustomResponseBodies=bodies,
        DefaultAction=aws_form(responses.block(responses.OPERATION_UNKNOWN)),
        VisibilityConfig={"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": world.name},
    )["Summary"]["ARN"]  # fmt: skip
    world.clients.wafv2.associate_web_acl(WebACLArn=world.acl, ResourceArn=world.load_balancer)
    world.clients.logs.create_log_group(logGroupName=f"aws-waf-logs-{world.name}")
    redacted: list[Any] = [
        *({"SingleHeader": {"Name": name}} for name in SECRET_HEADERS),
        {"QueryString": {}},
    ]
    world.clients.wafv2.put_logging_configuration(
        LoggingConfiguration={
            "ResourceArn": world.acl,
            "LogDestinationConfigs": [f"arn:aws:logs:{REGION}:123456789012:log-group:aws-waf-logs-{world.name}"],
            "RedactedFields": redacted,
        }
    )  # fmt: skip
    return world


@pytest.fixture
def backends(loop: Loop, leaf: Leaf) -> Iterator[list[Backend]]:
    made = [Backend(leaf.server_context()) for _ in range(2)]
    for backend in made:
        loop.run(backend.start())
    yield made
    for backend in made:
        loop.loop.call_soon_threadsafe(backend.hold.set)
        loop.run(backend.stop())


@pytest.fixture
def open_door(
    loop: Loop, leaf: Leaf, authority: Authority, backends: list[Backend]
) -> Iterator[Callable[[World], Door]]:
    """Starts a front over a world, with both backends healthy."""
    fronts: list[Front] = []

    def start(world: World) -> Door:
        front = Front(
            world.clients,
            load_balancer=world.load_balancer,
            leaf=leaf,
            address=FRONT_ADDRESS,
            time_scale=0.01,
        )
        fronts.append(front)
        loop.run(front.start())
        loop.run(front.set_targets([backend.target for backend in backends]))
        loop.run(front.wait_healthy(len(backends), seconds=10))
        return Door(front, authority.client_context(), loop)

    yield start
    for front in fronts:
        loop.run(front.stop())


@pytest.fixture
def door(open_door: Callable[[World], Door], protected: World) -> Door:
    """The front over the product's own firewall."""
    return open_door(protected)


@pytest.fixture
def plain_door(open_door: Callable[[World], Door], world: World) -> Door:
    """The front without a firewall."""
    return open_door(world)


@pytest.fixture
def log_records(protected: World, door: Door) -> Callable[[], list[dict[str, Any]]]:
    """Ends the front, and reads what it logged."""

    def read() -> list[dict[str, Any]]:
        door.loop.run(door.front.stop())
        events = protected.clients.logs.filter_log_events(logGroupName=f"aws-waf-logs-{protected.name}")[
            "events"
        ]
        return [json.loads(event["message"]) for event in events]

    return read
