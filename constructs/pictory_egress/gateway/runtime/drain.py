"""Ends the gateway's work without losing a call."""

import time
from collections.abc import Callable
from typing import Final

from .envoy_admin import EnvoyAdmin
from .log import Log

_LOOK_SECONDS: Final = 0.2
# The load balancer goes on sending until it has noticed; a task with more time waits longer for that.
_QUIET_SHARE: Final = 0.25
_LONGEST_QUIET_SECONDS: Final = 8.0


def drain(
    *,
    envoy: EnvoyAdmin,
    seconds: float,
    log: Log,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Takes the task out of service and waits for calls under way, for ``seconds`` at the most.

    Health checks fail first, then answers ask callers to connect anew. Done is when for a while nothing was under
    way and nothing new came. Gives whether that was reached.
    """
    started = clock()
    reached = envoy.fail_health_checks() and envoy.drain()
    log.emit("drain_started", envoy_reached=reached)
    quiet_seconds = min(_LONGEST_QUIET_SECONDS, seconds * _QUIET_SHARE)
    quiet_since, sent_before = clock(), -1
    while clock() - started < seconds:
        activity = envoy.activity()
        if activity is None:
            # No Envoy, no calls.
            break
        under_way, sent = activity
        if under_way or sent != sent_before:
            quiet_since, sent_before = clock(), sent
        if clock() - quiet_since >= quiet_seconds:
            break
        sleep(_LOOK_SECONDS)
    activity = envoy.activity()
    left = activity[0] if activity else 0
    log.emit("drain_ended", seconds=round(clock() - started, 1), requests_left=left)
    return left == 0
