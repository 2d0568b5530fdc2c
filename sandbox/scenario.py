"""What a sandbox run looks at, in the order in which a newcomer would ask."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from pictory_egress.api.hosts import API_HOST, ASSET_HOSTS, UPLOAD_HOST
from sandbox.calls import RENDER, calls, hosts_named, token
from sandbox.client import Load, LoadReport
from sandbox.leaks import search
from sandbox.pictory.assets import RESULT
from sandbox.report import Report
from sandbox.stage import Stage
from sandbox.workspace import SandboxError

_CALLS_A_SECOND: Final = 80.0
_AT_ONCE: Final = 4
"""``max_concurrent`` of the client called dashboard. Each task gives out its share of it."""
_SLOW_SECONDS: Final = 2.0
RESULT_HOST: Final = ASSET_HOSTS[-1]
_RENDER_SECONDS: Final = 30.0
_TAKEOVER_SECONDS: Final = 30.0
_REVOCATION_SECONDS: Final = 5.0
_EXPECTED_ALARM: Final = "key-refused"
_WRONG_ALARMS: Final = {
    "unhealthy-targets", "heartbeat-missing", "credential-failures", "rotation-failed", "old-key-in-use",
    "rotation-stuck", "rotation-half-finished", "rotation-timed-out", "revocations-unread",
}  # fmt: skip


def deployed(stage: Stage, report: Report) -> None:
    """The deployment is whole, and a second plan would change nothing."""
    report.row("resources deployed", str(len(stage.deployment.resources())), held=True)
    report.step("a second plan")
    changes = stage.deployment.changes()
    report.row("second plan", "; ".join(changes) or "empty", held=not changes)


def before_a_key(stage: Stage, report: Report) -> None:
    """No credential, no call: what the gateway answers before it has a key."""
    answer = stage.client("video-pipeline").call("GET", "/v1/quota")
    report.row(
        "call before there is a key is refused",
        f"{answer.status} {answer.code}",
        held=(answer.status, answer.code) == (503, "no_credential") and not stage.pictory.requests(),
    )


def first_key(stage: Stage, report: Report) -> None:
    """The first key goes in as an operator puts it in, and every task takes it."""
    issued = stage.issue_key(overlap_seconds=None)
    stage.operator.stage_and_rotate(issued.api_key)
    seconds = _until(lambda: stage.client("video-pipeline").call("GET", "/v1/quota").status == 200)
    report.row(
        "first key staged, verified, promoted",
        f"in use {seconds:.1f} s after promotion",
        held=seconds < _TAKEOVER_SECONDS,
    )


def at_once(stage: Stage, report: Report) -> None:
    """Pictory is slow, and one client has much under way: it is held to its limit, and another one notices nothing."""
    busy, other = stage.client("dashboard"), stage.client("video-pipeline")
    stage.pictory.set_behaviour(delay_seconds=_SLOW_SECONDS)
    try:
        with ThreadPoolExecutor(2 * _AT_ONCE + 1) as pool:
            calls = [pool.submit(busy.call, "GET", "/v1/quota") for _ in range(2 * _AT_ONCE)]
            aside = pool.submit(other.call, "GET", "/v1/quota").result()
            answers = Counter(f"{one.status} {one.code}".strip() for one in (call.result() for call in calls))
    finally:
        stage.pictory.set_behaviour(delay_seconds=0)
    # A task that the load balancer does not find healthy yet gives nothing out: never more, at least one share.
    served = range(_AT_ONCE // len(stage.tasks), _AT_ONCE + 1)
    held = answers["200"] in served and set(answers) == {"200", "429 concurrency_limited"}
    report.row(
        "calls at once, beyond a client's limit, are refused",
        f"{_counted(answers)}; another client: {aside.status}",
        held=held and aside.status == 200,
    )


def render(stage: Stage, report: Report) -> None:
    """A render job, followed to its end as Pictory's own clients do."""
    client = stage.client("video-pipeline")
    body = {**RENDER, "webhook": "https://hooks.example.com/done"}
    started = client.call("POST", "/v2/video/storyboard/render", body=body)
    job = started.json.get("data", {}).get("job_id") or started.json.get("data", {}).get("jobId", "")
    polls, document = 0, {}
    deadline = time.monotonic() + _RENDER_SECONDS
    while job and time.monotonic() < deadline:
        polls += 1
        document = client.call("GET", f"/v1/jobs/{job}").json
        if document.get("data", {}).get("status") != "in-progress":
            break
        time.sleep(0.5)
    status = document.get("data", {}).get("status", f"{started.status} {started.code}")
    report.row("render job, followed to its end", f"{status} after {polls} polls", held=status == "completed")


def revocation(stage: Stage, report: Report) -> None:
    """A client changes over to a second credential, and the first is taken back."""
    first = stage.client("video-pipeline")
    second = stage.change_over("video-pipeline")
    # The load balancer takes the tasks in turn: so many calls in a row reach each of them.
    everywhere = range(3 * len(stage.tasks))
    stage.operator.revoke_client("video-pipeline", first.key)
    seconds = _until(
        lambda: all(first.call("GET", "/v1/quota").code == "credential_revoked" for _ in everywhere)
    )
    statuses = [second.call("GET", "/v1/quota").status for _ in everywhere]
    good = statuses.count(200)
    report.row(
        "credential revoked, the client's second one works",
        f"refused everywhere {seconds:.1f} s later, {good} of {len(statuses)} calls with the second",
        held=seconds < _REVOCATION_SECONDS and good == len(statuses),
    )


def tunnels(stage: Stage, report: Report) -> None:
    """A result downloaded and a file uploaded through the proxy; another host, and a client without a grant."""
    if stage.connect_proxy is None:
        return
    client = stage.through_proxy("video-pipeline")
    status, result = client.request("GET", f"https://{RESULT_HOST}/result.mp4")
    report.row("result, downloaded through CONNECT", f"{status}, {len(result)} bytes", held=result == RESULT)
    status, _ = client.request("PUT", f"https://{UPLOAD_HOST}/upload?X-Amz-Signature=0", body=b"a script")
    report.row("file, uploaded through CONNECT", str(status), held=status == 200)
    for what, name, target, code in (
        ("CONNECT to another host", "video-pipeline", "example.com:443", "tunnel_target_refused"),
        ("CONNECT to the API", "video-pipeline", f"{API_HOST}:443", "tunnel_target_refused"),
        ("CONNECT without a grant", "dashboard", f"{RESULT_HOST}:443", "tunnel_not_granted"),
    ):
        answered = stage.through_proxy(name).refusal(target)
        report.row(f"{what} is refused", f"{answered[0]} {answered[1]}", held=answered == (403, code))


def rotation_with_overlap(stage: Stage, report: Report) -> None:
    """Both keys good while the change is made: nobody may notice."""
    old = stage.issued[-1]
    load = _under_load(stage, lambda: _rotate_then_revoke(stage, old.id))
    report.row(
        "rotation under load, keys overlap",
        f"{_made(load)}, {len(load.failures)} failed {_counts(load)}".rstrip(),
        held=not load.failures and load.rate >= 50 and _current_key_is_used(stage),
    )
    _written_once(stage, report, load, "keys overlap")


def rotation_with_cutover(stage: Stage, report: Report) -> None:
    """The old key dies when the new one is made: calls fail from then to promotion, and none begun after."""
    revoked = 0.0

    def change() -> None:
        nonlocal revoked
        revoked = time.time()
        stage.operator.stage_and_rotate(stage.issue_key(overlap_seconds=0.0).api_key)

    # A read that meets the dead key is held for up to 1.5 s: as many callers as keep the rate up all the same.
    load = _under_load(stage, change, connections=int(_CALLS_A_SECOND * 2))
    promoted = stage.current_since()
    after = [failure for failure in load.failures if failure.began >= promoted]
    report.row(
        "rotation under load, old key dies at once",
        f"{_made(load)}, {len(load.failures)} failed {_counts(load)}, "
        f"{len(load.failures) - len(after)} begun in the {promoted - revoked:.1f} s from revocation to promotion, "
        f"{len(after)} after",
        held=not after and load.rate >= 50 and _current_key_is_used(stage),
    )
    _written_once(stage, report, load, "old key dies at once")


def _written_once(stage: Stage, report: Report, load: LoadReport, what: str) -> None:
    """Each write's own name, looked for among what Pictory carried out: once if it was answered so, else not at all."""
    executions = stage.pictory.executions()
    answered = [name for name, outcome in load.writes.items() if outcome == "200"]
    failed = load.writes.keys() - set(answered)
    wrong = [name for name in answered if executions.get(name) != 1] + [
        name for name in failed if name in executions
    ]
    report.row(
        f"writes under load, {what}",
        f"{len(answered)} answered and carried out once, {len(failed)} failed and not carried out"
        if not wrong
        else f"{len(wrong)} of {len(load.writes)} not carried out as answered",
        held=bool(answered) and not wrong,
    )


def operators(stage: Stage, report: Report) -> None:
    """What an operator is told afterwards: every task uses the new key, and the dead one is no way back."""
    told = stage.operator.keys("status")
    using = told.count(f"{stage.current_version()}  AWSCURRENT")
    report.row(
        "keys status, after the rotations",
        f"{using} of {len(stage.tasks)} tasks use AWSCURRENT, staged {'in_use' if 'in_use' in told else 'otherwise'}, "
        f"account {'told by a job' if 'told by a job' in told else 'unknown'}",
        held=using == len(stage.tasks) and "in_use" in told and "told by a job" in told,
    )
    before = stage.current_version()
    try:
        answer = stage.operator.keys("rollback")
    except SandboxError as refused:
        answer = str(refused)
    held = "does not know AWSPREVIOUS" in answer and stage.current_version() == before
    report.row("keys rollback, to a dead key", "refused, nothing moved" if held else answer[-200:], held=held)


def key_nowhere(stage: Stage, report: Report) -> None:
    """The key's values, searched where they must not be."""
    stage.flush_logs()
    texts = [*stage.log_events(), *stage.task_definitions()]
    result = search(
        [key.api_key for key in stage.issued],
        files=[stage.deployment.output, stage.workspace.path / "logs", stage.workspace.path / "aws"],
        texts=texts,
        processes=stage.processes(),
    )
    report.row(
        "key in state, output, logs, arguments, environments",
        f"found {', '.join(result.found) or 'nowhere'} ({result.places} places, {result.bytes / 1e6:.0f} MB)",
        held=not result.found and result.places > 0,
    )


def alarms(stage: Stage, report: Report) -> None:
    """The deployed alarms, evaluated over the metrics that this run's own logs make."""
    stage.flush_logs()
    states = stage.alarm_states()
    firing = sorted(name for name, state in states.items() if state == "ALARM")
    # Pictory has just refused a key that was revoked before its time: that alarm must be on, and none of those
    # that would blame our own parts. An alarm to which silence is bad news is on in a deployment's first minutes.
    wrong = _WRONG_ALARMS & set(firing)
    report.row(
        "deployed alarms, evaluated",
        f"{len(states)}, in alarm: {', '.join(firing) or 'none'}",
        held=_EXPECTED_ALARM in firing and not wrong,
    )


def destroyed(stage: Stage, report: Report) -> None:
    """Everything is taken down again."""
    stage.stop_tasks()
    stage.deployment.destroy()
    left = [*stage.deployment.resources(), *stage.left_on_aws()]
    report.row("destroy", "; ".join(left) or "complete, nothing left", held=not left)


LOOKS: Final = (
    before_a_key, first_key, calls, token, render, tunnels, at_once, revocation, rotation_with_overlap,
    rotation_with_cutover, operators, alarms, hosts_named, key_nowhere,
)  # fmt: skip


def _rotate_then_revoke(stage: Stage, old: str) -> None:
    issued = stage.issue_key(overlap_seconds=None)
    stage.operator.stage_and_rotate(issued.api_key)
    # Every task must use the new key before the old one may die.
    _until(lambda: stage.tasks_use_current_version())
    stage.pictory.revoke(old)


def _under_load(stage: Stage, change: Callable[[], Any], *, connections: int = 8) -> LoadReport:
    """Run ``change`` amid a steady load, with two seconds of it before and after."""

    async def run() -> LoadReport:
        client = stage.client("video-pipeline")
        load = Load(
            client,
            path="/v1/quota",
            rate=_CALLS_A_SECOND,
            connections=connections,
            longest=90,
            write_path="/v2/video/storyboard",
        )
        running = asyncio.create_task(load.run())
        try:
            await asyncio.sleep(2)
            await asyncio.to_thread(change)
            await asyncio.sleep(4)
        finally:
            load.stop()
        return await running

    return asyncio.run(run())


def _current_key_is_used(stage: Stage) -> bool:
    return stage.pictory.requests()[-1].key_id == stage.issued[-1].id


def _made(load: LoadReport) -> str:
    return f"{load.calls} calls ({len(load.writes)} writes) at {load.rate:.0f}/s"


def _counts(load: LoadReport) -> str:
    counts = Counter(f"{'write ' if each.write else ''}{each.outcome}" for each in load.failures)
    return f"({_counted(counts)})" if counts else ""


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count}x {kind}" for kind, count in sorted(counts.items()))


def _until(condition: Callable[[], bool], seconds: float = _TAKEOVER_SECONDS) -> float:
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if condition():
            break
        time.sleep(0.2)
    return time.monotonic() - start
