"""Everything that a sandbox run stands on, brought up in order and taken down again."""

import contextlib
import dataclasses
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pictory_egress.api import PREFIX
from pictory_egress.api.hosts import API_HOST, ASSET_HOSTS
from pictory_egress.environment import load
from pictory_egress.gateway.packing import VARIABLE, canonical, unpack
from pictory_egress.settings import EnvironmentSettings
from sandbox.addresses import (
    DNS_ADDRESS,
    DNS_PORT,
    FRONT_ADDRESS,
    PICTORY_ADDRESS,
    PICTORY_PORT,
    check_free,
)
from sandbox.alarms import evaluate
from sandbox.aws import local
from sandbox.aws.options import Options
from sandbox.certificates import Authority
from sandbox.client import Client
from sandbox.deployment import STACK, Deployment
from sandbox.dns import DnsServer, Records
from sandbox.ecs.definition import Service, read_service
from sandbox.ecs.image import Images
from sandbox.ecs.task import Task
from sandbox.operating import Operator
from sandbox.pictory.admin import IssuedKey, PictoryAdmin
from sandbox.proxy_client import ProxyClient
from sandbox.terraform import Terraform
from sandbox.workspace import ROOT, SandboxError, Workspace, wait_for_file

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

Say = Callable[[str], None]

ENVIRONMENT_FILE: Final = ROOT / "stacks" / "environments" / "sandbox.toml"
PYTHON_PATH: Final = os.pathsep.join([str(ROOT), str(ROOT / "constructs")])
_JOB_SECONDS: Final = 3

# Service, call, key of its list, and name of an item in it.
_LISTED: Final = (
    ("ecs", "describe_clusters", "clusters", "clusterName"),
    ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    ("wafv2", "list_web_acls", "WebACLs", "Name"),
    ("secretsmanager", "list_secrets", "SecretList", "Name"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("sqs", "list_queues", "QueueUrls", ""),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("dynamodb", "list_tables", "TableNames", ""),
    ("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    ("ec2", "describe_addresses", "Addresses", "PublicIp"),
    ("events", "list_rules", "Rules", "Name"),
)
_LIST_ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "list_web_acls": {"Scope": "REGIONAL"},
    "describe_clusters": {"clusters": [STACK]},
}


def _is_gone(item: dict[str, Any]) -> bool:
    return item.get("State") in ("deleted", "deleting") or item.get("status") == "INACTIVE"


class Stage:
    """The local AWS, the stand-in for Pictory, DNS, the deployment, its tasks, and the load balancer before them.

    Use :func:`open_stage`; every step that takes long is told to ``say``.
    """

    def __init__(self, workspace: Workspace, *, say: Say, progress: Callable[[int, int], None]) -> None:
        self.workspace = workspace
        self.settings: EnvironmentSettings = load(ENVIRONMENT_FILE)
        self.issued: list[IssuedKey] = []
        self.tasks: list[Task] = []
        self.connect_proxy: str | None = None
        self._say, self._progress = say, progress
        self._exits = contextlib.ExitStack()
        self._authority = Authority(workspace.path / "certificates")
        self._credentials: dict[str, str] = {}
        self._request_log = workspace.path / "aws" / "requests.jsonl"

    def keep_requests(self, path: Path) -> Path | None:
        """Copy what the local AWS was asked, without parameters, to ``path``; None when it was asked nothing."""
        return Path(shutil.copy(self._request_log, path)) if self._request_log.exists() else None

    # Bringing up

    def start_surroundings(self) -> None:
        """The local AWS, the stand-in for Pictory, and DNS."""
        self._say("starting the local AWS, the stand-in for Pictory, and DNS")
        check_free([(DNS_ADDRESS, DNS_PORT), (PICTORY_ADDRESS, PICTORY_PORT)])
        (self.workspace.path / "aws").mkdir()
        gateway = self.settings.gateway
        self.aws = self._exits.enter_context(
            local.running(
                Options(
                    account=self.settings.aws.account_id,
                    hosts={API_HOST: PICTORY_ADDRESS},
                    ca_file=self._authority.certificate,
                    certificates={gateway.certificate_arn: gateway.domain},
                    request_log=self._request_log,
                )
            )
        )
        self.variables = self.aws.environment(region=self.settings.aws.region)
        self.pictory = PictoryAdmin(self._start_pictory())
        hosts = {host: [PICTORY_ADDRESS] for host in (API_HOST, *ASSET_HOSTS)}
        dns = DnsServer(Records(hosts), address=DNS_ADDRESS, port=DNS_PORT)
        dns.start()
        self._exits.callback(dns.stop)
        self.operator = Operator(self.variables)

    def deploy(self) -> None:
        """A real ``cdktf deploy`` onto the local AWS."""
        self._say("cdktf deploy pictory-egress-sandbox")
        # Node and Terraform leave sockets and unpacked assemblies behind when they are interrupted.
        variables = {**self.variables, "TMPDIR": str(self.workspace.temporary)}
        terraform = Terraform.find(folder=self.workspace.path, variables=variables)
        self.deployment = Deployment(
            self.workspace.path,
            terraform=dataclasses.replace(terraform, started=self.workspace.watch),
            progress=self._progress,
        )
        self.deployment.deploy()
        self.outputs = self.deployment.outputs()

    def start_tasks(self) -> None:
        """The deployed service's containers as processes, and the load balancer with its web ACL before them."""
        service = self._service()
        self._say(
            f"starting {service.desired_count} tasks of {len(service.containers)} containers, as deployed"
        )
        images = Images(self.workspace.path / "images", task_environment=self.variables)
        (self.workspace.path / "images").mkdir()
        for number in range(1, service.desired_count + 1):
            task = Task(
                service,
                number=number,
                workspace=self.workspace,
                images=images,
                trust_store=self._authority.certificate,
                logs=self.aws.client("logs", region=self.settings.aws.region),
            )
            self._exits.callback(task.stop)
            task.start()
            self.tasks.append(task)
        self.base_url = self._start_front()
        self.connect_proxy = self._start_tunnels(service)

    def stop_tasks(self) -> None:
        """What ECS and the load balancer do before they go: no new calls, then the containers in their order."""
        self.workspace.end("front")
        if self.connect_proxy:
            self.workspace.end("tunnels")
        for task in self.tasks:
            task.stop()

    def close(self) -> None:
        """Take down what was brought up, newest first. What the deployment made goes with the local AWS."""
        self._exits.close()

    # What the scenario works with

    @property
    def ca_file(self) -> Path:
        """Certificate of the sandbox's authority."""
        return self._authority.certificate

    def credential(self, name: str) -> str:
        """The gateway credential of the client ``name``, issued when first asked for."""
        if name not in self._credentials:
            self._credentials[name] = self.operator.issue_client(name)
        return self._credentials[name]

    def change_over(self, name: str) -> Client:
        """The client ``name`` with a second credential, which it uses from now on."""
        self._credentials[name] = self.operator.issue_client(name)
        return self.client(name)

    def client(self, name: str) -> Client:
        """The client ``name`` of the environment's file."""
        return Client(self.base_url, self.credential(name), self.ca_file)

    def through_proxy(self, name: str) -> ProxyClient:
        """The client ``name`` as one that uses the proxy for asset hosts."""
        assert self.connect_proxy
        return ProxyClient(self.connect_proxy, self.credential(name), self.ca_file)

    def anonymous(self) -> Client:
        """A caller without a credential."""
        return Client(self.base_url, "", self.ca_file)

    def stranger(self) -> Client:
        """A caller whose credential was signed by nobody we know: one character of a good signature is another."""
        good = self.credential("dashboard")
        return Client(self.base_url, good[:-9] + ("A" if good[-9] != "A" else "B") + good[-8:], self.ca_file)

    def issue_key(self, *, overlap_seconds: float | None) -> IssuedKey:
        """A new key at Pictory; earlier ones end after ``overlap_seconds`` (None: when they are revoked)."""
        issued = self.pictory.issue_key(overlap_seconds=overlap_seconds)
        self.issued.append(issued)
        return issued

    def current_version(self) -> str:
        """Version id of the secret's current value."""
        secrets = self.aws.client("secretsmanager", region=self.settings.aws.region)
        versions = secrets.describe_secret(SecretId=self.outputs["secret_arn"])["VersionIdsToStages"]
        return next(str(version) for version, stages in versions.items() if "AWSCURRENT" in stages)

    def current_since(self) -> float:
        """When AWSCURRENT moved last, in Unix seconds, by the local AWS's own clock."""
        secrets = self.aws.client("secretsmanager", region=self.settings.aws.region)
        described = secrets.describe_secret(SecretId=self.outputs["secret_arn"])
        return float(described["LastRotatedDate"].timestamp())

    def tasks_use_current_version(self) -> bool:
        """Whether every sidecar has reported that it loaded the secret's current version."""
        current = self.current_version()
        return all(current in task.log("sidecar") for task in self.tasks)

    def flush_logs(self) -> None:
        """Deliver the containers' last lines to their log group."""
        for task in self.tasks:
            task.flush_logs()

    def log_events(self) -> Iterator[tuple[str, bytes]]:
        """Every log group's events, as one text a group."""
        logs = self.aws.client("logs", region=self.settings.aws.region)
        for group in logs.describe_log_groups()["logGroups"]:
            name = group["logGroupName"]
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name)
            lines = [event["message"] for page in pages for event in page["events"]]
            yield f"log group {name}", "\n".join(lines).encode()

    def task_definitions(self) -> Iterator[tuple[str, bytes]]:
        """The deployed task definition, as ECS gives it back, and what lies packed in it."""
        ecs: ECSClient = self.aws.client("ecs", region=self.settings.aws.region)
        arn = self._service().task_definition_arn
        definition = ecs.describe_task_definition(taskDefinition=arn)
        yield f"task definition {arn}", json.dumps(definition, default=str).encode()
        for container in self._service().containers:
            for name, value in container.environment:
                if name == VARIABLE:
                    yield f"{name} of {container.name} in {arn}", canonical(unpack(value)).encode()

    def processes(self) -> list[int]:
        """Ids of the running containers' processes."""
        return [
            process.pid
            for task in self.tasks
            for process in task.processes.values()
            if process.poll() is None
        ]

    def alarm_states(self) -> dict[str, str]:
        """The state of every deployed alarm by name, evaluated over the metrics that this run's logs make."""
        verdicts = evaluate(lambda service: self.aws.client(service, region=self.settings.aws.region))
        return {verdict.name.removeprefix(f"{STACK}-"): verdict.state for verdict in verdicts}

    def left_on_aws(self) -> list[str]:
        """Resources that the local AWS still holds, besides keys, which AWS deletes only after a waiting time."""
        region = self.settings.aws.region
        found = []
        for service, method, key, name in _LISTED:
            client = self.aws.client(service, region=region)
            answer = getattr(client, method)(**_LIST_ARGUMENTS.get(method, {}))
            # AWS goes on listing some of what is deleted for a while.
            there = [item for item in answer.get(key, []) if not name or not _is_gone(item)]
            found += [f"{service} {item[name] if name else item}" for item in there]
        return found

    def _start_pictory(self) -> str:
        leaf = self._authority.issue("pictory", hosts=[API_HOST, *ASSET_HOSTS])
        ready = self._start_service(
            "pictory",
            "sandbox.pictory",
            address=PICTORY_ADDRESS,
            port=PICTORY_PORT,
            tls_cert=leaf.certificate,
            tls_key=leaf.key,
            job_seconds=_JOB_SECONDS,
        )
        return str(ready["admin_url"])

    def _start_front(self) -> str:
        targets = self.workspace.path / "targets"
        targets.write_text("".join(f"{task.address}:{task.port}\n" for task in self.tasks), encoding="utf-8")
        leaf = self._authority.issue("front", hosts=[self.settings.gateway.domain, FRONT_ADDRESS])
        ready = self._start_service(
            "front",
            "sandbox.front",
            load_balancer=self.outputs["load_balancer_arn"],
            endpoint_url=self.aws.endpoint,
            region=self.settings.aws.region,
            address=FRONT_ADDRESS,
            port=0,
            tls_cert=leaf.certificate,
            tls_key=leaf.key,
            targets_file=targets,
        )
        return f"https://{FRONT_ADDRESS}:{ready['port']}{PREFIX}"

    def _start_tunnels(self, service: Service) -> str | None:
        """The load balancer for CONNECT, where the environment has one: the proxy's URL."""
        connect = self.settings.gateway.connect
        if connect is None:
            return None
        # ECS keeps no order of them: calls go to the container's first port.
        arn, port = next(pair for pair in service.target_groups if pair[1] != self.tasks[0].port)
        targets = self.workspace.path / "tunnel-targets"
        targets.write_text("".join(f"{task.address}:{port}\n" for task in self.tasks), encoding="utf-8")
        leaf = self._authority.issue("tunnels", hosts=[connect.domain, FRONT_ADDRESS])
        ready = self._start_service(
            "tunnels",
            "sandbox.tunnels",
            target_group=arn,
            endpoint_url=self.aws.endpoint,
            region=self.settings.aws.region,
            address=FRONT_ADDRESS,
            tls_cert=leaf.certificate,
            tls_key=leaf.key,
            targets_file=targets,
        )
        return f"https://{FRONT_ADDRESS}:{ready['port']}"

    def _start_service(self, label: str, module: str, **options: object) -> dict[str, Any]:
        """Start one of the sandbox's own servers; what it said when it was ready."""
        ready = self.workspace.path / f"{label}.ready"
        arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        process = self.workspace.start(
            label,
            [sys.executable, "-m", module, *arguments, f"--ready-file={ready}"],
            environment={**os.environ, **self.variables, "PYTHONPATH": PYTHON_PATH},
            cwd=ROOT,
        )
        self._exits.callback(self.workspace.end, label)
        try:
            return dict(json.loads(wait_for_file(ready, process, what=label)))
        except SandboxError as error:
            raise SandboxError(f"{error}: {self.workspace.log(label).strip()[-500:]}") from None

    def _service(self) -> Service:
        ecs: ECSClient = self.aws.client("ecs", region=self.settings.aws.region)
        return read_service(ecs, cluster=self.outputs["cluster_name"], service=self.outputs["service_name"])
