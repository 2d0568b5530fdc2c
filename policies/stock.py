"""The policies in stock checkov: ``checkov --external-checks-dir policies``.

Stock checkov loads the files of folders that have an ``__init__.py``, one by one and without their package: this
one alone. It registers each policy as a graph check, since only those are given every resource of a file. The
file itself is then read as our own runner reads it: checkov's form of a resource has lost what some values were.
Whatever goes wrong is a failed check, since stock checkov drops a check that raises.
"""

import importlib
import os
import sys
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from checkov.common.bridgecrew.severities import Severities
from checkov.common.checks_infra.registry import get_graph_checks_registry
from checkov.common.graph.checks_infra.base_check import BaseGraphCheck
from checkov.runner_filter import RunnerFilter

_FOLDER = Path(__file__).resolve().parent
Vertices = list[dict[str, Any]]


def _module(name: str) -> Any:
    """A module of the package that this file stands in, whatever the package is called."""
    if str(_FOLDER.parent) not in sys.path:
        sys.path.append(str(_FOLDER.parent))
    return importlib.import_module(f"{_FOLDER.name}.{name}")


catalogue, verdict = _module("policy.catalogue"), _module("policy.verdict")
plan, synthesized = _module("stack.plan"), _module("stack.synthesized")


@lru_cache(maxsize=64)
def _stack(file: Path) -> Any:
    if file.name.endswith(".tf.json"):
        return synthesized.load(file)
    beside = file.with_name("cdk.tf.json")
    return plan.load(file, synthesized.load(beside) if beside.exists() else None)


class StockCheck(BaseGraphCheck):  # type: ignore[misc]  # checkov ships no types
    """One of our policies as checkov's graph check."""

    def __init__(self, policy: Any) -> None:
        super().__init__()
        self.id = policy.id
        self.name = policy.title
        self.guideline = f"{policy.why} {policy.remedy}"
        self.severity = Severities[policy.severity.upper()]
        self.frameworks = ["terraform"]
        self._policy = policy

    def run(self, graph_connector: Any) -> tuple[Vertices, Vertices, Vertices]:
        """The resources that keep the rule, those that break it, and those of which it cannot be said."""
        try:
            return self._sorted(graph_connector)
        except BaseException as error:
            # checkov runs this in a thread and never asks how it ended: nothing else can stop a green end.
            print(f"{self.id}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(2)

    def _sorted(self, graph: Any) -> tuple[Vertices, Vertices, Vertices]:
        by_file: dict[Path, dict[str, dict[str, Any]]] = defaultdict(dict)
        # rustworkx and networkx, the two that checkov may use, differ in this one call.
        nodes = graph.nodes(data=True) if hasattr(graph, "is_directed") else graph.nodes()
        for _, data in nodes:
            if data.get("block_type_") == "resource":
                address = data.get("__address__") or data.get("block_name_")
                by_file[Path(str(data.get("file_path_")))][str(address)] = data
        if not by_file and any("terraform_json" in argument for argument in sys.argv):
            # checkov counts a file that it cannot read, one with required_version in it for example, and goes on.
            raise ValueError("checkov read no resource: nothing was checked; `python -m policies` says why")
        results: dict[Any, Vertices] = {outcome: [] for outcome in verdict.Outcome}
        for file, vertices in by_file.items():
            for address, outcome in self._outcomes(file, vertices):
                # The stack's own settings are no resource to checkov: its first one stands for them.
                results[outcome].append(vertices.get(address) or next(iter(vertices.values())))
        outcomes = verdict.Outcome
        return results[outcomes.PASS], results[outcomes.FAIL], results[outcomes.UNKNOWN]

    def _outcomes(self, file: Path, vertices: dict[str, Any]) -> list[tuple[str, Any]]:
        if file.suffix != ".json":
            return []
        try:
            return [(v.resource.address, v.outcome) for v in verdict.judge(self._policy, _stack(file))]
        except Exception as error:
            print(f"{self.id}: {file}: {error}", file=sys.stderr)
            types = self._policy.types
            return [(a, verdict.Outcome.FAIL) for a, v in vertices.items() if v.get("resource_type") in types]


def _register() -> None:
    policies, failures = catalogue.load()
    if failures:
        # Stock checkov only logs a folder that does not load, and ends green: stop it here.
        print("\n".join(map(str, failures)), file=sys.stderr)
        raise SystemExit(2)
    registry = get_graph_checks_registry("terraform")
    known = {check.id for check in registry.checks}
    for policy in policies.values():
        if policy.id not in known:
            RunnerFilter.notify_external_check(policy.id)
            registry.checks.append(StockCheck(policy))


_register()
