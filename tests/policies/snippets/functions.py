"""Snippets for the policies of functions."""

import json

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet


def function(stack: TerraformStack, broken: bool) -> None:
    role = aws.iam_role.IamRole(stack, "Role", assume_role_policy=json.dumps({"Statement": []}))
    aws.lambda_function.LambdaFunction(
        stack, "Function", function_name="rotate", role=role.arn, handler="app.handler", filename="app.zip",
        runtime="python3.9" if broken else "python3.13",
    )  # fmt: skip


SNIPPETS: dict[str, Snippet] = {
    "functions/supported_runtime": function,
}
