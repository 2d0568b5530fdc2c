"""Runs checkov's own policies, in this process, so that none of them can fail without being noticed.

Stock checkov drops the verdict of a policy that raises, and cannot read a stack that names the version of
Terraform it needs. So the policies are called here one by one, over definitions in checkov's own form.
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..stack.problems import Failure

_PLACE = {"__startline__": 1, "__endline__": 1}


@dataclass(frozen=True)
class Result:
    """That a resource breaks (or keeps) one of checkov's policies."""

    id: str
    title: str
    address: str
    passed: bool
    guideline: str | None = None


def check(file: Path, *, is_plan: bool) -> tuple[list[Result], int, list[Failure]]:
    """The results for one file, how many resources checkov saw in it, and what kept it from a verdict."""
    disabled = logging.root.manager.disable
    # What checkov logs of a policy that raises is reported by name below.
    logging.disable(logging.CRITICAL)
    try:
        return _check(file, is_plan=is_plan)
    finally:
        logging.disable(disabled)


def preload() -> None:
    """Load checkov and its policies, so that processes which start from this one need not."""
    from checkov.terraform_json.runner import TerraformJsonRunner

    TerraformJsonRunner().graph_registry.load_checks()


def _check(file: Path, *, is_plan: bool) -> tuple[list[Result], int, list[Failure]]:
    # Loaded on use: it takes a second, and policies of our own need none of it.
    left_out: frozenset[str] = frozenset()
    if is_plan:
        from checkov.terraform.plan_runner import TF_LIFECYCLE_CHECK_IDS, Runner

        runner, left_out = Runner(), frozenset(TF_LIFECYCLE_CHECK_IDS)
    else:
        from checkov.terraform_json.runner import TerraformJsonRunner

        runner = TerraformJsonRunner()
    definitions = _of_plan(file) if is_plan else _of_synthesized(file)
    if not definitions:
        return (
            [],
            0,
            [Failure("parse-error", str(file), "checkov does not read it: synthesize or plan again")],
        )
    results: list[Result] = []
    failures: list[Failure] = []
    for kind, registry in runner.block_type_registries.items():
        for address, type_, body in _entities(definitions, kind, is_plan=is_plan):
            for rule in registry.get_checks(type_):
                if rule.id in left_out:
                    continue
                outcome = _run(rule, file, address, type_, body, failures)
                if outcome in ("PASSED", "FAILED"):
                    results.append(Result(rule.id, rule.name, address, outcome == "PASSED", rule.guideline))
    results += _graph(runner, definitions, file, is_plan=is_plan, failures=failures)
    seen = sum(1 for _ in _entities(definitions, "resource", is_plan=is_plan))
    return results, seen, failures


def _run(rule: Any, file: Path, address: str, type_: str, body: Any, failures: list[Failure]) -> str:
    try:
        result = rule.run(
            scanned_file=str(file),
            entity_configuration=body,
            entity_name=address,
            entity_type=type_,
            skip_info={},
        )
    except Exception as error:
        failures.append(_raised(rule.id, file, address, error))
        return "UNKNOWN"
    outcome = result["result"]
    if isinstance(outcome, tuple):
        outcome = outcome[0]
    return str(outcome.name)


def _graph(
    runner: Any, definitions: Any, file: Path, *, is_plan: bool, failures: list[Failure]
) -> Iterator[Result]:
    render = {"render_variables": False} if is_plan else {}
    runner.graph_manager.save_graph(runner.graph_manager.build_graph_from_definitions(definitions, **render))
    graph = runner.graph_manager.get_reader_endpoint()
    registry = runner.graph_registry
    registry.load_checks()
    for rule in registry.checks:
        try:
            passed, failed, _ = rule.run(graph)
        except Exception as error:
            failures.append(_raised(rule.id, file, "the graph", error))
            continue
        for vertices, kept in ((passed, True), (failed, False)):
            for vertex in vertices:
                address = vertex.get("__address__") or vertex.get("id") or vertex.get("block_name_")
                yield Result(rule.id, rule.name, str(address), kept, rule.guideline)


def _raised(id_: str, file: Path, address: str, error: Exception) -> Failure:
    message = f"raised {type(error).__name__}: {error}: its verdict is missing; report it to checkov, and leave it out"
    return Failure("policy-raised", f"{file}: {address}: {id_}", message)


def _of_synthesized(file: Path) -> dict[str, Any]:
    from checkov.terraform_json.parser import prepare_definition

    document = json.loads(file.read_text(encoding="utf-8"))
    # A bare value here, such as required_version, is what stock checkov stops at.
    document["terraform"] = {
        k: v for k, v in document.get("terraform", {}).items() if isinstance(v, dict | list)
    }
    for kind in ("resource", "data"):
        for named in document.get(kind, {}).values():
            for body in named.values():
                body |= _PLACE
    for kind in ("output", "variable", "module"):
        for body in document.get(kind, {}).values():
            body |= _PLACE
    for configurations in document.get("provider", {}).values():
        for body in configurations if isinstance(configurations, list) else [configurations]:
            body |= _PLACE
    return {str(file): prepare_definition(document)}


def _of_plan(file: Path) -> dict[str, Any]:
    from checkov.runner_filter import RunnerFilter
    from checkov.terraform.plan_utils import create_definitions

    errors: dict[str, str] = {}
    definitions, _ = create_definitions(None, [str(file)], RunnerFilter(), errors)
    return {} if errors else dict(definitions or {})


def _entities(definitions: Any, kind: str, *, is_plan: bool) -> Iterator[tuple[str, str, Any]]:
    for definition in definitions.values():
        for entity in definition.get(kind, []):
            for type_, named in entity.items():
                if kind in ("provider", "module"):
                    yield f"{kind}.{type_}", type_, named
                    continue
                for name, body in named.items():
                    prefix = "data." if kind == "data" else ""
                    address = body.get("__address__") if is_plan else f"{prefix}{type_}.{name}"
                    yield str(address), type_, body
