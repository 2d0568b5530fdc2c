"""Why a step ended without success. No message ever holds a secret's value."""


class RotationError(Exception):
    """A step that must not count as done; Secrets Manager learns of it, since the function raises it.

    ``event`` is the kind of end and ``reason`` the case, both as they stand in the log.
    """

    event = "failed"

    def __init__(self, reason: str, advice: str) -> None:
        self.reason = reason
        super().__init__(f"{self.event}: {reason}: {advice}")


class InvalidRequestError(RotationError):
    """The call itself is wrong: step, secret or token. Nothing was touched."""

    event = "invalid_request"


class RefusedError(RotationError):
    """The candidate can never become the key. AWSPENDING was taken off: the next rotation starts clean."""

    event = "refused"


class NotVerifiedError(RotationError):
    """Pictory gave no verdict. AWSPENDING was taken off; the same candidate may be tried again."""

    event = "not_verified"


class MisconfiguredError(RotationError):
    """The function's environment lacks something, or holds something unusable."""

    event = "misconfigured"
