"""A client's rate, counted by several gateways that know nothing of each other."""

import http.client
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.envoy.limits import share
from pictory_egress.gateway.settings import Client
from tests.gateway.running import way_out

pytestmark = pytest.mark.envoy

LEAST, MOST = 2, 3
RATE = 4
"""A task's share comes back at a call every 30 s: none comes back while a test lasts."""
CLIENTS = [
    Client(name="slow", permissions=("account.read",), rate_per_minute=RATE),
    Client(name="other", permissions=("account.read",), rate_per_minute=RATE),
]


@pytest.fixture(scope="module")
def gateways(kit: Any, authority: Any, token_key: Any, upstream: Any, resolver: Any) -> Iterator[list[Any]]:
    """As many tasks as there may be at most, each with the configuration that all of them have."""
    settings = kit.gateway_settings(
        min_tasks=LEAST,
        max_tasks=MOST,
        upstream=way_out(upstream.port, resolver),
    )
    with ExitStack() as stack:
        running = []
        for _ in range(MOST):
            directory = Path(tempfile.mkdtemp(prefix="gw-"))
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
            keys = kit.KeyServer(directory / "sidecar.sock", [token_key.jwk])
            stack.callback(keys.close)
            gateway = kit.Gateway(
                directory=directory, settings=settings, clients=CLIENTS, authority=authority
            )
            stack.callback(gateway.close)
            running.append(gateway)
        yield running


def statuses(gateways: list[Any], token: str, *, calls: int) -> Counter[int]:
    """How ``calls`` are answered that a load balancer gives to each gateway in turn."""
    found: Counter[int] = Counter()
    for number in range(calls):
        reply = gateways[number % len(gateways)].call("GET", "/pictoryapis/v1/quota", credential=token)
        found[reply.status] += 1
        if reply.status == 429:
            assert reply.code == "rate_limited"
    return found


def test_rate_when_the_least_number_of_tasks_runs_then_together_they_give_out_all_of_it_and_no_more(
    gateways: list[Any], token_key: Any, upstream: Any
) -> None:
    found = statuses(gateways[:LEAST], token_key.token("slow"), calls=3 * RATE)
    assert found == {200: RATE, 429: 2 * RATE}
    assert len(upstream.received) == RATE
    # The third, which comes later, has a share of its own: this is the excess that max_tasks allows.
    assert statuses(gateways[LEAST:], token_key.token("slow"), calls=RATE)[200] == RATE // LEAST


def test_rate_when_one_client_has_used_up_its_own_then_others_have_all_of_theirs(
    gateways: list[Any], token_key: Any
) -> None:
    statuses(gateways[:LEAST], token_key.token("slow"), calls=2 * RATE)
    assert statuses(gateways[:LEAST], token_key.token("other"), calls=RATE) == {200: RATE}


def test_rate_when_tokens_are_asked_for_without_a_credential_then_all_askers_share_one(
    gateways: list[Any], token_key: Any, upstream: Any
) -> None:
    connection = http.client.HTTPSConnection(
        "127.0.0.1", gateways[-1].port, context=gateways[-1].context(), timeout=15
    )

    def ask() -> tuple[int, str]:
        connection.request("POST", "/pictoryapis/v1/oauth2/token")
        response = connection.getresponse()
        return response.status, json.loads(response.read())["code"]

    # Ten come back each second while they are counted.
    found = [ask() for _ in range(600)]
    while found[-1] == (403, "token_endpoint_off") and len(found) < 2_000:
        found.append(ask())
    assert set(found[:600]) == {(403, "token_endpoint_off")}
    assert found[-1] == (429, "rate_limited")
    connection.close()
    assert not upstream.received
    assert statuses(gateways[-1:], token_key.token("other"), calls=1) == {200: 1}


@pytest.mark.parametrize("rate", [1, 7, 8, 600])
@pytest.mark.parametrize("tasks", [1, 2, 3, 7])
def test_share_when_given_out_then_the_total_is_the_rate_rounded_up_to_whole_calls_of_each_task(
    rate: int, tasks: int
) -> None:
    assert rate <= tasks * share(rate, tasks=tasks) < rate + tasks
