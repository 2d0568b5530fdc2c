"""Snippets for the policies of who may what."""

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet


def grant(stack: TerraformStack, broken: bool) -> None:
    bucket = aws.s3_bucket.S3Bucket(stack, "Bucket")
    statement = {
        "effect": "Allow",
        "actions": ["*"] if broken else ["s3:GetObject"],
        "resources": ["*"] if broken else [f"{bucket.arn}/reports/*"],
    }
    document = aws.data_aws_iam_policy_document.DataAwsIamPolicyDocument(stack, "Read", statement=[statement])
    aws.iam_policy.IamPolicy(stack, "Policy", policy=document.json)


SNIPPETS: dict[str, Snippet] = {
    "identity/least_actions": grant,
}
