"""Each answer in the table of refusals is one that the real Envoy gives: those that no other test brings about, and proof.

Its circuit breaker, its memory, and Envoy's own faults are beyond a caller's reach; no setting offers what is edited here.
"""

import ast
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.gateway.envoy.shapes import extension
from pictory_egress.gateway.refusals import BY_CODE, LOGGED_ONLY, TUNNEL_ENDS
from pictory_egress.gateway.runtime.volume import Volume
from pictory_egress.gateway.settings import Client
from tests.gateway.running import record, way_out

pytestmark = pytest.mark.envoy

JOB = "/pictoryapis/v1/jobs/3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
PRESSURE = "envoy.resource_monitors.injected_resource"


@pytest.fixture(scope="module")
def strained(
    kit: Any, authority: Any, token_key: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[Any]:
    """The product's, but that one call at a time goes out, a file says how full the memory is, and a header breaks it."""
    pressure = volume / "pressure"
    pressure.write_text("0")

    def strain(document: dict[str, Any]) -> None:
        (pictory,) = [c for c in document["static_resources"]["clusters"] if c["name"] == "pictory"]
        pictory["circuit_breakers"]["thresholds"][0]["max_requests"] = 1
        manager = document["overload_manager"]
        kind = "envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig"
        manager["resource_monitors"].append(extension(PRESSURE, kind, filename=str(pressure)))
        for action in manager["actions"]:
            action["triggers"][0]["name"] = PRESSURE
        http = document["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
        broken = extension(
            "fault", "envoy.extensions.filters.http.fault.v3.HTTPFault",
            abort={"http_status": 500, "percentage": {"numerator": 100}},
            headers=[{"name": "x-break", "present_match": True}],
        )  # fmt: skip
        http["http_filters"].insert(0, broken)

    keys = kit.KeyServer(volume / "sidecar.sock", [token_key.jwk])
    running = kit.Gateway(
        directory=volume,
        settings=kit.gateway_settings(
            min_tasks=1, upstream=way_out(upstream.port, resolver), connect={"domain": "assets.example.com"}
        ),
        clients=[Client(name="reports", permissions=("jobs.read", "assets.connect"))],
        authority=authority,
        edit=strain,
    )
    yield running
    running.close()
    keys.close()


def test_pictory_when_too_many_calls_are_under_way_then_503_and_the_call_never_left(
    strained: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    release, token = threading.Event(), token_key.token()
    upstream.answer = kit.Answer(before=lambda _: release.wait(15))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(strained.call, "GET", JOB, credential=token)
        kit.eventually(lambda: upstream.received, what="the slow call under way")
        reply = strained.call("GET", JOB, credential=token)
        release.set()
        assert slow.result(20).status == 200
    assert (reply.status, reply.code, reply.headers["retry-after"]) == (503, "upstream_overloaded", "10")
    assert len(upstream.received) == 1
    line = strained.log_of(reply)
    assert (line["decision"], line["reason"]) == ("allow", "upstream_overloaded")


def test_gateway_when_its_memory_is_nearly_used_up_then_503_and_calls_again_when_it_is_not(
    strained: Any, token_key: Any, upstream: Any, kit: Any
) -> None:
    token, pressure = token_key.token(), strained.directory / "pressure"

    def call(expected: int) -> Any:
        reply = strained.call("GET", JOB, credential=token)
        return reply if reply.status == expected else None

    Volume(strained.directory).replace(pressure, b"0.96")
    refused = kit.eventually(lambda: call(503), what="new work is refused")
    upstream.reset()
    refused = strained.call("GET", JOB, credential=token)
    assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "gateway_overloaded", "10")
    assert not upstream.received
    line = strained.log_of(refused)
    assert (line["decision"], line["reason"]) == ("refuse", "gateway_overloaded")
    tunnel = kit.Tunnel(strained)
    proxied = tunnel.ask("video.pictory.ai:443", f"Bearer {token}")
    tunnel.close()
    assert (proxied.status, proxied.code) == (503, "gateway_overloaded")
    Volume(strained.directory).replace(pressure, b"0.5")
    kit.eventually(lambda: call(200), what="calls are served again")


def test_gateway_when_it_breaks_in_a_way_that_nobody_foresaw_then_500_with_a_code(
    strained: Any, token_key: Any, upstream: Any
) -> None:
    reply = strained.call("GET", JOB, credential=token_key.token(), headers=[("X-Break", "1")])
    assert (reply.status, reply.code) == (500, "gateway_error")
    assert strained.log_of(reply)["reason"] == "gateway_error"
    assert not upstream.received


def test_tunnel_when_its_credential_is_revoked_or_was_never_issued_then_407(
    strained: Any, token_key: Any, kit: Any
) -> None:
    strained.write_registered([record("reports"), record("reports", jti="old", revoked=True)])

    def ask(jti: str) -> Any:
        tunnel = kit.Tunnel(strained)
        try:
            return tunnel.ask("video.pictory.ai:443", f"Bearer {token_key.token(jti=jti)}")
        finally:
            tunnel.close()

    kit.eventually(lambda: ask("old").code == "tunnel_credential_revoked", what="the list is taken")
    assert ask("old").status == 407
    unknown = ask("unknown")
    assert (unknown.status, unknown.code) == (407, "tunnel_credential_invalid")


def test_table_when_read_then_each_code_and_each_reason_is_looked_for_by_a_test_of_the_real_envoy() -> None:
    looked_for: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        marks = [
            node for node in tree.body if isinstance(node, ast.Assign) and "pytestmark" in ast.dump(node)
        ]
        if any("attr='envoy'" in ast.dump(node) for node in marks):
            looked_for |= _words(tree)
    missing = {*BY_CODE, *LOGGED_ONLY, *TUNNEL_ENDS} - looked_for
    assert not missing, f"no test of the real Envoy names {sorted(missing)}"


def _words(tree: ast.Module) -> set[str]:
    """Words of the texts in a module, but for those that say something to its reader."""
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    ]
    return {word for text in texts for word in re.findall(r"\w+", text)}
