"""One request through the front: firewall, listener rules, then a target."""

import random
import sys
import traceback
from collections.abc import Mapping

from aiohttp import web

from sandbox.front import pages, proxy
from sandbox.front.body import Body
from sandbox.front.deployed import Deployed
from sandbox.front.metrics import BALANCER, FIREWALL, Metrics
from sandbox.front.routing import FixedResponse
from sandbox.front.targets import TargetPool
from sandbox.front.waf import Decision, WafRequest
from sandbox.front.waf_log import LogWriter, record


class Handler:
    """Handles requests by what is ``deployed``, sending them to ``pools``, by ARN of the target group."""

    def __init__(
        self,
        *,
        deployed: Deployed,
        pools: Mapping[str, TargetPool],
        log: LogWriter | None,
        metrics: Metrics,
        region: str,
    ) -> None:
        self._deployed = deployed
        self._pools = pools
        self._log = log
        self._metrics = metrics
        self._region = region
        self._balancer = (("LoadBalancer", deployed.arn_suffix),)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer ``request``."""
        response, by_target = await self._answer(request)
        metrics, dimensions = self._metrics, self._balancer
        if by_target:
            metrics.count(BALANCER, "RequestCount", dimensions)
            metrics.count(BALANCER, f"HTTPCode_Target_{response.status // 100}XX_Count", dimensions)
        elif response.status >= 400:
            metrics.count(BALANCER, f"HTTPCode_ELB_{response.status // 100}XX_Count", dimensions)
        return response

    async def _answer(self, request: web.BaseRequest) -> tuple[web.StreamResponse, bool]:
        target = request.raw_path
        if not target.startswith("/") or "#" in target:
            return pages.page(400), False
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = Body(request.content, idle_seconds=self._deployed.idle_seconds)
        try:
            await body.inspect()
        except TimeoutError:
            return pages.page(408), False
        seen = _seen(request, body)
        blocked = self._blocked(seen)
        if blocked is not None:
            return blocked, False
        action = self._deployed.routing.route(seen)
        if isinstance(action, FixedResponse):
            self._metrics.count(BALANCER, "HTTP_Fixed_Response_Count", self._balancer)
            return pages.fixed(action), False
        return await proxy.forward(
            request,
            body,
            pool=self._pools[action.target_group],
            deployed=self._deployed,
            client_address=seen.client_address,
        )

    def _blocked(self, seen: WafRequest) -> web.Response | None:
        acl = self._deployed.web_acl
        if acl is None:
            return None
        try:
            decision = acl.decide(seen)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            # As deployed: fail open lets it through, otherwise nobody passes a firewall that does not answer.
            return None if self._deployed.waf_fail_open else pages.page(500)
        self._tell(decision, seen)
        return pages.blocked(decision.block) if decision.block is not None else None

    def _tell(self, decision: Decision, seen: WafRequest) -> None:
        acl, settings = self._deployed.web_acl, self._deployed.logs
        assert acl is not None
        if self._log is not None and settings is not None and settings.keeps(decision):
            self._log.add(
                record(
                    decision,
                    seen,
                    settings=settings,
                    acl_arn=acl.arn,
                    source=self._deployed.arn_suffix,
                    request_id=f"{random.getrandbits(96):024x}",
                )
            )
        name = "BlockedRequests" if decision.action == "BLOCK" else "AllowedRequests"
        for metric in ("ALL", decision.metric):
            self._metrics.count(FIREWALL, name, self._rule(acl.metric, metric))
        for rule, _ in decision.counted:
            self._metrics.count(FIREWALL, "CountedRequests", self._rule(acl.metric, rule.metric))

    def _rule(self, acl: str, rule: str) -> tuple[tuple[str, str], ...]:
        return (("WebACL", acl), ("Rule", rule), ("Region", self._region))


def _seen(request: web.BaseRequest, body: Body) -> WafRequest:
    path, _, query = request.raw_path.partition("?")
    return WafRequest(
        client_address=request.remote or "0.0.0.0",
        method=request.method,
        uri_path=path,
        query=query,
        http_version=f"HTTP/{request.version.major}.{request.version.minor}",
        headers=tuple(request.headers.items()),
        body=body.first,
        body_is_whole=body.is_whole,
    )
