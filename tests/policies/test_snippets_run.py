"""Snippets are what could be deployed: Terraform plans them, kept and broken, and Envoy would start as configured."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from policies.gateway._containers import TASK
from policies.gateway._envoy import bootstraps
from policies.stack import plan
from policies.stack.resource import Resource, Stack
from policies.stack.values import Unknown, walk
from sandbox.terraform import Terraform
from tests.policies.mutation.validating import Validator
from tests.policies.snippets import SNIPPETS
from tests.policies.snippets.synthesis import Synthesis
from tests.policies.test_real_plans import Workspace, contradicted, different, verdicts

# In the process of the other tests of snippets, which synthesizes once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("snippets")]

Json = dict[str, Any]

EMPTY_ZIP = b"PK\5\6" + bytes(18)

REFUSED = ("state/no_dangling_references", True)
"""What breaks a rule that is Terraform's own as well."""

WEB_ACLS = "firewall/"
"""Each takes the provider seconds to plan; `test_real_plans` plans the one that is deployed."""

DEPLOYABLE = [(place, broken) for place in SNIPPETS for broken in (False, True) if (place, broken) != REFUSED]


def test_policies_when_snippets_are_really_planned_then_have_the_verdicts_of_the_stacks(
    snippets: Synthesis, tmp_path: Path
) -> None:
    wanted = [one for one in DEPLOYABLE if not one[0].startswith(WEB_ACLS)]
    workspace = Workspace(_merged(snippets, tmp_path, wanted), tmp_path / "planned")
    stack, file = workspace.stack, workspace.plan()
    planned, alone = plan.load(file, stack), plan.load(file)
    for place, broken in wanted:
        prefix = _prefix(place, broken)
        expected = verdicts(_part(stack, prefix))
        assert different(verdicts(_part(planned, prefix)), expected) == [], prefix
        assert contradicted(verdicts(_part(alone, prefix)), expected) == {}, prefix


def test_web_acls_of_snippets_when_terraform_looks_at_them_then_are_valid(
    snippets: Synthesis, tmp_path: Path
) -> None:
    wanted = [one for one in DEPLOYABLE if one[0].startswith(WEB_ACLS)]
    folder = _merged(snippets, tmp_path, wanted)
    terraform = Terraform.find(folder=tmp_path)
    terraform.init(folder)
    said = terraform.run(["validate", "-json"], cwd=folder, timeout=240, accept=(0, 1)).lines
    found = json.loads("\n".join(said))["diagnostics"]
    assert [(one.get("address"), one["summary"], one["detail"]) for one in found] == []


def _part(stack: Stack, prefix: str) -> Stack:
    """One snippet out of all."""

    def of(blocks: Mapping[str, Resource]) -> dict[str, Resource]:
        return {address: block for address, block in blocks.items() if block.name.startswith(prefix)}

    return replace(stack, resources=of(stack.resources), data=of(stack.data))


def _merged(snippets: Synthesis, folder: Path, wanted: Sequence[tuple[str, bool]]) -> Path:
    """Snippets as one stack, in its folder: one run of Terraform instead of dozens."""
    merged: Json = {}
    for place, broken in wanted:
        _add(merged, snippets.file(place, broken=broken), prefix=_prefix(place, broken))
    stack = folder / "snippets-prod"
    stack.mkdir()
    (stack / "cdk.tf.json").write_text(json.dumps(merged), encoding="utf-8")
    (stack / "app.zip").write_bytes(EMPTY_ZIP)
    return stack


def _prefix(place: str, broken: bool) -> str:
    return f"{place.replace('/', '-')}-{'broken' if broken else 'kept'}-"


def _add(merged: Json, file: Path, *, prefix: str) -> None:
    """Put a stack's resources and data sources beside those of others, under names of their own."""
    text = file.read_text(encoding="utf-8")
    for type_, name in _blocks(json.loads(text)):
        text = re.sub(rf"\b{type_}\.{name}(?![\w-])", f"{type_}.{prefix}{name}", text)
    document = json.loads(text)
    for kind in ("provider", "terraform"):
        merged.setdefault(kind, document[kind])
    for kind in ("resource", "data"):
        for type_, named in document.get(kind, {}).items():
            others = merged.setdefault(kind, {}).setdefault(type_, {})
            others.update({f"{prefix}{name}": body for name, body in named.items()})


def _blocks(document: Json) -> Iterator[tuple[str, str]]:
    for kind in ("resource", "data"):
        for type_, named in document.get(kind, {}).items():
            yield from ((type_, name) for name in named)


@pytest.mark.envoy
@pytest.mark.parametrize("broken", [False, True], ids=["kept", "broken"])
def test_envoy_when_it_is_configured_as_in_a_snippet_then_would_start(
    snippets: Synthesis, tmp_path: Path, broken: bool
) -> None:
    validator = Validator(tmp_path)
    found = {
        place: configuration
        for place in SNIPPETS
        if place.startswith("gateway/envoy_")
        for task in snippets.stack(place, broken=broken).of(*TASK)
        for _, configuration in bootstraps(task)
    }
    # Those with names that come later, as Terraform gives them, are not whole yet.
    whole = [place for place in found if not any(isinstance(part, Unknown) for part in walk(found[place]))]
    assert len(found) - len(whole) == 2
    distinct = {json.dumps(found[place]): place for place in whole}
    said = {place: validator.complaint(found[place]) for place in distinct.values()}
    assert said == dict.fromkeys(said)
