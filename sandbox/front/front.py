"""The front as a server: reads the deployment, listens, and lets targets come and go."""

import asyncio
import ssl
from collections.abc import Iterable

from aiohttp import web

from sandbox.certificates import Leaf
from sandbox.front import deployed as deployment
from sandbox.front.clients import Clients
from sandbox.front.deployed import Deployed, DeploymentError
from sandbox.front.handler import Handler
from sandbox.front.metrics import BALANCER, Metrics
from sandbox.front.targets import State, Target, TargetPool
from sandbox.front.waf_log import LogWriter

_GAUGE_SECONDS = 1.0


class Front:
    """Serves one deployed load balancer with its web ACL.

    Parameters
    ----------
    clients
        Of the AWS that holds the deployment.
    load_balancer
        Its name or ARN.
    leaf
        The certificate to show; it takes the place of the one in ACM, whose key nobody can read.
    port
        0 takes a free one; :attr:`port` says which, once started.
    time_scale
        Stretches the intervals of health checks and draining (0.1: ten times as often). 1 is as deployed.
    """

    def __init__(
        self,
        clients: Clients,
        *,
        load_balancer: str,
        leaf: Leaf,
        address: str = "127.0.0.1",
        port: int = 0,
        time_scale: float = 1.0,
    ) -> None:
        self.address = address
        self.port = port
        self._clients = clients
        self._name = load_balancer
        self._leaf = leaf
        self._scale = time_scale
        self._pools: dict[str, TargetPool] = {}
        self._log: LogWriter | None = None
        self._metrics = Metrics(clients.cloudwatch)
        self._runner: web.ServerRunner | None = None
        self._gauges: asyncio.Task[None] | None = None
        self._handler: Handler | None = None
        self._arn_suffix = ""

    async def start(self) -> None:
        """Read the deployment and listen.

        Raises
        ------
        DeploymentError, UnsupportedError
            It cannot be served as it is deployed.
        OSError
            The port is taken.
        """
        found = await asyncio.to_thread(deployment.read, self._clients, load_balancer=self._name)
        self._pools = {
            arn: TargetPool(group, time_scale=self._scale) for arn, group in found.target_groups.items()
        }
        self._log = await asyncio.to_thread(self._begin_log, found)
        self._metrics.start()
        self._arn_suffix = found.arn_suffix
        self._use(found)
        # Bodies of any length stream through: what is too long is the firewall's and the gateway's to say.
        runner = web.ServerRunner(
            web.Server(self._handle, access_log=None, keepalive_timeout=found.idle_seconds),
            shutdown_timeout=5,
        )
        await runner.setup()
        self._runner = runner
        site = web.TCPSite(
            runner,
            self.address,
            self.port,
            ssl_context=_tls(self._leaf, found),
            backlog=2048,
        )
        await site.start()
        self.port = int(runner.addresses[0][1])
        self._gauges = asyncio.create_task(self._measure())

    async def stop(self) -> None:
        """Close the port, end what is in flight, and write what is left of log and metrics."""
        if self._gauges is not None:
            self._gauges.cancel()
            self._gauges = None
            self._gauge_hosts()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        for pool in self._pools.values():
            await pool.close()
        for writer in (self._log, self._metrics):
            if writer is not None:
                await asyncio.to_thread(writer.stop)

    async def reload(self) -> None:
        """Read the deployment again: rules, web ACL and settings change for the next request, targets stay.

        Raises
        ------
        DeploymentError
            Its target groups or its log changed: start a new front for that.
        """
        found = await asyncio.to_thread(deployment.read, self._clients, load_balancer=self._name)
        if set(found.target_groups) != set(self._pools):
            raise DeploymentError(
                f"load balancer {self._name}: its target groups changed: start the front anew"
            )
        self._use(found)

    async def set_targets(self, targets: Iterable[Target], *, target_group: str | None = None) -> None:
        """Register new targets, and drain those no longer in ``targets``; returns when they are drained.

        ``target_group`` is an ARN, and may be left out when there is one group only.
        """
        await self._pool(target_group).set_targets(targets)

    def register(self, target: Target, *, target_group: str | None = None) -> None:
        """Add one target."""
        self._pool(target_group).register(target)

    async def deregister(self, target: Target, *, target_group: str | None = None) -> int:
        """Drain one target; the number of flights that were still under way when its time was up."""
        return await self._pool(target_group).deregister(target)

    async def wait_healthy(self, count: int, *, seconds: float = 60, target_group: str | None = None) -> None:
        """Return once ``count`` targets are healthy; TimeoutError, which tells their states, when they are not."""
        await self._pool(target_group).wait_healthy(count, seconds=seconds)

    def states(self, *, target_group: str | None = None) -> dict[Target, State]:
        """Registered and draining targets, with their state."""
        return self._pool(target_group).states()

    @property
    def problems(self) -> list[str]:
        """What went wrong beside the requests: the log or the metrics could not be written."""
        found = [f"metrics: {self._metrics.error}"] if self._metrics.error else []
        if self._log is not None and (self._log.error or self._log.lost):
            found.append(f"web ACL log: {self._log.error or 'written again'}; {self._log.lost} records lost")
        return found

    def _pool(self, arn: str | None) -> TargetPool:
        if arn is not None:
            return self._pools[arn]
        if len(self._pools) != 1:
            raise DeploymentError(
                f"load balancer {self._name} has {len(self._pools)} target groups: name one"
            )
        return next(iter(self._pools.values()))

    def _begin_log(self, found: Deployed) -> LogWriter | None:
        if found.logs is None or found.web_acl is None:
            return None
        region = found.arn.split(":")[3]
        writer = LogWriter(
            self._clients.logs, log_group=found.logs.log_group, stream=f"{region}_{found.web_acl.name}_0"
        )
        writer.start()
        return writer

    def _use(self, found: Deployed) -> None:
        self._handler = Handler(
            deployed=found,
            pools=self._pools,
            log=self._log,
            metrics=self._metrics,
            region=found.arn.split(":")[3],
        )

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        assert self._handler is not None
        return await self._handler(request)

    async def _measure(self) -> None:
        while True:
            self._gauge_hosts()
            await asyncio.sleep(_GAUGE_SECONDS)

    def _gauge_hosts(self) -> None:
        for pool in self._pools.values():
            states = [state for state in pool.states().values() if state != "draining"]
            healthy = sum(state == "healthy" for state in states)
            dimensions = (("TargetGroup", pool.group.arn_suffix), ("LoadBalancer", self._arn_suffix))
            # Without targets a load balancer reports nothing.
            for name, value in (("HealthyHostCount", healthy), ("UnHealthyHostCount", len(states) - healthy)):
                self._metrics.gauge(BALANCER, name, dimensions, value if states else None)


def _tls(leaf: Leaf, found: Deployed) -> ssl.SSLContext:
    context = leaf.server_context()
    if found.tls_1_3_only:
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
