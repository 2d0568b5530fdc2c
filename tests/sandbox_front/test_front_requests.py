"""Requests through the front: what the deployed load balancer does with them."""

import http.client
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from sandbox.certificates import Authority
from sandbox.front import DeploymentError
from sandbox.front.waf import UnsupportedError

if TYPE_CHECKING:
    from tests.sandbox_front.backend import Backend
    from tests.sandbox_front.conftest import Door
    from tests.sandbox_front.deploying import World


def _headers(document: Any) -> dict[str, str]:
    return dict(document["headers"])


def test_request_reaches_a_target_as_it_came_with_the_load_balancers_headers(plain_door: "Door") -> None:
    path = "/pictoryapis/v1/jobs?nextPageKey=a%2Fb%3D%3D&x=%C3%A4//../y"
    seen = plain_door.call("GET", path, headers={"X-Caller": "one"}).json
    headers = _headers(seen)
    assert seen["target"] == path
    assert (headers["x-forwarded-proto"], headers["x-forwarded-port"]) == ("https", "443")
    assert headers["x-forwarded-for"].startswith("127.")
    assert headers["x-amzn-trace-id"].startswith("Root=1-")
    assert (headers["x-caller"], headers["user-agent"]) == ("one", "test/1")
    assert headers["host"] == f"127.77.91.1:{plain_door.front.port}"


def test_forwarded_for_of_a_caller_is_kept_before_the_true_address(plain_door: "Door") -> None:
    seen = plain_door.call(headers={"X-Forwarded-For": "203.0.113.9", "X-Amzn-Trace-Id": "Root=1-a-b"}).json
    first, second = _headers(seen)["x-forwarded-for"].split(", ")
    assert (first, second.split(".")[0]) == ("203.0.113.9", "127")
    assert _headers(seen)["x-amzn-trace-id"].endswith(";Root=1-a-b")


def test_header_with_an_invalid_name_is_dropped(plain_door: "Door") -> None:
    seen = plain_door.call(headers={"X_Under": "1", "X-Fine": "2"}).json
    assert "x_under" not in _headers(seen)
    assert _headers(seen)["x-fine"] == "2"


def test_hop_by_hop_headers_stay_on_their_hop(plain_door: "Door") -> None:
    seen = plain_door.call(
        headers={"Connection": "keep-alive, X-Secret-Hop", "X-Secret-Hop": "1", "TE": "trailers"}
    ).json
    assert {"connection", "x-secret-hop", "te"}.isdisjoint(_headers(seen))


def test_path_without_a_rule_gets_the_default_action(plain_door: "Door") -> None:
    answer = plain_door.call("GET", "/elsewhere")
    assert (answer.status, answer.json, answer.headers["server"]) == (
        403,
        {"code": "elsewhere"},
        "awselb/2.0",
    )


@pytest.mark.parametrize("size", [0, 8_192, 8_193, 3_000_000])
def test_body_of_any_size_arrives_whole(plain_door: "Door", size: int) -> None:
    seen = plain_door.call("POST", "/pictoryapis/v1/templates", body=b"x" * size).json
    assert seen["body_bytes"] == size
    assert _headers(seen)["content-length"] == str(size)


def test_chunked_body_arrives_whole(plain_door: "Door") -> None:
    connection = plain_door.connect()
    connection.request(
        "POST", "/pictoryapis/x", body=iter([b"y" * 5_000] * 4), encode_chunked=True,
        headers={"Transfer-Encoding": "chunked"},
    )  # fmt: skip
    assert b'"body_bytes": 20000' in connection.getresponse().read()
    connection.close()


def test_caller_that_waits_for_continue_is_told_to(plain_door: "Door") -> None:
    context = plain_door.tls
    with (
        socket.create_connection(("127.77.91.1", plain_door.front.port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname="127.77.91.1") as client,
    ):
        client.sendall(
            b"POST /pictoryapis/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.recv(1_000).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(b"{}")
        assert client.recv(1_000).startswith(b"HTTP/1.1 200")


def test_long_answer_streams_through_unchanged(plain_door: "Door", backends: "list[Backend]") -> None:
    async def long_answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(status=206, headers={"Content-Encoding": "gzip", "X-Kept": "1"})
        await response.prepare(request)
        for _ in range(40):
            await response.write(b"z" * 50_000)
        await response.write_eof()
        return response

    for backend in backends:
        backend.answers = long_answer
    answer = plain_door.call()
    assert (answer.status, len(answer.body), answer.headers["x-kept"]) == (206, 2_000_000, "1")
    assert answer.headers["content-encoding"] == "gzip"


def test_answer_that_breaks_off_is_not_mistaken_for_whole(
    plain_door: "Door", backends: "list[Backend]"
) -> None:
    async def broken(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "200000"})
        await response.prepare(request)
        await response.write(b"z" * 100_000)
        assert request.transport is not None
        request.transport.abort()
        return response

    for backend in backends:
        backend.answers = broken
    with pytest.raises((http.client.IncompleteRead, ConnectionError, ssl.SSLError)):
        plain_door.call()


def test_target_that_resets_is_a_502(plain_door: "Door", backends: "list[Backend]") -> None:
    async def reset(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    for backend in backends:
        backend.answers = reset
    answer = plain_door.call("POST", body=b"{}")
    assert (answer.status, answer.headers["server"]) == (502, "awselb/2.0")


def test_target_that_stays_silent_is_a_504(
    world: "World", backends: "list[Backend]", open_door: "Callable[[World], Door]"
) -> None:
    world.clients.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=world.load_balancer,
        Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "1"}],
    )
    assert open_door(world).call("GET", "/pictoryapis/held").status == 504


def test_no_registered_target_is_a_503(plain_door: "Door") -> None:
    plain_door.loop.run(plain_door.front.set_targets([]))
    assert plain_door.call().status == 503


@pytest.mark.parametrize(
    "head",
    [
        b"GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /x HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET /x#y HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_ambiguous_request_is_refused(plain_door: "Door", backends: "list[Backend]", head: bytes) -> None:
    with (
        socket.create_connection(("127.77.91.1", plain_door.front.port), timeout=5) as raw,
        plain_door.tls.wrap_socket(raw, server_hostname="127.77.91.1") as client,
    ):
        client.sendall(head)
        assert client.recv(1_000).split(b" ")[1] == b"400"
    assert sum(backend.served for backend in backends) == 0


def test_security_policy_that_wants_tls_1_3_refuses_less(plain_door: "Door", authority: Authority) -> None:
    old = authority.client_context()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        http.client.HTTPSConnection("127.77.91.1", plain_door.front.port, context=old, timeout=5).request(
            "GET", "/"
        )


def test_requests_and_errors_are_published_as_metrics(
    plain_door: "Door", world: "World", backends: "list[Backend]"
) -> None:
    plain_door.call()
    plain_door.call("GET", "/elsewhere")
    plain_door.loop.run(plain_door.front.stop())
    balancer = {"Name": "LoadBalancer", "Value": world.load_balancer.split(":loadbalancer/")[1]}
    published = world.clients.cloudwatch.list_metrics(Namespace="AWS/ApplicationELB")["Metrics"]
    names = {metric["MetricName"] for metric in published if balancer in metric["Dimensions"]}
    assert names == {
        "RequestCount", "HTTPCode_Target_2XX_Count", "HTTPCode_ELB_4XX_Count", "HTTP_Fixed_Response_Count",
        "HealthyHostCount", "UnHealthyHostCount",
    }  # fmt: skip


def test_load_balancer_that_is_not_deployed_is_named(
    world: "World", open_door: "Callable[[World], Door]"
) -> None:
    world.load_balancer = "absent"
    with pytest.raises(DeploymentError, match="load balancer absent"):
        open_door(world)


def test_listener_rule_that_is_not_understood_is_named(
    world: "World", open_door: "Callable[[World], Door]"
) -> None:
    world.clients.elbv2.create_rule(
        ListenerArn=world.listener, Priority=20,
        Conditions=[{"Field": "path-pattern", "Values": ["/x"]}],
        Actions=[{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Host": "b.example"}}],
    )  # fmt: skip
    with pytest.raises(UnsupportedError, match="redirect"):
        open_door(world)


def test_reload_serves_a_rule_that_was_deployed_meanwhile(plain_door: "Door", world: "World") -> None:
    assert plain_door.call("GET", "/new/thing").status == 403
    world.clients.elbv2.create_rule(
        ListenerArn=world.listener, Priority=20, Conditions=[{"Field": "path-pattern", "Values": ["/new/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": world.target_group}],
    )  # fmt: skip
    plain_door.loop.run(plain_door.front.reload())
    assert plain_door.call("GET", "/new/thing").status == 200
