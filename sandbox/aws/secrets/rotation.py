"""A rotation as Secrets Manager runs it: the function is called once a step, nothing is promoted for it."""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.aws.secrets.store import Secret
from sandbox.aws.secrets.versions import CURRENT, SecretError, not_found

log = logging.getLogger(__name__)
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
PRINCIPAL = "secretsmanager.amazonaws.com"


class FunctionError(Exception):
    """The rotation function ended with an error, in time or not, or was throttled."""


class Functions(Protocol):
    """What rotation needs of Lambda."""

    def resource_policy(self, arn: str) -> list[dict[str, Any]]:
        """The function's policy statements; raises KeyError when there is no such function."""

    def call(self, arn: str, event: dict[str, Any]) -> None:
        """Invoke and wait; raises FunctionError."""


@dataclass(frozen=True)
class Rotator:
    """Runs rotations in the background.

    ``announce(secret, event name, reason)`` tells of what happened; ``lock`` guards the secrets' state and is
    not held while the function runs.
    """

    functions: Functions
    announce: Callable[[Secret, str, str], None]
    lock: threading.RLock
    attempts: int = 1
    clock: Callable[[], float] = time.time

    def check(self, *, function_arn: str, secret: Secret) -> None:
        """Refuse a function that does not exist, or whose policy does not let Secrets Manager call it."""
        try:
            statements = self.functions.resource_policy(function_arn)
        except KeyError:
            raise not_found(f"Lambda function not found: {function_arn}") from None
        if not any(allows(statement, secret_arn=secret.arn) for statement in statements):
            raise SecretError(
                "AccessDeniedException",
                "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function "
                f"policy grants access to the principal {PRINCIPAL}.",
            )

    def start(self, secret: Secret, *, token: str) -> None:
        """Make the AWSPENDING version and run the four steps in the background."""
        secret.versions.begin_rotation(token=token, now=self.clock())
        assert secret.rotation is not None
        secret.rotation.running = token
        self._in_background(self._rotate, secret, token)

    def test(self, secret: Secret, *, token: str) -> None:
        """Test a configuration with testSecret alone, on an AWSPENDING version that is then removed."""
        secret.versions.begin_rotation_test(token=token, now=self.clock())
        self._in_background(self._test, secret, token)

    def _rotate(self, secret: Secret, token: str) -> None:
        self.announce(secret, "RotationStarted", "")
        for attempt in range(1, self.attempts + 1):
            reason = self._steps(secret, token)
            if reason is None:
                self.announce(secret, "RotationSucceeded", "")
                break
            log.info("rotation of %s, attempt %d: %s", secret.name, attempt, reason)
            if not self._is_mine(secret, token):
                self.announce(secret, "RotationAbandoned", reason)
                return
            self.announce(secret, "RotationFailed", reason)
        with self.lock:
            if secret.rotation and secret.rotation.running == token:
                secret.rotation.running = None

    def _steps(self, secret: Secret, token: str) -> str | None:
        for step in STEPS:
            if not self._is_mine(secret, token):
                return f"cancelled before {step}"
            try:
                self._call(secret, token, step)
            except FunctionError as error:
                return f"{step}: {error}"
        with self.lock:
            version = secret.versions.holder(CURRENT)
        if version is None or version.id != token:
            return "finishSecret ended without moving AWSCURRENT to the new version"
        return None

    def _test(self, secret: Secret, token: str) -> None:
        self.announce(secret, "TestRotationStarted", "")
        try:
            self._call(secret, token, "testSecret")
        except FunctionError as error:
            self.announce(secret, "TestRotationFailed", f"testSecret: {error}")
        else:
            self.announce(secret, "TestRotationSucceeded", "")
        finally:
            with self.lock:
                secret.versions.end_rotation_test(token=token)

    def _call(self, secret: Secret, token: str, step: str) -> None:
        assert secret.rotation is not None
        event = {
            "Step": step,
            "SecretId": secret.arn,
            "ClientRequestToken": token,
            "RotationToken": str(uuid.uuid4()),
        }
        self.functions.call(secret.rotation.function_arn, event)

    @staticmethod
    def _is_mine(secret: Secret, token: str) -> bool:
        return secret.rotation is not None and secret.rotation.enabled and secret.rotation.running == token

    @staticmethod
    def _in_background(work: Callable[[Secret, str], None], secret: Secret, token: str) -> None:
        threading.Thread(target=work, args=(secret, token), name=f"rotate {secret.name}", daemon=True).start()


def allows(statement: dict[str, Any], *, secret_arn: str) -> bool:
    """Whether one statement of a function's policy lets Secrets Manager call it for this secret."""
    principal = statement.get("Principal", {})
    services = principal.get("Service", []) if isinstance(principal, dict) else principal
    if PRINCIPAL not in ([services] if isinstance(services, str) else services):
        return False
    if statement.get("Effect") != "Allow" or "lambda:InvokeFunction" not in json.dumps(
        statement.get("Action")
    ):
        return False
    account = secret_arn.split(":")[4]
    known = {"aws:sourceaccount": account, "aws:sourcearn": secret_arn}
    for wanted in statement.get("Condition", {}).values():
        for key, values in wanted.items():
            options = [values] if isinstance(values, str) else values
            if not any(_like(str(option), known.get(key.lower(), "")) for option in options):
                return False
    return True


def _like(pattern: str, value: str) -> bool:
    head, star, tail = pattern.partition("*")
    return value.startswith(head) and value.endswith(tail) if star else value == pattern
