"""Findings that were accepted where the resource is made, as ``pictory_egress.acknowledge`` writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .problems import StackError


@dataclass(frozen=True)
class Acknowledgement:
    """What ``policy`` finds on one resource is accepted by ``owner`` for ``reason``, up to and with ``until``."""

    policy: str
    reason: str
    owner: str
    until: date


def read(file: Path, address: str, body: Mapping[str, Any]) -> tuple[Acknowledgement, ...]:
    """The acknowledgements in the comment of a resource, or of a stack.

    Raises
    ------
    StackError
        One has not the form that ``acknowledge`` gives it.
    """
    comment = body.get("//")
    if not isinstance(comment, Mapping) or "acknowledged" not in comment:
        return ()
    try:
        return tuple(_one(policy, entry) for policy, entry in comment["acknowledged"].items())
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StackError(
            "bad-acknowledgement",
            file,
            f"{address}: {type(error).__name__}: {error}: write it with pictory_egress.acknowledge",
        ) from None


def _one(policy: str, entry: Mapping[str, Any]) -> Acknowledgement:
    reason, owner = str(entry["reason"]).strip(), str(entry["owner"]).strip()
    if not reason or not owner:
        raise ValueError(f"{policy} without reason or owner")
    return Acknowledgement(
        policy=policy, reason=reason, owner=owner, until=date.fromisoformat(entry["until"])
    )
