"""What AWS takes in descriptions, by its documentation: the local AWS takes anything, and so hid a refused deployment."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

# Amazon EC2 API Reference, CreateSecurityGroup, GroupDescription; rules of groups have the same.
EC2: Final = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
DESCRIBED: Final = (
    "aws_security_group", "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule",
)  # fmt: skip


def described(outdir: Path) -> Iterator[tuple[str, str, str]]:
    """Stack, resource and description of everything whose description EC2 stores."""
    for file in sorted(outdir.glob("stacks/*/cdk.tf.json")):
        resources: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["resource"]
        for type_ in DESCRIBED:
            for name, resource in resources.get(type_, {}).items():
                yield file.parent.name, name, resource["description"]


def test_description_when_ec2_stores_it_then_it_has_only_what_ec2_takes(outdir: Path) -> None:
    found = list(described(outdir))
    assert len({stack for stack, _, _ in found}) == 4
    assert len(found) > 40
    refused = [one for one in found if not EC2.fullmatch(one[2])]
    assert not refused
