"""Snippets are what could be deployed: Terraform takes each, kept and broken, and Envoy would start with its configuration."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.gateway._containers import TASK
from policies.gateway._envoy import bootstraps
from policies.stack.values import Unknown, walk
from sandbox.terraform import Terraform
from tests.policies.mutation.validating import Validator
from tests.policies.snippets import SNIPPETS
from tests.policies.snippets.synthesis import Synthesis

# In the process of the other tests of snippets, which synthesizes once.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("snippets")]

Json = dict[str, Any]

REFUSED = {("state/no_dangling_references", True)}
"""What breaks a rule that is Terraform's own as well."""


def test_snippets_when_terraform_looks_at_them_then_are_valid(snippets: Synthesis, tmp_path: Path) -> None:
    first = json.loads(snippets.file(next(iter(SNIPPETS)), broken=False).read_text(encoding="utf-8"))
    merged: Json = {"terraform": {"required_providers": first["terraform"]["required_providers"]}}
    for place in SNIPPETS:
        for broken in (False, True):
            if (place, broken) not in REFUSED:
                _add(merged, snippets.file(place, broken=broken), prefix=_prefix(place, broken))
    (tmp_path / "cdk.tf.json").write_text(json.dumps(merged), encoding="utf-8")
    terraform = Terraform.find(folder=tmp_path)
    terraform.init(tmp_path)
    said = terraform.run(["validate", "-json"], cwd=tmp_path, timeout=240, accept=(0, 1)).lines
    found = json.loads("\n".join(said))["diagnostics"]
    assert [(one.get("address"), one["summary"], one["detail"]) for one in found] == []


def _prefix(place: str, broken: bool) -> str:
    return f"{place.replace('/', '-')}-{'broken' if broken else 'kept'}-"


def _add(merged: Json, file: Path, *, prefix: str) -> None:
    """Put a stack's resources and data sources beside those of others: one run of Terraform instead of hundreds."""
    text = file.read_text(encoding="utf-8")
    for type_, name in _blocks(json.loads(text)):
        text = re.sub(rf"\b{type_}\.{name}(?![\w-])", f"{type_}.{prefix}{name}", text)
    document = json.loads(text)
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
