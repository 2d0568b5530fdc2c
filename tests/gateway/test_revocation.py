"""Credentials taken back, and keys replaced, on running tasks: by the operator's own commands, amid calls."""

import contextlib
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import tasks

pytestmark = [pytest.mark.envoy, pytest.mark.slow]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tasks.Account]:
    with tasks.account(tmp_path_factory.mktemp("operator")) as account:
        account.put("pictai_first")
        yield account


@pytest.fixture(scope="module")
def running(
    account: tasks.Account, authority: Any, volume: Path, upstream: Any, resolver: Any
) -> Iterator[list[tasks.Task]]:
    """Two tasks of one service."""
    other = Path(tempfile.mkdtemp(prefix="gw-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, other, ignore_errors=True)
        yield [
            stack.enter_context(
                tasks.task(
                    account=account, volume=place, upstream=upstream, resolver=resolver, authority=authority
                )
            )
            for place in (volume, other)
        ]


@contextlib.contextmanager
def load(running: list[tasks.Task], token: Callable[[], str]) -> Iterator[Counter[str]]:
    """Calls with ``token()`` on every task, one after the other, all the while; counts what is answered."""
    seen: Counter[str] = Counter()
    stop = threading.Event()

    def call(task: tasks.Task) -> None:
        while not stop.is_set():
            reply = task.call(token())
            time.sleep(0.02)
            seen["200" if reply.status == 200 else f"{reply.status} {reply.code}"] += 1

    callers = [threading.Thread(target=call, args=(task,)) for task in running]
    for caller in callers:
        caller.start()
    try:
        yield seen
    finally:
        stop.set()
        for caller in callers:
            caller.join(20)


def listed(account: tasks.Account) -> dict[str, dict[str, str]]:
    """`clients list` by credential id."""
    head, *rows = (line.split() for line in account.operate("list").splitlines())
    return {row[1]: dict(zip(head, [*row[:5], " ".join(row[5:])], strict=True)) for row in rows}


def jti_of(account: tasks.Account, *, other_than: set[str]) -> str:
    (jti,) = set(listed(account)) - other_than
    return jti


def test_credential_when_revoked_then_every_task_refuses_it_within_seconds_and_the_other_one_works_on(
    account: tasks.Account, running: list[tasks.Task], kit: Any, upstream: Any
) -> None:
    before = set(listed(account)) if account.operate("list") != "none was issued" else set()
    old = account.issue()
    old_jti = jti_of(account, other_than=before)
    new = account.issue()
    for task in running:
        # In Envoy's cache of verified tokens by then.
        kit.eventually(lambda task=task: task.call(old).status == 200, what="the old credential taken")
        assert [task.call(old).status for _ in range(3)] == [200] * 3
    tunnels = [kit.Tunnel(task.gateway) for task in running]
    asked = [tunnel.ask(f"{tasks.ASSET_HOST}:443", f"Bearer {old}") for tunnel in tunnels]
    assert [reply.status for reply in asked] == [200, 200]
    with load(running, lambda: new) as seen:
        said = account.operate("revoke", "reports", old_jti)
        revoked_at = time.monotonic()
        for task in running:
            kit.eventually(lambda task=task: task.call(old).status == 401, what="refused")
        assert time.monotonic() - revoked_at < 5
        # Those that were open already, too, though nothing goes through them.
        assert all(tunnel.closed(seconds=6) for tunnel in tunnels)
        assert time.monotonic() - revoked_at < 8
        for tunnel in tunnels:
            tunnel.close()
    assert old_jti in said
    assert set(seen) == {"200"}
    upstream.received.clear()
    for task in running:
        reply = task.call(old)
        assert (reply.status, reply.code) == (401, "credential_revoked")
        line = task.gateway.log_of(reply)
        assert (line["decision"], line["reason"], line["client"]) == (
            "refuse",
            "credential_revoked",
            "reports",
        )
    assert not upstream.received
    assert listed(account)[old_jti]["STATE"] == "revoked"
    account.operate("revoke", "reports", "--all")
    for task in running:
        kit.eventually(lambda task=task: task.call(new).status == 401, what="all of them refused")


def test_third_credential_when_two_are_live_then_refused_with_both_and_what_to_do(
    account: tasks.Account,
) -> None:
    account.operate("revoke", "reports", "--all") if "reports" in account.operate("list") else None
    account.issue()
    account.issue()
    live = {jti for jti, row in listed(account).items() if row["STATE"] == "live"}
    told = account.operate("issue", "reports", fails=True)
    assert len(live) == 2
    assert all(jti in told for jti in live)
    assert "pictory-egress clients revoke reports JTI" in told
    account.operate("revoke", "reports", "--all")


def test_signing_key_when_rotated_then_no_call_is_refused_and_the_old_one_goes_only_when_nothing_hangs_on_it(
    account: tasks.Account, running: list[tasks.Task], kit: Any
) -> None:
    before = set(listed(account))
    token = old = account.issue()
    old_jti = jti_of(account, other_than=before)
    for task in running:
        kit.eventually(lambda task=task: task.call(old).status == 200, what="the credential taken")
    with load(running, lambda: token) as seen:
        assert "key '2' signs new credentials" in account.operate("rotate-key")
        assert listed(account)[old_jti]["KEY"] == "1 (old)"
        told = account.operate("retire-key", "1", fails=True)
        assert f"1 live credential(s) hang on key '1': reports {old_jti}" in told
        # Taken by every task from its first call on: `issue` has waited for that.
        token = account.issue()
        new_jti = jti_of(account, other_than={*before, old_jti})
        assert listed(account)[new_jti]["KEY"] == "2"
        time.sleep(1)
        account.operate("revoke", "reports", old_jti)
        assert "trusted no more" in account.operate("retire-key", "1")
        # Longer than Envoy keeps a key set.
        time.sleep(7)
    assert set(seen) == {"200"}, seen
    assert seen["200"] > 50
    assert "key '2' signs" in account.operate("retire-key", "2", fails=True)
    assert all(
        task.call(old).code == "credential_revoked" or task.call(old).status == 401 for task in running
    )
    account.operate("revoke", "reports", "--all")


def test_registry_when_it_cannot_be_read_then_the_last_list_stays_and_the_task_says_so(
    account: tasks.Account, running: list[tasks.Task], kit: Any
) -> None:
    before = set(listed(account))
    revoked = account.issue()
    account.operate("revoke", "reports", jti_of(account, other_than=before))
    token = account.issue()
    account.dynamodb.delete_table(TableName=account.table)
    for task in running:
        kit.eventually(lambda task=task: "registry_failed" in task.events(), what="the failure told")
        (failed,) = [line for line in task.lines() if line["event"] == "registry_failed"]
        assert (failed["reason"], failed["kept"]) == ("ResourceNotFoundException", True)
        assert task.call(token).status == 200
        assert task.call(revoked).code == "credential_revoked"
        assert task.health()["registry_unconfirmed_seconds"] >= 0
    # Nobody's credential is in a log.
    for task in running:
        text = "".join((task.volume / f"{name}.log").read_text() for name in ("sidecar", "access", "envoy"))
        assert token not in text
