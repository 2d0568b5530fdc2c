"""Targets of one group: which are healthy, which takes the next request, and letting one go."""

import asyncio
import contextlib
import itertools
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import aiohttp

from sandbox.front.target_group import TargetGroup

State = Literal["initial", "healthy", "unhealthy", "draining"]

_LARGEST_CHECK_BODY: Final = 64 * 1024


@dataclass(frozen=True, order=True)
class Target:
    """Where a task listens."""

    address: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Target":
        """From ``address:port``."""
        address, separator, port = text.rpartition(":")
        if not separator or not address or not port.isdecimal():
            raise ValueError(f"{text!r} is no target: write address:port, such as 127.77.1.1:8443")
        return cls(address, int(port))

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


class _Member:
    """A registered target, and what is known of it."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.state: State = "initial"
        self.reason = "Elb.RegistrationInProgress"
        self.flights = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self.successes = self.failures = 0
        self.checker: asyncio.Task[None] | None = None


class TargetPool:
    """The targets of ``group``. ``time_scale`` stretches the intervals of health checks and draining."""

    def __init__(self, group: TargetGroup, *, time_scale: float = 1.0) -> None:
        self.group = group
        self._scale = time_scale
        self._members: dict[Target, _Member] = {}
        self._draining: list[_Member] = []
        self._turn = itertools.count()
        self._changed = asyncio.Event()
        # A load balancer does not verify its targets' certificates.
        self._tls = ssl.create_default_context()
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """Connections to the targets, kept open between requests."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=self._tls, keepalive_timeout=60),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._session

    def states(self) -> dict[Target, State]:
        """Registered and draining targets with their state."""
        return {member.target: member.state for member in (*self._draining, *self._members.values())}

    def reasons(self) -> dict[Target, str]:
        """Why each target is in its state; empty for a healthy one."""
        return {member.target: member.reason for member in (*self._draining, *self._members.values())}

    def flights(self, target: Target) -> int:
        """Requests that ``target`` has not yet answered whole."""
        return sum(m.flights for m in (*self._draining, *self._members.values()) if m.target == target)

    def register(self, target: Target) -> None:
        """Take it in: it is checked at once, and used once it answers well."""
        if target in self._members:
            return
        member = self._members[target] = _Member(target)
        member.checker = asyncio.create_task(self._check_for_ever(member))
        self._notify()

    async def deregister(self, target: Target) -> int:
        """Send it nothing new, and wait for its flights, at most as long as the group says; how many were left."""
        member = self._members.pop(target, None)
        if member is None:
            return 0
        await _end(member.checker)
        member.state, member.reason = "draining", "Target.DeregistrationInProgress"
        self._draining.append(member)
        self._notify()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(member.idle.wait(), self.group.drain_seconds * self._scale)
        self._draining.remove(member)
        return member.flights

    async def set_targets(self, targets: Iterable[Target]) -> None:
        """Register what is new, and deregister what is no longer wanted, all at once."""
        wanted = set(targets)
        for target in sorted(wanted):
            self.register(target)
        await asyncio.gather(*(self.deregister(target) for target in set(self._members) - wanted))

    async def wait_healthy(self, count: int, *, seconds: float) -> None:
        """Return once ``count`` targets are healthy.

        Raises
        ------
        TimeoutError
            They are not within ``seconds``; the message gives each target's state.
        """
        try:
            async with asyncio.timeout(seconds):
                while sum(state == "healthy" for state in self.states().values()) < count:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            told = (
                ", ".join(f"{t} {s} ({self.reasons()[t] or 'fine'})" for t, s in self.states().items())
                or "none"
            )
            raise TimeoutError(f"not {count} healthy targets within {seconds:g} s: {told}") from None

    def pick(self) -> "Flight | None":
        """A flight to the target whose turn it is; none when no target is registered."""
        healthy = [member for member in self._members.values() if member.state == "healthy"]
        # With none healthy, a load balancer tries them all.
        choice = healthy or list(self._members.values())
        if not choice:
            return None
        turn = next(self._turn) % len(choice)
        ordered = choice[turn:] + choice[:turn]
        if self.group.algorithm == "least_outstanding_requests":
            return Flight(min(ordered, key=lambda member: member.flights))
        return Flight(ordered[0])

    async def close(self) -> None:
        """End the health checks and all connections."""
        for member in self._members.values():
            await _end(member.checker)
        self._members.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _check_for_ever(self, member: _Member) -> None:
        while True:
            self._judge(member, await self._check(member.target))
            await asyncio.sleep(self.group.health.interval * self._scale)

    async def _check(self, target: Target) -> str:
        check = self.group.health
        url = f"{check.scheme}://{target.address}:{check.port or target.port}{check.path}"
        try:
            async with self.session.get(
                url,
                headers={"User-Agent": "ELB-HealthChecker/2.0", "Accept-Encoding": "gzip, compressed"},
                timeout=aiohttp.ClientTimeout(total=check.timeout),
                allow_redirects=False,
            ) as response:
                await response.content.read(_LARGEST_CHECK_BODY)
                return (
                    ""
                    if response.status in check.statuses
                    else f"Target.ResponseCodeMismatch {response.status}"
                )
        except TimeoutError:
            return "Target.Timeout"
        except (aiohttp.ClientError, OSError) as error:
            return f"Target.FailedHealthChecks {type(error).__name__}"

    def _judge(self, member: _Member, problem: str) -> None:
        check = self.group.health
        member.successes, member.failures = (0, member.failures + 1) if problem else (member.successes + 1, 0)
        # A new target needs one good check; one that fell ill must prove itself.
        needed = 1 if member.state == "initial" else check.healthy_threshold
        if member.successes >= needed:
            member.state, member.reason = "healthy", ""
        elif member.failures >= check.unhealthy_threshold:
            member.state, member.reason = "unhealthy", problem
        elif problem and member.state != "healthy":
            member.reason = problem
        self._notify()

    def _notify(self) -> None:
        self._changed.set()


class Flight:
    """One request on its way to a target: counted from choice to :meth:`land`."""

    def __init__(self, member: _Member) -> None:
        self._member = member
        member.flights += 1
        member.idle.clear()

    @property
    def target(self) -> Target:
        """Where it goes."""
        return self._member.target

    def land(self) -> None:
        """The answer is whole, or given up."""
        self._member.flights -= 1
        if self._member.flights == 0:
            self._member.idle.set()


async def _end(task: "asyncio.Task[None] | None") -> None:
    if task is not None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
