"""A task with client credentials: the sidecar exchanges them for tokens at Pictory's endpoint, over TLS, by itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import tasks

pytestmark = [pytest.mark.envoy, pytest.mark.slow]

CLIENT = {"mode": "oauth", "client_id": "hidden-id", "client_secret": "hidden-secret", "user_id": "user-1"}


def test_task_when_it_has_client_credentials_then_it_calls_with_tokens_and_renews_one_that_is_refused_at_once(
    account: tasks.Account,
    authority: Any,
    volume: Path,
    upstream: Any,
    resolver: Any,
    kit: Any,
    tmp_path: Path,
) -> None:
    tokens = kit.Upstream()
    given: list[str] = []

    def give(_: Any) -> Any:
        given.append(f"token-{len(given) + 1}")
        return kit.Answer(body=json.dumps({"access_token": given[-1], "expires_in": 3600}).encode())

    tokens.answer = kit.Answer(before=give)
    server = kit.serve_pictory(
        tokens, certificate=authority.issue("localhost", tmp_path), address="127.0.0.1"
    )
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    good = {"token-1"}

    def judge(handler: Any) -> Any:
        return kit.Answer(status=200 if handler.headers["Authorization"] in good else 401)

    upstream.answer = kit.Answer(before=judge)
    account.secrets.put_secret_value(SecretId=account.secret_arn, SecretString=json.dumps(CLIENT))
    with tasks.task(
        account=account, volume=volume, upstream=upstream, resolver=resolver, authority=authority, mode="oauth",
        PICTORY_HOST="localhost", PICTORY_PORT=str(tokens.port), SSL_CERT_FILE=str(tmp_path / "ca.pem"),
    ) as task:  # fmt: skip
        token = account.issue()
        kit.eventually(lambda: task.call(token).status == 200, what="the first token in use")
        assert upstream.received[-1].header("authorization") == ["token-1"]
        assert upstream.received[-1].header("x-pictory-user-id") == ["user-1"]
        assert task.health()["token_expires_in_seconds"] > 3000
        (asked,) = tokens.received
        assert json.loads(asked.body) == {"client_id": "hidden-id", "client_secret": "hidden-secret"}
        # Pictory forgets it: the call that meets that waits for the next one.
        good.clear()
        good.add("token-2")
        reply = task.call(token)
        assert reply.status == 200
        assert upstream.received[-1].header("authorization") == ["token-2"]
        assert len(given) == 2
        everything = "".join(
            (task.volume / name).read_text() for name in ("sidecar.log", "access.log", "envoy.log")
        )
        assert not [word for word in ("hidden-", "token-1", "token-2") if word in everything]
    server.shutdown()
    server.server_close()
