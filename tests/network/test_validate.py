"""The provider's own opinion of the network, with everything that the local AWS cannot hold."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.terraform import Terraform


@pytest.mark.slow
def test_network_when_validated_then_the_provider_takes_every_attribute(made: Any, tmp_path: Path) -> None:
    (tmp_path / "cdk.tf.json").write_text(made.text, encoding="utf-8")
    terraform = Terraform.find(folder=tmp_path)
    terraform.init(tmp_path)
    assert "The configuration is valid" in terraform.validate(tmp_path).text
