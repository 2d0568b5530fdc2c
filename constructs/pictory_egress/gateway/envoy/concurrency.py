"""How many calls of one client may be under way at once."""

from collections.abc import Iterable
from typing import Final

from pictory_egress.gateway.envoy.grants import by_client
from pictory_egress.gateway.envoy.limits import share
from pictory_egress.gateway.envoy.shapes import Json, extension
from pictory_egress.gateway.settings import Client, GatewaySettings

CONCURRENCY_FILTER: Final = "at_once"


def client_concurrency(
    *, settings: GatewaySettings, clients: Iterable[Client], at_once: int | None = None
) -> Json:
    """The filter that holds each client to its calls under way, or each to ``at_once``.

    It counts over all threads of a task, from here until the answer is out or the caller gone; a task gives out its
    :func:`share`, as of a rate. It looks the client up where :func:`grants.call_state` has put it.
    """
    matcher = by_client(
        (client, _limit(share(at_once or client.max_concurrent, tasks=settings.min_tasks)))
        for client in clients
    )
    if not matcher:
        # Envoy takes no empty matcher; nobody is granted anything here, so nobody comes this far.
        matcher = {"on_no_match": _limit(1)}
    return extension(
        CONCURRENCY_FILTER,
        "envoy.extensions.common.matching.v3.ExtensionWithMatcher",
        xds_matcher=matcher,
        extension_config=extension("composite", "envoy.extensions.filters.http.composite.v3.Composite"),
    )


def _limit(at_once: int) -> Json:
    """A limit that adapts to nothing: its least is its most, so what it measures plays no part."""
    controller = {
        "concurrency_limit_params": {"max_concurrency_limit": at_once, "concurrency_update_interval": "60s"},
        "min_rtt_calc_params": {"fixed_value": "1s", "min_concurrency": at_once},
    }
    limit = extension(
        "limit",
        "envoy.extensions.filters.http.adaptive_concurrency.v3.AdaptiveConcurrency",
        gradient_controller_config=controller,
        concurrency_limit_exceeded_status={"code": "TooManyRequests"},
    )
    return {
        "action": extension(
            "limit", "envoy.extensions.filters.http.composite.v3.ExecuteFilterAction", typed_config=limit
        )
    }
