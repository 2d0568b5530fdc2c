"""Where Lambda enters: reads the event, runs its step or operation, says how it ended."""

import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .configuration import Configuration
from .credential import Credential
from .errors import InvalidRequestError, RotationError
from .log import Log, logger
from .operations import Answer, Operations
from .pictory import Pictory, Verdict
from .steps import Rotation
from .versions import Versions
from .witness import Witness

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_STEPS: Final[Mapping[str, Callable[[Rotation], None]]] = {
    "createSecret": Rotation.create,
    "setSecret": Rotation.set,
    "testSecret": Rotation.test,
    "finishSecret": Rotation.finish,
}
_OPERATIONS: Final[Mapping[str, Callable[[Operations], Answer]]] = {
    "inspect": Operations.inspect,
    "verify": Operations.check,
    "rollback": Operations.rollback,
    "repair": Operations.repair,
}
_TOKEN: Final = re.compile(r"[A-Za-z0-9-]{32,64}")


def handler(event: Mapping[str, Any], context: object) -> Answer | None:  # noqa: ARG001 - Lambda passes it
    """Run one step of a rotation, as Secrets Manager asks: ``Step``, ``SecretId``, ``ClientRequestToken``.

    Raises RotationError, whose message holds no secret's value, when the step must not count as done.
    Or an operator's ``Operation`` (with ``From``, where it moves a stage), answered with versions and verdicts, or
    with an ``error``.
    """
    return rotate(event, environment=os.environ)


def rotate(
    event: Mapping[str, Any],
    *,
    environment: Mapping[str, str],
    client: "SecretsManagerClient | None" = None,
    verify: Callable[[Credential], Verdict] | None = None,
    jobs: Pictory | None = None,
    now: datetime | None = None,
) -> Answer | None:
    """As ``handler``, with what it stands on given."""
    started = time.monotonic()
    names = ("Step", "SecretId", "ClientRequestToken", "Operation", "From")
    step, secret_id, token, operation, from_id = (_text(event, name) for name in names)
    log = logger(step=step, secret=secret_id, version_id=token, operation=operation or None)
    try:
        configuration = Configuration.from_environment(environment)
        pictory = jobs or Pictory(configuration)
        if operation:
            operate = _operation(operation)
            log = logger(operation=operation, secret=configuration.secret_arn, mode=configuration.mode)
            common = _common(configuration, client, verify, pictory, log=log, now=now)
            return operate(Operations(**common, from_id=from_id))
        run = _step(step, secret_id=secret_id, token=token, configuration=configuration)
        log = logger(step=step, secret=secret_id, version_id=token, mode=configuration.mode)
        common = _common(configuration, client, verify, pictory, log=log, now=now)
        run(Rotation(**common, account=pictory.account, token=token))
        return None
    except RotationError as error:
        ended: RotationError = error
    except (ClientError, BotoCoreError) as error:
        ended = RotationError(
            _aws_reason(error), "AWS refused or did not answer: see the function's role and endpoints"
        )
    except Exception as error:  # its message might hold anything
        ended = RotationError(type(error).__name__, "a fault in the rotation function itself")
    if operation:
        # The operator is told; nobody else has to be woken.
        log("operation_failed", reason=ended.reason)
        return {"error": str(ended)}
    log(ended.event, reason=ended.reason, duration_ms=round((time.monotonic() - started) * 1000))
    # Raised outside of the handlers, so that it carries no cause whose text Lambda would print.
    raise ended


def _common(
    configuration: Configuration,
    client: "SecretsManagerClient | None",
    verify: Callable[[Credential], Verdict] | None,
    pictory: Pictory,
    *,
    log: Log,
    now: datetime | None,
) -> dict[str, Any]:
    """What a step and an operation both stand on."""
    client = client or _client()
    secret = Versions(client, arn=configuration.secret_arn)
    return {
        "configuration": configuration,
        "secret": secret,
        "staging": Versions(client, arn=configuration.staging_secret_arn),
        "verify": verify or pictory.verify,
        "witness": Witness(secret=secret, newest_job=pictory.newest_job, log=log),
        "log": log,
        "now": now or datetime.now(UTC),
    }


def _step(
    step: str, *, secret_id: str, token: str, configuration: Configuration
) -> Callable[[Rotation], None]:
    if step not in _STEPS:
        raise InvalidRequestError("unknown_step", f"Step is one of {', '.join(_STEPS)}")
    if secret_id != configuration.secret_arn:
        raise InvalidRequestError("wrong_secret", "this function rotates the secret of its SECRET_ARN only")
    if not _TOKEN.fullmatch(token):
        raise InvalidRequestError(
            "wrong_token", "ClientRequestToken has 32 to 64 letters, digits and hyphens"
        )
    return _STEPS[step]


def _operation(name: str) -> Callable[[Operations], Answer]:
    if name not in _OPERATIONS:
        raise InvalidRequestError("unknown_operation", f"Operation is one of {', '.join(_OPERATIONS)}")
    return _OPERATIONS[name]


def _text(event: Mapping[str, Any], name: str) -> str:
    """The field, cut to what fits a log line; empty when it is missing or no text."""
    value = event.get(name)
    return value[:256] if isinstance(value, str) else ""


def _aws_reason(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ClientError):
        return f"{error.operation_name}:{error.response['Error']['Code']}"
    return type(error).__name__


@cache
def _client() -> "SecretsManagerClient":
    """Made once per execution environment; bounded, since the whole function is."""
    bounded = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})
    return boto3.client("secretsmanager", config=bounded)
