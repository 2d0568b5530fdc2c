"""What a policy says of one resource."""

from dataclasses import dataclass
from enum import StrEnum

from ..stack.resource import Resource, Stack
from ..stack.values import NotKnownError
from .policy import Policy


class Outcome(StrEnum):
    """``UNKNOWN`` is no pass: the value that decides is not known before the stack is applied."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Verdict:
    """The outcome of one policy for one resource, with a sentence for each reason."""

    policy: Policy
    resource: Resource
    outcome: Outcome
    reasons: tuple[str, ...] = ()


class PolicyError(Exception):
    """A policy raised instead of judging: its author's mistake, or a resource of a shape it did not expect."""

    def __init__(self, policy: Policy, resource: Resource, error: Exception) -> None:
        self.policy, self.resource = policy, resource
        super().__init__(f"{policy.id} on {resource.address}: {type(error).__name__}: {error}")


def judge(policy: Policy, stack: Stack) -> list[Verdict]:
    """The verdicts of ``policy`` on every resource of ``stack`` that it is about.

    Raises
    ------
    PolicyError
        The policy did not come to a verdict.
    """
    return [judge_one(policy, resource, stack) for resource in stack.of(*policy.types)]


def judge_one(policy: Policy, resource: Resource, stack: Stack) -> Verdict:
    """The verdict of ``policy`` on ``resource``."""
    reasons: list[str] = []
    try:
        for reason in policy.judge(resource, stack):
            reasons.append(reason)
    except NotKnownError as error:
        if not reasons:
            return Verdict(policy, resource, Outcome.UNKNOWN, (str(error),))
    except Exception as error:
        raise PolicyError(policy, resource, error) from error
    return Verdict(policy, resource, Outcome.FAIL if reasons else Outcome.PASS, tuple(dict.fromkeys(reasons)))
