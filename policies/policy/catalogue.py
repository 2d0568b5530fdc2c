"""Finds all policies: each file in the folders that are named after what they guard holds one."""

import importlib
from collections import defaultdict
from pathlib import Path
from typing import Final

from ..stack.problems import Failure
from .policy import Policy

GUARDED: Final = (
    "egress", "load_balancer", "gateway", "firewall", "secrets", "keys", "functions", "identity", "logs", "alarms",
    "state",
)  # fmt: skip
"""Folders of policies, in the order of a request's way."""

ROOT: Final = Path(__file__).parent.parent
_PACKAGE: Final = __name__.removesuffix(".policy.catalogue")


def load(root: Path = ROOT, package: str = _PACKAGE) -> tuple[dict[str, Policy], list[Failure]]:
    """All policies by their place (``egress/open_egress``), and what kept any from being loaded."""
    policies: dict[str, Policy] = {}
    failures: list[Failure] = []
    for folder in GUARDED:
        files = sorted(path for path in (root / folder).glob("*.py") if not path.name.startswith("_"))
        if not files:
            failures.append(
                Failure("policy-folder-missing", str(root / folder), "no policies here: reinstall them")
            )
        for file in files:
            place = f"{folder}/{file.stem}"
            try:
                policy = importlib.import_module(f"{package}.{folder}.{file.stem}").POLICY
                if not isinstance(policy, Policy):
                    raise TypeError(f"POLICY is a {type(policy).__name__}, not a Policy")
                policies[place] = policy
            except Exception as error:  # whatever a policy's file does wrong, the run must say so and go on
                message = f"does not load ({type(error).__name__}: {error}): mend the file"
                failures.append(Failure("policy-does-not-load", str(file), message))
    return dict(sorted(policies.items(), key=_by_folder)), failures + _duplicates(policies)


def _by_folder(item: tuple[str, Policy]) -> tuple[int, int]:
    return GUARDED.index(item[0].split("/")[0]), item[1].number


def _duplicates(policies: dict[str, Policy]) -> list[Failure]:
    places = defaultdict(list)
    for place, policy in policies.items():
        places[policy.id].append(place)
    return [
        Failure(
            "duplicate-policy-id", ", ".join(sorted(found)), f"all have {id_}: give each a number of its own"
        )
        for id_, found in places.items()
        if len(found) > 1
    ]
