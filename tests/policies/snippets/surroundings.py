"""What stands around what a snippet is about: the network, the key and the log of a stack, made when first asked for."""

from typing import Any

from pictory_egress.cdk import TerraformStack, aws

ACCOUNT = "111111111111"


def vpc(stack: TerraformStack) -> Any:
    """The stack's VPC."""
    return stack.node.try_find_child("Vpc") or aws.vpc.Vpc(stack, "Vpc", cidr_block="10.0.0.0/16")


def subnet(stack: TerraformStack, zone: str) -> Any:
    """The subnet in one availability zone: ``a`` or ``b``."""
    name = f"Subnet{zone.upper()}"
    return stack.node.try_find_child(name) or aws.subnet.Subnet(
        stack, name, vpc_id=vpc(stack).id, availability_zone=f"us-east-2{zone}",
        cidr_block=f"10.0.{'ab'.index(zone)}.0/24",
    )  # fmt: skip


def balancer(stack: TerraformStack, **settings: Any) -> Any:
    """A load balancer, internal unless ``settings`` say otherwise."""
    return stack.node.try_find_child("Balancer") or aws.lb.Lb(
        stack, "Balancer", **{"internal": True, "subnets": ["subnet-1", "subnet-2"], **settings}
    )


def function(stack: TerraformStack, **settings: Any) -> Any:
    """A Lambda function: its ``settings`` go before what stands here."""
    return aws.lambda_function.LambdaFunction(
        stack, "Rotate", **{
            "function_name": "rotate", "role": f"arn:aws:iam::{ACCOUNT}:role/rotate", "filename": "app.zip",
            "handler": "app.handler", "runtime": "python3.13", **settings,
        },
    )  # fmt: skip


def key(stack: TerraformStack) -> Any:
    """A customer key."""
    return stack.node.try_find_child("Key") or aws.kms_key.KmsKey(stack, "Key", enable_key_rotation=True)


def log_group(stack: TerraformStack) -> Any:
    """A log group."""
    return stack.node.try_find_child("Log") or aws.cloudwatch_log_group.CloudwatchLogGroup(
        stack, "Log", name="gateway"
    )


def topic(stack: TerraformStack) -> Any:
    """A topic that tells somebody."""
    return stack.node.try_find_child("Topic") or aws.sns_topic.SnsTopic(stack, "Topic", name="alarms")
