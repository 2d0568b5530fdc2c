"""``keys``: a key goes in by standard input, waits in its own secret, and is shown nowhere."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pictory_egress.cli.errors import Finding
from pictory_egress.cli.keys_status import span
from pictory_egress.cli.secret import Secret
from pictory_egress.credentials.runtime.credential import parse_candidate
from tests.cli.conftest import ACCOUNT, SECRET, STAGING, Run

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

KEY = "pictai_0123456789abcdef"


def _staged(client: "SecretsManagerClient") -> str:
    return client.get_secret_value(SecretId=STAGING)["SecretString"]


def test_stage_when_given_a_key_keeps_it_as_the_rotation_reads_it(
    run: Run, secrets: "SecretsManagerClient"
) -> None:
    ended = run("keys", "stage", "--environment", "sandbox", standard_input=KEY + "\n")
    assert ended.status == 0, ended.err
    now = datetime.now(UTC)
    candidate = parse_candidate(_staged(secrets), now=now)
    assert candidate.credential["api_key"] == KEY
    assert candidate.credential.mode == "api-key"
    assert candidate.age(now=now) < timedelta(minutes=5)
    assert candidate.staged_by.startswith("arn:aws:")
    assert ACCOUNT in candidate.staged_by


def test_stage_when_done_shows_the_key_nowhere(run: Run, secrets: "SecretsManagerClient") -> None:
    ended = run("keys", "stage", "--environment", "sandbox", standard_input=KEY)
    assert KEY not in ended.out + ended.err


def test_stage_when_it_does_not_rotate_leaves_the_key_in_use_alone(
    run: Run, secrets: "SecretsManagerClient"
) -> None:
    secrets.put_secret_value(SecretId=SECRET, SecretString="untouched")
    run("keys", "stage", "--environment", "sandbox", standard_input=KEY)
    assert secrets.get_secret_value(SecretId=SECRET)["SecretString"] == "untouched"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "not-a-key",
        "pictai_",
        "pictai_with space",
        f"{KEY}\n{KEY}",
        f"Bearer {KEY}",
        "pictai_" + "x" * 5000,
    ],
)
def test_stage_when_the_input_is_no_key_is_refused_without_repeating_it(
    run: Run, secrets: "SecretsManagerClient", text: str
) -> None:
    ended = run("keys", "stage", "--environment", "sandbox", standard_input=text)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert KEY not in ended.err
    assert "with space" not in ended.err
    assert secrets.describe_secret(SecretId=STAGING).get("VersionIdsToStages", {}) == {}


def test_stage_when_the_key_is_an_argument_is_a_usage_error(
    run: Run, secrets: "SecretsManagerClient"
) -> None:
    ended = run("keys", "stage", KEY, "--environment", "sandbox")
    assert ended.status == 2
    assert secrets.describe_secret(SecretId=STAGING).get("VersionIdsToStages", {}) == {}


def test_stage_when_the_account_is_another_is_refused_before_anything_is_read(
    run: Run, secrets: "SecretsManagerClient"
) -> None:
    ended = run("keys", "stage", "--environment", "dev", standard_input=KEY)
    assert ended.status == 2
    assert f"are of account {ACCOUNT}" in ended.err
    assert "111111111111" in ended.err


@pytest.mark.usefixtures("account")
def test_stage_when_nothing_is_deployed_says_so(run: Run) -> None:
    ended = run("keys", "stage", "--environment", "sandbox", standard_input=KEY)
    assert ended.status == 2
    assert f"no secret '{STAGING}' in this region: deploy the environment first" in ended.err


def test_status_when_a_candidate_waits_shows_stages_and_ages_and_no_value(
    run: Run, secrets: "SecretsManagerClient"
) -> None:
    secrets.put_secret_value(SecretId=SECRET, SecretString=json.dumps({"mode": "api-key", "api_key": KEY}))
    run("keys", "stage", "--environment", "sandbox", standard_input=KEY)
    ended = run("keys", "status", "--environment", "sandbox")
    assert ended.status == 0, ended.err
    assert re.search(r"^key +AWSCURRENT +\S+ +less than a minute$", ended.out, re.MULTILINE)
    assert re.search(r"^candidate +AWSCURRENT +\S+ +less than a minute$", ended.out, re.MULTILINE)
    assert re.search(r"^key +good for another 4[45] days$", ended.out, re.MULTILINE)
    assert re.search(r"^candidate +good for another [23] days$", ended.out, re.MULTILINE)
    assert "rotation   off, every 30 days" in ended.out
    assert KEY not in ended.out


def test_status_when_there_is_no_key_says_so(run: Run, secrets: "SecretsManagerClient") -> None:
    ended = run("keys", "status", "--environment", "sandbox")
    assert ended.status == 0
    assert "no key in use, and none staged" in ended.out


class _Describes:
    """A Secrets Manager whose version goes through the given stages, one a look."""

    def __init__(self, *looks: list[str]) -> None:
        self._looks = iter(looks)

    def describe_secret(self, **_: Any) -> dict[str, Any]:
        return {"VersionIdsToStages": {"new": next(self._looks)}}


def _wait(*looks: list[str]) -> bool:
    secret = Secret(_Describes(*looks), SECRET)  # type: ignore[arg-type]
    return secret.wait("new", seconds=len(looks), sleep=lambda _: None)


def test_wait_when_the_version_becomes_current_ends_well() -> None:
    assert _wait([], ["AWSPENDING"], ["AWSPENDING"], ["AWSCURRENT"]) is True


def test_wait_when_the_rotation_lets_the_version_go_is_a_finding() -> None:
    with pytest.raises(Finding, match="still the old one"):
        _wait(["AWSPENDING"], *([[]] * 4))


def test_wait_when_the_label_moves_a_moment_late_ends_well() -> None:
    assert _wait(["AWSPENDING"], [], ["AWSCURRENT"]) is True


def test_wait_when_it_takes_too_long_is_neither() -> None:
    assert _wait([], ["AWSPENDING"]) is False


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(hours=5, minutes=59), "5 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=-3), "less than a minute"),
    ],
)
def test_span_when_shown_is_in_its_largest_unit(time: timedelta, words: str) -> None:
    assert span(time) == words
