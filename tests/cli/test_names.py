"""The command line finds by name what the constructs make: both must name it alike."""

import json
from typing import Any

import pytest

from pictory_egress import cdk
from pictory_egress.credentials.keys import Keys
from pictory_egress.credentials.secrets import Secrets
from pictory_egress.credentials.settings import CredentialSettings
from pictory_egress.names import signing_alias
from tests.cli.conftest import ACCOUNT, REGION, SECRET, STAGING


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    stack = cdk.TerraformStack(cdk.App(), "names")
    cdk.aws.provider.AwsProvider(stack, "aws", region=REGION)
    name = "pictory-egress-sandbox"
    keys = Keys(stack, "Keys", name=name, account_id=ACCOUNT, region=REGION, protected=False)
    Secrets(
        stack,
        "Secrets",
        settings=CredentialSettings(),
        name=name,
        account_id=ACCOUNT,
        key_arn=keys.secrets_key_arn,
        protected=False,
    )
    return dict(json.loads(cdk.Testing.synth(stack))["resource"])


def test_secrets_when_made_have_the_names_that_the_command_line_uses(resources: dict[str, Any]) -> None:
    names = {secret["name"] for secret in resources["aws_secretsmanager_secret"].values()}
    assert names == {SECRET, STAGING}


def test_signing_key_when_made_has_the_alias_that_the_command_line_uses(resources: dict[str, Any]) -> None:
    aliases = {alias["name"] for alias in resources["aws_kms_alias"].values()}
    assert signing_alias("pictory-egress-sandbox", "1") in aliases
