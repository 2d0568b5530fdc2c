"""What may pass each VPC endpoint: the calls that tasks and the rotation function make, by this account only.

Without them, stolen credentials of any account could carry data out through the private path.
"""

from typing import Final

from pictory_egress.api.hosts import UPLOAD_HOST
from pictory_egress.iam import document, statement
from pictory_egress.names import registry_table
from pictory_egress.network.dns_names import layer_bucket

_PULL: Final = (
    "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
)  # fmt: skip


def interface_policies(*, region: str, account_id: str) -> dict[str, str]:
    """Policy documents by service, such as ``secretsmanager``; the keys are the endpoints to make."""

    pull = _own(account_id, "PullImages", actions=_PULL, resource="*")
    return {
        # Images may lie in another account's registry, and a registry token has no resource.
        "ecr.api": pull,
        "ecr.dkr": pull,
        "kms": _own(
            account_id,
            "ReadVerificationKeys",
            actions=("kms:DescribeKey", "kms:GetPublicKey"),
            resource=f"arn:aws:kms:{region}:{account_id}:key/*",
        ),
        "logs": _own(
            account_id,
            "WriteLogs",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resource=f"arn:aws:logs:{region}:{account_id}:log-group:*",
        ),
        "secretsmanager": _own(
            account_id,
            "ReadAndRotateSecrets",
            actions=(
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ),
            resource=f"arn:aws:secretsmanager:{region}:{account_id}:secret:*",
        ),
    }


def dynamodb_policy(*, name: str, region: str, account_id: str) -> str:
    """Reading the registry of clients' credentials: whoever stands in the VPC can change nothing in it."""
    return _own(
        account_id,
        "ReadTheRegistry",
        actions=("dynamodb:GetItem", "dynamodb:Query"),
        resource=f"arn:aws:dynamodb:{region}:{account_id}:table/{registry_table(name)}",
    )


def _own(account_id: str, sid: str, *, actions: tuple[str, ...], resource: str) -> str:
    return document(
        statement(
            sid,
            principals="*",
            actions=actions,
            resources=[resource],
            conditions={"StringEquals": {"aws:PrincipalAccount": account_id}},
        )
    )


def s3_policy(*, region: str) -> str:
    """Image layers, and Pictory's upload bucket where it lies in ``region``: its traffic takes this endpoint too.

    Callers of both come with presigned URLs, signed by other accounts: buckets are named, not principals.
    """
    bucket, _, upload_region, *_ = UPLOAD_HOST.split(".")
    statements = [
        statement(
            "PullImageLayers",
            principals="*",
            actions=["s3:GetObject"],
            resources=[f"arn:aws:s3:::{layer_bucket(region)}/*"],
        )
    ]
    if upload_region == region:
        statements.append(
            statement(
                "UploadToPictory",
                principals="*",
                actions=["s3:PutObject"],
                resources=[f"arn:aws:s3:::{bucket}/*"],
            )
        )
    return document(*statements)
