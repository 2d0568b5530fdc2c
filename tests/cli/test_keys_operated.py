"""``keys`` where the rotation function acts: verify, roll back, mend, and see what every task uses."""

import contextlib
import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from pictory_egress.cli import trouble
from pictory_egress.cli.aws import Aws
from pictory_egress.cli.errors import CommandError
from pictory_egress.cli.function import Function
from pictory_egress.cli.secret import Described, Schedule, Secret
from pictory_egress.cli.tasks import Tasks
from pictory_egress.credentials.runtime.configuration import Configuration
from pictory_egress.credentials.runtime.credential import Credential
from pictory_egress.credentials.runtime.handler import rotate
from pictory_egress.credentials.runtime.pictory import ACCEPTED, REFUSED, Pictory, Verdict
from tests.cli.conftest import REGION, SECRET, STAGING, Ended, Run

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

JOB = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
OLD, NEW, GROUP = "pictai_old", "pictai_new", "/pictory-egress-sandbox/gateway"
Keys = Callable[..., Ended]


class OneJob(Pictory):
    """Every key lists the same job."""

    def newest_job(self, credential: Credential) -> str | None:
        return JOB


class Lambda:
    """Invoke, with the real function in this process."""

    def __init__(self, secrets: "SecretsManagerClient", valid: set[str]) -> None:
        self._secrets, self._valid = secrets, valid

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - AWS's names
        assert FunctionName == "pictory-egress-sandbox-rotation"
        environment = {
            "SECRET_ARN": SECRET, "STAGING_SECRET_ARN": STAGING, "CREDENTIAL_MODE": "api-key",
            "CANDIDATE_MAX_AGE_HOURS": "72", "DEADLINE_DAYS": "45", "PICTORY_HOST": "api.pictory.ai",
            "PICTORY_PORT": "443", "PICTORY_VERIFY_PATH": "/q", "PICTORY_JOBS_PATH": "/j", "PICTORY_TOKEN_PATH": "/t",
            "PICTORY_USER_AGENT": "pictory-egress/1",
        }  # fmt: skip
        answer = rotate(
            json.loads(Payload),
            environment=environment,
            client=self._secrets,
            verify=self._verify,
            jobs=OneJob(Configuration.from_environment(environment)),
        )
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}

    def _verify(self, credential: Credential) -> Verdict:
        return Verdict(ACCEPTED, 200) if credential["api_key"] in self._valid else Verdict(REFUSED, 401)


@pytest.fixture
def valid() -> set[str]:
    return {OLD, NEW}


@pytest.fixture
def keys(run: Run, secrets: "SecretsManagerClient", valid: set[str], monkeypatch: pytest.MonkeyPatch) -> Keys:
    """Runs ``keys …`` on the sandbox's environment, in which the function runs for real."""
    monkeypatch.setattr(Aws, "function", lambda _, name: Function(Lambda(secrets, valid), name))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return lambda *words, **options: run("keys", *words, "--environment", "sandbox", **options)


@pytest.fixture
def rotated(secrets: "SecretsManagerClient") -> dict[str, str]:
    """NEW is in use, OLD was before; version ids by key."""
    ids = {}
    for key in (OLD, NEW):
        value = json.dumps({"mode": "api-key", "api_key": key}, sort_keys=True)
        ids[key] = secrets.put_secret_value(SecretId=SECRET, SecretString=value)["VersionId"]
    return ids


def current(secrets: "SecretsManagerClient") -> str:
    value = secrets.get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")["SecretString"]
    return str(json.loads(value)["api_key"])


def say(task: str, *, seconds_ago: float = 1, **line: Any) -> None:
    """A line of a task's sidecar, as its log group has it."""
    logs, stream = boto3.client("logs", region_name=REGION), f"gateway/sidecar/{task}"
    for make in (
        lambda: logs.create_log_group(logGroupName=GROUP),
        lambda: logs.create_log_stream(logGroupName=GROUP, logStreamName=stream),
    ):
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            make()
    at = int((time.time() - seconds_ago) * 1000)
    message = json.dumps({"kind": "sidecar", **line})
    logs.put_log_events(
        logGroupName=GROUP, logStreamName=stream, logEvents=[{"timestamp": at, "message": message}]
    )


def test_verify_shows_what_pictory_says_of_each_key(
    keys: Keys, rotated: dict[str, str], valid: set[str]
) -> None:
    valid.discard(OLD)
    ended = keys("verify")
    assert ended.status == 0, ended.err
    lines = [line.split() for line in ended.out.splitlines()]
    assert ["in", "use", "accepted", "200"] in lines
    assert ["before", "refused_by_pictory", "401"] in lines
    assert ["staged", "missing"] in lines
    assert "next: nothing" in ended.out


def test_status_says_whether_the_next_keys_account_can_be_told_and_verify_makes_it_so(
    keys: Keys, rotated: dict[str, str]
) -> None:
    told = keys("status").out
    assert "account    cannot be told once the key in use is dead: before that" in told
    assert "pictory-egress keys verify --environment sandbox" in told
    assert keys("verify").status == 0
    told = keys("status").out
    assert "account    told by a job: a key of another account will be refused" in told
    assert JOB not in told


def test_verify_of_a_dead_key_is_a_finding_that_says_what_to_do(
    keys: Keys, rotated: dict[str, str], valid: set[str]
) -> None:
    valid.clear()
    ended = keys("verify")
    assert (ended.status, "keys stage --environment sandbox --rotate" in ended.err) == (1, True)


def test_rollback_goes_back_and_waits_for_every_task(
    keys: Keys, rotated: dict[str, str], secrets: "SecretsManagerClient"
) -> None:
    say("one", event="credential_loaded", version_id=rotated[OLD])
    ended = keys("rollback")
    assert ended.status == 0, ended.err
    assert current(secrets) == OLD
    assert f"rolled back: version {rotated[OLD]} is in use" in ended.out
    assert ended.out.splitlines()[-3:-1] == ["1 of 1 tasks use it", "done: no task uses the key before"]


def test_rollback_to_a_dead_key_changes_nothing(
    keys: Keys, rotated: dict[str, str], valid: set[str], secrets: "SecretsManagerClient"
) -> None:
    valid.discard(OLD)
    ended = keys("rollback")
    assert (ended.status, current(secrets)) == (2, NEW)
    assert "does not know AWSPREVIOUS any more" in ended.err
    assert "pictai_" not in ended.err + ended.out


def test_rollback_while_a_task_uses_the_other_key_is_not_done(keys: Keys, rotated: dict[str, str]) -> None:
    say("one", event="credential_loaded", version_id=rotated[OLD])
    say("two", event="heartbeat", version_id=rotated[NEW])
    ended = keys("rollback", "--wait", "1")
    assert (ended.status, ended.out.splitlines()[-1]) == (1, "1 of 2 tasks use it")
    assert "not done: two reported another version last" in ended.err


def test_rollback_without_any_key_says_what_to_do(keys: Keys) -> None:
    ended = keys("rollback")
    assert (ended.status, "there is no key in use" in ended.err) == (2, True)


def test_tasks_when_they_ended_or_fell_silent_are_not_counted(keys: Keys) -> None:
    say("live", event="heartbeat", version_id="v")
    say("started", event="heartbeat")
    say("ended", seconds_ago=9, event="heartbeat", version_id="v")
    say("ended", event="drain_ended")
    say("silent", seconds_ago=200, event="heartbeat", version_id="v")
    say("live", event="credential_failed", reason="x")
    found = Tasks(boto3.client("logs", region_name=REGION), GROUP).now()
    assert [(task.name, task.version_id) for task in found] == [("live", "v"), ("started", None)]


def test_status_shows_who_staged_what_each_task_uses_and_what_to_do_next(
    keys: Keys, rotated: dict[str, str], valid: set[str]
) -> None:
    say("one", event="heartbeat", version_id=rotated[NEW])
    keys("stage", standard_input="pictai_third")
    ended = keys("status")
    assert ended.status == 0, ended.err
    assert f"one   {rotated[NEW]}  AWSCURRENT" in ended.out
    assert "staged     ready, by arn:aws:" in ended.out
    assert ended.out.splitlines()[-1] == "next       pictory-egress keys promote --environment sandbox"


def test_status_while_a_task_uses_the_old_key_says_that_the_rotation_is_not_done(
    keys: Keys, rotated: dict[str, str]
) -> None:
    say("one", event="heartbeat", version_id=rotated[OLD])
    assert "the last rotation is not done: one use(s) another version" in keys("status").out


def test_promote_while_a_rotation_is_under_way_waits_for_it_and_starts_no_other(
    keys: Keys, rotated: dict[str, str], secrets: "SecretsManagerClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    pending = half_finished(secrets)

    def never(_: Secret) -> str:
        raise AssertionError("a second rotation was started")

    monkeypatch.setattr(Secret, "rotate", never)
    ended = keys("promote", "--wait", "1")
    assert ended.status == 0, ended.err
    assert f"a rotation to version {pending} is under way already: waiting for it" in ended.out
    assert ended.out.splitlines()[-1] == "next: pictory-egress keys status --environment sandbox"


def test_promote_when_a_rotation_was_left_half_finished_frees_it_and_rotates_again(
    keys: Keys, rotated: dict[str, str], secrets: "SecretsManagerClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    pending, value = half_finished(secrets), json.dumps({"mode": "api-key", "api_key": "pictai_third"})

    def rotate_secret(_: Secret) -> str:
        labels = secrets.describe_secret(SecretId=SECRET)["VersionIdsToStages"]
        assert not any("AWSPENDING" in stages for stages in labels.values())
        return secrets.put_secret_value(SecretId=SECRET, SecretString=value)["VersionId"]

    monkeypatch.setattr(Secret, "rotate", rotate_secret)
    monkeypatch.setattr("pictory_egress.cli.keys.UNDER_WAY", timedelta(0))
    ended = keys("promote", "--wait", "1")
    assert ended.status == 0, ended.err
    assert f"took AWSPENDING off version {pending}" in ended.out
    assert current(secrets) == "pictai_third"


def half_finished(secrets: "SecretsManagerClient") -> str:
    """The version that a rotation left at AWSPENDING."""
    made = secrets.put_secret_value(
        SecretId=SECRET, SecretString="half-finished", VersionStages=["AWSPENDING"]
    )
    return made["VersionId"]


def test_repair_of_a_stuck_rotation_frees_it_only_when_it_is_old_or_told_to(
    keys: Keys, rotated: dict[str, str], secrets: "SecretsManagerClient"
) -> None:
    stuck = secrets.put_secret_value(
        SecretId=SECRET, SecretString="half-finished", VersionStages=["AWSPENDING"]
    )["VersionId"]
    assert "a rotation is under way" in keys("status").out
    assert "may be under way, and is left alone" in keys("repair").out
    ended = keys("repair", "--now")
    assert f"took AWSPENDING off version {stuck}" in ended.out
    assert not secrets.describe_secret(SecretId=SECRET)["VersionIdsToStages"].get(stuck)
    assert current(secrets) == NEW


def test_trouble_of_an_old_open_rotation_is_found(secrets: "SecretsManagerClient") -> None:
    secrets.put_secret_value(SecretId=SECRET, SecretString="first")
    secrets.put_secret_value(SecretId=SECRET, SecretString="half", VersionStages=["AWSPENDING"])
    key, staging = Secret(secrets, SECRET).describe(), Secret(secrets, STAGING).describe()
    now = datetime.now(UTC)
    assert trouble.of_secrets(key, staging, now=now) == []
    (found,) = trouble.of_secrets(key, staging, now=now + timedelta(minutes=16))
    assert (found.slug, found.mend) == ("rotation-stuck", "repair")
    secrets.update_secret_version_stage(
        SecretId=SECRET, VersionStage="CANDIDATE", MoveToVersionId=key.holder("AWSPENDING").id
    )
    (found,) = trouble.of_secrets(
        Secret(secrets, SECRET).describe(), staging, now=now + timedelta(minutes=16)
    )
    assert (found.slug, found.mend) == ("rotation-half-finished", "promote")


def test_deleted_candidate_secret_is_found_and_restored(
    keys: Keys, rotated: dict[str, str], secrets: "SecretsManagerClient"
) -> None:
    secrets.delete_secret(SecretId=STAGING, RecoveryWindowInDays=7)
    found = keys("status")
    assert (found.status, "(runbook secret-deleted)" in found.out) == (1, True)
    assert "keys repair --environment sandbox" in found.err
    assert f"restored secret '{STAGING}'" in keys("repair").out
    assert keys("stage", standard_input="pictai_third").status == 0
    assert "wrong" not in keys("status").out


@pytest.mark.parametrize("how", ["disabled", "pending deletion"])
def test_unusable_kms_key_is_found_and_enabled(keys: Keys, rotated: dict[str, str], how: str) -> None:
    kms = boto3.client("kms", region_name=REGION)
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    boto3.client("secretsmanager", region_name=REGION).update_secret(SecretId=SECRET, KmsKeyId=key_id)
    assert "wrong" not in keys("status").out
    if how == "disabled":
        kms.disable_key(KeyId=key_id)
    else:
        kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    found = keys("status")
    assert (found.status, "(runbook secrets-key-disabled)" in found.out) == (1, True)
    assert f"enabled KMS key {key_id}" in keys("repair").out
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "Enabled"
    assert "wrong" not in keys("status").out


def test_function_that_ran_out_of_time_is_found_with_what_can_be_done_as_things_stand(
    keys: Keys, rotated: dict[str, str], secrets: "SecretsManagerClient"
) -> None:
    logs, group = boto3.client("logs", region_name=REGION), "/aws/lambda/pictory-egress-sandbox-rotation"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    line = {
        "timestamp": int(time.time() * 1000),
        "message": "2026-03-01T12:00:00Z 1 Task timed out after 120.00 seconds",
    }
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[line])
    ended = keys("status")
    assert (
        ended.status,
        "(runbook rotation-timed-out): pictory-egress keys promote --env" in ended.out,
    ) == (1, True)
    secrets.put_secret_value(SecretId=SECRET, SecretString="half", VersionStages=["AWSPENDING"])
    assert "(runbook rotation-timed-out): pictory-egress keys repair --now --env" in keys("status").out


def test_function_that_ran_out_of_time_before_the_last_rotation_ended_is_no_trouble_any_more() -> None:
    class Logs:
        def filter_log_events(self, *, startTime: int, **_: Any) -> Any:  # noqa: N803 - AWS's name
            cut_off = datetime.now(UTC) - timedelta(hours=2)
            return {"events": [{}] if startTime <= cut_off.timestamp() * 1000 else []}

    now = datetime.now(UTC)

    def found(last: datetime | None) -> int:
        key = Described(SECRET, None, None, (), Schedule(True, last, None))
        return len(trouble.of_function(Logs(), "group", key=key, now=now))  # type: ignore[arg-type]

    assert [found(None), found(now - timedelta(hours=3)), found(now - timedelta(hours=1))] == [1, 1, 0]


def test_secret_that_is_deleted_refuses_a_candidate_with_the_way_to_mend_it() -> None:
    class Deleted:
        def put_secret_value(self, **_: Any) -> Any:
            raise ClientError(
                {"Error": {"Code": "InvalidRequestException", "Message": NEW}}, "PutSecretValue"
            )

    with pytest.raises(CommandError, match="keys repair") as caught:
        Secret(Deleted(), STAGING).write(NEW)  # type: ignore[arg-type]
    assert NEW not in str(caught.value)


class _Refuses:
    def __init__(self, code: str) -> None:
        self.code = code

    def invoke(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": self.code, "Message": ""}}, "Invoke")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("TooManyRequestsException", "at work: a rotation runs"),
        ("ResourceNotFoundException", "deploy the environment"),
    ],
)
def test_function_that_cannot_be_asked_is_explained(code: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        Function(_Refuses(code), "f").ask("inspect")  # type: ignore[arg-type]


def test_function_that_failed_is_explained_in_its_own_words() -> None:
    class Failed:
        def invoke(self, **_: Any) -> Any:
            words = json.dumps({"errorMessage": "1 Task timed out after 120.00 seconds"})
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(words.encode())}

    with pytest.raises(CommandError, match="Task timed out after 120"):
        Function(Failed(), "f").ask("verify")  # type: ignore[arg-type]


def test_function_of_an_earlier_version_is_explained() -> None:
    class Old:
        def invoke(self, **_: Any) -> Any:
            return {"Payload": io.BytesIO(b"null")}

    with pytest.raises(CommandError, match="knows no operations"):
        Function(Old(), "f").ask("inspect")  # type: ignore[arg-type]
