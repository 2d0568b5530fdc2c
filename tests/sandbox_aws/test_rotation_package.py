"""The rotation function's own package on the local AWS: how long a cold run takes, and what bad calls leave behind."""

import io
import json
import os
import subprocess
import sys
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pictory_egress.credentials import package
from sandbox.aws import LocalAws

COLD_SECONDS = 1.0
RUN = """
import json, sys, time
from runtime.handler import handler
try:
    print(json.dumps({"answer": handler(json.load(sys.stdin), None)}))
except Exception as error:
    print(json.dumps({"error": str(error)}))
print(time.process_time())
"""


class Cold:
    """The package run once, in a process of its own, on two secrets of the local AWS."""

    def __init__(self, aws: LocalAws, folder: Path, name: str) -> None:
        self.secrets = aws.client("secretsmanager")
        self.arn = self.secrets.create_secret(Name=name)["ARN"]
        self.staging = self.secrets.create_secret(Name=f"{name}-candidate")["ARN"]
        self._folder = folder
        zipfile.ZipFile(io.BytesIO(package.build().content)).extractall(folder)
        self._environment = aws.environment(region="us-east-1") | {
            "PATH": os.environ["PATH"], "SECRET_ARN": self.arn, "STAGING_SECRET_ARN": self.staging,
            "CREDENTIAL_MODE": "api-key", "CANDIDATE_MAX_AGE_HOURS": "72", "DEADLINE_DAYS": "45",
            "PICTORY_HOST": "localhost", "PICTORY_PORT": "9", "PICTORY_VERIFY_PATH": "/q", "PICTORY_JOBS_PATH": "/j",
            "PICTORY_TOKEN_PATH": "/t", "PICTORY_USER_AGENT": "pictory-egress/1",
        }  # fmt: skip

    def __call__(self, **event: Any) -> tuple[dict[str, Any], float]:
        """What it answered or raised, and the seconds of processor time that it took, Python's start included."""
        done = subprocess.run(
            [sys.executable, "-c", RUN], cwd=self._folder, env=self._environment, input=json.dumps(event),
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        *_, answer, seconds = done.stdout.splitlines()
        return json.loads(answer), float(seconds)

    def stages(self) -> Any:
        return self.secrets.describe_secret(SecretId=self.arn).get("VersionIdsToStages")


@pytest.fixture
def cold(aws: LocalAws, tmp_path: Path, name: str) -> Cold:
    return Cold(aws, tmp_path, name)


def test_cold_run_takes_less_than_a_second_of_its_own(cold: Cold) -> None:
    token = str(uuid.uuid4())
    cold.secrets.put_secret_value(
        SecretId=cold.staging,
        SecretString=json.dumps(
            {
                "mode": "api-key",
                "api_key": "pictai_x",
                "staged_at": "2026-01-01T00:00:00+00:00",
                "staged_by": "a",
            }
        ),
    )
    cold.secrets.put_secret_value(
        SecretId=cold.arn, SecretString='{"mode":"api-key","api_key":"pictai_y"}', ClientRequestToken=token
    )
    answer, seconds = cold(Step="createSecret", SecretId=cold.arn, ClientRequestToken=token)
    assert answer == {"answer": None}
    assert seconds < COLD_SECONDS


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Step": "dropSecret"}, "unknown_step"),
        ({"SecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:other-aaaaaa"}, "wrong_secret"),
        ({"ClientRequestToken": "short"}, "wrong_token"),
        ({"ClientRequestToken": str(uuid.uuid4())}, "not_pending"),
    ],
)
def test_bad_call_is_refused_by_name_and_leaves_the_stages_as_they_were(
    cold: Cold, change: dict[str, str], reason: str
) -> None:
    pending, value = str(uuid.uuid4()), '{"mode":"api-key","api_key":"pictai_y"}'
    cold.secrets.put_secret_value(SecretId=cold.arn, SecretString=value)
    cold.secrets.put_secret_value(
        SecretId=cold.arn, SecretString=value, ClientRequestToken=pending, VersionStages=["AWSPENDING"]
    )
    before = cold.stages()
    event = {"Step": "finishSecret", "SecretId": cold.arn, "ClientRequestToken": pending, **change}
    answer, _ = cold(**event)
    assert answer["error"].startswith(f"invalid_request: {reason}: ")
    assert cold.stages() == before


GOOD = {"mode": "api-key", "api_key": "pictai_x", "staged_at": "2026-01-01T00:00:00+00:00", "staged_by": "a"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"SecretString": "pictai_x"}, "it is not JSON"),
        ({"SecretString": json.dumps(GOOD | {"api_key": None})}, "api_key is missing"),
        ({"SecretString": json.dumps(GOOD | {"comment": "pictai_x"})}, "it holds 1 field"),
        ({"SecretString": "x" * 65_536}, "longer than 4096"),
        ({"SecretBinary": b"\x00\xff"}, "it is not JSON"),
    ],
    ids=["not JSON", "a field missing", "a field too many", "64 KB", "binary"],
)
def test_bad_candidate_is_refused_with_its_reason_and_leaves_the_stages_as_they_were(
    cold: Cold, value: dict[str, Any], reason: str
) -> None:
    cold.secrets.put_secret_value(SecretId=cold.arn, SecretString='{"mode":"api-key","api_key":"pictai_y"}')
    before = cold.stages()
    cold.secrets.put_secret_value(SecretId=cold.staging, **value)
    pending = str(uuid.uuid4())
    cold.secrets.put_secret_value(
        SecretId=cold.arn,
        SecretString="made by nobody",
        ClientRequestToken=pending,
        VersionStages=["AWSPENDING"],
    )
    answer, _ = cold(Step="createSecret", SecretId=cold.arn, ClientRequestToken=pending)
    assert answer["error"].startswith("refused: malformed: ")
    assert reason in answer["error"]
    assert "pictai_" not in answer["error"]
    assert cold.stages() == before
