"""The sandbox's network load balancer serves what is deployed, and says what it cannot serve."""

from typing import Any

import pytest

from sandbox.tunnels import listener_port

TLS_1_3 = "ELBSecurityPolicy-TLS13-1-3-2021-06"


class Elbv2:
    def __init__(self, *, group: str = "TLS", listeners: list[dict[str, Any]] | None = None) -> None:
        self._group = group
        self._listeners = listeners or [{"Protocol": "TLS", "SslPolicy": TLS_1_3}]

    def describe_target_groups(self, **_: Any) -> dict[str, Any]:
        return {"TargetGroups": [{"Protocol": self._group, "LoadBalancerArns": ["balancer"]}]}

    def describe_listeners(self, **_: Any) -> dict[str, Any]:
        return {"Listeners": [{"ListenerArn": "listener", "Port": 443, **one} for one in self._listeners]}


def port(elbv2: Any) -> int:
    return listener_port(elbv2, "group")


def test_listener_when_of_tls_1_3_then_its_port() -> None:
    assert port(Elbv2()) == 443


@pytest.mark.parametrize(
    ("deployed", "problem"),
    [
        (Elbv2(group="TCP"), "group is of TCP"),
        (Elbv2(listeners=[{"Protocol": "TCP", "SslPolicy": ""}]), "not of TLS 1.3 alone"),
        (
            Elbv2(listeners=[{"Protocol": "TLS", "SslPolicy": "ELBSecurityPolicy-2016-08"}]),
            "not of TLS 1.3 alone",
        ),
        (Elbv2(listeners=[{"Protocol": "TLS", "SslPolicy": TLS_1_3}] * 2), "has 2 listeners"),
    ],
)
def test_listener_when_it_cannot_be_served_then_the_error_names_it(deployed: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        port(deployed)
