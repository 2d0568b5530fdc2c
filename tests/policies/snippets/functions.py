"""Snippets for the policies of Lambda functions."""

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet
from tests.policies.snippets.surroundings import ACCOUNT, function, key, subnet, vpc


def known_invoker(stack: TerraformStack, broken: bool) -> None:
    secret = aws.secretsmanager_secret.SecretsmanagerSecret(stack, "Secret", name="pictory")
    aws.lambda_permission.LambdaPermission(
        stack, "MayRotate", action="lambda:InvokeFunction", function_name=function(stack).function_name,
        principal="secretsmanager.amazonaws.com", source_account=ACCOUNT, source_arn=None if broken else secret.arn,
    )  # fmt: skip


def supported_runtime(stack: TerraformStack, broken: bool) -> None:
    function(stack, runtime="python3.9" if broken else "python3.13")


def in_the_network(stack: TerraformStack, broken: bool) -> None:
    secret = aws.secretsmanager_secret.SecretsmanagerSecret(stack, "Secret", name="pictory")
    group = aws.security_group.SecurityGroup(stack, "Group", vpc_id=vpc(stack).id)
    place = aws.lambda_function.LambdaFunctionVpcConfig(
        subnet_ids=[subnet(stack, "a").id, subnet(stack, "b").id], security_group_ids=[group.id]
    )
    variables = aws.lambda_function.LambdaFunctionEnvironment(variables={"SECRET_ARN": secret.arn})
    function(stack, environment=variables, vpc_config=None if broken else place)


def failures_kept(stack: TerraformStack, broken: bool) -> None:
    failed = aws.sqs_queue.SqsQueue(stack, "Failed", name="failed")
    letters = aws.lambda_function.LambdaFunctionDeadLetterConfig(target_arn=failed.arn)
    traced = aws.lambda_function.LambdaFunctionTracingConfig(mode="PassThrough" if broken else "Active")
    function(stack, dead_letter_config=letters, tracing_config=traced)


def encrypted_environment(stack: TerraformStack, broken: bool) -> None:
    variables = {"variables": {"LOG_LEVEL": "INFO"}}
    function(stack, environment=variables, kms_key_arn=None if broken else key(stack).arn)


def bounded(stack: TerraformStack, broken: bool) -> None:
    function(stack, reserved_concurrent_executions=-1 if broken else 1)


SNIPPETS: dict[str, Snippet] = {
    "functions/known_invoker": known_invoker,
    "functions/supported_runtime": supported_runtime,
    "functions/in_the_network": in_the_network,
    "functions/failures_kept": failures_kept,
    "functions/encrypted_environment": encrypted_environment,
    "functions/bounded": bounded,
}
