"""A small Secrets Manager around the pure rules of its versions, with the real function run against it."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pictory_egress.credentials.runtime.configuration import Configuration
from pictory_egress.credentials.runtime.credential import Credential
from pictory_egress.credentials.runtime.errors import RotationError
from pictory_egress.credentials.runtime.handler import rotate
from pictory_egress.credentials.runtime.pictory import ACCEPTED, REFUSED, Pictory, Verdict
from pictory_egress.credentials.runtime.pictory import _Answer as Answer
from sandbox.aws.secrets.versions import CURRENT, PENDING, PREVIOUS, SecretError, SecretVersions
from tests.credentials import interleaving

ARN = "arn:aws:secretsmanager:us-east-2:111111111111:secret:pictory-egress-dev/pictory-a1B2c3"
STAGING_ARN = (
    "arn:aws:secretsmanager:us-east-2:111111111111:secret:pictory-egress-dev/pictory-candidate-d4E5f6"
)
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Crash(BaseException):
    """The function's process ended in the middle, as at a timeout."""


@dataclass
class SecretsManager:
    """The four calls that the function may make, on two secrets.

    ``before`` and ``after`` are called with the number and the name of each call: a test's faults.
    """

    secrets: dict[str, SecretVersions] = field(
        default_factory=lambda: {ARN: SecretVersions(), STAGING_ARN: SecretVersions()}
    )
    before: Callable[[int, str], None] = lambda number, name: None
    after: Callable[[int, str], None] = lambda number, name: None
    calls: list[str] = field(default_factory=list)
    now: datetime = NOW

    def describe_secret(self, *, SecretId: str) -> Any:  # noqa: N803
        return self._call(
            "DescribeSecret",
            SecretId,
            lambda secret: {"VersionIdsToStages": secret.labelled()} if secret.by_id else {},
        )

    def get_secret_value(self, *, SecretId: str, **which: str) -> Any:  # noqa: N803
        def answer(secret: SecretVersions) -> dict[str, Any]:
            version = secret.get(version_id=which.get("VersionId"), label=which.get("VersionStage"))
            name = "SecretBinary" if isinstance(version.value, bytes) else "SecretString"
            return {name: version.value, "CreatedDate": datetime.fromtimestamp(version.created, UTC)}

        return self._call("GetSecretValue", SecretId, answer)

    def put_secret_value(
        self,
        *,
        SecretId: str,  # noqa: N803
        ClientRequestToken: str,  # noqa: N803
        SecretString: str,  # noqa: N803
        VersionStages: list[str],  # noqa: N803
    ) -> None:
        self._call(
            "PutSecretValue",
            SecretId,
            lambda secret: secret.put(
                token=ClientRequestToken, value=SecretString, labels=VersionStages, now=self.now.timestamp()
            ),
        )

    def update_secret_version_stage(
        self,
        *,
        SecretId: str,  # noqa: N803
        VersionStage: str,  # noqa: N803
        RemoveFromVersionId: str | None = None,  # noqa: N803
        MoveToVersionId: str | None = None,  # noqa: N803
    ) -> None:
        self._call(
            "UpdateSecretVersionStage",
            SecretId,
            lambda secret: secret.move_label(
                label=VersionStage,
                remove_from=RemoveFromVersionId,
                move_to=MoveToVersionId,
                now=self.now.timestamp(),
            ),
        )

    def _call(self, name: str, arn: str, act: Callable[[SecretVersions], Any]) -> Any:
        self.calls.append(name)
        number = len(self.calls)
        self.before(number, name)
        try:
            answer = act(self.secrets[arn])
        except SecretError as error:
            raise _client_error(error.code, name, str(error)) from None
        self.after(number, name)
        return answer


def _client_error(code: str, operation: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


JOBS_PATH = "/pictoryapis/v1/jobs"
ENVIRONMENT = {
    "SECRET_ARN": ARN,
    "STAGING_SECRET_ARN": STAGING_ARN,
    "CREDENTIAL_MODE": "api-key",
    "CANDIDATE_MAX_AGE_HOURS": "72",
    "DEADLINE_DAYS": "45",
    "PICTORY_HOST": "api.pictory.ai",
    "PICTORY_PORT": "443",
    "PICTORY_VERIFY_PATH": "/pictoryapis/v1/quota",
    "PICTORY_JOBS_PATH": JOBS_PATH,
    "PICTORY_TOKEN_PATH": "/pictoryapis/v1/oauth2/token",
    "PICTORY_USER_AGENT": "pictory-egress/1",
}


@dataclass
class Jobs:
    """Which jobs Pictory has, and of which account; it answers calls about them in the function's own words."""

    valid: set[str]
    of_account: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    def account(self, key: str) -> str:
        return self.of_account.get(key, "ours")

    def begin(self, account: str = "ours") -> str:
        """A new job of the account; answers its id."""
        job = str(uuid.uuid4())
        self.owners[job] = account
        return job

    def pictory(self) -> Pictory:
        """The function's own client, whose calls go no further than here."""
        client = Pictory(Configuration.from_environment(ENVIRONMENT), sleep=lambda _: None)
        client._call = self._call  # type: ignore[method-assign,assignment]
        return client

    def _call(self, method: str, path: str, headers: dict[str, str]) -> Answer:
        key = headers["Authorization"]
        if key not in self.valid:
            return Answer(401, b'{"message": "Unauthorized"}')
        if path == JOBS_PATH:
            mine = [job for job, owner in reversed(self.owners.items()) if owner == self.account(key)]
            return Answer(200, json.dumps({"items": [{"data": {"jobId": job}} for job in mine]}).encode())
        owner = self.owners.get(path.removeprefix(f"{JOBS_PATH}/"))
        status = 404 if owner is None else 200 if owner == self.account(key) else 403
        return Answer(status, b"{}")


@dataclass
class World:
    """One secret with its staging secret, Pictory, and the function between them."""

    aws: SecretsManager = field(default_factory=SecretsManager)
    valid: set[str] = field(default_factory=set)
    verdicts: list[Verdict] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=ENVIRONMENT.copy)

    def __post_init__(self) -> None:
        self.jobs = Jobs(self.valid)

    @property
    def secret(self) -> SecretVersions:
        return self.aws.secrets[ARN]

    def key_in_use(self, key: str, *, days_ago: float = 0) -> str:
        """Make ``key`` the current one, as something earlier did; answers the version's id."""
        return self.put_current(json.dumps({"mode": "api-key", "api_key": key}), days_ago=days_ago)

    def put_current(self, value: str | bytes, *, days_ago: float = 0) -> str:
        token = str(uuid.uuid4())
        self.secret.put(token=token, value=value, now=(NOW - timedelta(days=days_ago)).timestamp())
        return token

    def stage(self, key: str, *, hours_ago: float = 1, valid: bool = True, **changes: Any) -> None:
        """Stage ``key``, which Pictory knows when ``valid``; ``changes`` of None leave a field out."""
        staged_at = (NOW - timedelta(hours=hours_ago)).isoformat()
        candidate = {"mode": "api-key", "api_key": key, "staged_at": staged_at, "staged_by": "ops", **changes}
        self.stage_text(json.dumps({name: v for name, v in candidate.items() if v is not None}))
        if valid:
            self.valid.add(key)

    def stage_text(self, value: str | bytes) -> None:
        self.aws.secrets[STAGING_ARN].put(token=str(uuid.uuid4()), value=value, now=NOW.timestamp())

    @property
    def staged(self) -> str | bytes | None:
        """What lies in the staging secret."""
        holder = self.aws.secrets[STAGING_ARN].holder(CURRENT)
        return None if holder is None else holder.value

    def begin(self, token: str | None = None) -> str:
        """What RotateSecret does before it calls the function; answers the token."""
        token = token or str(uuid.uuid4())
        self.secret.begin_rotation(token=token, now=NOW.timestamp())
        return token

    def step(self, name: str, token: str, **changes: Any) -> None:
        """Call the function for one step."""
        rotate(
            {"Step": name, "SecretId": ARN, "ClientRequestToken": token, **changes},
            environment=self.environment,
            client=self.aws,  # type: ignore[arg-type]
            verify=self.verify,
            jobs=self.jobs.pictory(),
            now=NOW,
        )

    def ask(self, operation: str, **fields: str) -> Any:
        """Call the function as an operator does; its answer, as Lambda would give it."""
        answer = rotate(
            {"Operation": operation, **fields},
            environment=self.environment,
            client=self.aws,  # type: ignore[arg-type]
            verify=self.verify,
            jobs=self.jobs.pictory(),
            now=NOW,
        )
        answer = json.loads(json.dumps(answer))
        if "error" in answer:
            raise RotationError("operation", answer["error"])
        return answer

    def run(self) -> str:
        """A whole rotation; answers its token."""
        token = self.begin()
        for name in STEPS:
            self.step(name, token)
        return token

    def verify(self, credential: Credential) -> Verdict:
        if self.verdicts:
            return self.verdicts.pop(0)
        values = dict(credential.values)
        known = values.get("api_key", values.get("client_secret")) in self.valid
        return Verdict(ACCEPTED, 200) if known else Verdict(REFUSED, 401)

    def key_at(self, label: str) -> str | None:
        """The API key at a staging label."""
        holder = self.secret.holder(label)
        if holder is None or not isinstance(holder.value, str):
            return None
        key: str | None = json.loads(holder.value).get("api_key")
        return key

    @property
    def witness(self) -> list[str]:
        """The jobs noted for the version in use."""
        labels = self.secret.holder(CURRENT).labels  # type: ignore[union-attr]
        return [label.removeprefix("JOB-") for label in sorted(labels) if label.startswith("JOB-")]

    @property
    def current(self) -> str | None:
        return self.key_at(CURRENT)

    @property
    def previous(self) -> str | None:
        return self.key_at(PREVIOUS)

    @property
    def junk(self) -> bool:
        """Whether AWSPENDING would make the next rotation fail."""
        pending = self.secret.holder(PENDING)
        return pending is not None and CURRENT not in pending.labels


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make_world() -> type[World]:
    return World


@pytest.fixture
def client_error() -> Callable[..., ClientError]:
    return _client_error


@pytest.fixture
def crash() -> type[Crash]:
    return Crash


@pytest.fixture(scope="session")
def at_once() -> Callable[..., None]:
    return interleaving.at_once


@pytest.fixture
def events(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """The log lines since the last call, parsed."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
