"""The provider's own opinion of the web ACL: nothing else reads the keys of its rules."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.terraform import Terraform


@pytest.mark.slow
def test_firewall_when_validated_then_the_provider_takes_every_key(synthesize: Any, tmp_path: Path) -> None:
    made = synthesize(allowed_cidrs=["10.0.0.0/8", "fd00::/8"], managed_rules="count")
    (tmp_path / "cdk.tf.json").write_text(made.text, encoding="utf-8")
    terraform = Terraform.find(folder=tmp_path)
    terraform.init(tmp_path)
    assert "The configuration is valid" in terraform.validate(tmp_path).text
