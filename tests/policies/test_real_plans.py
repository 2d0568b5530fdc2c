"""What Terraform and its AWS provider plan, without any AWS: each policy says of it what it says of the stack."""

import json
import re
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from policies.policy import catalogue
from policies.policy.verdict import Outcome, judge
from policies.stack import plan, synthesized
from policies.stack.resource import TERRAFORM, Stack
from sandbox.terraform import Terraform, TerraformError
from tests.policies.test_mutations import Json, Production

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plans")]

POLICIES = list(catalogue.load()[0].values())
Verdicts = dict[tuple[str, str], Outcome]

# Nothing is there yet, so nothing is asked for: neither who one is, nor for any state.
OFFLINE = {
    "terraform": {"backend": {"local": {}}},
    "provider": {
        "aws": {
            "allowed_account_ids": [],
            "skip_credentials_validation": True,
            "skip_metadata_api_check": True,
            "skip_requesting_account_id": True,
        }
    },
}


# Mostly arguments that the provider insists on: each that it refuses costs another plan.
REFUSED = ("unlink", "drop-item", "drop-block")


class Workspace:
    """A synthesized stack's folder, copied, in which Terraform plans it."""

    def __init__(self, stack: Path, folder: Path) -> None:
        self.folder = folder / stack.name
        shutil.copytree(stack, self.folder)
        (self.folder / "offline_override.tf.json").write_text(json.dumps(OFFLINE), encoding="utf-8")
        credentials = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
        self._terraform = Terraform.find(folder=folder, variables=credentials)
        self._terraform.init(self.folder)

    @property
    def stack(self) -> Stack:
        """The stack as it stands."""
        return synthesized.load(self.folder / "cdk.tf.json")

    def write(self, document: Json) -> None:
        """Put another stack in its place."""
        (self.folder / "cdk.tf.json").write_text(json.dumps(document, indent=2), encoding="utf-8")

    def plan(self) -> Path:
        """Plan it; raises TerraformError when it cannot be."""
        kept = self.folder / "kept.tfplan"
        self._terraform.plan(self.folder, timeout=240, out=kept)
        file = self.folder / "plan.json"
        file.write_text(json.dumps(self._terraform.show(self.folder, kept)), encoding="utf-8")
        return file


def verdicts(stack: Stack) -> Verdicts:
    return {
        (verdict.policy.id, verdict.resource.address): verdict.outcome
        for policy in POLICIES
        for verdict in judge(policy, stack)
        if verdict.resource.address != TERRAFORM
    }


def different(one: Verdicts, other: Verdicts) -> list[tuple[str, str]]:
    return sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


def contradicted(alone: Verdicts, expected: Verdicts) -> dict[tuple[str, str], Outcome]:
    """What a plan without its stack says otherwise. It holds no ``lifecycle``: that is unknown, and never a pass."""
    return {key: alone[key] for key in different(alone, expected) if alone[key] is not Outcome.UNKNOWN}


@pytest.mark.parametrize("name", ["pictory-egress-prod", "pictory-egress-staging"])
def test_policies_when_a_stack_is_really_planned_then_have_the_verdicts_of_the_stack(
    outdir: Path, tmp_path: Path, name: str
) -> None:
    workspace = Workspace(outdir / "stacks" / name, tmp_path)
    file = workspace.plan()
    expected = verdicts(workspace.stack)
    assert len(expected) > 500
    assert different(verdicts(plan.load(file, workspace.stack)), expected) == []
    assert contradicted(verdicts(plan.load(file)), expected) == {}


def test_policies_when_a_hundred_weakenings_are_really_planned_then_find_in_the_plan_what_they_find_in_the_stack(
    outdir: Path, tmp_path: Path
) -> None:
    production = Production(outdir / "stacks" / "pictory-egress-prod" / "cdk.tf.json")
    workspace = Workspace(production.file.parent, tmp_path)
    file, weakened = _planned(production, workspace)
    assert weakened > 100
    expected = verdicts(workspace.stack)
    assert len({address for (_, address), outcome in expected.items() if outcome is Outcome.FAIL}) > 60
    assert different(verdicts(plan.load(file, workspace.stack)), expected) == []
    assert contradicted(verdicts(plan.load(file)), expected) == {}


def _planned(production: Production, workspace: Workspace) -> tuple[Path, int]:
    """Production with one weakening of each of its resources, planned; those that Terraform refuses are left out."""
    by_address = defaultdict(list)
    for weakening in production.weakenings:
        if weakening.path and weakening.address != TERRAFORM and weakening.operator not in REFUSED:
            by_address[weakening.address].append(weakening)
    chosen = {address: found[7 % len(found)] for address, found in by_address.items()}
    while True:
        document: Json = json.loads(json.dumps(production.document))
        for address, weakening in chosen.items():
            type_, name = address.split(".", 1)
            document["resource"][type_][name] = production.body(weakening)
        workspace.write(document)
        try:
            return workspace.plan(), len(chosen)
        except TerraformError as error:
            named = set(re.findall(r"aws_\w+\.[\w-]+", str(error))) & set(chosen)
            if not named:
                raise
            for address in named:
                del chosen[address]
