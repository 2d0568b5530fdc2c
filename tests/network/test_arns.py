"""The account of an ARN, known now or only at deployment."""

import json

from pictory_egress.arns import account_of
from pictory_egress.cdk import TerraformOutput, TerraformStack, Testing, aws


def test_account_when_arn_is_text_then_read_from_it() -> None:
    assert account_of("arn:aws:kms:us-east-2:111111111111:key/a") == "111111111111"


def test_account_when_arn_is_a_token_then_terraform_reads_it() -> None:
    stack = TerraformStack(Testing.app(), "stack")
    key = aws.kms_key.KmsKey(stack, "Key", description="a key")
    TerraformOutput(stack, "account", value=account_of(key.arn))
    output = json.loads(Testing.synth(stack))["output"]["account"]["value"]
    assert output == '${element(split(":", aws_kms_key.Key.arn), 4)}'
