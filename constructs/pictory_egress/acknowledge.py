"""Accepts a policy's finding on one resource: for a reason, by somebody, until a day."""

import re
from datetime import date
from typing import Final

from pictory_egress.cdk import TerraformElement, TerraformStack

FIELD: Final = "acknowledged"
"""Where the policies look, in the comment (``"//"``) of a synthesized resource or stack."""

_POLICY: Final = re.compile(r"CKV2?_[A-Z]+_\d+")
_SHORTEST_REASON: Final = 15


def acknowledge(
    construct: TerraformElement | TerraformStack, policy: str, *, reason: str, owner: str, until: date
) -> None:
    """Accept what ``policy`` finds on ``construct``, a resource or, for the stack's own settings, a stack.

    The finding comes back on the day after ``until``. Every report lists it; one that accepts nothing is itself
    a finding, and so is one of a critical policy in production.

    Parameters
    ----------
    construct
        The very resource that the finding names, not a construct that holds it.
    policy
        Such as ``CKV_PICTORY_4`` or ``CKV2_AWS_57``.
    reason
        Why the finding does no harm here, in a sentence.
    owner
        Who answers for it: a team's name.
    until
        The last day on which it holds.

    Raises
    ------
    TypeError
        ``construct`` is no resource and no stack.
    ValueError
        ``policy``, ``reason`` or ``owner`` says nothing.
    """
    if not isinstance(construct, TerraformElement | TerraformStack):
        raise TypeError(
            f"acknowledge {policy}: {type(construct).__name__} is no resource: give the resource that the finding names"
        )
    where = f"{construct.node.path}: acknowledge {policy}"
    if not _POLICY.fullmatch(policy):
        raise ValueError(
            f"{where}: policy {policy!r} is no id: write it as the finding does, such as 'CKV_PICTORY_4'"
        )
    if len(reason.strip()) < _SHORTEST_REASON:
        raise ValueError(
            f"{where}: reason {reason!r} says too little: write a sentence on why it does no harm here"
        )
    if not owner.strip():
        raise ValueError(f"{where}: owner is empty: name the team that answers for it")
    construct.add_override(
        f"//.{FIELD}.{policy}", {"reason": reason.strip(), "owner": owner.strip(), "until": until.isoformat()}
    )
